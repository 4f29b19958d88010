"""What a witness answers to a log's new checkpoint: it lets every tree grow, and none fork.

The answer is worked out from what was recorded and what was sent; whoever serves it records the
new tree, in one step with the look at the old, before it answers.

Source: C2SP tlog-witness v1.0.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sameboat.proof.checkpoint import Checkpoint, read_checkpoint
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import LOG, Signer, Verifier
from sameboat.proof.merkle import EMPTY, verify_consistency
from sameboat.proof.note import BadNote, open_note, read_note
from sameboat.proof.strict import read_base64, read_decimal, write_base64

#: What is sent with 409: the size that is recorded.
SIZE_TYPE = "text/x.tlog.size"
MOST_PROOF = 63
#: A request of more bytes is not read; a hundred lines of ML-DSA-44 have room.
MOST_BYTES = 512 * 1024


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

    Raises: ValueError: it has another form, with what is wrong.
    Source: C2SP tlog-witness v1.0.0, "add-checkpoint".
    """
    if len(body) > MOST_BYTES:
        raise ValueError(f"the body has {len(body)} bytes, allowed: {MOST_BYTES}")
    head, blank, note = body.partition(b"\n\n")
    if not blank:
        raise ValueError("no empty line stands before the checkpoint")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise ValueError("the proof is not ASCII") from None
    if not first.startswith("old "):
        raise ValueError(f"the first line is {first[:40]!r}, allowed: old <size>")
    if len(hashes) > MOST_PROOF:
        raise ValueError(f"the proof has {len(hashes)} hashes, allowed: {MOST_PROOF}")
    proof = tuple(read_base64(each, "a hash", size=32) for each in hashes)
    return Request(read_decimal(first[4:], "old"), proof, note)


@dataclass(frozen=True)
class Seen:
    """What a witness has recorded of a log: the largest tree, and the note that told it."""

    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True)
class Answer:
    """What to answer, what to record first, and what was proved of the log.

    `fork`: two notes, validly signed, of which no one tree can be the beginning of the other.
    """

    status: int
    body: str = ""
    seen: Seen | None = None
    fork: tuple[bytes, bytes] | None = None


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
    forked = known is not None and checkpoint.size == size and checkpoint.root != root
    if asked.old != size:
        # Whatever it takes us to know: one size with two roots is a fork, and is kept.
        fork = (known.note, asked.note) if forked and known else None
        return Answer(409, f"{size}\n", fork=fork)
    if not verify_consistency(size, checkpoint.size, root, checkpoint.root, asked.proof):
        fork = (known.note, asked.note) if forked and known else None
        return Answer(422, "the proof does not lead from the recorded tree\n", fork=fork)
    if checkpoint.size == 0 and checkpoint.root != EMPTY:
        return Answer(422, "a log without entries has one root only\n")
    line = cosign(str(checkpoint), signer, time=time)
    seen = Seen(checkpoint.size, checkpoint.root, asked.note)
    return Answer(200, f"{line}\n", seen=seen)
