"""Cosignatures: what a witness says of another's checkpoint, and when.

Source: C2SP tlog-cosignature v1.0.1.
"""

from dataclasses import dataclass

from sameboat.proof.keys import COSIGNER, Signer, Verifier
from sameboat.proof.note import BadNote, Line, Note
from sameboat.proof.strict import MOST

_TIME_BYTES = 8


@dataclass(frozen=True)
class Cosignature:
    """A witness had seen this tree, consistent with all it saw before, at a time (POSIX s)."""

    witness: Verifier
    time: int


def _message(time: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(text: str, signer: Signer, *, time: int) -> Line:
    """Return the line with which a witness signs a checkpoint.

    Args: text: of the checkpoint, whole.  time: POSIX seconds, > 0.
    Raises: ValueError: the key is no cosigner's, or the time lies outside 1 … 2^63-1.
    Source: C2SP tlog-cosignature v1.0.1, "Format".
    """
    if signer.kind != COSIGNER:
        raise ValueError("the key signs logs of its own, not those of others")
    if not 0 < time <= MOST:
        raise ValueError(f"time is {time}, allowed: 1 … 2^63-1")
    signature = time.to_bytes(_TIME_BYTES, "big") + signer.sign(_message(time, text))
    return Line(signer.name, signer.verifier.id, signature)


def read_cosignature(text: str, line: Line, witness: Verifier) -> Cosignature:
    """Return what a line says, once its signature is verified.

    Raises: BadNote: it is not this witness's, has another length, or its signature fails.
    Source: C2SP tlog-cosignature v1.0.1, "Format".
    """
    if (line.name, line.id) != (witness.name, witness.id) or witness.kind != COSIGNER:
        raise BadNote(f"the line of {line.name} is not signed by {witness.name}")
    time = int.from_bytes(line.signature[:_TIME_BYTES], "big")
    if len(line.signature) != _TIME_BYTES + 64 or not 0 < time <= MOST:
        raise BadNote(f"the cosignature of {line.name} has another form")
    if not witness.verifies(_message(time, text), line.signature[_TIME_BYTES:]):
        raise BadNote(f"the cosignature of {line.name} fails")
    return Cosignature(witness, time)


def cosignatures_of(note: Note, witnesses: tuple[Verifier, ...]) -> tuple[Cosignature, ...]:
    """Return those of known witnesses, verified; lines of others are not looked at.

    Raises: BadNote: a known witness's signature fails.
    Source: C2SP tlog-cosignature v1.0.1.
    """
    known = {(each.name, each.id): each for each in witnesses if each.kind == COSIGNER}
    return tuple(
        read_cosignature(note.text, line, known[line.name, line.id])
        for line in note.lines
        if (line.name, line.id) in known
    )
