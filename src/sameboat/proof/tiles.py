"""Tiles: a log cut into files that never change, so that any file server can hand it out.

A tile is up to 256 hashes side by side at one level; a bundle the entries below one tile of the
lowest.  What has fewer than 256 is partial: a longer one begins with the same bytes.

Source: C2SP tlog-tiles v0.1.0.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.faults import BadProof
from sameboat.proof.merkle import Read, hashes_above, read_root
from sameboat.proof.strict import MOST

WIDTH, HEIGHT, HASH = 256, 8, 32
#: The longest entry that a bundle can hold, bytes.
MOST_ENTRY = 65_535
MOST_LEVEL = 63
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<n>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<w>[1-9][0-9]{0,2}))?"
)
#: The bytes of a tile, by where it lies; of a partial tile also those of the full one.
Fetch = Callable[["Tile"], bytes]


class BadTile(BadProof):
    """A path names no tile, or bytes are not what the tile or bundle must hold."""


@dataclass(frozen=True)
class Tile:
    """Where a tile lies; level None is a bundle of entries.  `width` 1 … 256."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MOST_LEVEL:
            raise BadTile(
                "other_level", _("There is no such level."), field="level", value=self.level,
                allowed=f"0 … {MOST_LEVEL}",
            )  # fmt: skip
        if not 0 <= self.index <= MOST or not 1 <= self.width <= WIDTH:
            raise BadTile(
                "other_width", _("There is no such tile."), field="index, width",
                value=f"{self.index}, {self.width}", allowed=f"0 … 2^63-1, 1 … {WIDTH}",
            )  # fmt: skip

    @property
    def full(self) -> "Tile":
        """The full tile in its place: what to ask for when the partial one is gone."""
        return Tile(self.level, self.index)

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

    Raises: BadTile: it names none, or names one in another way than `Tile.path`.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise BadTile(
            "not_a_tile", _("The path names no tile."), field="path", value=path,
            allowed="tile/<level>/<index>[.p/<width>]",
        )  # fmt: skip
    level = None if match["level"] == "entries" else int(match["level"])
    index = int(match["n"].replace("x", "").replace("/", ""))
    found = Tile(level, index, int(match["w"]) if match["w"] else WIDTH)
    if found.path != path:
        raise BadTile(
            "another_form", _("The path has another form."), field="path", value=path,
            allowed=found.path,
        )  # fmt: skip
    return found


