"""Witnessing: this node cosigns what its peers sign, and never two histories of one log."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from django.db import transaction

from sameboat.ground.logbook.forks import keep_fork
from sameboat.ground.logbook.keyring import trusted_at
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Checkpoint, Cosignature, Peer, Witnessed
from sameboat.ground.logbook.own import key_folder
from sameboat.ground.logbook.trees import hashes_of
from sameboat.lib.language import mark as _
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.cosignature import read_cosignature
from sameboat.proof.keys import COSIGNER, Signer, Verifier, read_verifier
from sameboat.proof.merkle import consistency_proof
from sameboat.proof.note import BadNote, Line, known_keys, read_line, read_note
from sameboat.proof.witness import Answer, Request, Seen, answer, read_request


@transaction.atomic
def witness(*, request: bytes, signer: Signer, now: datetime) -> Answer:
    """Answer a log that wants its checkpoint cosigned; what is signed is recorded first.

    Two notes that prove a fork are kept.
    """
    logs = _keys_for(request)
    # The lock comes first: two requests must not both look at the old tree, or at none.
    lock_log("witness")
    rows = Witnessed.objects.filter(name__in=list(logs))
    recorded = {row.name: Seen(row.size, bytes.fromhex(row.root), bytes(row.note)) for row in rows}
    found = answer(request, logs, recorded, signer, time=int(now.timestamp()))
    if found.fork:
        keep_fork(fork=found.fork, now=now)
    if found.seen:
        name = read_note(found.seen.note).text.split("\n", 1)[0]
        note = _with_ours(found.seen.note, found.body)
        Witnessed.objects.update_or_create(
            name=name,
            defaults={"size": found.seen.size, "root": found.seen.root.hex(),
                      "note": note, "cosigned_at": now},
        )  # fmt: skip
        peer = _peer_named(name)
        assert peer is not None  # it was known a moment ago, under the same lock
        point = Checkpoint.objects.filter(origin=peer.origin, size=found.seen.size).first()
        if point is not None:
            keep_told(point=point, note=note, witnesses=[signer.verifier])
    return found


def _with_ours(note: bytes, line: str) -> bytes:
    """Return a note with our line below it; as it is where it has no room for one more."""
    longer = note + line.encode()
    try:
        read_note(longer)
    except BadNote:
        return note
    return longer


def known_witnesses() -> list[Verifier]:
    """Return the keys with which our peers cosign, and our own."""
    ours = key_folder().verifier(COSIGNER)
    told = Peer.objects.order_by("pk").values_list("witness", flat=True)
    return [read_verifier(each) for each in dict.fromkeys([*told, *([ours] if ours else [])])]


def keep_told(
    *, point: Checkpoint, note: bytes, witnesses: Sequence[Verifier] | None = None
) -> None:
    """Keep what witnesses that are known here have said under a note of a checkpoint.

    Each line is verified; of each witness one is kept, so there are never more than keys pinned.
    Anybody may have put the others there: they are left alone.
    """
    read = read_note(note)
    name = read.text.split("\n", 1)[0]
    lines = [line for line in read.lines if line.name != name]
    if not lines or read.text != read_note(bytes(point.note)).text:
        return
    kept = set(point.cosignatures.values_list("witness", flat=True))
    lines = [line for line in lines if line.name not in kept]
    if not lines:
        return
    known = known_keys(known_witnesses() if witnesses is None else witnesses)
    for line in lines:
        if (line.name, line.id) in known:
            with suppress(BadNote):
                _keep(point, line, known[line.name, line.id], read.text)


def keep_ours(*, point: Checkpoint) -> None:
    """Keep with a peer's checkpoint that is new here what we had cosigned before we fetched it."""
    name = read_note(bytes(point.note)).text.split("\n", 1)[0]
    row = Witnessed.objects.filter(name=name, size=point.size, root=point.root).first()
    if row is not None:
        keep_told(point=point, note=bytes(row.note))


def _keys_for(request: bytes) -> dict[str, list[Verifier]]:
    """Return the keys that may have signed what a request holds, if a peer's log has its name."""
    try:
        point = read_checkpoint(read_note(read_request(request).note).text)
    except ValueError:
        return {}  # the answer says what is wrong with it
    peer = _peer_named(point.origin)
    return {point.origin: trusted_at(peer.origin, point.size)} if peer else {}


def _peer_named(name: str) -> Peer | None:
    """Return the peer whose log has this name, as its keys hold it; no name holds a plus."""
    return Peer.objects.filter(left_at=None, verifier__startswith=f"{name}+").first()


def request_for(point: Checkpoint, known: int) -> bytes:
    """Return what to send a witness that knows the first `known` entries of our log."""
    proof = consistency_proof(known, point.size, hashes_of(point.origin, point.size))
    return Request(known, tuple(proof), bytes(point.note)).to_bytes()


def keep_cosignature(*, point: Checkpoint, peer: Peer, body: str) -> Cosignature:
    """Keep what a witness answered, once it is verified.  Twice is once.

    Raises: BadNote: it is not its signature of this checkpoint.
    """
    key = read_verifier(peer.witness)
    text = read_note(bytes(point.note)).text
    for told in body.rstrip("\n").split("\n"):
        line = read_line(told)
        if (line.name, line.id) == (key.name, key.id):
            return _keep(point, line, key, text)
    raise BadNote("other_key", _("The answer is not signed with the witness's key."))


def _keep(point: Checkpoint, line: Line, key: Verifier, text: str) -> Cosignature:
    seen = read_cosignature(text, line, key)
    try:
        at = datetime.fromtimestamp(seen.time, UTC)
    except (OverflowError, OSError, ValueError):
        raise BadNote("other_time", _("The answer tells a time that is none.")) from None
    kept, _new = Cosignature.objects.get_or_create(
        checkpoint=point, witness=key.name, defaults={"line": str(line), "time": at}
    )
    return kept
