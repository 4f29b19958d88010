from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sameboat.proof.faults import BadProof
from sameboat.proof.merkle import (
    EMPTY,
    Peaks,
    consistency_proof,
    earlier_root,
    inclusion_proof,
    leaf_hash,
    node_hash,
    read_peaks,
    read_root,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sameboat.proof.subtree import (
    is_subtree,
    subtree_consistency_proof,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from sameboat.proof.tiles import (
    HASH,
    MOST_ENTRY,
    Tile,
    levels_of,
    new_tiles,
    read_bundle,
    read_tile,
    reader,
    tile_above,
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


def flipped(value, data):
    """Return the bytes with one bit turned."""
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def code_of(work):
    with pytest.raises(BadProof) as refusal:
        work()
    return refusal.value.code


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
        odd = [*proof[:place], flipped(proof[place], data), *proof[place + 1 :]]
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
        place = data.draw(st.integers(0, len(proof) - 1))
        odd = [*proof[:place], flipped(proof[place], data), *proof[place + 1 :]]
        assert not verify_consistency(old, size, before, after, odd)
        assert not verify_consistency(old, size, flipped(before, data), after, proof)
        assert not verify_consistency(old, size, before, flipped(after, data), proof)
        assert not verify_consistency(old, size, before, leaf_hash(b"x"), proof)
        assert not verify_consistency(old, size, before, after, proof[:-1])
        assert not verify_consistency(old, size, before, after, [*proof, EMPTY])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_an_entry_that_is_not_there_has_no_proof(index, size):
    assert code_of(lambda: inclusion_proof(index, size, read)) == "no_such_entry"
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
    short = reader(3, lambda tile: bytes(HASH * (tile.width - 1)))
    long = reader(3, lambda tile: bytes(HASH * (tile.width + 1)))

    for own in (short, long):
        assert code_of(lambda own=own: read_root(3, own)) == "other_length"


def test_where_a_partial_tile_is_gone_the_full_one_is_read():
    full = b"".join(LEAVES[:256])

    for size in (1, 3, 255):
        own = reader(size, lambda _tile: full, root=root_of(LEAVES[:size]))
        assert read_root(size, own) == root_of(LEAVES[:size])


def test_hashes_beyond_the_log_are_not_read():
    own = reader(3, lambda _tile: b"".join(LEAVES[:3]))

    for level, index in ((0, 3), (0, -1), (-1, 0), (1, 1), (2, 0)):
        assert code_of(lambda at=(level, index): own(*at)) == "no_such_tree"


@given(st.data(), sizes)
def test_no_changed_tile_is_read_where_the_root_is_known(data, size):
    files = cut(size)
    path = data.draw(st.sampled_from(sorted(files)))
    own = reader(size, lambda tile: files[tile.path], root=root_of(LEAVES[:size]))
    for index in (0, size - 1):
        assert inclusion_proof(index, size, own) == inclusion_proof(index, size, read)
    place = data.draw(st.integers(0, len(files[path]) - 1))
    odd = bytearray(files[path])
    odd[place] ^= 1 << data.draw(st.integers(0, 7))
    files[path] = bytes(odd)
    tile = read_tile(path)

    def look():
        again = reader(size, lambda tile: files[tile.path], root=root_of(LEAVES[:size]))
        again(8 * tile.level, tile.index * 256)

    assert code_of(look) in ("other_tile", "other_root")


@given(sizes, sizes)
def test_new_tiles_are_those_that_were_not_there(one, other):
    since, size = sorted((one, other))
    before, after = set(new_tiles(since)), list(new_tiles(size))

    assert [each for each in after if each not in before] == list(new_tiles(size, since=since))
    assert {each.path for each in after if each.level is not None} == set(cut(size))
    assert list(new_tiles(size, since=size)) == []


def test_a_log_is_written_level_by_level_from_the_tiles_below():
    leaves = [leaf_hash(b"%d" % number) for number in range(70_000)]
    files, asked = {}, []
    for tile in new_tiles(70_000):
        if tile.level == 0:
            part = leaves[tile.index * 256 : tile.index * 256 + tile.width]
            files[tile.path] = b"".join(part)
        elif tile.level:
            below = range(tile.index * 256, tile.index * 256 + tile.width)
            files[tile.path] = tile_above(files[Tile(tile.level - 1, each).path] for each in below)

    def fetch(tile):
        asked.append(tile.path)
        return files[tile.path]

    root = root_of(leaves)
    own = reader(70_000, fetch, root=root)
    assert sorted(asked) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    proof = inclusion_proof(5, 70_000, own)
    assert verify_inclusion(leaves[5], 5, 70_000, proof, root)
    assert len(asked) == 5
    old = root_of(leaves[:65_537])
    proof = consistency_proof(65_537, 70_000, own)
    assert verify_consistency(65_537, 70_000, old, root, proof)


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
    assert code_of(lambda: read_tile(path)) in ("not_a_tile", "other_level", "another_form")


@pytest.mark.parametrize(
    ("level", "index", "width"),
    [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 0), (0, 0, 257)],
)
def test_a_tile_that_cannot_be_is_refused(level, index, width):
    assert code_of(lambda: Tile(level, index, width)) in ("other_level", "other_width")


def test_a_partial_tile_knows_the_full_one_in_its_place():
    assert Tile(1, 7, 3).full == Tile(1, 7)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_a_bundle_is_read_as_it_was_written(entries):
    assert read_bundle(write_bundle(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("content", "width"),
    [
        (b"\x00", 1), (b"\x00\x05abc", 1), (b"\x00\x01a\x00", 1), (b"", 1), (b"\x00\x01a", 0),
        (b"\x00\x01a\x00\x01a", 1), (b"\x00\x00" * 257, 256),
    ],
)  # fmt: skip
def test_a_bundle_that_holds_something_else_is_refused(content, width):
    assert code_of(lambda: read_bundle(content, width)) == "not_a_bundle"


def test_no_bundle_holds_more_entries_than_a_tile_hashes():
    assert code_of(lambda: read_bundle(b"\x00\x00" * 257, 257)) == "other_width"
    assert read_bundle(b"\x00\x00" * 256, 256) == [b""] * 256


def test_an_entry_too_long_for_a_bundle_is_refused():
    assert len(write_bundle([bytes(MOST_ENTRY)])) == MOST_ENTRY + 2
    assert code_of(lambda: write_bundle([b"", bytes(MOST_ENTRY + 1)])) == "entry_too_long"


@given(sizes, sizes)
def test_a_tree_that_grows_is_the_one_that_is_made_at_once(one, other):
    old, size = sorted((one, other))
    peaks = Peaks().grown(LEAVES[:old])

    assert peaks == read_peaks(old, read)
    assert peaks.root == root_of(LEAVES[:old])
    assert peaks.grown(LEAVES[old:size]) == Peaks().grown(LEAVES[:size])
    assert peaks.grown(LEAVES[old:size]).root == root_of(LEAVES[:size])


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, ()), (3, (EMPTY,)), (0, (EMPTY,)), (1, (b"short",))]
)
def test_peaks_that_do_not_fit_their_size_are_refused(size, hashes):
    assert code_of(lambda: Peaks(size, hashes)) == "other_peaks"


