"""Receipts, checked offline with public keys alone (no Django)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sameboat.cli.shown import say
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.proof.faults import BadProof
    from sameboat.proof.keys import Verifier
    from sameboat.proof.policy import Policy
    from sameboat.proof.receipt import Proved


class NoKeyGiven(Refusal):
    """A receipt proves what a key signed; which key is trusted, the receipt cannot say."""

    says = _(
        "Whose log is it? Give its verifier key with --key, or a policy with --policy: the key is "
        "told by the place itself (sameboat log key), not by the receipt."
    )


class NotProved(Refusal):
    """The receipt does not hold."""

    says = _("{file} proves nothing: {problem}")


def check_receipt(
    file: Path, raw: bytes, keys: list[str], policy: Path | None, language: str
) -> None:
    """Verify a receipt and say what it proves.

    Raises:
        NoKeyGiven: no key to trust.  NotProved: a signature, the proof or the quorum fails.
        FaultyInput: a key or the policy cannot be read.
    """
    logs, rule = _trusted(keys, policy)
    if not logs:
        raise NoKeyGiven
    proved, entry = prove(file, raw, logs, rule, language)
    say_proved(proved, entry, language)


def prove(
    file: Path, raw: bytes, logs: "Iterable[Verifier]", rule: "Policy | None", language: str
) -> "tuple[Proved, bytes]":
    """Return what a receipt proves, and of which entry.

    Raises:
        NotProved: a signature, the proof or the quorum fails.
    """
    from sameboat.proof.canon import read_canonical
    from sameboat.proof.receipt import BadReceipt, read_receipt, verify_receipt

    try:
        receipt = read_receipt(raw)
        if receipt.extra is None:
            raise BadReceipt("no_entry", _("The entry itself is not in it."), field="extra")
        proved = verify_receipt(receipt, receipt.extra, logs, rule)
        read_canonical(receipt.extra)
    except BadReceipt as problem:
        raise NotProved(file=str(file), problem=problem.in_language(language)) from None
    except ValueError as problem:
        raise NotProved(file=str(file), problem=str(problem)) from None
    return proved, receipt.extra


def say_proved(proved: "Proved", raw: bytes, language: str) -> None:
    """Say which entry is proved, and who had seen it by when."""
    from sameboat.proof.canon import read_canonical

    entry = read_canonical(raw)
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
    from sameboat.proof.faults import BadProof
    from sameboat.proof.keys import read_verifier
    from sameboat.proof.policy import BadPolicy, read_policy

    logs, rule = [], None
    for key in keys:
        try:
            logs.append(read_verifier(key))
        except BadProof as problem:
            raise FaultyInput([_told(problem, field="--key")]) from None
    if policy is not None:
        try:
            rule = read_policy(policy.read_bytes())
        except OSError as problem:
            fault = Fault(
                "unreadable", _("The file cannot be read: {problem}."), file=str(policy),
                facts={"problem": problem.strerror},
            )  # fmt: skip
            raise FaultyInput([fault]) from None
        except BadPolicy as problem:
            raise FaultyInput([_told(problem, file=str(policy))]) from None
        logs += rule.logs
    return logs, rule


def _told(problem: "BadProof", *, file: str = "", field: str = "") -> Fault:
    """Return what is wrong, told where it was given and what to do."""
    fault = problem.fault
    return replace(
        fault, file=file, field=field or fault.field,
        next_step=_("Write a key as `sameboat log key` prints it."),
    )  # fmt: skip