def tiles_of(size: int, level: int | None = 0, first: int = 0) -> Iterator[Tile]:
    """Yield the tiles of a level, from an index on, of a log with so many entries.

    Args: level: None: the bundles of entries.
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


def new_tiles(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Yield what a log has with so many entries and had not yet before: bundles, then tiles.

    Lowest level first, so that who writes them in this order can make each level from the one
    below; who fetches them begins with the bundles.
    Args: since: the size before; 0: all of them.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree" and "Partial tiles".
    """
    for level in (None, *range(levels_of(size))):
        before = since >> (HEIGHT * (level or 0))
        for tile in tiles_of(size, level, before // WIDTH):
            # The one that was there has grown, or is the same.
            if tile.index * WIDTH + tile.width > before:
                yield tile


def tile_root(hashes: bytes) -> bytes:
    """Return the hash above a full tile: one hash of the level above.

    Raises: BadTile: the tile is not full.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    if len(hashes) != WIDTH * HASH:
        raise BadTile(
            "other_length", _("It has {bytes} bytes."), field="tile", allowed=str(WIDTH * HASH),
            bytes=len(hashes),
        )  # fmt: skip
    while len(hashes) > HASH:
        hashes = hashes_above(hashes)
    return hashes


def tile_above(below: Iterable[bytes]) -> bytes:
    """Return a tile from the full tiles below it, in order; at most 256.

    Raises: BadTile: one of them is not full.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    return b"".join(map(tile_root, below))


def reader(size: int, fetch: Fetch, *, root: bytes | None = None) -> Read:
    """Return the way to read hashes of perfect trees from tiles of a log of this size.

    Args: fetch: the bytes of a tile; each is asked for once.  root: of a verified checkpoint of
        this size: then every tile is verified before anything is read from it.
    Raises: BadTile (also when reading): a tile has another length, or is not of this tree.
    Source: C2SP tlog-tiles v0.1.0, "Merkle Tree".
    """
    found = _Tiles(size, fetch, root is not None)
    # The partial tiles hold all of what the root is made of: this verifies every one of them.
    if root is not None and read_root(size, found.read) != root:
        raise BadTile("other_root", _("The tiles do not lead to the root."), field="root")
    return found.read


class _Tiles:
    """The tiles read so far, each with the rows of hashes above it."""

    def __init__(self, size: int, fetch: Fetch, verify: bool) -> None:
        self.size, self.fetch, self.verify = size, fetch, verify
        self.known: dict[tuple[int, int], list[bytes]] = {}

    def read(self, level: int, index: int) -> bytes:
        if level < 0 or not 0 <= index < self.size >> level:
            raise BadTile(
                "no_such_tree", _("The log has no such perfect tree."), field="level, index",
                value=f"{level}, {index}",
            )  # fmt: skip
        above, within = divmod(level, HEIGHT)
        tile, place = divmod(index << within, WIDTH)
        rows = self._rows(above, tile)
        while len(rows) <= within:
            rows.append(hashes_above(rows[-1]))
        first = (place >> within) * HASH
        return rows[within][first : first + HASH]

    def _rows(self, level: int, index: int) -> list[bytes]:
        if (level, index) not in self.known:
            count = self.size >> (HEIGHT * level)
            tile = Tile(level, index, min(WIDTH, count - index * WIDTH))
            content, length = self.fetch(tile), tile.width * HASH
            if len(content) not in (length, WIDTH * HASH):
                raise BadTile(
                    "other_length", _("It has {bytes} bytes."), field=tile.path,
                    allowed=str(length), bytes=len(content),
                )  # fmt: skip
            content = content[:length]
            # A full tile's hash stands in the level above, down from the partial ones.
            rows = [content]
            if self.verify and tile.width == WIDTH:
                while len(rows) <= HEIGHT:
                    rows.append(hashes_above(rows[-1]))
                if rows[HEIGHT] != self.read(HEIGHT * (level + 1), index):
                    raise BadTile("other_tile", _("The tile is not of this tree."), field=tile.path)
            self.known[level, index] = rows
        return self.known[level, index]


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries as a bundle holds them: each after its length.

    Raises: BadTile: an entry is longer than 65,535 bytes.
    Source: C2SP tlog-tiles v0.1.0, "Log entries".
    """
    found = bytearray()
    for number, entry in enumerate(entries):
        if len(entry) > MOST_ENTRY:
            raise BadTile(
                "entry_too_long", _("Entry {number} of the bundle has {bytes} bytes."),
                field="entry", allowed=f"<= {MOST_ENTRY}", number=number, bytes=len(entry),
            )  # fmt: skip
        found += len(entry).to_bytes(2, "big") + entry
    return bytes(found)


def read_bundle(content: bytes, width: int) -> Sequence[bytes]:
    """Return the entries of a bundle.

    Args: width: how many there must be, 0 … 256.  What is served for a partial bundle may be the
        full one: read that with 256, and take as many.
    Raises: BadTile: it ends within an entry, or does not hold `width` of them.
    Source: C2SP tlog-tiles v0.1.0, "Log entries".
    """
    if not 0 <= width <= WIDTH:
        raise BadTile(
            "other_width", _("No bundle holds so many entries."), field="width", value=width,
            allowed=f"0 … {WIDTH}",
        )  # fmt: skip
    found: list[bytes] = []
    place, end = 0, len(content)
    while place < end and len(found) < width:
        first = place + 2
        place = first + int.from_bytes(content[place:first], "big")
        found.append(content[first:place])
    if place != end or len(found) != width:
        raise BadTile(
            "not_a_bundle",
            _("The bundle ends within an entry, or holds more or fewer entries."),
            field="bundle", allowed=str(width),
        )  # fmt: skip
    return found
