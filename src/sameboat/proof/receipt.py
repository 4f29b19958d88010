"""Receipts: an entry's place in a log, proved offline with public keys alone.

Source: C2SP tlog-proof (of 2026-07-22).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.checkpoint import Checkpoint, read_checkpoint
from sameboat.proof.cosignature import Cosignature, cosignatures_of
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import LOG, Verifier
from sameboat.proof.merkle import leaf_hash, verify_inclusion
from sameboat.proof.note import open_note
from sameboat.proof.policy import Policy
from sameboat.proof.strict import read_base64, read_decimal, write_base64

FIRST = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 64
#: A receipt of more bytes is not read: a note of the longest, and as much again beside it.
MOST_BYTES = 1024 * 1024


class BadReceipt(BadProof):
    """The receipt does not prove what it should; the fault says what is wrong."""


@dataclass(frozen=True)
class Receipt:
    """Entry `index` lies in the tree of the checkpoint `note`, by this proof.

    `extra`: what the writer put beside it: nobody signed it.
    """

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

    Raises: BadReceipt: it has another form, with the line.
    Source: C2SP tlog-proof (of 2026-07-22), "Format".
    """
    if len(raw) > MOST_BYTES:
        raise BadReceipt(
            "too_long", _("The receipt has {bytes} bytes."), allowed=f"<= {MOST_BYTES}",
            bytes=len(raw),
        )  # fmt: skip
    head, blank, note = raw.partition(b"\n\n")
    first, *lines = head.decode("ascii", "replace").split("\n")
    if first.rstrip("\r") == FIRST and not (first == FIRST and blank):
        raise BadReceipt(
            "not_a_receipt",
            _("The file is cut off, or its line ends were changed (by a mail program?). Download "
              "it again."),
        )  # fmt: skip
    if first != FIRST:
        raise BadReceipt("not_a_receipt", _("This is no receipt."), value=first, allowed=FIRST)
    number = 2
    try:
        extra = None
        if lines and lines[0].startswith("extra "):
            extra, number = read_base64(lines.pop(0)[6:], "extra"), 3
        if not lines or not lines[0].startswith("index "):
            raise BadReceipt("no_index", _("No line tells the index."), allowed="index <number>")
        index = read_decimal(lines.pop(0)[6:], "index")
        if len(lines) > _MOST_HASHES:
            raise BadReceipt(
                "too_many_hashes", _("The proof has {count} hashes."), field="proof",
                allowed=f"<= {_MOST_HASHES}", count=len(lines),
            )  # fmt: skip
        proof = []
        for each in lines:
            number += 1
            proof.append(read_base64(each, "proof", size=32))
    except BadProof as problem:
        raise BadReceipt.of(problem.fault, line=number) from None
    return Receipt(index, tuple(proof), note, extra)


def verify_receipt(
    receipt: Receipt | bytes,
    entry: bytes,
    logs: Iterable[Verifier],
    policy: Policy | None = None,
) -> Proved:
    """Return what a receipt proves of an entry.

    Args: entry: its bytes.  logs: the keys of which one must have signed.  policy: whose
        cosignatures are needed beside it; None: nobody's.
    Raises: BadReceipt: another form, a signature or the proof fails, too few have cosigned.
    Source: C2SP tlog-proof (of 2026-07-22); RFC 6962, section 2.1.1.
    """
    if isinstance(receipt, bytes):
        receipt = read_receipt(receipt)
    witnesses = policy.witnesses.values() if policy else ()
    try:
        note, signed = open_note(receipt.note, [each for each in logs if each.kind == LOG])
        checkpoint = read_checkpoint(note.text)
        seen = cosignatures_of(note, witnesses)
    except BadProof as problem:
        raise BadReceipt.of(problem.fault) from None
    own = [each for each in signed if each.name == checkpoint.origin]
    if not own:
        raise BadReceipt(
            "other_log", _("The checkpoint is signed under another name than its log's."),
            field="origin", value=checkpoint.origin, allowed=", ".join(map(_name, signed)),
        )  # fmt: skip
    if policy is not None and not policy.enough({each.witness for each in seen}):
        raise BadReceipt(
            "too_few", _("Too few witnesses have cosigned for this policy."), field="quorum",
            value=", ".join(each.witness.name for each in seen), allowed=policy.quorum,
        )  # fmt: skip
    leaf = leaf_hash(entry)
    size, root = checkpoint.size, checkpoint.root
    if not verify_inclusion(leaf, receipt.index, size, receipt.proof, root):
        raise BadReceipt(
            "other_entry", _("The entry is not the one of this number in the log."),
            field="index", value=receipt.index, allowed=f"0 … {size - 1}",
        )  # fmt: skip
    return Proved(checkpoint, receipt.index, own[0], seen)


def _name(key: Verifier) -> str:
    return key.name
