"""Cosignatures: what a witness says of another's checkpoint, and when.

Source: C2SP tlog-cosignature v1.0.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.keys import COSIGNER, ML_DSA_44, Signer, Verifier, key_id, split_timed, timed
from sameboat.proof.note import BadNote, Line, Note, known_keys
from sameboat.proof.strict import MOST

_TIME_BYTES = 8
_ML_DSA_44_SIGNATURE = 2420


@dataclass(frozen=True)
class Cosignature:
    """A witness had seen this tree, consistent with all it saw before, at a time (POSIX s)."""

    witness: Verifier
    time: int


def cosign(text: str, signer: Signer, *, time: int) -> Line:
    """Return the line with which a witness signs a checkpoint.

    Args: text: of the checkpoint, whole.  time: POSIX seconds, > 0.
    Raises: BadNote: the key is no cosigner's, or the time lies outside 1 … 2^63-1.
    Source: C2SP tlog-cosignature v1.0.1, "Format".
    """
    if signer.kind != COSIGNER:
        raise BadNote(
            "logs_key", _("The key signs a log of its own, not those of others."), field="signer"
        )
    if not 0 < time <= MOST:
        raise BadNote(
            "other_time", _("No cosignature tells this time."), field="time", value=time,
            allowed="1 … 2^63-1",
        )  # fmt: skip
    signature = time.to_bytes(_TIME_BYTES, "big") + signer.sign(timed(time, text.encode()))
    return Line(signer.name, signer.verifier.id, signature)


def read_cosignature(text: str, line: Line, witness: Verifier) -> Cosignature:
    """Return what a line says, once its signature is verified.

    Raises: BadNote: it is not this witness's, has another length, or its signature fails.
    Source: C2SP tlog-cosignature v1.0.1, "Format".
    """
    if (line.name, line.id) != (witness.name, witness.id) or witness.kind != COSIGNER:
        raise BadNote(
            "other_witness", _("The line is another's."), field="witness", value=line.name,
            allowed=witness.name,
        )  # fmt: skip
    parts = split_timed(line.signature)
    if parts is None or not witness.verifies_text(text.encode(), line.signature):
        raise BadNote(
            "signature_fails", _("The cosignature of a known witness fails."), field="witness",
            value=line.name,
        )  # fmt: skip
    return Cosignature(witness, parts[0])


def cosignatures_of(note: Note, witnesses: Iterable[Verifier]) -> tuple[Cosignature, ...]:
    """Return those of known witnesses, verified; lines of others are not looked at.

    Raises: BadNote: a known witness's signature fails.
    Source: C2SP tlog-cosignature v1.0.1.
    """
    known = known_keys(each for each in witnesses if each.kind == COSIGNER)
    return tuple(
        read_cosignature(note.text, line, known[line.name, line.id])
        for line in note.lines
        if (line.name, line.id) in known
    )


def told_time(line: Line, name: str, public: bytes) -> int | None:
    """Return the time (POSIX s) that a line of an ML-DSA-44 cosigner tells, NOT verified.

    Such lines are read so that they can be kept, shown and handed on; nothing here rests on them.
    Returns: None: the line is another key's, or has another length.
    Source: C2SP tlog-cosignature v1.1.0-rc.1, "ML-DSA-44".
    """
    if (line.name, line.id) != (name, key_id(name, ML_DSA_44, public)):
        return None
    if len(line.signature) != _TIME_BYTES + _ML_DSA_44_SIGNATURE:
        return None
    return int.from_bytes(line.signature[:_TIME_BYTES], "big")
