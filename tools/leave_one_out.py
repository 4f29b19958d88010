"""How well the river model forecasts what it was not shown.

    python -m tools.leave_one_out                    # each station from the others; each later
                                                     # observation from those known before it
    python -m tools.leave_one_out --synthetic 48     # rivers drawn from what is assumed

The first judges the model by measurements, the second its learning by truths that are known: if
what is assumed is right, 80 of 100 truths lie between the 10th and the 90th percentile.
The figures in docs/reference/river-pollutant.md ("How well it does") are what this prints.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from sameboat.packs import read_pack
from sameboat.packs.records import Observation, RegionPack, Scenario
from sameboat.spread.pollutant.measurement import PEAK_SPREAD, TIME_HOURS, TIME_PART, VALUE_SPREAD
from sameboat.spread.pollutant.river import Spill
from sameboat.spread.priors import standard_scores
from sameboat.watch.forecasts.hydrology import Watched, prepare
from sameboat.watch.forecasts.observed import select, teach
from sameboat.watch.forecasts.parameters import Parameters, read_parameters

Array = NDArray[np.float64]
PACK = Path(__file__).parent.parent / "regions" / "songhua"
SCENARIO, SERIES = "nitrobenzene-2005", "2005"
#: Of what lies nearer than this no travel time is left to be wrong about.
LEAST_REMAINING_HOURS = 12.0
#: The seed of the truths lies apart from that of the members.
TRUTH_SEED = 20_051_113
STEP_HOURS = 1 / 12
#: Long enough for every river that is drawn: an end would choose among the truths.
HORIZON_HOURS = 200 * 24.0


@dataclass(frozen=True)
class Case:
    """A release, its river and the priors, ready to learn and to forecast."""

    pack: RegionPack
    scenario: Scenario
    parameters: Parameters
    spill: Spill
    watched: Watched

    def row(self, site: str) -> int:
        return self.watched.names.index(site)

    def hours(self, each: Observation) -> float:
        return (each.at - self.scenario.started_at).total_seconds() / 3600

    def distance(self, site: str) -> float:
        return float(self.spill.ways.distance_km[self.row(site)])

    def scores(self, observations: Sequence[Observation]) -> Array:
        """Return members that have seen these observations."""
        used, _ = select(
            observations, self.scenario, self.parameters, self.spill, self.watched, None
        )
        return teach(self.spill, self.watched, self.parameters, self.scenario, used).scores


@dataclass(frozen=True)
class Score:
    """One truth beside its forecast: hours since the release, or mg/L."""

    site: str
    what: str  #: "front", "peak time", "peak", "value"
    truth: float
    p10: float
    p50: float
    p90: float
    remaining_hours: float
    rank: float  #: share of members below the truth

    @property
    def inside(self) -> bool:
        return self.p10 <= self.truth <= self.p90

    @property
    def is_time(self) -> bool:
        return self.what in {"front", "peak time", "arrival"}

    @property
    def error(self) -> float:
        """Part of the remaining time for times, logarithm to base 2 of the ratio for others."""
        if self.is_time:
            return (self.p50 - self.truth) / self.remaining_hours
        return float(np.log2(max(self.p50, 1e-9) / self.truth))


def open_case(members: int, seed: int) -> tuple[Case, tuple[Observation, ...]]:
    pack = read_pack(PACK)
    scenario = next(each for each in pack.scenarios if each.key == SCENARIO)
    parameters = read_parameters(scenario, pack, members=members, seed=seed)
    spill, watched = prepare(pack, parameters)
    return Case(pack, scenario, parameters, spill, watched), pack.observations[SERIES]


def stations(case: Case, seen: Sequence[Observation]) -> Iterator[tuple[str, list[Score]]]:
    """Forecast each station that was measured from all the others."""
    for site in sorted({each.site for each in seen}, key=case.distance):
        shown = [each for each in seen if each.site != site]
        hidden = [each for each in seen if each.site == site]
        scores = case.scores(shown)
        found: list[Score] = []
        for each in hidden:
            behind = [
                case.hours(one) for one in shown
                if one.at < each.at and case.distance(one.site) < case.distance(site)
            ]  # fmt: skip
            remaining = case.hours(each) - max(behind, default=0.0)
            found += judge(case, scores, each, remaining)
        yield site, found


def futures(case: Case, seen: Sequence[Observation]) -> Iterator[tuple[str, list[Score]]]:
    """At each moment of the file, forecast all that comes after it."""
    for now in sorted({each.known_at for each in seen})[:-1]:
        later = [each for each in seen if each.at - now >= timedelta(hours=LEAST_REMAINING_HOURS)]
        if not later:
            continue
        scores = case.scores([each for each in seen if each.known_at <= now])
        found = [
            score
            for each in later
            for score in judge(case, scores, each, (each.at - now).total_seconds() / 3600)
        ]
        yield f"{now:%m-%d %H:%M}Z", found


def judge(case: Case, scores: Array, each: Observation, remaining: float) -> list[Score]:
    """Compare one observation with the members' forecast of it."""
    row, hours = case.row(each.site), case.hours(each)
    clouds = case.spill.clouds(scores, [row])
    remaining = max(remaining, LEAST_REMAINING_HOURS)
    if each.kind == "value" and each.value:
        # What a bottle shows scatters about the river's concentration.
        noise = np.exp(VALUE_SPREAD * np.random.default_rng(7).standard_normal(scores.shape[1]))
        found = clouds.concentrations(0, [hours])[0] * noise
        return [_score(each.site, "value", each.value, found, remaining)]
    if each.kind == "not_detected":
        found = clouds.concentrations(0, [hours])[0]
        limit = each.below or 0.1 * min(case.parameters.thresholds)
        share = float((found < limit).mean())
        print(f"    {each.site} not detected: {share:.0%} of members agree")
        return []
    limit = each.value if each.kind == "front" and each.value else min(case.parameters.thresholds)
    told = clouds.expose(
        [each.site], thresholds=[limit], unit="mg/L",
        horizon_hours=HORIZON_HOURS, step_hours=STEP_HOURS,
    )  # fmt: skip
    if each.kind == "front":
        return [_score(each.site, "front", hours, told.arrival_hours[0, 0], remaining)]
    if each.kind != "peak":
        return []
    found_peak = [_score(each.site, "peak time", hours, told.peak_hours[0], remaining)]
    if each.value:
        noise = np.exp(PEAK_SPREAD * np.random.default_rng(7).standard_normal(scores.shape[1]))
        tops = told.peak[0] * noise
        found_peak.append(_score(each.site, "peak", each.value, tops, remaining))
    return found_peak


