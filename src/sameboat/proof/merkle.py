"""Merkle trees over entries: roots, and proofs that an entry or an earlier tree is contained.

A tree of n entries is a row of perfect trees, the largest first, one for each bit of n; all that
is needed of it are the hashes of perfect trees, named (level, index): that of the entries from
index x 2^level on.

Source: RFC 6962, section 2.1; RFC 9162, section 2.1.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.faults import BadProof

#: The hash of the perfect tree (level, index).
Read = Callable[[int, int], bytes]
#: No proof of a tree of 2^63 entries is longer.
_LONGEST = 130
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry.

    Source: RFC 6962, section 2.1.
    """
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two trees side by side.

    Source: RFC 6962, section 2.1.
    """
    return hashlib.sha256(b"\x01" + left + right).digest()


def hashes_above(row: bytes) -> bytes:
    """Return the hashes over each two of a row of hashes; an odd one at the end is left out.

    Args: row: hashes of 32 bytes, one after the other.
    Source: RFC 6962, section 2.1.
    """
    sha256 = hashlib.sha256
    return b"".join(
        [
            sha256(b"\x01" + row[place : place + 64]).digest()
            for place in range(0, len(row) - 63, 64)
        ]
    )


@dataclass(frozen=True)
class Peaks:
    """The perfect trees of which a tree consists, largest first: all that growing it needs."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.hashes) != self.size.bit_count() or not _hashes(self.hashes):
            raise BadProof(
                "other_peaks", _("The hashes do not fit the size of the tree."), field="hashes",
                value=len(self.hashes), allowed=str(self.size.bit_count()),
            )  # fmt: skip

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return _join(self.hashes)

    def grown(self, leaves: Iterable[bytes]) -> "Peaks":
        """Return the tree with more leaf hashes at its end."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaves:
            own, size = leaf, size + 1
            # As many perfect trees close as the new size ends with zeros.
            for _level in range((size & -size).bit_length() - 1):
                own = node_hash(hashes.pop(), own)
            hashes.append(own)
        return Peaks(size, tuple(hashes))


def read_peaks(size: int, read: Read) -> Peaks:
    """Return what growing the tree of the first `size` entries needs.

    Source: RFC 6962, section 2.1.
    """
    return Peaks(size, tuple(read(level, index) for level, index in _perfect(0, size)))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes.

    Source: RFC 6962, section 2.1.
    """
    row = b"".join(leaves)
    if len(row) % 32:
        raise BadProof("other_length", _("It has {bytes} bytes."), field="leaves", bytes=len(row))
    peaks: list[bytes] = []
    while row:
        if len(row) % 64:
            peaks.append(row[-32:])
        row = hashes_above(row)
    return _join(peaks[::-1])


def read_root(size: int, read: Read) -> bytes:
    """Return the root of the first `size` entries.

    Source: RFC 6962, section 2.1.
    """
    return _join([read(level, index) for level, index in _perfect(0, size)])


def range_root(first: int, size: int, read: Read) -> bytes:
    """Return the root over `size` entries from one whose number is a multiple of what holds them.

    Source: RFC 6962, section 2.1.
    """
    return _join([read(level, index) for level, index in _perfect(first, size)])


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """Return the hashes with which an entry's leaf leads to the root, the leaf's sibling first.

    Raises: BadProof: there is no such entry in the tree.
    Source: RFC 6962, section 2.1.1.
    """
    if not 0 <= index < size:
        raise BadProof(
            "no_such_entry", _("The tree has no such entry."), field="index", value=index,
            allowed=f"0 … {size - 1}",
        )  # fmt: skip
    return _path(index, 0, size, read)


def consistency_proof(old: int, size: int, read: Read) -> list[bytes]:
    """Return the hashes that show the first `old` entries to be the beginning of the tree.

    Raises: BadProof: the old size is the larger.
    Source: RFC 6962, section 2.1.2.
    """
    if not 0 <= old <= size:
        raise BadProof(
            "no_such_tree", _("No earlier tree has this size."), field="old", value=old,
            allowed=f"0 … {size}",
        )  # fmt: skip
    if old in (0, size):
        return []
    return _subproof(old, 0, size, True, read)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Return whether a proof leads from a leaf hash to the root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size or not _hashes([leaf, root, *proof]):
        return False
    place, last, own = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            own = node_hash(sibling, own)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            own = node_hash(own, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and own == root


def verify_consistency(
    old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether a proof shows one tree to be the beginning of another.

    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 <= old <= size or not _hashes([old_root, root, *proof]):
        return False
    if old == size:
        return not proof and old_root == root
    if old == 0:
        return not proof and old_root == EMPTY
    # The first of the hashes is the old root itself where the old tree is perfect.
    rest = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    return _lead(old, size, rest) == (old_root, root)


def earlier_root(old: int, size: int, root: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that a tree with this root had at an earlier size, as a proof alone shows it.

    Who asked for a proof that leads to another root than is known holds proof of a fork.
    Returns: None: the proof does not lead to the root, or the earlier size is a power of two
        (or 0, or the whole): then a proof does not tell the root.
    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 < old < size or old & (old - 1) == 0 or not _hashes([root, *proof]):
        return None
    found = _lead(old, size, list(proof))
    return found[0] if found and found[1] == root else None


def _lead(old: int, size: int, rest: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the two roots to which hashes lead, old and new; None where they are too many or few.

    Source: RFC 9162, section 2.1.4.2, steps 3 to 6.
    """
    if not rest:
        return None
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = rest[0]
    for each in rest[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, each)
        place, last = place >> 1, last >> 1
    return (before, after) if last == 0 else None


def _hashes(proof: Sequence[bytes]) -> bool:
    return len(proof) <= _LONGEST and all(len(each) == 32 for each in proof)


def _split(size: int) -> int:
    """Return the largest power of two below a size >= 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _perfect(first: int, size: int) -> list[tuple[int, int]]:
    """Return the perfect trees, largest first, that cover `size` entries from an even place."""
    found = []
    while size:
        level = size.bit_length() - 1
        found.append((level, first >> level))
        first, size = first + (1 << level), size - (1 << level)
    return found


def _join(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY
    own = hashes[-1]
    for left in reversed(hashes[:-1]):
        own = node_hash(left, own)
    return own


def _path(index: int, first: int, size: int, read: Read) -> list[bytes]:
    if size == 1:
        return []
    half = _split(size)
    if index < half:
        return [*_path(index, first, half, read), range_root(first + half, size - half, read)]
    return [*_path(index - half, first + half, size - half, read), range_root(first, half, read)]


def _subproof(old: int, first: int, size: int, whole: bool, read: Read) -> list[bytes]:
    if old == size:
        return [] if whole else [range_root(first, size, read)]
    half = _split(size)
    if old <= half:
        return [
            *_subproof(old, first, half, whole, read),
            range_root(first + half, size - half, read),
        ]
    left = range_root(first, half, read)
    return [*_subproof(old - half, first + half, size - half, False, read), left]
