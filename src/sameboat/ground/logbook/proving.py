"""What proves a log to others: its newest note, its files, and the receipt of one entry."""

from collections.abc import Iterator

from sameboat.ground.logbook.models import Checkpoint, Entry
from sameboat.ground.logbook.trees import hashes_of, read_tile_of
from sameboat.proof.merkle import inclusion_proof
from sameboat.proof.receipt import Receipt
from sameboat.proof.tiles import HEIGHT, WIDTH, Tile, levels_of, read_tile, tiles_of, write_bundle


def published(origin: str) -> Checkpoint | None:
    """Return an origin's newest checkpoint, None before the first."""
    return Checkpoint.objects.filter(origin=origin).order_by("-size").first()


def newest_note(origin: str) -> bytes | None:
    """Return the newest checkpoint of an origin, with what others said of it below."""
    newest = published(origin)
    return note_of(newest) if newest else None


def note_of(point: Checkpoint) -> bytes:
    """Return a checkpoint's note with its cosignatures."""
    lines = point.cosignatures.order_by("pk").values_list("line", flat=True)
    return bytes(point.note) + "".join(f"{line}\n" for line in lines).encode()


def log_file(origin: str, path: str) -> bytes | None:
    """Return a file of an origin's log by its path; None where no checkpoint implies it."""
    try:
        tile = read_tile(path)
    except ValueError:
        return None
    newest = published(origin)
    count = (newest.size if newest else 0) >> (HEIGHT * (tile.level or 0))
    if tile.index * WIDTH + tile.width > count:
        return None
    return _bundle(origin, tile) if tile.level is None else read_tile_of(origin, tile)


def export_files(origin: str) -> Iterator[tuple[str, bytes]]:
    """Yield every file of a log by its path, the checkpoint last; nothing where none is signed."""
    newest = published(origin)
    if newest is None:
        return
    tiles = [tile for level in range(levels_of(newest.size))
             for tile in tiles_of(newest.size, level)]  # fmt: skip
    for tile in (*tiles, *tiles_of(newest.size, None)):
        content = _bundle(origin, tile) if tile.level is None else read_tile_of(origin, tile)
        if content is not None:
            yield tile.path, content
    yield "checkpoint", note_of(newest)


def receipt_of(entry: Entry) -> bytes | None:
    """Return the receipt of an entry, its bytes in `extra`; None while it is only staged."""
    newest = published(entry.origin)
    if newest is None or newest.size <= entry.index:
        return None
    proof = inclusion_proof(entry.index, newest.size, hashes_of(entry.origin, newest.size))
    raw = bytes(entry.canonical)
    return Receipt(entry.index, tuple(proof), note_of(newest), raw).to_bytes()


def _bundle(origin: str, tile: Tile) -> bytes:
    first = tile.index * WIDTH
    rows = Entry.objects.filter(origin=origin, index__gte=first, index__lt=first + tile.width)
    return write_bundle(
        bytes(raw) for raw in rows.order_by("index").values_list("canonical", flat=True)
    )
