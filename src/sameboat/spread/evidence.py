"""What was observed of any hazard, and how well members explain it.

Members are compared through the course of their intensity at the places observed: values, first
arrivals, peaks, counts, what was found above a limit and what was not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, log

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.spread.draws import Draws, streams_of
from sameboat.spread.problem import Problem
from sameboat.spread.student import below, log_density

Array = NDArray[np.float64]
KINDS = ("value", "arrival", "peak", "count", "above", "not_above")
#: Standard deviation of the logarithm of a value that tells no error of its own.
VALUE_SPREAD = 0.3
#: Of a time that tells none: this part of it, and at least this many hours.
TIME_PART, TIME_HOURS = 0.05, 3.0
#: A count varies more than a fair draw would: variance = mean + mean^2 / this.
COUNT_SHAPE = 10.0
#: Counts of one place count up to each other, so that what is odd about one stays in the next:
#: of n of them each counts 1 / (1 + this (n - 1)).
COUNT_CORRELATION = 0.9
#: Times at which a course is looked at for its top or an arrival, up to the last observed.
LOOKS = 240
#: Numbers of courses that are held at a time.
_TOGETHER = 2**24


@dataclass(frozen=True)
class Seen:
    """One observation at one target.

    `kind` and what it needs: "value", the intensity; "arrival", when `limit` was first exceeded;
    "peak", when it was highest, and `value` if that was measured; "count", a whole number that
    the intensity counts up to (reported cases); "above" and "not_above", whether `limit` was
    exceeded at that hour.  `error`: one standard deviation, in the unit of the intensity, or in
    hours for an arrival.  `known_hours`: when it became known; before that it teaches nothing.
    """

    target: str
    hours: float  #: since the start
    kind: str
    value: float | None = None
    limit: float | None = None
    error: float | None = None
    known_hours: float | None = None  #: None = at once


def known_by(seen: Sequence[Seen], hours: float) -> tuple[Seen, ...]:
    """Return what was known by then: the forecast can be rewound to that moment.

    Source: this project, docs/reference/learning.md, "Rewinding".
    """
    return tuple(
        each for each in seen
        # Each by itself: what was known at no time one can name (not a number) is not known.
        if each.hours <= hours and (each.known_hours is None or each.known_hours <= hours)
    )  # fmt: skip


def check_seen(problem: Problem, seen: Sequence[Seen]) -> None:
    """Refuse observations that cannot be compared with this problem.

    Raises: FaultyInput: every fault, by the number of the observation and its field.
    Source: this project, docs/reference/learning.md, "What can be observed".
    """
    faults: list[Fault] = []
    targets = set(problem.targets)
    for number, each in enumerate(seen):
        horizon = problem.horizon_hours
        if each.target in targets:
            horizon = problem.horizon_of(each.target)
        faults += _faults(each, f"observations[{number}]", targets, horizon)
    if faults:
        raise FaultyInput(faults)


def _faults(each: Seen, field: str, targets: set[str], horizon: float) -> list[Fault]:
    faults: list[Fault] = []

    def wrong(code: str, part: str, value: object, says: str, allowed: str = "") -> None:
        faults.append(Fault(code, says, field=f"{field}.{part}", value=value, allowed=allowed))

    if each.target not in targets:
        wrong("unknown_target", "target", each.target, _("is not a target of this forecast."))
    if each.kind not in KINDS:
        wrong("unknown", "kind", each.kind, _("is not known here."), ", ".join(KINDS))
        return faults
    if not 0 <= each.hours <= horizon:
        wrong("out_of_range", "hours", each.hours, _("lies outside its range."),
              f"0 … {horizon:g} h")  # fmt: skip
    for part, needed, low in (
        ("value", each.kind in ("value", "count"), 0.0),
        ("limit", each.kind in ("arrival", "above", "not_above"), 0.0),
        ("error", False, 0.0),
    ):
        number = getattr(each, part)
        if number is None and needed:
            wrong("empty", part, None, _("is missing."), f">= {low:g}")
        elif number is not None and not (isfinite(number) and number >= low):
            wrong("out_of_range", part, number, _("lies outside its range."), f">= {low:g}")
        elif part in ("limit", "error") and number == 0:
            wrong("out_of_range", part, number, _("lies outside its range."), "> 0")
    if each.known_hours is not None and not isfinite(each.known_hours):
        wrong("out_of_range", "known_hours", each.known_hours, _("lies outside its range."))
    whole = each.value is None or not isfinite(each.value) or each.value == int(each.value)
    if each.kind == "count" and not whole:
        wrong("not_whole", "value", each.value, _("is not a whole number."), ">= 0")
    if each.kind == "value" and each.value == 0 and each.error is None:
        wrong("empty", "error", None, _("is missing: a value of 0 has no error of its own."), "> 0")
    return faults


@dataclass(frozen=True)
class Misfit:
    """How far members are from observations.

    `residuals` (observations, members): standard deviations away, 0 where a bound is kept.
    `log_likelihood` (members,).
    """

    residuals: Array
    log_likelihood: Array


class SeriesEvidence:
    """The observations of one problem, ready to be compared with members."""

    def __init__(self, problem: Problem, seen: Sequence[Seen], doubt: float = 1.0) -> None:
        """Take observations that `check_seen` has passed; `doubt` >= 1 widens every error."""
        self.problem = problem
        self.seen = tuple(seen)
        self.doubt = doubt
        self.targets = tuple(dict.fromkeys(each.target for each in seen))
        self.hours = self._looks()
        self.row = {target: row for row, target in enumerate(self.targets)}
        self.counts = _Counts(self)

    def _looks(self) -> Array:
        """Return the hours at which courses are looked at: those observed, and no others.

        A top or an arrival may lie anywhere up to the last hour at which it would still explain.
        """
        exact = [each.hours for each in self.seen]
        wide = [each for each in self.seen if each.kind in ("peak", "arrival")]
        if not wide:
            return np.unique(exact)
        last = max(each.hours + 4 * self._time_error(each) for each in self.seen)
        end = min(last, self.problem.horizon_hours)
        return np.unique(np.concatenate([np.linspace(0.0, end, LOOKS), exact]))

    @property
    def dimension(self) -> int:
        """Number of scores: those of the problem, and one for each member's own chances."""
        return self.problem.dimension + 1

    @property
    def chances(self) -> int:
        """The last score names them."""
        return 1

    def draws(self, scores: Array) -> Draws:
        """Return the members that these scores make, (dimension, members)."""
        return Draws(np.ascontiguousarray(scores[:-1]), streams_of(scores[-1]))

    def misfit(self, scores: Array) -> Misfit:
        """Compare members with every observation: some at a time, for courses take memory."""
        step = max(1, _TOGETHER // max(1, len(self.targets) * len(self.hours)))
        members = scores.shape[1]
        parts = [self._misfit(scores[:, at : at + step]) for at in range(0, members, step)]
        return Misfit(
            np.concatenate([each.residuals for each in parts], axis=1),
            np.concatenate([each.log_likelihood for each in parts]),
        )

    def _misfit(self, scores: Array) -> Misfit:
        course = self.problem.series(self.draws(scores), self.targets, self.hours)
        residuals = np.zeros((len(self.seen), scores.shape[1]))
        total = self.counts.compare(course, residuals)
        for number, each in enumerate(self.seen):
            if each.kind == "count":
                continue
            away, fit = self._compare(each, course[self.row[each.target]])
            residuals[number] = away
            total += fit
        return Misfit(residuals, total)

    def log_likelihood(self, scores: Array) -> Array:
        """Return the logarithm of how likely the observations are, (members,)."""
        return self.misfit(scores).log_likelihood

    def _time_error(self, each: Seen) -> float:
        if each.kind == "arrival" and each.error is not None:
            return each.error
        return max(TIME_HOURS, TIME_PART * each.hours)

    def _compare(self, each: Seen, values: Array) -> tuple[Array, Array]:
        now = values[np.searchsorted(self.hours, each.hours)]
        if each.kind == "value":
            return self._value(each, now)
        if each.kind == "peak":
            return self._peak(each, values)
        if each.kind == "arrival":
            return self._arrival(each, values)
        assert each.limit is not None
        floor = each.limit * 1e-6
        above = np.log(np.maximum(now, floor) / each.limit) / (self.doubt * VALUE_SPREAD)
        if each.kind == "not_above":
            above = -above
        return np.maximum(-above, 0.0), np.log(below(above))

    def _value(self, each: Seen, now: Array) -> tuple[Array, Array]:
        assert each.value is not None
        if each.error is not None:
            spread = self.doubt * each.error
            away = (now - each.value) / spread
        else:
            spread = self.doubt * VALUE_SPREAD
            away = np.log(np.maximum(now, each.value * 1e-6) / each.value) / spread
        # The norm of the density counts: else doubting more would explain everything better.
        return np.abs(away), log_density(away) - log(spread)

    def _peak(self, each: Seen, values: Array) -> tuple[Array, Array]:
        at = self.hours[values.argmax(axis=0)]
        spread = self.doubt * self._time_error(each)
        away = (at - each.hours) / spread
        fit = log_density(away) - log(spread)
        if each.value:
            ratio = np.log(np.maximum(values.max(axis=0), each.value * 1e-6) / each.value)
            wide = self.doubt * (VALUE_SPREAD if each.error is None else each.error / each.value)
            high = ratio / wide
            away, fit = np.hypot(away, high), fit + log_density(high) - log(wide)
        return np.abs(away), fit

    def _arrival(self, each: Seen, values: Array) -> tuple[Array, Array]:
        assert each.limit is not None
        reached = values >= each.limit
        first = np.where(reached.any(axis=0), self.hours[reached.argmax(axis=0)], inf)
        short = np.log(each.limit / np.maximum(values.max(axis=0), each.limit * 1e-6))
        spread = self.doubt * self._time_error(each)
        # A member that never comes so far is as late as the last look, and as far off as it
        # falls short.
        late = (np.minimum(first, self.hours[-1]) - each.hours) / spread
        away = np.hypot(late, np.maximum(short, 0.0) / (self.doubt * VALUE_SPREAD))
        return away, log_density(away) - log(spread)


class _Counts:
    """The counts among the observations, compared all at once: there may be thousands."""

    def __init__(self, evidence: SeriesEvidence) -> None:
        from scipy.special import gammaln

        rows = [row for row, each in enumerate(evidence.seen) if each.kind == "count"]
        seen = [evidence.seen[row] for row in rows]
        self.rows = np.array(rows, np.int64)
        self.place = np.array([evidence.row[each.target] for each in seen], np.int64)
        self.look = np.searchsorted(evidence.hours, [each.hours for each in seen])
        self.value = np.array([each.value for each in seen], np.float64)[:, None]
        self.shape = COUNT_SHAPE / evidence.doubt**2
        beside = np.bincount(self.place, minlength=1)[self.place] if rows else self.place
        self.trust = 1.0 / (1.0 + COUNT_CORRELATION * (beside[:, None] - 1))
        self.known = (
            gammaln(self.value + self.shape) - gammaln(self.shape) - gammaln(self.value + 1)
            + self.shape * np.log(self.shape)
        )  # fmt: skip

    def compare(self, course: Array, residuals: Array) -> Array:
        """Write how far each count is away; return what all say together, (members,).

        Source: P. McCullagh & J. A. Nelder (1989), Generalized Linear Models, section 6.2.3 (the
        negative binomial distribution by mean and shape).
        """
        found = np.zeros(course.shape[2])
        if not len(self.rows):
            return found
        # What the model counts is itself one draw; zero there does not exclude a first case.
        mean = np.maximum(course[self.place, self.look], 0.5)
        away = (self.value - mean) / np.sqrt(mean + mean**2 / self.shape)
        residuals[self.rows] = np.abs(away)
        fit = self.value * np.log(mean) - (self.value + self.shape) * np.log(self.shape + mean)
        fit = self.trust * (fit + self.known)
        # One by one: a library's sum may add in another order where there are fewer members.
        for row in fit:
            found += row
        return found
