"""Proofs of a part of a tree: the entries from `start` to before `end`.

A part that proves itself begins at a multiple of the smallest power of two that holds it.  Mirrors
(tlog-mirror) and witnesses that sign parts use them; the whole tree is the part from 0.

Source: draft-ietf-plants-merkle-tree-certs, sections 4.1 to 4.4; RFC 9162, section 2.1.
"""

from collections.abc import Sequence

from sameboat.lib.language import mark as _
from sameboat.proof.faults import BadProof
from sameboat.proof.merkle import EMPTY, Read, node_hash, range_root, verify_inclusion

_HASH, _LONGEST = 32, 130


def is_subtree(start: int, end: int) -> bool:
    """Return whether entries start … end - 1 are a part that proves itself.

    Source: draft-ietf-plants-merkle-tree-certs, section 4.1.
    """
    if not 0 <= start <= end < 2**63:
        return False
    return start == end or start % (1 << (end - start - 1).bit_length()) == 0


def verify_subtree_inclusion(
    leaf: bytes, index: int, start: int, end: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Return whether a proof leads from the leaf hash of entry `index` to the root of a part.

    Source: draft-ietf-plants-merkle-tree-certs, section 4.3.
    """
    if not is_subtree(start, end) or not start <= index < end:
        return False
    return verify_inclusion(leaf, index - start, end - start, proof, root)


def verify_subtree_consistency(
    start: int, end: int, size: int, part_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether a proof shows a part's root to be of the tree with so many entries.

    Source: draft-ietf-plants-merkle-tree-certs, section 4.4.3.
    """
    if not is_subtree(start, end) or not end <= size or len(proof) > _LONGEST:
        return False
    if any(len(each) != _HASH for each in proof):
        return False
    if start == end:  # of any tree: the tree's root is not looked at
        return not proof and part_root == EMPTY
    first, last, top = start, end - 1, size - 1
    if last == top:
        while first != last:
            first, last, top = first >> 1, last >> 1, top >> 1
    else:
        while first != last and last & 1:
            first, last, top = first >> 1, last >> 1, top >> 1
    rest = list(proof) if first != last else [part_root, *proof]
    if not rest:
        return False
    own = whole = rest[0]
    for each in rest[1:]:
        if top == 0:
            return False
        if last & 1 or last == top:
            own = node_hash(each, own) if first < last else own
            whole = node_hash(each, whole)
            while last and not last & 1:
                first, last, top = first >> 1, last >> 1, top >> 1
        else:
            whole = node_hash(whole, each)
        first, last, top = first >> 1, last >> 1, top >> 1
    return top == 0 and own == part_root and whole == root


def subtree_consistency_proof(start: int, end: int, size: int, read: Read) -> list[bytes]:
    """Return the hashes that show a part to be of the tree with so many entries.

    Raises: BadProof: no part that proves itself, or it ends after the tree.
    Source: draft-ietf-plants-merkle-tree-certs, section 4.4.1.
    """
    if not is_subtree(start, end) or end > size:
        raise BadProof(
            "not_a_subtree", _("These entries are no part that proves itself."),
            field="start, end", value=f"{start}, {end}",
        )  # fmt: skip
    return [] if start == end else _part(start, end, 0, size, True, read)


def _part(start: int, end: int, first: int, size: int, whole: bool, read: Read) -> list[bytes]:
    """Return the proof within the tree of `size` entries from `first` on."""
    if (start, end) == (first, first + size):
        return [] if whole else [range_root(first, size, read)]
    half = 1 << ((size - 1).bit_length() - 1)
    middle = first + half
    right = size - half
    if end <= middle:
        return [
            *_part(start, end, first, half, whole, read), range_root(middle, right, read)
        ]  # fmt: skip
    if start >= middle:
        return [
            *_part(start, end, middle, right, whole, read), range_root(first, half, read)
        ]  # fmt: skip
    # Only the part from the beginning of this tree spans its middle.
    return [*_part(middle, end, middle, right, False, read), range_root(first, half, read)]
