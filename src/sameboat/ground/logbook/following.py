"""Following another place's log: fetch, verify every leaf, store, and let reactions have it.

Nothing is taken that a signed checkpoint does not vouch for, and nothing that would take back what
was taken before.  A pass may end anywhere; the next goes on behind the last entry stored.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from sameboat.ground.logbook.bodies import want_bodies
from sameboat.ground.logbook.forks import keep_fork
from sameboat.ground.logbook.keyring import open_signed, take_keys
from sameboat.ground.logbook.models import Checkpoint, Entry, Peer
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.queries import head
from sameboat.ground.logbook.reading import read_foreign
from sameboat.ground.logbook.trees import grow, hashes_of, root_of_log
from sameboat.ground.logbook.witnessing import keep_ours, keep_told
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.proof.checkpoint import Checkpoint as Point
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.fork import Fork as SignedTwice
from sameboat.proof.fork import fork_from_tree
from sameboat.proof.merkle import (
    Read,
    consistency_proof,
    leaf_hash,
    verify_consistency,
)
from sameboat.proof.note import MOST_BYTES, read_note
from sameboat.proof.tiles import HASH, MOST_ENTRY, WIDTH, Tile, read_bundle, reader

#: A file of a log by its path and the most bytes it may have; None: it is not there.
Fetch = Callable[[str, int], bytes | None]
#: Bundles that are taken in one pass at most: the next peer waits for no longer.
BUNDLES = 16
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)
#: As much as is kept of why a peer could not be read.
MOST_PROBLEM = 400
#: A peer that answers every second is written down so often: each time is a durable commit.
NOTED_EVERY = timedelta(seconds=10)


class PeerLies(Refusal):
    """What a peer's log says does not hold; nothing of it was taken."""

    says = _("The log of {origin} does not hold: {problem}. Nothing of it was taken.")


class PeerForked(Refusal):
    """A peer signed two histories; both are kept."""

    says = _(
        "{origin} has signed two histories: their first {size} entries are not the same. Both "
        "notes are kept as proof; nothing more of it is taken. Speak with the place, and with the "
        "others."
    )


class PeerSilent(Refusal):
    """A peer's node has nothing where its log should be."""

    says = _("{origin} answers, and has no signed log at {address}.")


