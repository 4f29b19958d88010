"""A chain of hashes over entries: change one byte anywhere, and every later link is another.

Source: this project, docs/internals/logbook.md; SHA-256 after RFC 6234.
"""

import hashlib
from collections.abc import Iterable

#: What the first entry of every log links to.
BEGINNING = "0" * 64


def link(previous: str, canonical: bytes) -> str:
    """Return the chain hash after one more entry.

    Args: previous: hex of 32 bytes, BEGINNING before the first.  canonical: the entry's bytes.
    Returns: hex of SHA-256(previous ‖ canonical).
    Source: this project, docs/internals/logbook.md; RFC 6234.
    """
    return hashlib.sha256(bytes.fromhex(previous) + canonical).hexdigest()


def first_broken(entries: Iterable[tuple[bytes, str]], previous: str = BEGINNING) -> int | None:
    """Return the position of the first entry whose chain does not follow, None where all do.

    Args: entries: (canonical bytes, chain hex) in order of index.
    Source: this project, docs/internals/logbook.md.
    """
    for position, (canonical, chain) in enumerate(entries):
        previous = link(previous, canonical)
        if previous != chain:
            return position
    return None
