"""Merkle trees over entries: roots, and proofs that an entry or an earlier tree is contained.

A tree of n entries is a row of perfect trees, the largest first, one for each bit of n; all that
is needed of it are the hashes of perfect trees, named (level, index): that of the entries from
index x 2^level on.

Source: RFC 6962, section 2.1; RFC 9162, section 2.1.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

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


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes.

    Source: RFC 6962, section 2.1.
    """
    peaks: list[tuple[int, bytes]] = []
    for leaf in leaves:
        level, own = 0, leaf
        while peaks and peaks[-1][0] == level:
            own = node_hash(peaks.pop()[1], own)
            level += 1
        peaks.append((level, own))
    return _join([own for _level, own in peaks])


def read_root(size: int, read: Read) -> bytes:
    """Return the root of the first `size` entries.

    Source: RFC 6962, section 2.1.
    """
    return _join([read(level, index) for level, index in _perfect(0, size)])


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """Return the hashes with which an entry's leaf leads to the root, the leaf's sibling first.

    Raises: ValueError: there is no such entry in the tree.
    Source: RFC 6962, section 2.1.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"index is {index}, allowed: 0 … {size - 1}")
    return _path(index, 0, size, read)


def consistency_proof(old: int, size: int, read: Read) -> list[bytes]:
    """Return the hashes that show the first `old` entries to be the beginning of the tree.

    Raises: ValueError: the old size is the larger.
    Source: RFC 6962, section 2.1.2.
    """
    if not 0 <= old <= size:
        raise ValueError(f"old is {old}, allowed: 0 … {size}")
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
    rest = list(proof)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    if not rest:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = rest[0]
    for each in rest[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, each)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == root


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


def _range(first: int, size: int, read: Read) -> bytes:
    return _join([read(level, index) for level, index in _perfect(first, size)])


def _path(index: int, first: int, size: int, read: Read) -> list[bytes]:
    if size == 1:
        return []
    half = _split(size)
    if index < half:
        return [*_path(index, first, half, read), _range(first + half, size - half, read)]
    return [*_path(index - half, first + half, size - half, read), _range(first, half, read)]


def _subproof(old: int, first: int, size: int, whole: bool, read: Read) -> list[bytes]:
    if old == size:
        return [] if whole else [_range(first, size, read)]
    half = _split(size)
    if old <= half:
        return [*_subproof(old, first, half, whole, read), _range(first + half, size - half, read)]
    return [
        *_subproof(old - half, first + half, size - half, False, read), _range(first, half, read)
    ]  # fmt: skip