def follow(*, peer: Peer, fetch: Fetch, now: datetime, bundles: int = BUNDLES) -> int:
    """Take what is new in a peer's log; return how many entries were stored.

    Args: fetch: gets files of its log.  bundles: how many are taken at most.
    Raises: PeerLies, PeerForked, PeerSilent; and whatever `fetch` raises.  What was stored before
        stays, and what the pass would have stored is not.
    """
    raw = fetch("checkpoint", MOST_BYTES)
    if raw is None:
        raise PeerSilent(origin=peer.origin, address=peer.address)
    point = _opened(peer, raw)
    known = _check_not_forked(peer, point, raw, now)
    last, _chain = head(peer.origin)
    size, taken = last + 1, 0
    if point.size < size:
        # A cache may hand out an older checkpoint; one of another history is proof against it.
        _check_is_beginning(peer, point, raw, now)
        return 0
    if size == point.size and known is not None:
        keep_told(point=known, note=raw)  # witnesses may have come to it since
        return 0
    fits_one = peer.begun is None and size < point.size <= (size // WIDTH + 1) * WIDTH
    if fits_one and _took_last(peer, fetch, point, raw, size, now):
        return point.size - size
    try:
        read = read_tiles(point, fetch)
        _check_not_rewritten(peer, point, raw, read, now)
        while size < point.size and taken < bundles:
            size = _take_bundle(peer, fetch, point, raw, read, size, now)
            taken += 1
    except ValueError as problem:
        raise PeerLies(origin=peer.origin, problem=str(problem).rstrip(".")) from None
    if size == point.size:
        _note_checkpoint(peer, point, raw, now)
    return size - last - 1


def _opened(peer: Peer, raw: bytes) -> Point:
    try:
        return open_signed(peer.origin, raw)
    except ValueError as problem:
        raise PeerLies(origin=peer.origin, problem=str(problem).rstrip(".")) from None


def _check_not_forked(peer: Peer, point: Point, raw: bytes, now: datetime) -> Checkpoint | None:
    """Return the checkpoint of this size that was kept; keep both where they differ."""
    known = Checkpoint.objects.filter(origin=peer.origin, size=point.size).first()
    if known is not None and known.root != point.root.hex():
        keep_fork(fork=SignedTwice(bytes(known.note), raw), now=now)
        raise PeerForked(origin=peer.origin, size=point.size)
    return known


def _check_is_beginning(peer: Peer, point: Point, raw: bytes, now: datetime) -> None:
    """Compare a shorter tree with the copy that is here; keep the proof where it differs."""
    newest = published(peer.origin)
    if newest is None or newest.size < point.size:
        if root_of_log(peer.origin, point.size) != point.root:
            raise PeerLies(origin=peer.origin, problem="it took back what we have")
        return
    fork = fork_from_tree(raw, bytes(newest.note), hashes_of(peer.origin, newest.size))
    if fork is not None:
        keep_fork(fork=fork, now=now)
        raise PeerForked(origin=peer.origin, size=point.size)


def _check_not_rewritten(peer: Peer, point: Point, raw: bytes, read: Read, now: datetime) -> None:
    """Compare a longer tree with what was kept; keep the proof where it differs.

    Kept are the newest checkpoint, and the one under which a catch-up began that has not ended.
    """
    newest = published(peer.origin)
    before = [bytes(newest.note)] if newest is not None and newest.size < point.size else []
    if peer.begun is not None and _size_of(peer.begun) <= point.size:
        before.append(bytes(peer.begun))
    for note in before:
        fork = fork_from_tree(note, raw, read)
        if fork is not None:
            keep_fork(fork=fork, now=now)
            raise PeerForked(origin=peer.origin, size=_size_of(note))


def _size_of(note: bytes | memoryview) -> int:
    return read_checkpoint(read_note(bytes(note)).text).size


def read_tiles(point: Point, fetch: Fetch) -> Read:
    """Return the way to read the hashes of a tree that was signed, verified against its root.

    Raises: ValueError, also when reading: a tile is missing, short, or not of this tree.
    """
    return reader(point.size, lambda tile: _tile(fetch, tile), root=point.root)


def _tile(fetch: Fetch, tile: Tile) -> bytes:
    """Return a tile's hashes; where a partial one is gone, the beginning of the full one."""
    found = fetch(tile.path, WIDTH * HASH)
    if found is None and tile.width < WIDTH:
        full = fetch(Tile(tile.level, tile.index).path, WIDTH * HASH)
        found = None if full is None else full[: tile.width * HASH]
    if found is None:
        raise ValueError(f"{tile.path} is not there")
    return found


def _took_last(
    peer: Peer, fetch: Fetch, point: Point, raw: bytes, size: int, now: datetime
) -> bool:
    """Take what is new where one bundle holds all of it; return whether that was all.

    What is here, and the bundle behind it, lead to the root that was signed, or nothing is stored:
    no tile is needed for that.  Where they do not, the tiles tell why not.
    """
    try:
        return _take_bundle(peer, fetch, point, raw, None, size, now) == point.size
    except (PeerLies, ValueError):
        return False


def _take_bundle(
    peer: Peer, fetch: Fetch, point: Point, note: bytes, read: Read | None, size: int, now: datetime
) -> int:
    """Store the entries of one bundle that are new, verified; return the size then.

    Args: read: the hashes of the tree that was signed, None where the bundle is its end.
    """
    index = size // WIDTH
    width = min(WIDTH, point.size - index * WIDTH)
    tile = Tile(None, index, width)
    most = WIDTH * (MOST_ENTRY + 2)
    content = fetch(tile.path, most)
    if content is None and width < WIDTH:
        full = fetch(Tile(None, index).path, most)
        content = None if full is None else _beginning(full, width)
    if content is None:
        raise ValueError(f"{tile.path} is not there")
    entries = read_bundle(content, width)[size - index * WIDTH :]
    with transaction.atomic():
        last, chain = head(peer.origin)
        if last + 1 != size:  # another process follows the same log
            return last + 1
        grow(peer.origin, size, [leaf_hash(each) for each in entries])
        after = size + len(entries)
        root = root_of_log(peer.origin, after)
        proof = consistency_proof(after, point.size, read) if read else []
        if not verify_consistency(after, point.size, root, point.root, proof):
            raise PeerLies(
                origin=peer.origin,
                problem=f"entries {size} … {after - 1} are not those that it signed, or it took "
                "back what we have",
            )
        rows = []
        for number, raw in enumerate(entries):
            made = read_foreign(peer.origin, size + number, raw, chain, now)
            chain = made.chain
            rows.append(made)
        Entry.objects.bulk_create(rows)
        take_keys(peer.origin, rows, note, now)
        want_bodies(rows)
        if after == point.size:  # with its last entries, in one durable commit
            _note_checkpoint(peer, point, note, now)
        elif peer.begun is None or _size_of(peer.begun) < point.size:
            _note_begun(peer, note)
    return after


def _note_begun(peer: Peer, note: bytes | None) -> None:
    """Keep the note under which entries are stored, until a checkpoint over all of them is kept.

    Were it forgotten, a log that signs another history meanwhile would be refused without proof.
    """
    Peer.objects.filter(pk=peer.pk).update(begun=note)
    peer.begun = note


def _beginning(full: bytes, width: int) -> bytes:
    place = 0
    for _each in range(width):
        place += 2 + int.from_bytes(full[place : place + 2], "big")
    return full[:place]


def _note_checkpoint(peer: Peer, point: Point, raw: bytes, now: datetime) -> None:
    newest = published(peer.origin)
    if newest is None or newest.size < point.size:
        kept, _new = Checkpoint.objects.get_or_create(
            origin=peer.origin, size=point.size,
            defaults={"root": point.root.hex(), "note": raw, "kept_at": now},
        )  # fmt: skip
        keep_told(point=kept, note=raw)
        keep_ours(point=kept)
    if peer.begun is not None and _size_of(peer.begun) <= point.size:
        _note_begun(peer, None)


def due(now: datetime) -> list[Peer]:
    """Return the peers that are to be asked now.

    One that waits longer than any pause could be waits by a clock that was put back since.
    """
    peers = Peer.objects.filter(left_at=None).order_by("answered_at", "pk")
    return [
        peer for peer in peers
        if peer.retry_at is None or not now < peer.retry_at <= now + 1.5 * _pause(peer.failures)
    ]  # fmt: skip


def _pause(failures: int) -> timedelta:
    return min(FIRST_PAUSE * int(2 ** min(failures, 12)), LONGEST_PAUSE)


def note_hint(*, origin: str) -> bool:
    """Write down that a peer says it has something new; return whether we follow it.

    Anybody can say so, again and again: it is written once, and all that follows is one look at
    the peer's own log.
    """
    followed = Peer.objects.filter(origin=origin, left_at=None)
    return followed.filter(hinted=False).update(hinted=True) > 0 or followed.exists()


def take_hints() -> list[Peer]:
    """Return the peers that hinted since the last look, each once."""
    hinted = list(Peer.objects.filter(hinted=True, left_at=None))
    if hinted:
        Peer.objects.filter(pk__in=[peer.pk for peer in hinted]).update(hinted=False)
    return hinted


def note_answer(*, peer: Peer, now: datetime) -> None:
    """Write down that a peer could be read; while all is well, not with every look."""
    known = peer.answered_at
    if not peer.problem and known is not None and known <= now < known + NOTED_EVERY:
        return
    Peer.objects.filter(pk=peer.pk).update(answered_at=now, failures=0, retry_at=None, problem="")


def note_failure(*, peer: Peer, problem: str, now: datetime, jitter: float) -> None:
    """Write down why a peer could not be read, and wait longer each time.

    Args: jitter: 0 … 1, so that many who wait for one node do not come back together.
    """
    pause = _pause(peer.failures)
    Peer.objects.filter(pk=peer.pk).update(
        failures=peer.failures + 1,
        retry_at=now + pause * (0.5 + jitter),
        problem=problem[:MOST_PROBLEM],
    )


def entries_of(origin: str) -> int:
    """Return how many entries of a log are kept here."""
    return Entry.objects.filter(origin=origin).count()
