"""Receipts, checked offline with public keys alone (no Django)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sameboat.cli.shown import say
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.proof.keys import Verifier
    from sameboat.proof.policy import Policy


class NoKeyGiven(Refusal):
    """A receipt proves what a key signed; which key is trusted, the receipt cannot say."""

    says = _(
        "Whose log is it? Give its verifier key with --key, or a policy with --policy: the key is "
        "told by the place itself (sameboat log key), not by the receipt."
    )


class NotProved(Refusal):
    """The receipt does not hold."""

    says = _("{file} proves nothing: {problem}.")


def check_receipt(
    file: Path, raw: bytes, keys: list[str], policy: Path | None, language: str
) -> None:
    """Verify a receipt and say what it proves.

    Raises:
        NoKeyGiven: no key to trust.  NotProved: a signature, the proof or the quorum fails.
        FaultyInput: a key or the policy cannot be read.
    """
    from sameboat.proof.canon import read_canonical
    from sameboat.proof.receipt import BadReceipt, read_receipt, verify_receipt

    logs, rule = _trusted(keys, policy)
    if not logs:
        raise NoKeyGiven
    try:
        receipt = read_receipt(raw)
        if receipt.extra is None:
            raise BadReceipt("the entry itself is not in it")
        proved = verify_receipt(receipt, receipt.extra, logs, rule)
        entry = read_canonical(receipt.extra)
    except (BadReceipt, ValueError) as problem:
        raise NotProved(file=str(file), problem=str(problem)) from None
    told = translate(
        _("Entry {index} of {log} ({size} entries): {kind} of {place} about {about}, said {at}."),
        language,
    )
    say(
        told.format(
            index=proved.index, log=proved.checkpoint.origin, size=proved.checkpoint.size,
            kind=entry.get("kind"), place=entry.get("place"), about=entry.get("about"),
            at=entry.get("said_at"),
        )
    )  # fmt: skip
    for each in proved.cosignatures:
        seen = translate(_("Witnessed by {name} at {at}."), language)
        at = datetime.fromtimestamp(each.time, UTC).isoformat()
        say(seen.format(name=each.witness.name, at=at))


def _trusted(keys: list[str], policy: Path | None) -> "tuple[list[Verifier], Policy | None]":
    from sameboat.proof.keys import read_verifier
    from sameboat.proof.policy import BadPolicy, read_policy

    logs, rule = [], None
    for key in keys:
        try:
            logs.append(read_verifier(key))
        except ValueError as problem:
            raise FaultyInput([_fault("--key", None, key, str(problem))]) from None
    if policy is not None:
        try:
            rule = read_policy(policy.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, BadPolicy) as problem:
            raise FaultyInput([_fault("", policy, None, str(problem))]) from None
        logs += rule.logs
    return logs, rule


def _fault(field: str, file: Path | None, value: str | None, problem: str) -> Fault:
    return Fault(
        "unreadable", _("cannot be used: {problem}."), field=field, value=value,
        file=str(file) if file else "", facts={"problem": problem},
        next_step=_("Write it as `sameboat log key` prints it."),
    )  # fmt: skip