def _score(site: str, what: str, truth: float, found: Array, remaining: float) -> Score:
    kept = np.asarray(found, dtype=np.float64)
    kept = kept[np.isfinite(kept)]
    low, middle, high = np.quantile(kept, [0.1, 0.5, 0.9]) if len(kept) else [np.nan] * 3
    rank = float((kept < truth).mean()) if len(kept) else np.nan
    return Score(site, what, float(truth), low, middle, high, remaining, rank)


def synthetic(case: Case, count: int) -> Iterator[list[Score]]:
    """Draw a river from what is assumed, measure it as that of 2005 was, forecast the rest."""
    random = np.random.default_rng(TRUTH_SEED)
    drawn = 0
    for number in range(10 * count):
        truth = standard_scores(seed=TRUTH_SEED, members=1, size=case.spill.dimension, first=number)
        seen, now = measure(case, truth, random)
        if not seen:
            continue  # too thin a cloud to be found where that of 2005 was
        drawn += 1
        yield compare(case, truth, case.scores(seen), now)
        if drawn == count:
            return


def measure(
    case: Case, truth: Array, random: np.random.Generator
) -> tuple[list[Observation], float]:
    """Return what is seen of a river as in 2005: the same stations, kinds and order.

    Errors are those that the likelihood supposes: bottles of one station and day share most of
    theirs, and the cloud runs ahead of its curve or behind it by a part of its width.
    """
    sites = ["S04", "S05", "S07", "S08", "S09", "S10"]
    clouds = case.spill.clouds(truth, [case.row(site) for site in sites])
    levels = [0.0017, 0.009, 0.0115]
    told = clouds.expose(
        sites, thresholds=levels, unit="mg/L",
        horizon_hours=HORIZON_HOURS, step_hours=STEP_HOURS,
    )  # fmt: skip
    if not np.isfinite(told.arrival_hours[:5, 2, 0]).all():
        return [], 0.0
    grid = np.arange(0, HORIZON_HOURS, 0.5)
    curves = {site: clouds.concentrations(row, grid)[:, 0] for row, site in enumerate(sites)}
    lag, bias = {}, {}
    for site in sites:
        share = curves[site] / curves[site].sum()
        width = float(np.sqrt((share * grid**2).sum() - (share * grid).sum() ** 2))
        lag[site] = float(np.hypot(TIME_HOURS, TIME_PART * width) * random.standard_t(5))
        bias[site] = float(random.standard_t(5))
    peak = dict(zip(sites, told.peak_hours[:, 0].tolist(), strict=True))
    now = float(told.arrival_hours[4, 2, 0]) + lag["S09"] + 5.0
    plan = [
        ("S05", peak["S05"] + lag["S05"], "peak", None),
        ("S05", peak["S05"] + lag["S05"] + 13, "value", None),
        ("S04", peak["S05"] + lag["S05"] + 30, "value", None),
        ("S07", peak["S07"] + lag["S07"], "peak", None),
        ("S07", peak["S07"] + lag["S07"] + 4, "value", None),
        ("S05", peak["S05"] + lag["S05"] + 88, "not_detected", None),
        ("S08", float(told.arrival_hours[3, 1, 0]) + lag["S08"], "front", 0.009),
        ("S10", now - 7, "not_detected", None),
        ("S09", now - 5, "front", 0.0115),
        ("S08", now - 5, "value", None),
        ("S09", now - 3, "value", None),
        ("S09", now - 1, "value", None),
    ]
    seen = []
    for line, (site, hours, kind, value) in enumerate(plan, 1):
        if not 0 < hours <= now:
            continue
        at = case.scenario.started_at + timedelta(hours=round(hours, 3))
        level = float(np.interp(hours - lag[site], grid, curves[site]))
        noise = np.sqrt(0.7) * bias[site] + np.sqrt(0.3) * float(random.standard_t(5))
        if kind == "peak":
            value = float(curves[site].max() * np.exp(PEAK_SPREAD * noise))
        elif kind == "value":
            value = float(level * np.exp(VALUE_SPREAD * noise))
            if value < levels[0]:
                kind, value = "not_detected", None
        elif kind == "not_detected" and level * np.exp(VALUE_SPREAD * noise) >= levels[0]:
            kind = "detected"
        seen.append(
            Observation(
                site, at, case.parameters.substance.key, value, None, "mg/L", kind, None, at, line
            )
        )
    return seen, now


