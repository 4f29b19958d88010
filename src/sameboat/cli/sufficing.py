"""Whether enough others have cosigned our log, as `log status` and `doctor` say it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sameboat.cli.finding import Finding
from sameboat.cli.shown import say
from sameboat.lib.fault import FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate

if TYPE_CHECKING:
    from sameboat.ground.logbook.sufficing import Standing

_WRITE = _("Write it anew: sameboat log policy --quorum N")


def say_standing(language: str) -> None:
    """Say how far the newest checkpoint meets this node's policy; nothing where it has none.

    Raises: FaultyInput: the policy cannot be read.
    """
    from sameboat.ground.logbook.sufficing import own_policy, policy_file, standing

    policy = own_policy()
    if policy is None:
        return
    found = standing(policy)
    if found.met and found.met_at:
        told = translate(_("enough for {file} since {at}"), language)
        say(told.format(file=policy_file(), at=found.met_at.isoformat(timespec="seconds")))
        return
    say(translate(_("not enough yet for {file}"), language).format(file=policy_file()))
    lacks = translate(_("{name}: {count} more of {missing}"), language)
    for rule in found.rules:
        if rule.lacking:
            missing = ", ".join(rule.missing)
            say(lacks.format(name=rule.name, count=rule.lacking, missing=missing))
    if found.met_size and found.met_at:
        told = translate(_("enough up to {size} entries, since {at}"), language)
        say(told.format(size=found.met_size, at=found.met_at.isoformat(timespec="seconds")))


def look_at_policy(language: str) -> Iterator[Finding]:
    """Yield what is found of this node's policy: whether it can be read, and ever be met."""
    from sameboat.ground.logbook.sufficing import own_policy, policy_file, revoked_logs, standing

    try:
        policy = own_policy()
    except FaultyInput as refusal:
        problem = refusal.faults[0].in_language(language)
        yield Finding("{problem}", False, facts={"problem": problem})
        return
    if policy is None:
        yield Finding(_("no policy says whose cosignatures are enough: nobody's are needed."), True)
        return
    yield from _reachable(standing(policy), str(policy_file()))
    for place in revoked_logs(policy):
        yield Finding(
            _("the policy {file} names the log of {place} by a key that is revoked; that line "
              "counts for nothing, the log's own newer keys do."),
            True, "", {"file": policy_file(), "place": place},
        )  # fmt: skip


def _reachable(found: "Standing", file: str) -> Iterator[Finding]:
    followed = [each.name for each in found.witnesses if each.origin]
    others = [each.name for each in found.witnesses if not each.origin]
    facts = {"file": file, "count": len(found.witnesses), "followed": len(followed),
             "others": ", ".join(others)}  # fmt: skip
    if found.witnesses and not followed:
        yield Finding(
            _("the policy {file} counts nobody who is followed, so nobody is asked: {others}."),
            False, _WRITE, facts,
        )  # fmt: skip
    elif not found.reachable:
        yield Finding(
            _("the policy {file} can never be met: it needs more than the {followed} of its "
              "{count} that are followed; these are not: {others}."),
            False, _("Join them (sameboat join FILE), or write it anew: sameboat log policy "
                     "--quorum N"), facts,
        )  # fmt: skip
    elif others:
        yield Finding(_("the policy {file} also counts some who are not followed: {others}."), True,
                      facts=facts)  # fmt: skip
    else:
        yield Finding(_("the policy {file} can be met; it counts {count}."), True, facts=facts)
