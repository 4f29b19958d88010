from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.proof.merkle import (
    EMPTY,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    read_root,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sameboat.proof.tiles import (
    HASH,
    MOST_ENTRY,
    Tile,
    levels_of,
    read_bundle,
    read_tile,
    reader,
    tile_root,
    tiles_of,
    write_bundle,
)

MOST = 700
LEAVES = [leaf_hash(str(number).encode()) for number in range(MOST)]


@cache
def read(level, index):
    if level == 0:
        return LEAVES[index]
    return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))


sizes = st.integers(1, MOST)


@given(sizes)
def test_the_root_is_the_same_however_it_is_put_together(size):
    assert read_root(size, read) == root_of(LEAVES[:size])


def test_an_empty_tree_has_the_hash_of_nothing():
    assert root_of([]) == read_root(0, read) == EMPTY


@given(st.data(), sizes)
def test_every_entry_is_proved_and_no_other_is(data, size):
    index = data.draw(st.integers(0, size - 1))
    root, proof = root_of(LEAVES[:size]), inclusion_proof(index, size, read)

    assert verify_inclusion(LEAVES[index], index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, proof, root)
    assert not verify_inclusion(LEAVES[index], index, size, [*proof, EMPTY], root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        odd = [*proof[:place], bytes([proof[place][0] ^ 1]) + proof[place][1:], *proof[place + 1 :]]
        assert not verify_inclusion(LEAVES[index], index, size, odd, root)
        assert not verify_inclusion(LEAVES[index], index, size, proof[:-1], root)


@given(st.data(), sizes)
def test_every_earlier_tree_is_proved_and_no_other_is(data, size):
    old = data.draw(st.integers(0, size))
    before, after = root_of(LEAVES[:old]), root_of(LEAVES[:size])
    proof = consistency_proof(old, size, read)

    assert verify_consistency(old, size, before, after, proof)
    if old:
        assert not verify_consistency(old, size, leaf_hash(b"x"), after, proof)
    if 0 < old < size:
        assert not verify_consistency(old, size, before, leaf_hash(b"x"), proof)
        assert not verify_consistency(old, size, before, after, proof[:-1])
        assert not verify_consistency(old, size, before, after, [*proof, EMPTY])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_an_entry_that_is_not_there_has_no_proof(index, size):
    with pytest.raises(ValueError, match="index is"):
        inclusion_proof(index, size, read)
    assert not verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


def test_hashes_of_another_length_prove_nothing():
    assert not verify_inclusion(b"", 0, 1, [], b"")
    assert not verify_consistency(0, 1, EMPTY, b"", [])


def cut(size):
    """Return the tiles of a log as a folder of files would hold them."""
    rows = {0: LEAVES[:size]}
    for level in range(1, levels_of(size)):
        below = rows[level - 1]
        full = len(below) // 256
        rows[level] = [
            tile_root(b"".join(below[each * 256 : each * 256 + 256])) for each in range(full)
        ]
    return {
        tile.path: b"".join(row[tile.index * 256 : tile.index * 256 + tile.width])
        for level, row in rows.items()
        for tile in tiles_of(size, level)
    }


@given(st.data(), sizes)
def test_roots_and_proofs_are_read_from_tiles_alone(data, size):
    files = cut(size)
    old, index = data.draw(st.integers(0, size)), data.draw(st.integers(0, size - 1))
    own = reader(size, lambda tile: files[tile.path])

    assert read_root(size, own) == root_of(LEAVES[:size])
    assert read_root(old, own) == root_of(LEAVES[:old])
    assert inclusion_proof(index, size, own) == inclusion_proof(index, size, read)
    assert consistency_proof(old, size, own) == consistency_proof(old, size, read)


def test_a_tile_of_another_length_is_not_read():
    own = reader(3, lambda tile: bytes(HASH * (tile.width - 1)))

    with pytest.raises(ValueError, match=r"tile/0/000\.p/3 has 64 bytes, not 96"):
        read_root(3, own)


def test_seventy_thousand_entries_have_the_tiles_of_the_specification():
    widths = {level: [each.width for each in tiles_of(70_000, level)] for level in range(3)}

    assert widths[0] == [256] * 273 + [112]
    assert widths[1] == [256, 17]
    assert widths[2] == [1]
    assert levels_of(70_000) == 3
    assert [each.path for each in tiles_of(256, 1)] == ["tile/1/000.p/1"]
    assert list(tiles_of(0)) == []


@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_a_path_is_read_as_it_is_written(level, index, width):
    tile = Tile(level, index, width)

    assert read_tile(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/x001/x234/067.p/", "tile/0/x001/x234", "tile/0/1", "tile/00/001", "tile/64/001",
        "tile/0/x000/001", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/01", "tile/0/../001",
        "tile/entry/001", "/tile/0/001", "tile/0/001\n", "tile/0/٠٠١", "checkpoint",
    ],
)  # fmt: skip
def test_a_path_written_in_another_way_is_refused(path):
    with pytest.raises(ValueError, match=r"path is|level is|index, width"):
        read_tile(path)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_a_bundle_is_read_as_it_was_written(entries):
    assert read_bundle(write_bundle(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("content", "width"), [(b"\x00", 1), (b"\x00\x05abc", 1), (b"\x00\x01a\x00", 1), (b"", 1)]
)
def test_a_bundle_that_ends_within_an_entry_is_refused(content, width):
    with pytest.raises(ValueError, match="a bundle"):
        read_bundle(content, width)


def test_an_entry_too_long_for_a_bundle_is_refused():
    assert len(write_bundle([bytes(MOST_ENTRY)])) == MOST_ENTRY + 2
    with pytest.raises(ValueError, match="allowed: 65535"):
        write_bundle([bytes(MOST_ENTRY + 1)])