def compare(case: Case, truth: Array, scores: Array, now: float) -> list[Score]:
    """Return the truths at the stations still ahead beside their forecasts."""
    ahead = [site for site in case.watched.sites if case.distance(site) > case.distance("S09")]
    rows = [case.row(site) for site in ahead]
    limits = [min(case.parameters.thresholds)]
    real, told = (
        case.spill.clouds(each, rows).expose(
            ahead, thresholds=limits, unit="mg/L",
            horizon_hours=HORIZON_HOURS, step_hours=STEP_HOURS,
        )
        for each in (truth, scores)
    )  # fmt: skip
    found = []
    for row, site in enumerate(ahead):
        arrival, top = float(real.arrival_hours[row, 0, 0]), float(real.peak[row, 0])
        at = float(real.peak_hours[row, 0])
        found.append(_score(site, "peak", top, told.peak[row], max(at - now, 1.0)))
        if not np.isfinite(arrival):
            continue
        left = max(arrival - now, LEAST_REMAINING_HOURS)
        found.append(_score(site, "arrival", arrival, told.arrival_hours[row, 0], left))
        left = max(at - now, LEAST_REMAINING_HOURS)
        found.append(_score(site, "peak time", at, told.peak_hours[row], left))
    return found


def show_each(scores: Iterable[Score]) -> None:
    for each in scores:
        if each.is_time:
            text = f"{each.p50 - each.truth:+7.1f} h of {each.remaining_hours:5.0f} h left"
            text += f" ({each.error:+4.0%})"
        else:
            text = f"seen {each.truth:.4g}, forecast {each.p50:.4g} ({2**each.error:.2f} times)"
        mark = "inside" if each.inside else "OUTSIDE"
        print(f"    {each.site} {each.what:9} {text}; band {each.p10:.4g} … {each.p90:.4g} {mark}")


def show_all(title: str, scores: Sequence[Score]) -> None:
    print(f"{title}:")
    groups: dict[str, list[Score]] = defaultdict(list)
    for each in scores:
        groups[each.what].append(each)
        groups["times" if each.is_time else "concentrations"].append(each)
    for what, some in groups.items():
        errors = np.array([each.error for each in some])
        inside = float(np.mean([each.inside for each in some]))
        rank = float(np.mean([each.rank for each in some]))
        if some[0].is_time:
            size = f"median error {np.median(errors):+.1%}, size {np.median(abs(errors)):.1%}"
            size += f", within 10 %: {np.mean(abs(errors) <= 0.1):.0%}"
        else:
            size = f"median ratio {2 ** np.median(errors):.2f}"
            size += f", within a factor of 2: {np.mean(abs(errors) <= 1):.0%}"
        print(f"  {what:15} n {len(some):4}: {size}; inside {inside:.0%}; mean rank {rank:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--synthetic", type=int, default=0, metavar="N", help="rivers drawn")
    parser.add_argument("--members", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    case, seen = open_case(asked.members, asked.seed)
    if asked.synthetic:
        every: list[Score] = []
        for number, found in enumerate(synthetic(case, asked.synthetic), 1):
            every += found
            print(f"\r{number} of {asked.synthetic}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        show_all(f"{asked.synthetic} rivers drawn from what is assumed", every)
        for site in sorted({each.site for each in every}):
            show_all(site, [each for each in every if each.site == site])
        return
    for title, found_by in (("each station from the others", stations), ("later", futures)):
        everything: list[Score] = []
        for name, found in found_by(case, seen):
            print(f"  {name}")
            show_each(found)
            everything += found
        show_all(title, everything)


if __name__ == "__main__":
    main()
