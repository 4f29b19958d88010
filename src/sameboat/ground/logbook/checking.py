"""Is an origin's log what it was: its entries, their tree, and every checkpoint over it."""

from collections.abc import Iterator

from sameboat.ground.logbook.keyring import keys_at, keys_of
from sameboat.ground.logbook.models import Checkpoint, Entry, LogTile
from sameboat.ground.logbook.queries import check_chain
from sameboat.ground.logbook.trees import hashes_of
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.merkle import leaf_hash, read_root
from sameboat.proof.note import open_note
from sameboat.proof.tiles import HASH, WIDTH


class LogBroken(Refusal):
    """A log is not what it was when it was signed."""

    says = _("The log of {origin} is broken: {problem}. Put back a database that is whole.")


def check_log(origin: str) -> int:
    """Return how many entries of a log are signed; every one was looked at.

    Looked at: the chain of the entries and their columns, each leaf against its tile, and the
    signature and root of every checkpoint; a tile at a time, however long the log is.
    Raises:
        LogBroken: something is not as it was; the first that was found.
    """
    broken = check_chain(origin)
    if broken is not None:
        raise LogBroken(origin=origin, problem=f"entry {broken}")
    points = Checkpoint.objects.filter(origin=origin).order_by("size")
    newest = points.last()
    if newest is None:
        return 0
    keys = keys_of(origin)
    if not keys:
        raise LogBroken(origin=origin, problem="checkpoints of a log without a key")
    size = newest.size
    _check_leaves(origin, size)
    tile, read = -1, hashes_of(origin, size)
    for point in points.filter(size__lte=size).iterator(chunk_size=1000):
        if point.size // WIDTH != tile:  # what was read before this tile is let go
            tile, read = point.size // WIDTH, hashes_of(origin, size)
        try:
            # What was signed stays signed: a key that was revoked since vouches for its own time.
            own = [key.verifier for key in keys_at(keys, point.size)]
            note, _signed = open_note(bytes(point.note), own)
            told = read_checkpoint(note.text)
            sound = told.size == point.size and told.root.hex() == point.root
            sound = sound and read_root(point.size, read) == told.root
        except ValueError as problem:
            raise LogBroken(origin=origin, problem=f"checkpoint {point.size}: {problem}") from None
        if not sound:
            raise LogBroken(origin=origin, problem=f"checkpoint {point.size}")
    return int(size)


def _check_leaves(origin: str, size: int) -> None:
    hashes = _hashes_in_tiles(origin)
    rows = Entry.objects.filter(origin=origin, index__lt=size).order_by("index")
    count = 0
    for index, raw in rows.values_list("index", "canonical").iterator(chunk_size=1000):
        if index != count or next(hashes, None) != leaf_hash(bytes(raw)):
            raise LogBroken(origin=origin, problem=f"leaf {index}")
        count += 1
    if count != size:
        raise LogBroken(origin=origin, problem=f"{count} of {size} entries")


def _hashes_in_tiles(origin: str) -> Iterator[bytes]:
    tiles = LogTile.objects.filter(origin=origin, level=0).order_by("index")
    for tile in tiles.iterator(chunk_size=100):
        content = bytes(tile.hashes)
        yield from (content[place : place + HASH] for place in range(0, len(content), HASH))
