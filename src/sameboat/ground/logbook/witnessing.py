"""Witnessing: this node cosigns what its peers sign, and never two histories of one log."""

from datetime import UTC, datetime

from django.db import transaction

from sameboat.ground.logbook.forks import keep_fork
from sameboat.ground.logbook.keyring import trusted_at
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Checkpoint, Cosignature, Peer, Witnessed
from sameboat.ground.logbook.trees import hashes_of
from sameboat.lib.language import mark as _
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.cosignature import read_cosignature
from sameboat.proof.keys import Signer, Verifier, read_verifier
from sameboat.proof.merkle import consistency_proof
from sameboat.proof.note import BadNote, read_line, read_note
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
        Witnessed.objects.update_or_create(
            name=name,
            defaults={"size": found.seen.size, "root": found.seen.root.hex(),
                      "note": found.seen.note, "cosigned_at": now},
        )  # fmt: skip
    return found


def _keys_for(request: bytes) -> dict[str, list[Verifier]]:
    """Return the keys that may have signed what a request holds, if a peer's log has its name."""
    try:
        point = read_checkpoint(read_note(read_request(request).note).text)
    except ValueError:
        return {}  # the answer says what is wrong with it
    # By the name as the keys hold it; no name holds a plus.
    rows = Peer.objects.filter(left_at=None, verifier__startswith=f"{point.origin}+")
    peer = rows.first()
    return {point.origin: trusted_at(peer.origin, point.size)} if peer else {}


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
            seen = read_cosignature(text, line, key)
            try:
                at = datetime.fromtimestamp(seen.time, UTC)
            except (OverflowError, OSError, ValueError):
                raise BadNote("other_time", _("The answer tells a time that is none.")) from None
            kept, _new = Cosignature.objects.get_or_create(
                checkpoint=point, witness=key.name,
                defaults={"line": str(line), "time": at},
            )  # fmt: skip
            return kept
    raise BadNote("other_key", _("The answer is not signed with the witness's key."))
