"""The epidemic against published figures: closed forms, exact chains, and the winter of 2020."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.checking import Check, Curve, Tables
from sameboat.spread.contagion.effective_distance import preview
from sameboat.spread.contagion.households import reed_frost
from sameboat.spread.contagion.prepare import growth_per_day, prepare
from sameboat.spread.contagion.problem import Epidemic, Outcome
from sameboat.spread.contagion.skill import spearman
from sameboat.spread.contagion.winter import winter_checks
from sameboat.spread.draws import draw
from sameboat.spread.priors import fixed

Array = NDArray[np.float64]
CLOSED = "epidemic_closed_forms.csv"
_PEOPLE = 10_000_000
_SEED = 2


def checks(tables: Tables) -> list[Check]:
    """Return every check that the tables at hand allow.

    Source: this project, docs/reference/epidemic.md, "Checks".
    """
    rows = tables.get(CLOSED, ())
    found = [_formula(row) for row in rows]
    # Below 1.5 the epidemic outlasts any horizon of ours, and most members die out.
    found += [_final_size(row) for row in rows if float(row["R0"]) >= 1.5]
    found += [_growth(row) for row in rows if float(row["R0"]) in (1.5, 2.5, 4.0)]
    found += [_extinction(row) for row in rows if float(row["R0"]) in (1.5, 2.0, 3.0)]
    return [*found, _households(), *_previews(), *winter_checks(tables)]


def one_place(row: Any, *, people: int = _PEOPLE, persons: int, days: int, steps: int) -> Epidemic:
    """Return one large place with these numbers, which the closed forms are of.

    Source: this project, docs/reference/epidemic.md, "Checks".
    """
    return prepare(
        {
            "places": [{"key": "place", "residents": people}],
            "seeds": [{"place": "place", "persons": persons}],
            "counts": "infections", "thresholds": [1.0], "horizon_days": days,
            "steps_per_day": steps,
            "parameters": {
                "r0": float(row["R0"]), "latent_days": float(row["T_E_d"]),
                "infectious_days": float(row["T_I_d"]), "mobility_factor": 1.0,
            },
        }
    )  # fmt: skip


def _outcome(problem: Epidemic, members: int) -> Outcome:
    return problem.outcome(draw(problem, seed=_SEED, members=members))


def _formula(row: Any) -> Check:
    ours = growth_per_day(float(row["R0"]), float(row["T_E_d"]), float(row["T_I_d"]))
    return Check(
        f"epidemic-growth-formula-{row['R0']}",
        _("Growth rate of an SEIR epidemic, the formula that the preview uses"),
        ours, float(row["seir_growth_rate_1_d"]), "1/d", 1e-8, True,
        _("the same closed form; the table has ten digits"),
        "Lipsitch et al. (2003), Science 300:1966",
    )  # fmt: skip


def _final_size(row: Any) -> Check:
    problem = one_place(row, persons=100, days=400, steps=1)
    ours = float(np.mean(_outcome(problem, 16).infections)) / _PEOPLE
    return Check(
        f"epidemic-final-size-{row['R0']}", _("Share of the people who are ever infected"),
        ours, float(row["final_size_fraction"]), "", 0.001, False,
        _("10 million people, 16 members: chance makes less than 0.0005 of difference"),
        "Kermack & McKendrick (1927), Proc. R. Soc. A 115:700",
    )  # fmt: skip


def _growth(row: Any) -> Check:
    """Fit the slope of the mean number infectious: after the start, and while few are immune."""
    days = np.arange(10.0, 36.0)
    found = {}
    for steps in (1, 12):
        problem = one_place(row, people=2_000_000_000, persons=1_000, days=40, steps=steps)
        problem = replace(problem, counts="prevalence", unit="per 100,000")
        series = problem.series(draw(problem, seed=_SEED, members=32), ["place"], days * 24.0)
        found[steps] = series[0].mean(axis=1)
    rate = float(row["seir_growth_rate_1_d"])
    slope = float(np.polyfit(days, np.log(found[12]), 1)[0])
    expected = found[12][0] * np.exp(rate * (days - days[0]))
    curves = tuple(
        Curve(label, tuple(days), tuple(values), tuple(expected), "d", "per 100,000")
        for label, values in (("12 steps a day", found[12]), ("1 step a day", found[1]))
    )
    return Check(
        f"epidemic-growth-{row['R0']}", _("Growth rate of the infectious, fitted to the ensemble"),
        slope, rate, "1/d", 0.02, True,
        _("the steps are paced to this growth; chance makes about 1 %"),
        "Lipsitch et al. (2003), Science 300:1966", curves=curves,
    )  # fmt: skip


def _extinction(row: Any) -> Check:
    members = 10_000
    # By then those that live on have grown to ten thousands, far beyond what may still die out.
    days = round(10.0 / float(row["seir_growth_rate_1_d"]))
    problem = one_place(row, people=1_000_000, persons=1, days=days, steps=8)
    total = _outcome(problem, members).infections[0]
    q = float(row["extinction_prob_1_seed"])
    error = float(np.sqrt(q * (1 - q) / members))
    return Check(
        f"epidemic-extinction-{row['R0']}",
        _("Probability that the infection of one person dies out by chance"),
        float((total < 300).mean()), q, "", 3 * error + 0.005, False,
        _("three standard errors of 10,000 members, and 0.005 for steps of three hours"),
        "Allen (2008), Mathematical Epidemiology, LNM 1945",
    )  # fmt: skip


def household_sizes(members: int) -> tuple[Array, Array]:
    """Return the shares of final sizes in households of five, ours and exact, (5,) each.

    One is infected at first; latency and infection last one step each, so that each infectious
    person meets each susceptible one once: Reed and Frost's chain.
    Source: this project, docs/reference/epidemic.md, "Checks".
    """
    size, r0 = 5, 1.5
    problem = prepare(
        {
            "places": [{"key": f"h{row}", "residents": size} for row in range(200)],
            "seeds": [{"place": f"h{row}", "persons": 1} for row in range(200)],
            "counts": "infections", "thresholds": [1.0], "horizon_days": 20, "steps_per_day": 1,
            "parameters": {"r0": r0, "latent_days": 0.01, "infectious_days": 0.01},
        }
    )  # fmt: skip
    problem = _fixed(problem)
    total = _outcome(problem, members).infections
    ours = np.bincount(total.ravel(), minlength=size + 1)[1:] / total.size
    return ours, reed_frost(size - 1, 1, np.exp(-r0 / size))


def _fixed(problem: Epidemic) -> Epidemic:
    return replace(problem, priors=tuple(fixed(each.median) for each in problem.priors))


def _households() -> Check:
    ours, exact = household_sizes(500)
    apart = 0.5 * float(np.abs(ours - exact).sum())
    sizes = tuple(float(each) for each in range(1, len(ours) + 1))
    return Check(
        "epidemic-households",
        _("Final sizes in 100,000 households of five: distance in variation from the exact chain"),
        apart, 0.0, "", 0.005, False,
        _("chance alone makes 0.002 of 100,000 households"),
        "Abbey (1952), Hum. Biol. 24:201",
        curves=(Curve("share of households", sizes, tuple(ours), tuple(exact), "infected", ""),),
    )  # fmt: skip


def country(away: float) -> Epidemic:
    """Return sixty made-up places of a plain, of which one has twenty infectious people.

    Source: this project, docs/reference/epidemic.md, "Checks".
    """
    random = np.random.default_rng(3)
    east, north = random.uniform(0.0, 600.0, (60, 2)).T
    residents = np.round(np.exp(random.normal(11.5, 1.0, 60)))
    return prepare(
        {
            "places": [
                {"key": f"p{row}", "residents": int(each), "x_km": east[row], "y_km": north[row]}
                for row, each in enumerate(residents)
            ],
            "seeds": [{"place": "p5", "persons": 20}],
            "counts": "infections", "thresholds": [1.0], "horizon_days": 200, "steps_per_day": 4,
            "mobility": {"model": "gravity", "away": away},
            "parameters": {
                "r0": 2.5, "latent_days": 3.0, "infectious_days": 5.0, "mobility_factor": 1.0,
            },
        }
    )  # fmt: skip


def _previews() -> list[Check]:
    found = []
    for away in (0.02, 0.001):
        problem = country(away)
        days = _outcome(problem, 100).arrival_days
        mean = np.nanmean(days, axis=1)
        glance = preview(problem)
        source = "Gautreau, Barrat & Barthélemy (2008), J. Theor. Biol. 251:509"
        order = tuple(np.argsort(glance.arrival_days))
        curve = Curve(
            "mean first infection", tuple(range(1, 61)), tuple(mean[list(order)]),
            tuple(glance.arrival_days[list(order)]), "place, by the preview", "d",
        )  # fmt: skip
        found += [
            Check(
                f"epidemic-preview-order-{away:g}",
                _("Rank correlation of the ensemble's first infections with the preview's"),
                spearman(mean, glance.arrival_days), 1.0, "", 0.02, False,
                _("ways of the same length change places by chance"), source, curves=(curve,),
            ),
            Check(
                f"epidemic-preview-days-{away:g}",
                _("Days by which the ensemble's first infections come later than the preview's"),
                float(np.mean(mean - glance.arrival_days)), 0.0, "d", 2.0, False,
                _("the theory is of one way of few links and of an early phase"), source,
                reported=True,
            ),
        ]  # fmt: skip
    return found
