"""What proves a log to others: its newest note, its files, and the receipt of one entry."""

from collections.abc import Iterator

from django.db.models import Count

from sameboat.ground.logbook.models import Checkpoint, Entry
from sameboat.ground.logbook.trees import hashes_of, read_tile_of
from sameboat.proof.merkle import inclusion_proof
from sameboat.proof.receipt import Receipt
from sameboat.proof.tiles import HEIGHT, WIDTH, Tile, levels_of, read_tile, tiles_of, write_bundle

#: So many of the newest checkpoints are compared for a receipt.
MOST_LOOKED_AT = 8


def published(origin: str) -> Checkpoint | None:
    """Return an origin's newest checkpoint, None before the first."""
    return Checkpoint.objects.filter(origin=origin).order_by("-size").first()


def newest_note(origin: str) -> bytes | None:
    """Return the newest checkpoint of an origin, with what others said of it below."""
    newest = published(origin)
    return note_of(newest) if newest else None


def note_of(point: Checkpoint) -> bytes:
    """Return a checkpoint's note with its cosignatures, those that stood below it already once."""
    note = bytes(point.note)
    lines = point.cosignatures.order_by("pk").values_list("line", flat=True)
    added = [line for line in lines if f"\n{line}\n".encode() not in note]
    return note + "".join(f"{line}\n" for line in added).encode()


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
    """Return the receipt of an entry, its bytes in `extra`; None while it is only staged.

    It carries the newest checkpoint that most witnesses have come to: to the very newest one none
    may have come yet, and a policy would not be met.
    """
    points = Checkpoint.objects.filter(origin=entry.origin, size__gt=entry.index)
    counted = points.annotate(cosigned=Count("cosignatures")).order_by("-size")[:MOST_LOOKED_AT]
    point = max(counted, key=lambda each: (each.cosigned, each.size), default=None)
    return receipt_under(entry, point) if point else None


def receipt_under(entry: Entry, point: Checkpoint) -> bytes:
    """Return the receipt of an entry under a checkpoint that holds it."""
    proof = inclusion_proof(entry.index, point.size, hashes_of(entry.origin, point.size))
    raw = bytes(entry.canonical)
    return Receipt(entry.index, tuple(proof), note_of(point), raw).to_bytes()


def _bundle(origin: str, tile: Tile) -> bytes:
    first = tile.index * WIDTH
    rows = Entry.objects.filter(origin=origin, index__gte=first, index__lt=first + tile.width)
    return write_bundle(
        bytes(raw) for raw in rows.order_by("index").values_list("canonical", flat=True)
    )
