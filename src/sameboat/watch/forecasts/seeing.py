"""Observations of any hazard, as the members of its problem are compared with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.packs.quantities import COUNTED
from sameboat.packs.records import Observation, Scenario
from sameboat.spread.ensemble import BUDGET, size_text
from sameboat.spread.evidence import Seen, SeriesEvidence
from sameboat.spread.problem import Problem
from sameboat.spread.teaching import Taught, learning_members
from sameboat.watch.forecasts.hazards.asked import Asked
from sameboat.watch.forecasts.notices import Notice
from sameboat.watch.forecasts.observed import LIMIT_PART, facts_of, shown

#: Kind in an observation file -> kind of evidence.
_KINDS = {
    "value": "value", "front": "arrival", "peak": "peak", "count": "count", "detected": "above",
    "not_detected": "not_above",
}  # fmt: skip
#: A number of a course while members are compared with it: itself, and what is made of it.
_BYTES = 16
#: A share of a service above which a place is without it, where thresholds are zero.
_WITHOUT = 0.5


class TooMuchToLearnFrom(Refusal):
    """The courses of all members at all the targets observed would not fit into memory."""

    says = _(
        "To learn from {observations} observations at {targets} targets takes {needed} of memory, "
        "and {budget} may be taken: give observations of fewer places or times."
    )


def check_learning(problem: Problem, seen: Sequence[Seen], members: int) -> float:
    """Return how many numbers one look at the observations takes, if they fit.

    Raises:
        TooMuchToLearnFrom: they do not; nothing has been computed.
    """
    if not seen:
        return 0.0
    evidence = SeriesEvidence(problem, seen)
    numbers = (
        len(evidence.targets) * len(evidence.hours) * float(learning_members(problem, members))
    )
    if numbers * _BYTES > BUDGET:
        raise TooMuchToLearnFrom(
            observations=f"{len(seen):,}", targets=f"{len(evidence.targets):,}",
            needed=size_text(int(numbers * _BYTES)), budget=size_text(BUDGET),
        )  # fmt: skip
    return numbers


def seen_in(
    observations: Sequence[Observation],
    asked: Asked,
    scenario: Scenario,
    until: datetime | None,
) -> tuple[list[Observation], list[Seen], list[Notice]]:
    """Return the observations that can teach, what they say, and what is to be said of others."""
    notices: list[Notice] = []
    known = [each for each in observations if until is None or each.known_at <= until]
    if len(known) < len(observations):
        facts: dict[str, Any] = {"count": len(observations) - len(known)}
        notices.append(Notice("NotYetKnown", facts | {"until": shown(until, scenario)}))
    used: list[Observation] = []
    seen: list[Seen] = []
    other: dict[str, int] = {}
    for each in sorted(known, key=lambda one: (one.at, one.site, one.kind)):
        facts = {"site": each.site, "at": shown(each.at, scenario)}
        hours = (each.at - scenario.started_at).total_seconds() / 3600
        target = asked.observed.get(each.site)
        if each.quantity not in asked.quantities:
            other[each.quantity] = other.get(each.quantity, 0) + 1
        elif target is None:
            notices.append(Notice("NotATarget", {"site": each.site}))
        elif hours <= 0:
            notices.append(Notice("BeforeTheStart", facts))
        elif hours > asked.problem.horizon_hours:
            notices.append(Notice("BeyondTheHorizon", facts))
        else:
            used.append(each)
            seen.append(_seen(each, target, hours, asked.problem))
    notices += [
        Notice("OtherQuantity", {"quantity": quantity, "count": count})
        for quantity, count in sorted(other.items())
    ]
    return used, seen, notices


def notices_of(taught: Taught, used: Sequence[Observation], scenario: Scenario) -> list[Notice]:
    """Return what learning has to say of observations that it could not bring together."""
    found = [
        Notice(
            "ObservationImpossible",
            {**facts_of(used[number], scenario), "factor": round(taught.widened, 2)},
        )
        for number in taught.impossible
    ]
    found += [
        Notice("ObservationUnexplained", facts_of(used[number], scenario))
        for number in taught.unexplained
    ]
    found += [
        Notice("ObservationsDisagree", {**facts_of(used[number], scenario), "doubt": 2})
        for number in taught.disagreeing
    ]
    return found


def _seen(each: Observation, target: str, hours: float, problem: Problem) -> Seen:
    kind = each.kind
    if kind == "value" and each.quantity in COUNTED:
        kind = "count"
    elif kind == "value" and not each.value:
        # "0" and "<0.002" among the values say the same as "not detected".
        kind = "not_detected"
    lowest = _lowest_limit(problem, target)
    limit = {
        "front": each.value or lowest,
        "detected": each.below or LIMIT_PART * lowest,
        "not_detected": each.below or LIMIT_PART * lowest,
    }.get(kind)
    return Seen(
        target=target,
        hours=hours,
        kind=_KINDS[kind],
        value=each.value if kind in ("value", "count", "peak") else None,
        limit=limit,
        error=each.error or None,
    )


def _lowest_limit(problem: Problem, target: str) -> float:
    """Return the lowest threshold that holds for a target, above zero."""
    found = list(problem.thresholds)
    limits = getattr(problem, "limits", None)
    if limits is not None:
        row = limits[problem.targets.index(target)]
        found = row[np.isfinite(row)].tolist()
    return next((each for each in sorted(found) if each > 0), _WITHOUT)
