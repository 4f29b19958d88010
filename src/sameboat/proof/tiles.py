"""Tiles: a log cut into files that never change, so that any file server can hand it out.

A tile is up to 256 hashes side by side at one level; a bundle the entries below one tile of the
lowest.  What has fewer than 256 is partial: a longer one begins with the same bytes.

Source: C2SP tlog-tiles v0.1.0.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sameboat.proof.merkle import Read, node_hash

WIDTH, HEIGHT, HASH = 256, 8, 32
#: The longest entry that a bundle can hold, bytes.
MOST_ENTRY = 65_535
MOST_LEVEL = 63
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<n>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<w>[1-9][0-9]{0,2}))?"
)
#: The bytes of a tile, by where it lies.
Fetch = Callable[["Tile"], bytes]


@dataclass(frozen=True)
class Tile:
    """Where a tile lies; level None is a bundle of entries.  `width` 1 … 256."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MOST_LEVEL:
            raise ValueError(f"level is {self.level}, allowed: 0 … {MOST_LEVEL}")
        if self.index < 0 or not 1 <= self.width <= WIDTH:
            raise ValueError(f"index, width are {self.index}, {self.width}, allowed: >= 0, 1 … 256")

    @property
    def path(self) -> str:
        """Its path below the log's prefix."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
        name = "/".join([*(f"x{each}" for each in groups[:-1]), groups[-1]])
        level = "entries" if self.level is None else self.level
        return f"tile/{level}/{name}" + ("" if self.width == WIDTH else f".p/{self.width}")


def read_tile(path: str) -> Tile:
    """Return the tile that a path below the log's prefix names.

    Raises: ValueError: it names none, or names one in another way than `Tile.path`.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    match = _PATH.fullmatch(path)
    if match is None or not path.isascii():
        raise ValueError(f"path is {path[:80]!r}, allowed: tile/<level>/<index>[.p/<width>]")
    level = None if match["level"] == "entries" else int(match["level"])
    found = Tile(
        level, int(match["n"].replace("x", "").replace("/", "")),
        int(match["w"]) if match["w"] else WIDTH,
    )  # fmt: skip
    if found.path != path:
        raise ValueError(f"path is {path[:80]!r}, allowed: {found.path}")
    return found


def tiles_of(size: int, level: int | None = 0, first: int = 0) -> Iterator[Tile]:
    """Yield the tiles of a level, from an index on, of a log with so many entries.

    Source: C2SP tlog-tiles v0.1.0, "Partial tiles".
    """
    count = size >> (HEIGHT * (level or 0))
    for index in range(first, -(-count // WIDTH)):
        yield Tile(level, index, min(WIDTH, count - index * WIDTH))


def levels_of(size: int) -> int:
    """Return how many levels a log with so many entries has tiles at.

    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    return -(-size.bit_length() // HEIGHT) if size else 0


def tile_root(hashes: bytes) -> bytes:
    """Return the hash above a full tile.

    Raises: ValueError: the tile is not full.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    if len(hashes) != WIDTH * HASH:
        raise ValueError(f"a tile has {len(hashes)} bytes, allowed: {WIDTH * HASH}")
    row = [hashes[place : place + HASH] for place in range(0, len(hashes), HASH)]
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


def reader(size: int, fetch: Fetch) -> Read:
    """Return the way to read hashes of perfect trees from tiles of a log of this size.

    Args: fetch: the bytes of a tile; each is asked for once.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    known: dict[tuple[int, int], bytes] = {}

    def content(level: int, index: int) -> bytes:
        if (level, index) not in known:
            count = size >> (HEIGHT * level)
            tile = Tile(level, index, min(WIDTH, count - index * WIDTH))
            found = fetch(tile)
            if len(found) != tile.width * HASH:
                raise ValueError(f"{tile.path} has {len(found)} bytes, not {tile.width * HASH}")
            known[level, index] = found
        return known[level, index]

    def read(level: int, index: int) -> bytes:
        row, within = divmod(level, HEIGHT)
        first, count = index << within, 1 << within
        own = content(row, first // WIDTH)
        place = first % WIDTH
        hashes = [own[each * HASH : (each + 1) * HASH] for each in range(place, place + count)]
        while len(hashes) > 1:
            hashes = [
                node_hash(hashes[each], hashes[each + 1]) for each in range(0, len(hashes), 2)
            ]
        return hashes[0]

    return read


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries as a bundle holds them: each after its length.

    Raises: ValueError: an entry is longer than 65,535 bytes.
    Source: C2SP tlog-tiles v0.1.0, "Log entries".
    """
    found = bytearray()
    for entry in entries:
        if len(entry) > MOST_ENTRY:
            raise ValueError(f"an entry has {len(entry)} bytes, allowed: {MOST_ENTRY}")
        found += len(entry).to_bytes(2, "big") + entry
    return bytes(found)


def read_bundle(content: bytes, width: int) -> Sequence[bytes]:
    """Return the entries of a bundle.

    Raises: ValueError: it ends within an entry, or does not hold `width` of them.
    Source: C2SP tlog-tiles v0.1.0, "Log entries".
    """
    found, place = [], 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 2], "big")
        entry = content[place + 2 : place + 2 + size]
        if place + 2 + size > len(content):
            raise ValueError("a bundle ends within an entry")
        found.append(entry)
        place += 2 + size
    if len(found) != width:
        raise ValueError(f"a bundle holds {len(found)} entries, allowed: {width}")
    return found
