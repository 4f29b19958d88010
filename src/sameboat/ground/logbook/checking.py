"""Is an origin's log what it was: its entries, their tree, and every checkpoint over it."""

from sameboat.ground.logbook.keyring import keys_at, keys_of
from sameboat.ground.logbook.models import Checkpoint, Entry, LogTile
from sameboat.ground.logbook.queries import check_chain
from sameboat.ground.logbook.trees import hashes_of
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.merkle import leaf_hash, read_root
from sameboat.proof.note import open_note


class LogBroken(Refusal):
    """A log is not what it was when it was signed."""

    says = _("The log of {origin} is broken: {problem}. Put back a database that is whole.")


def check_log(origin: str) -> int:
    """Return how many entries of a log are signed; every one was looked at.

    Looked at: the chain of the entries and their columns, each leaf against its tile, and the
    signature and root of every checkpoint.
    Raises:
        LogBroken: something is not as it was; the first that was found.
    """
    broken = check_chain(origin)
    if broken is not None:
        raise LogBroken(origin=origin, problem=f"entry {broken}")
    points = list(Checkpoint.objects.filter(origin=origin).order_by("size"))
    if not points:
        return 0
    keys = keys_of(origin)
    if not keys:
        raise LogBroken(origin=origin, problem="checkpoints of a log without a key")
    size = points[-1].size
    _check_leaves(origin, size)
    read = hashes_of(origin, size)
    for point in points:
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
    tiles = LogTile.objects.filter(origin=origin, level=0).order_by("index")
    hashes = b"".join(bytes(tile.hashes) for tile in tiles.iterator())
    rows = Entry.objects.filter(origin=origin, index__lt=size).order_by("index")
    count = 0
    for index, raw in rows.values_list("index", "canonical").iterator(chunk_size=1000):
        if index != count or hashes[32 * index : 32 * index + 32] != leaf_hash(bytes(raw)):
            raise LogBroken(origin=origin, problem=f"leaf {index}")
        count += 1
    if count != size:
        raise LogBroken(origin=origin, problem=f"{count} of {size} entries")
