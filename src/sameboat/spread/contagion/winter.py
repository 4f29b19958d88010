"""The winter of 2020: an epidemic from one prefecture, and when it was reported elsewhere.

Nothing here is fitted to the reports: the numbers are those of papers, the mobility is a law.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.checking import Check, Tables
from sameboat.spread.contagion.effective_distance import preview
from sameboat.spread.contagion.prepare import prepare
from sameboat.spread.contagion.problem import Epidemic
from sameboat.spread.contagion.skill import area_under_curve, score_arrivals, spearman
from sameboat.spread.draws import draw
from sameboat.spread.measures import Measure

Array = NDArray[np.float64]
CASES, PLACES, PEOPLE = "epidemic_2020.csv", "prefectures.csv", "population_2020.csv"
ORIGIN = "420100"
_START = date(2019, 12, 1)
#: Days since then.
_JANUARY_20, _HORIZON = 50, 66
_CORDON_HOURS = 53 * 24.0 + 10.0
_MANY = 10.0
_MEMBERS = 200


def winter_inputs(tables: Tables, *, model: str = "gravity") -> dict[str, Any]:
    """Return what the epidemic is told of the winter of 2020: from 1 December 2019, 66 days.

    R0 as in Wu, Leung & Leung (2020); latent and infectious days and the share reported as in Li
    et al. (2020).  Assumed: 86 people infected by animals in December, three or two a day; six to
    eleven days to a report; 1 % away.  Prefectures without people in the census are left out.
    Source: J. T. Wu, K. Leung & G. M. Leung (2020), Lancet 395:689; R. Li et al. (2020), Science
    368:489; this project, docs/reference/epidemic.md, "The winter of 2020".
    """
    people = prefecture_people(tables[PEOPLE])
    places = [
        {"key": row["code"], "residents": people[row["code"]],
         "lon": float(row["lon"]), "lat": float(row["lat"])}
        for row in tables[PLACES] if people.get(row["code"], 0) > 0
    ]  # fmt: skip
    # 86 over 31 days: three a day but for the last seven, which have two.
    seeds = [
        {"place": ORIGIN, "day": day, "persons": 3 if day < 24 else 2, "as": "exposed"}
        for day in range(31)
    ]
    return {
        "places": places, "seeds": seeds, "counts": "reported", "thresholds": [1.0, _MANY],
        "mobility": {"model": model, "away": 0.01, "exponent": 2.0, "offset_km": 10.0},
        "horizon_days": _HORIZON,
        "parameters": {
            "r0": {"low": 2.4, "likely": 2.68, "high": 2.9},
            "latent_days": {"low": 3.3, "likely": 3.69, "high": 4.0},
            "infectious_days": {"low": 3.2, "likely": 3.47, "high": 3.8},
            "report_share": {"low": 0.1, "likely": 0.14, "high": 0.18},
            "report_days": {"low": 6.0, "likely": 9.0, "high": 11.0},
            "mobility_factor": {"median": 1.0, "spread": 0.5},
        },
    }  # fmt: skip


def prefecture_people(rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """Return the residents of each prefecture, the sum of its counties; Chongqing is one.

    Source: this project, docs/reference/epidemic.md, "The winter of 2020".
    """
    found: dict[str, int] = {}
    for row in rows:
        if row.get("pop"):
            code = row["code"][:4].replace("5002", "5001") + "00"
            found[code] = found.get(code, 0) + round(float(row["pop"]))
    return found


def first_days(rows: Sequence[Mapping[str, str]], cases: float) -> dict[str, float]:
    """Return the first day with so many cases by place, days since 1 December 2019.

    Places that never had so many are not in it.  20 January, when reports begin, may be late.
    Source: this project, docs/reference/epidemic.md, "The winter of 2020".
    """
    found: dict[str, float] = {}
    for row in rows:
        if row["cum_confirmed"] and float(row["cum_confirmed"]) >= cases:
            day = float((date.fromisoformat(row["date"]) - _START).days)
            found[row["code"]] = min(day, found.get(row["code"], np.inf))
    return found


def winter_checks(tables: Tables) -> list[Check]:
    """Return figures of the winter of 2020 without a verdict; none where a table is missing.

    Source: this project, docs/reference/epidemic.md, "The winter of 2020".
    """
    if not all(tables.get(name) for name in (CASES, PLACES, PEOPLE)):
        return []
    found = []
    for model in ("gravity", "radiation"):
        problem = prepare(winter_inputs(tables, model=model))
        found += _figures(problem, tables, model)
    return found


def _figures(problem: Epidemic, tables: Tables, model: str) -> list[Check]:
    recorded = {row["code"] for row in tables[CASES]} - {ORIGIN}
    keys = [key for key in problem.targets if key in recorded]
    rows = [problem.targets.index(key) for key in keys]
    shut = problem.under([Measure("restrict_travel", ORIGIN, _CORDON_HOURS, amount=0.9)])
    footprint = shut.spread(draw(shut, seed=1, members=_MEMBERS))
    days = footprint.arrival_hours[rows].astype(np.float64) / 24.0
    first, many = (
        np.array([reported.get(key, np.nan) for key in keys])
        for reported in (first_days(tables[CASES], cases) for cases in (1.0, _MANY))
    )
    one = score_arrivals(np.maximum(days[:, 0], _JANUARY_20), first, until_day=_HORIZON)
    ten = score_arrivals(np.maximum(days[:, 1], _JANUARY_20), many, until_day=_HORIZON)
    glance = preview(problem)
    seen = np.nan_to_num(first, nan=np.inf)
    figures = [
        (_("rank correlation of the first case reported"), one.rank_correlation, 1.0),
        (_("share of first reports within 10 … 90 % of the forecast"), one.hits, 0.8),
        (_("area under the ROC curve, ten cases by 4 February"), ten.auc, 1.0),
        (_("rank correlation of the effective distance with the first case"),
         spearman(glance.distance[rows], seen), 1.0),
        (_("area under the ROC curve of the effective distance, ten cases by 4 February"),
         area_under_curve(-glance.distance[rows], np.isfinite(many)), 1.0),
    ]  # fmt: skip
    return [
        Check(
            f"epidemic-2020-{model}-{number}", says, ours, best, "", 1.0, False,
            _("a figure without a verdict: nothing was fitted; beside it the best there can be"),
            "city_cum_confirmed.csv, cheongsa, CC0 (arXiv 2003.11716)", reported=True,
        )
        for number, (says, ours, best) in enumerate(figures, 1)
    ]  # fmt: skip