@given(st.data(), sizes)
def test_a_proof_shows_which_tree_it_led_from(data, size):
    old = data.draw(st.integers(0, size))
    proof, root = consistency_proof(old, size, read), root_of(LEAVES[:size])
    shown = earlier_root(old, size, root, proof)

    if 0 < old < size and old.bit_count() > 1:
        assert shown == root_of(LEAVES[:old])
        assert earlier_root(old, size, leaf_hash(b"x"), proof) is None
    else:
        assert shown is None
    assert earlier_root(old, size, root, []) is None


@given(st.data(), st.integers(1, 300))
def test_every_part_is_proved_and_no_other_is(data, size):
    height = data.draw(st.integers(0, size.bit_length()))
    start = data.draw(st.integers(0, size >> height)) << height
    end = min(size, start + data.draw(st.integers(1, 1 << height)))
    assume(start < end)
    part, whole = root_of(LEAVES[start:end]), root_of(LEAVES[:size])
    proof = subtree_consistency_proof(start, end, size, read)

    assert is_subtree(start, end)
    assert verify_subtree_consistency(start, end, size, part, whole, proof)
    if start == 0:
        assert proof == consistency_proof(end, size, read)
    for odd in (
        [*proof, EMPTY],
        proof[:-1] if proof else [EMPTY],
        [EMPTY, *proof],
        *([*proof[:at], EMPTY, *proof[at + 1 :]] for at in range(len(proof))),
    ):
        assert not verify_subtree_consistency(start, end, size, part, whole, odd)
    index = data.draw(st.integers(start, end - 1))
    inner = inclusion_proof(
        index - start, end - start, lambda level, at: read(level, at + (start >> level))
    )
    assert verify_subtree_inclusion(LEAVES[index], index, start, end, inner, part)
    assert not verify_subtree_inclusion(EMPTY, index, start, end, inner, part)


@pytest.mark.parametrize(
    ("start", "end", "size"), [(1, 3, 8), (2, 6, 8), (4, 3, 8), (0, 9, 8), (-1, 1, 8)]
)
def test_entries_that_are_no_part_have_no_proof(start, end, size):
    assert code_of(lambda: subtree_consistency_proof(start, end, size, read)) == "not_a_subtree"
    assert not verify_subtree_consistency(start, end, size, EMPTY, EMPTY, [])
