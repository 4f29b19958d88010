"""What a witness answers to a log's new checkpoint: it lets every tree grow, and none fork.

The answer is worked out from what was recorded and what was sent; whoever serves it records the
new tree, in one step with the look at the old, before it answers.

Source: C2SP tlog-witness v1.0.0.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.checkpoint import Checkpoint, read_checkpoint
from sameboat.proof.cosignature import cosign
from sameboat.proof.faults import BadProof
from sameboat.proof.fork import Fork, fork_from_proof
from sameboat.proof.keys import LOG, Signer, Verifier
from sameboat.proof.merkle import EMPTY, verify_consistency
from sameboat.proof.note import BadNote, open_note, read_note
from sameboat.proof.strict import read_base64, read_decimal, write_base64

#: What is sent with 409: the size that is recorded.
SIZE_TYPE = "text/x.tlog.size"
MOST_PROOF = 63
#: A request of more bytes is not read; a hundred lines of ML-DSA-44 have room.
MOST_BYTES = 512 * 1024
LINES_TYPE = "text/plain; charset=utf-8"


class BadRequest(BadProof):
    """What was sent to a witness has another form."""


@dataclass(frozen=True)
class Request:
    """`old`: the size that the log takes the witness to know; `note`: the checkpoint, signed."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """Return the body to send."""
        lines = [f"old {self.old}", *(write_base64(each) for each in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note


def read_request(body: bytes) -> Request:
    """Return what a log sent.

    Raises: BadRequest: it has another form, with what is wrong, and in which line.
    Source: C2SP tlog-witness v1.0.0, "add-checkpoint".
    """
    if len(body) > MOST_BYTES:
        raise BadRequest(
            "too_long", _("The request has {bytes} bytes."), allowed=f"<= {MOST_BYTES}",
            bytes=len(body),
        )  # fmt: skip
    # A checkpoint has an empty line of its own, but no proof has: the first one ends it.
    head, blank, note = body.partition(b"\n\n")
    first, *hashes = head.decode("ascii", "replace").split("\n")
    if not blank or not first.startswith("old "):
        raise BadRequest(
            "not_a_request", _("This is no request to a witness."), value=first,
            allowed=_("old <size>, hashes, an empty line, the checkpoint"),
        )  # fmt: skip
    if len(hashes) > MOST_PROOF:
        raise BadRequest(
            "too_many_hashes", _("The proof has {count} hashes."), field="proof",
            allowed=f"<= {MOST_PROOF}", count=len(hashes),
        )  # fmt: skip
    try:
        old = read_decimal(first[4:], "old")
        proof = tuple(read_base64(each, "proof", size=32) for each in hashes)
    except BadProof as problem:
        raise BadRequest.of(problem.fault) from None
    return Request(old, proof, note)


def log_id(origin: str) -> str:
    """Return under which name a witness shows the newest checkpoint of an origin.

    Source: C2SP tlog-witness v1.0.0, "Monitoring": hexadecimal SHA-256 of the origin.
    """
    return hashlib.sha256(origin.encode()).hexdigest()


def origin_of(body: bytes) -> str | None:
    """Return whose checkpoint a request holds, nothing verified; None: it is none.

    Who serves a witness locks this origin's row before it asks for the answer.
    Source: C2SP tlog-witness v1.0.0, "add-checkpoint".
    """
    try:
        return read_checkpoint(read_note(read_request(body).note).text).origin
    except ValueError:
        return None


@dataclass(frozen=True)
class Seen:
    """What a witness has recorded of a log: the largest tree, and the note that told it."""

    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True)
class Answer:
    """What to answer, what to record first, and what was proved of the log.

    `fork`: two checkpoints, validly signed, that cannot both be true: to be kept and told.
    """

    status: int
    body: str = ""
    seen: Seen | None = None
    fork: Fork | None = None

    @property
    def content_type(self) -> str:
        """The type of the body: clients learn the recorded size by it."""
        return SIZE_TYPE if self.status == 409 else LINES_TYPE


def answer(
    request: bytes,
    logs: Mapping[str, Sequence[Verifier]],
    recorded: Mapping[str, Seen],
    signer: Signer,
    *,
    time: int,
) -> Answer:
    """Return what a witness answers.

    Args: logs: the keys of each origin that is known.  recorded: the largest tree seen of each.
        signer: the witness's own.  time: POSIX seconds.
    Source: C2SP tlog-witness v1.0.0, "add-checkpoint"; this project,
    docs/reference/log-format.md, "Witness".
    """
    try:
        asked = read_request(request)
        checkpoint = read_checkpoint(read_note(asked.note).text)
    except ValueError as problem:
        return Answer(400, f"{problem}\n")
    if checkpoint.origin not in logs:
        return Answer(404, "this origin is not known here\n")
    keys = [each for each in logs[checkpoint.origin] if each.kind == LOG]
    try:
        open_note(asked.note, keys)
    except BadNote as problem:
        return Answer(403, f"{problem}\n")
    if asked.old > checkpoint.size:
        return Answer(400, "old is more than the size of the checkpoint\n")
    known = recorded.get(checkpoint.origin)
    return _consistent(asked, checkpoint, known, signer, time)


def _consistent(
    asked: Request, checkpoint: Checkpoint, known: Seen | None, signer: Signer, time: int
) -> Answer:
    size = known.size if known else 0
    root = known.root if known else EMPTY
    fork = None
    if known is not None and checkpoint.size >= size and checkpoint.root != root:
        # Whatever it takes us to know: what was sent may prove a fork, and is kept then.
        fork = fork_from_proof(known.note, asked.note, asked.proof)
    if asked.old != size:
        return Answer(409, f"{size}\n", fork=fork)
    if not verify_consistency(size, checkpoint.size, root, checkpoint.root, asked.proof):
        return Answer(422, "the proof does not lead from the recorded tree\n", fork=fork)
    line = cosign(str(checkpoint), signer, time=time)
    seen = Seen(checkpoint.size, checkpoint.root, asked.note)
    return Answer(200, f"{line}\n", seen=seen)
