"""The Merkle tree over an origin's entries, kept in tiles that grow at their end."""

from collections.abc import Sequence

from sameboat.ground.logbook.models import Entry, LogTile
from sameboat.proof.merkle import EMPTY, Read, leaf_hash, read_root
from sameboat.proof.tiles import HASH, WIDTH, Tile, reader, tile_root


def grow(origin: str, size: int, leaves: Sequence[bytes]) -> None:
    """Append leaf hashes to a tree of `size` entries; within the caller's transaction.

    Doing it again with the same leaves changes nothing.
    """
    level, first, fresh = 0, size, list(leaves)
    while fresh:
        full: list[bytes] = []
        start = None
        for index in range(first // WIDTH, (first + len(fresh) - 1) // WIDTH + 1):
            begins = max(first, index * WIDTH)
            own = fresh[begins - first : (index + 1) * WIDTH - first]
            content = _extend(origin, level, index, begins - index * WIDTH, own)
            if len(content) == WIDTH * HASH:
                start = index if start is None else start
                full.append(tile_root(content))
        level, first, fresh = level + 1, start or 0, full


def _extend(origin: str, level: int, index: int, at: int, fresh: list[bytes]) -> bytes:
    """Put hashes into a tile from a place on; return all of it."""
    tile = LogTile.objects.filter(origin=origin, level=level, index=index).first()
    before = bytes(tile.hashes)[: at * HASH] if tile else b""
    if len(before) != at * HASH:
        raise ValueError(f"tile {level}/{index} of {origin} holds less than {at} hashes")
    content = before + b"".join(fresh)
    if tile is None:
        LogTile.objects.create(origin=origin, level=level, index=index, hashes=content)
    elif bytes(tile.hashes) != content:
        tile.hashes = content
        tile.save(update_fields=["hashes"])
    return content


def read_tile_of(origin: str, tile: Tile) -> bytes | None:
    """Return a tile's hashes as far as it was asked for; None where they are not there."""
    assert tile.level is not None
    row = LogTile.objects.filter(origin=origin, level=tile.level, index=tile.index).first()
    content = bytes(row.hashes)[: tile.width * HASH] if row else b""
    return content if len(content) == tile.width * HASH else None


def hashes_of(origin: str, size: int) -> Read:
    """Return the way to read the hashes of an origin's tree of this size.

    Raises, when a hash is read: ValueError: a tile is missing or short.
    """

    def fetch(tile: Tile) -> bytes:
        return read_tile_of(origin, tile) or b""

    return reader(size, fetch)


def root_of_log(origin: str, size: int) -> bytes:
    """Return the root of an origin's first `size` entries, from its tiles.

    Raises: ValueError: a tile is missing or short.
    """
    return read_root(size, hashes_of(origin, size)) if size else EMPTY


def leaves_of(origin: str, first: int, stop: int) -> list[bytes]:
    """Return the leaf hashes of entries from one index up to another, from their bytes.

    Raises: ValueError: an entry is missing.
    """
    rows = Entry.objects.filter(origin=origin, index__gte=first, index__lt=stop).order_by("index")
    found = [(index, bytes(raw)) for index, raw in rows.values_list("index", "canonical")]
    if [index for index, _raw in found] != list(range(first, stop)):
        raise ValueError(f"entries {first} … {stop - 1} of {origin} are not all here")
    return [leaf_hash(raw) for _index, raw in found]
