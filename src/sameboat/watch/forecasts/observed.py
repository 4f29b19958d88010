"""Letting a run see what was observed: which rows count, what they mean, what they teach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.packs.records import Observation, Scenario
from sameboat.spread.learning import learn
from sameboat.spread.pollutant.measurement import Evidence, Measurement
from sameboat.spread.pollutant.river import Spill
from sameboat.spread.priors import standard_scores
from sameboat.watch.forecasts.notices import Notice
from sameboat.watch.forecasts.parameters import Parameters
from sameboat.watch.forecasts.points import Watched

Array = NDArray[np.float64]
#: Fewer members than this do not know the many dimensions of a river well enough to move in.
LEARNING_MEMBERS = 1000
#: An observation that no member comes nearer than this (standard deviations) is impossible.
IMPOSSIBLE = 4.0
WIDER = 1.5
MOST_WIDENINGS = 3
#: What "not detected" means where no limit is told: this part of the lowest threshold.
LIMIT_PART = 0.1


@dataclass(frozen=True)
class Taught:
    """Members after the observations, and what became of them.

    `scores` (dimension, members).  `widened`: how many times wider than assumed the unknowns
    were taken; `doubt`: how many times larger the errors.
    """

    scores: Array
    used: tuple[Observation, ...]
    notices: tuple[Notice, ...]
    widened: float = 1.0
    doubt: float = 1.0
    log_evidence: float | None = None
    stages: int = 0


def select(
    observations: Sequence[Observation],
    scenario: Scenario,
    parameters: Parameters,
    spill: Spill,
    watched: Watched,
    until: datetime | None,
) -> tuple[list[Observation], list[Notice]]:
    """Return the observations that can teach, by time, and what is to be said of the others."""
    notices: list[Notice] = []
    known = [each for each in observations if until is None or each.known_at <= until]
    if len(known) < len(observations):
        facts = {"count": len(observations) - len(known), "until": shown(until, scenario)}
        notices.append(Notice("NotYetKnown", facts))
    other: dict[str, int] = {}
    used = []
    for each in sorted(known, key=lambda one: (one.at, one.site, one.kind)):
        facts = {"site": each.site, "at": shown(each.at, scenario)}
        if each.quantity != parameters.substance.key:
            other[each.quantity] = other.get(each.quantity, 0) + 1
        elif each.site not in watched.sites or np.isnan(
            spill.ways.distance_km[watched.names.index(each.site)]
        ):
            notices.append(Notice("OffTheRiver", {"site": each.site}))
        elif each.at <= scenario.started_at:
            notices.append(Notice("BeforeTheRelease", facts))
        else:
            used.append(each)
    notices.extend(
        Notice("OtherQuantity", {"quantity": quantity, "count": count})
        for quantity, count in sorted(other.items())
    )
    return used, notices


def teach(
    spill: Spill,
    watched: Watched,
    parameters: Parameters,
    scenario: Scenario,
    observations: Sequence[Observation],
    progress: Callable[[float], None] | None = None,
) -> Taught:
    """Return members that have seen the observations.

    What no member can explain widens what is assumed, up to WIDER ** MOST_WIDENINGS times; what
    members still reject together doubles the error of all.  Both are said in a notice.
    """
    members, seed = parameters.members, parameters.seed
    if not observations:
        scores = standard_scores(seed=seed, members=members, size=spill.dimension)
        return Taught(scores, (), ())
    count = max(members, LEARNING_MEMBERS)
    scores = standard_scores(seed=seed, members=count, size=spill.dimension)
    measured = [_measurement(each, watched, scenario, parameters) for each in observations]
    notices: list[Notice] = []
    widened, doubt = _widen(Evidence(spill, measured), scores, observations, scenario, notices)
    for again in range(2):
        evidence = Evidence(spill, measured, doubt)
        # What lies beyond the last station that measured stays as it was assumed, exactly.
        near, beyond = scores[: evidence.dimension], scores[evidence.dimension :]
        learned = learn(
            near,
            lambda trial, seen=evidence: seen.log_likelihood(widened * trial),  # type: ignore[misc]
            seed=seed,
            progress=progress,
        )
        away = evidence.misfit(widened * learned.scores).residuals.min(axis=1)
        if again or away.max() < IMPOSSIBLE or doubt > 1.0:
            break
        doubt = 2.0
        worst = observations[int(away.argmax())]
        notices.append(Notice("ObservationsDisagree", {**facts_of(worst, scenario), "doubt": 2}))
    kept = np.arange(members) * count // members
    taught = np.concatenate([learned.scores, beyond])
    return Taught(
        widened * taught[:, kept], tuple(observations), tuple(notices), widened, doubt,
        learned.log_evidence, learned.stages,
    )  # fmt: skip


def _widen(
    evidence: Evidence,
    scores: Array,
    observations: Sequence[Observation],
    scenario: Scenario,
    notices: list[Notice],
) -> tuple[float, float]:
    widened = 1.0
    first = nearest = evidence.misfit(scores).residuals.min(axis=1)
    for _ in range(MOST_WIDENINGS):
        if nearest.max() < IMPOSSIBLE:
            break
        widened *= WIDER
        nearest = np.minimum(nearest, evidence.misfit(widened * scores).residuals.min(axis=1))
    for number in np.flatnonzero(first >= IMPOSSIBLE).tolist():
        facts = facts_of(observations[number], scenario)
        notices.append(Notice("ObservationImpossible", {**facts, "factor": round(widened, 2)}))
    left = np.flatnonzero(nearest >= IMPOSSIBLE)
    for number in left.tolist():
        notices.append(Notice("ObservationUnexplained", facts_of(observations[number], scenario)))
    return widened, 2.0 if len(left) else 1.0


def _measurement(
    each: Observation, watched: Watched, scenario: Scenario, parameters: Parameters
) -> Measurement:
    limit = each.below or LIMIT_PART * min(parameters.thresholds)
    kind = each.kind
    if kind == "value" and not each.value:
        # "0" and "<0.002" among the values say the same as "not detected".
        kind = "not_detected"
    return Measurement(
        target=watched.names.index(each.site),
        hours=(each.at - scenario.started_at).total_seconds() / 3600,
        kind=kind,
        value=each.value or None,
        limit=max(limit, 1e-9),
        error=each.error,
    )


def facts_of(each: Observation, scenario: Scenario) -> dict[str, Any]:
    """Return what a notice says of an observation."""
    seen = f"{each.value:g} {each.unit}" if each.value is not None else "–"
    if each.below is not None:
        seen = f"< {each.below:g} {each.unit}"
    return {"site": each.site, "at": shown(each.at, scenario), "kind": each.kind, "seen": seen}


def shown(moment: datetime | None, scenario: Scenario) -> str:
    """Return a moment in the scenario's zone; empty without one."""
    from zoneinfo import ZoneInfo

    if moment is None:
        return ""
    return moment.astimezone(ZoneInfo(scenario.zone)).isoformat(timespec="minutes")
