"""Receipts: an entry's place in a log, proved offline with public keys alone.

Source: C2SP tlog-proof (of 2026-07-22).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sameboat.proof.checkpoint import Checkpoint, read_checkpoint
from sameboat.proof.cosignature import Cosignature, cosignatures_of
from sameboat.proof.keys import Verifier
from sameboat.proof.merkle import leaf_hash, verify_inclusion
from sameboat.proof.note import BadNote, open_note
from sameboat.proof.policy import Policy
from sameboat.proof.strict import read_base64, read_decimal, write_base64

FIRST = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 64


class BadReceipt(ValueError):
    """The receipt does not prove what it should; the message says what is wrong."""


@dataclass(frozen=True)
class Receipt:
    """Entry `index` lies in the tree of the checkpoint `note`, by this proof."""

    index: int
    proof: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the receipt as it is handed out."""
        lines = [FIRST]
        if self.extra is not None:
            lines.append(f"extra {write_base64(self.extra)}")
        lines += [f"index {self.index}", *(write_base64(each) for each in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note


@dataclass(frozen=True)
class Proved:
    """What a receipt proves: which log said it, as which entry, and who saw it by when."""

    checkpoint: Checkpoint
    index: int
    log: Verifier
    cosignatures: tuple[Cosignature, ...]


def read_receipt(raw: bytes) -> Receipt:
    """Return a receipt; nothing is verified.

    Raises: BadReceipt: it has another form.
    Source: C2SP tlog-proof (of 2026-07-22).
    """
    head, blank, note = raw.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        if first != FIRST or not blank:
            raise ValueError(f"the first line is {first[:40]!r}, allowed: {FIRST}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = read_base64(lines.pop(0)[6:], "extra")
        if not lines or not lines[0].startswith("index "):
            raise ValueError("no line tells the index")
        index = read_decimal(lines.pop(0)[6:], "index")
        if len(lines) > _MOST_HASHES:
            raise ValueError(f"the proof has {len(lines)} hashes, allowed: {_MOST_HASHES}")
        proof = tuple(read_base64(each, "a hash", size=32) for each in lines)
    except ValueError as problem:
        raise BadReceipt(str(problem)) from None
    return Receipt(index, proof, note, extra)


def verify_receipt(
    receipt: Receipt, entry: bytes, logs: Iterable[Verifier], policy: Policy | None = None
) -> Proved:
    """Return what a receipt proves of an entry.

    Args: entry: its bytes.  logs: the keys of which one must have signed.  policy: whose
        cosignatures are needed beside it.
    Raises: BadReceipt: a signature or the proof fails, or too few have cosigned.
    Source: C2SP tlog-proof (of 2026-07-22); RFC 6962, section 2.1.1.
    """
    witnesses = tuple(policy.witnesses.values()) if policy else ()
    try:
        note, signed = open_note(receipt.note, logs)
        checkpoint = read_checkpoint(note.text)
        seen = cosignatures_of(note, witnesses)
    except (BadNote, ValueError) as problem:
        raise BadReceipt(str(problem)) from None
    own = [each for each in signed if each.name == checkpoint.origin]
    if not own:
        raise BadReceipt(f"the checkpoint of {checkpoint.origin} is signed under another name")
    if not verify_inclusion(
        leaf_hash(entry), receipt.index, checkpoint.size, receipt.proof, checkpoint.root
    ):
        raise BadReceipt(f"the entry is not number {receipt.index} of {checkpoint.origin}")
    if policy is not None and not policy.enough({each.witness for each in seen}):
        raise BadReceipt("too few witnesses have cosigned for this policy")
    return Proved(checkpoint, receipt.index, own[0], seen)
