"""Several ways to act, run with the same members and the same chances, compared place by place."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.draws import Draws, draw
from sameboat.spread.ensemble import BUDGET, check_room, run
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure
from sameboat.spread.problem import Problem
from sameboat.spread.summary import quantile_bands

Array = NDArray[np.float64]
#: What an outcome can be, by member: reached or not (0, 1), and the arrays of a footprint.
OUTCOMES = ("reached", "peak", "duration_hours", "arrival_hours")


@dataclass(frozen=True)
class Difference:
    """What one option does to one target, beside the first option.

    `outcome` and `change` are means over members (of an arrival: over those reached under both;
    None where there are none).  `error`: standard error of the change, from the differences of
    the same members.  `low`, `high`: 10 % and 90 % of those differences.  `better`, `worse`:
    parts of the members.
    """

    option: str
    target: str
    outcome: float | None
    change: float | None
    error: float | None
    low: float | None
    high: float | None
    better: float
    worse: float


@dataclass(frozen=True)
class Comparison:
    """Footprints of several options from the same members; the first is what others are held to."""

    options: tuple[str, ...]
    footprints: Mapping[str, Footprint]
    measures: Mapping[str, tuple[Measure, ...]]

    def union(self, groups: Mapping[str, Sequence[str]]) -> "Comparison":
        """Return the comparison of parents, each the union of its targets member by member."""
        joined = {name: each.union(groups) for name, each in self.footprints.items()}
        return Comparison(self.options, joined, self.measures)

    def table(
        self,
        of: str = "reached",
        threshold: int = 0,
        amounts: Mapping[str, float] | None = None,
    ) -> list[Difference]:
        """Return one row for each option and target, the first option included.

        Args: of: one of OUTCOMES.  amounts: target -> people (or hectares …) there; outcomes are
            then counted in them, and targets without an amount left out.
        Raises: ValueError: `of` is none of the outcomes.
        """
        base = self.footprints[self.options[0]]
        rows: list[Difference] = []
        before = outcome_of(base, of, threshold)
        factor = np.array([(amounts or {}).get(each, 1.0) for each in base.targets])
        for option in self.options:
            after = outcome_of(self.footprints[option], of, threshold)
            rows += differences(
                option, base.targets, before * factor[:, None], after * factor[:, None],
                base.shares, later_is_better=of == "arrival_hours",
            )  # fmt: skip
        if amounts is not None:
            rows = [row for row in rows if row.target in amounts]
        return rows


def differences(
    option: str,
    targets: Sequence[str],
    before: Array,
    after: Array,
    weights: Array,
    *,
    later_is_better: bool = False,
) -> list[Difference]:
    """Return what an option changes of each target's outcome, from the same members under both.

    Args: before, after: (targets, members); not a number where a member has none.  weights:
        (members,), summing to one.  later_is_better: as of an arrival, and not at all is best; of
        everything else less is better.
    Source: this project, docs/reference/options.md, "How options are compared".
    """
    change = after - before
    both = np.isfinite(change)
    mean = _mean(after, np.isfinite(after), weights)
    moved = _mean(change, both, weights)
    spread = np.where(both, change - moved[:, None], 0.0)
    share = np.where(both, weights, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = share / share.sum(axis=1)[:, None]
        error = np.sqrt((part * part * spread * spread).sum(axis=1))
    bands = quantile_bands(change, both, weights)
    gain = _never_last(after) - _never_last(before) if later_is_better else before - after
    better = (np.where(gain > 0, weights, 0.0)).sum(axis=1)
    worse = (np.where(gain < 0, weights, 0.0)).sum(axis=1)
    return [
        Difference(
            option, target, _number(mean[row]), _number(moved[row]), _number(error[row]),
            _number(bands[row, 0]), _number(bands[row, 2]), float(better[row]), float(worse[row]),
        )
        for row, target in enumerate(targets)
    ]  # fmt: skip


def compare(
    problem: Problem,
    options: Mapping[str, Sequence[Measure]],
    *,
    members: int = 0,
    seed: int = 0,
    draws: Draws | None = None,
    executor: Executor | None = None,
    workers: int = 4,
    budget_bytes: int = BUDGET,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Comparison:
    """Run every option with the same members and chances.

    Args: options: name -> counter-measures; the first is the one that others are held to (often
        none at all).  The rest as for `run`.
    Raises: ValueError: no option at all.  FaultyInput: a counter-measure is not understood; no
        option is run then.  TooManyMembers: they would not fit together.
    Source: this project, docs/reference/options.md, "How options are compared".
    """
    if not options:
        raise ValueError("options must name at least one")
    asked = {name: problem.under(tuple(measures)) for name, measures in options.items()}
    share = budget_bytes // len(asked)
    for one in asked.values():  # before members are drawn: too many of them take long already
        check_room(
            one, members=members if draws is None else draws.members,
            workers=workers if executor else 1, budget_bytes=share,
        )  # fmt: skip
    shared = draws or draw(problem, seed=seed, members=members)
    footprints: dict[str, Footprint] = {}
    for number, (name, one) in enumerate(asked.items()):

        def tell(part: float, before: int = number) -> None:
            if progress is not None:
                progress((before + part) / len(asked))

        footprints[name] = run(
            one, draws=shared, executor=executor, workers=workers,
            budget_bytes=share, progress=tell, cancelled=cancelled,
        )  # fmt: skip
    return Comparison(
        tuple(asked), footprints, {name: tuple(each) for name, each in options.items()}
    )


def outcome_of(footprint: Footprint, of: str, threshold: int = 0) -> Array:
    """Return an outcome by target and member, (targets, members).

    Raises: ValueError: `of` is none of OUTCOMES.
    Source: this project, docs/reference/options.md, "How options are compared".
    """
    if of not in OUTCOMES:
        raise ValueError(f"of is {of!r}, allowed: {', '.join(OUTCOMES)}")
    if of == "reached":
        return np.isfinite(footprint.arrival_hours[:, threshold]).astype(np.float64)
    values = getattr(footprint, of)
    return np.asarray(values if of == "peak" else values[:, threshold], dtype=np.float64)


def _mean(values: Array, chosen: NDArray[np.bool_], weights: Array) -> Array:
    share = np.where(chosen, weights, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = (np.where(chosen, values, 0.0) * share).sum(axis=1) / share.sum(axis=1)
    return found


def _never_last(hours: Array) -> Array:
    return np.where(np.isnan(hours), 1e12, hours)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
