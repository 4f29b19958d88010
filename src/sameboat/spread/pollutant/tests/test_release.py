"""Releases as a Problem: long, variable, several; losses, oil, intakes, added water, faults."""

import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread.draws import Draws, draw
from sameboat.spread.ensemble import run
from sameboat.spread.measures import Measure
from sameboat.spread.pollutant import losses, prepare
from sameboat.spread.pollutant.checks import checks
from sameboat.spread.pollutant.example import example, steady
from sameboat.spread.tests.tables import published

HOURS = np.arange(0.0, 480.0, 0.5)
FIXED = {
    "discharge_factor": 0.6, "velocity_factor": 1.0, "width_factor": 1.0, "width_growth": 0.0,
    "skewness": 0.8,
}  # fmt: skip


def inputs(**changes):
    told = {**example(), "along": {"velocity_spread": 0.0, "discharge_spread": 0.0}}
    told["targets"] = [
        {key: value for key, value in target.items() if not key.startswith("close")}
        for target in told["targets"]
    ]
    return {**told, **changes, "parameters": {**FIXED, **changes.get("parameters", {})}}


def source(**changes):
    return {"key": "WORKS", "reach": "stem", "fraction": 0.0, "mass_kg": 20_000.0, **changes}


def course(told, members=2, measures=()):
    problem = prepare(told).under(measures)
    return problem.series(draw(problem, seed=1, members=members), problem.targets, HOURS)


def test_every_published_figure_holds():
    found = checks(published())

    assert len(found) == 9
    assert all(check.holds for check in found), [c.key for c in found if not c.holds]


def test_nothing_is_lost_on_any_way_from_any_source():
    told = example()
    told["sources"].append(
        {"key": "SECOND", "reach": "long", "fraction": 0.2, "hours": [0.0, 5.0, 9.0, 30.0],
         "rates_kg_h": [10.0, 0.0, 400.0], "start_hours": 3.0}
    )  # fmt: skip
    problem = prepare(told)

    assert problem.imbalance(draw(problem, seed=4, members=20)).max() < 1e-7


def test_a_release_of_hundreds_of_steps_is_weighed_to_its_last():
    from sameboat.spread.pollutant.balance import passed_part

    hours = np.arange(301.0)
    rates = np.where(np.arange(300) < 250, 0.0, 40.0)
    problem = prepare(inputs(sources=[
        {"key": "WORKS", "reach": "stem", "fraction": 0.0, "hours": hours, "rates_kg_h": rates}
    ]))  # fmt: skip
    steps = np.stack([hours[:-1], hours[1:], rates, np.zeros(300)], axis=1)[None]
    part = np.array([[[2.0, 3.0, 30.0, 600.0, 0.0]]])

    passed, due = passed_part(part, np.zeros(1, np.int64), np.array([0, 300]), steps)

    assert due[0] == pytest.approx(2.0 * 50 * 40.0)
    assert passed[0] == pytest.approx(due[0], rel=1e-9)
    assert problem.imbalance(draw(problem, seed=1, members=2)).max() < 1e-7


@pytest.mark.parametrize("spike", [211, 437, 701])
def test_an_hour_of_a_release_of_weeks_is_not_overlooked(spike):
    hours = np.arange(1001.0)
    rates = np.where(np.arange(1000) == spike, 5000.0, 1.0)
    told = inputs(
        sources=[{"key": "WORKS", "reach": "stem", "fraction": 0.0, "hours": hours,
                  "rates_kg_h": rates}],
        targets=[{"key": "near", "reach": "stem", "fraction": 2e-3}], thresholds=[0.5],
        horizon_hours=1100.0,
    )  # fmt: skip
    problem = prepare(told)
    members = draw(problem, seed=1, members=4)

    found = run(problem, draws=members)

    looks = np.linspace(spike - 1, spike + 9, 20_001)
    seen = problem.series(members, ["near"], looks)[0]
    np.testing.assert_allclose(found.peak[0], seen.max(axis=0), rtol=1e-3)
    above = (seen > 0.5).sum(axis=0) * (looks[1] - looks[0])
    np.testing.assert_allclose(found.duration_hours[0, 0], above, atol=2e-3)


def test_an_intake_that_is_closed_when_the_run_ends_has_not_opened_then():
    told = inputs(
        sources=[source(duration_hours=900.0, mass_kg=2e6)], horizon_hours=300.0,
        targets=[{"key": "intake", "reach": "stem", "fraction": 0.5, "close_above": 0.1}],
        thresholds=[0.05, 0.2],
    )  # fmt: skip
    problem = prepare(told)

    found = problem.spread(draw(problem, seed=1, members=3))

    assert found.peak[0] == pytest.approx(np.full(3, 0.1), rel=1e-6)
    assert np.isnan(found.arrival_hours[0, 1]).all()
    assert (found.duration_hours[0, 0] < 24.0).all()


@pytest.mark.parametrize("at", [5, 11, 32])
def test_a_dip_between_two_looks_is_not_counted_as_above(at):
    hours = np.sort([*range(40), at + 0.2])
    rates = np.where(hours[:-1] == at, 0.0, 100.0)
    told = inputs(
        sources=[{"key": "WORKS", "reach": "stem", "fraction": 0.0, "hours": hours,
                  "rates_kg_h": rates}],
        targets=[{"key": "near", "reach": "stem", "fraction": 0.02}], horizon_hours=80.0,
    )  # fmt: skip
    problem = prepare(told)
    members = draw(problem, seed=1, members=1)
    looks = np.arange(0.0, 80.0, 1e-3)
    seen = problem.series(members, ["near"], looks)[0, :, 0]
    lowest = seen[(looks > at - 1) & (looks < at + 6)].min()
    limit = float(lowest + 0.02 * (seen.max() - lowest))

    found = prepare({**told, "thresholds": [limit]}).spread(members)

    above = float((seen > limit).sum() * 1e-3)
    span = found.cleared_hours[0, 0, 0] - found.arrival_hours[0, 0, 0]
    assert found.duration_hours[0, 0, 0] == pytest.approx(above, abs=5e-3)
    assert span > above + 0.03


def test_added_water_is_felt_alike_whichever_source_is_told_first():
    sources = [
        {"key": "BELOW", "reach": "side", "fraction": 0.9, "mass_kg": 10.0},
        {"key": "ABOVE", "reach": "stem", "fraction": 0.0, "mass_kg": 5e3},
    ]
    told = inputs(
        reaches=[
            {"key": key, "from": above, "to": below, "length_km": length, "velocity_ms": 0.6,
             "mean_discharge_m3s": flow}
            for key, above, below, length, flow in (
                ("stem", "a", "b", 60.0, 200.0), ("side", "t", "b", 20.0, 50.0),
                ("low", "b", "c", 40.0, 250.0),
            )
        ],
        targets=[{"key": "mouth", "reach": "low"}],
    )  # fmt: skip
    more = [Measure("release_water", "ABOVE", 0.0, 12.0, 200.0)]

    one, other = (
        course({**told, "sources": order}, measures=more) for order in (sources, sources[::-1])
    )

    np.testing.assert_allclose(one, other, rtol=1e-9)
    late = course({**told, "sources": sources})[0, :, 0].argmax() - one[0, :, 0].argmax()
    assert 4.0 < late * 0.5 < 24.0


def test_a_release_in_steps_of_one_rate_is_one_long_release():
    whole = course(inputs(sources=[source(duration_hours=24.0)]))
    hours = np.linspace(0.0, 24.0, 49)
    steps = course(
        inputs(sources=[source(mass_kg=None, hours=hours, rates_kg_h=np.full(48, 20_000 / 24))])
    )

    np.testing.assert_allclose(steps, whole, rtol=1e-5, atol=1e-9)


def test_two_sources_are_the_sum_of_each():
    first, second = source(), source(key="B", fraction=0.5, duration_hours=5.0, start_hours=9.0)

    both = course(inputs(sources=[first, second]))

    apart = course(inputs(sources=[first])) + course(inputs(sources=[second]))
    np.testing.assert_allclose(both, apart, rtol=1e-9, atol=1e-12)


def test_the_footprint_is_that_of_a_fine_course():
    told = example()
    told["sources"] = [source(mass_kg=None, hours=[0, 6, 40, 46], rates_kg_h=[900.0, 0.0, 700.0])]
    problem = prepare(told)
    draws = draw(problem, seed=2, members=12)
    hours = np.arange(0.0, 480.0, 0.05)

    seen, found = problem.series(draws, problem.targets, hours), problem.spread(draws)

    for row, limit in enumerate(problem.thresholds):
        above = seen > limit
        np.testing.assert_allclose(above.sum(axis=1) * 0.05, found.duration_hours[:, row], atol=0.2)
        first = np.where(above.any(axis=1), hours[above.argmax(axis=1)], np.nan)
        np.testing.assert_allclose(first, found.arrival_hours[:, row], atol=0.051)
    np.testing.assert_allclose(seen.max(axis=1), found.peak, rtol=2e-3)
    assert (seen.max(axis=1) <= found.peak * (1 + 1e-6)).all()


def test_what_settles_or_volatilises_is_less_further_down():
    plain = course(inputs())
    settles = course(inputs(form="settling", parameters={"settling_m_per_day": 0.5}))
    flies = course(inputs(parameters={"henry_pa_m3_mol": 500.0, "molar_mass_g_mol": 78.0}))

    for less in (settles, flies):
        kept = less.max(axis=1) / plain.max(axis=1)
        assert (kept < 1.0).all()
        assert (kept[2] < kept[0]).all()


def test_volatilisation_is_that_of_the_film_that_resists_more():
    river = {"velocity_ms": 0.5, "depth": 2.0, "wind_ms": 2.0, "temperature_c": 20.0}

    free = losses.volatilisation_m_per_day(1e6, 32.0, **river)
    bound = losses.volatilisation_m_per_day(1e-3, 18.0, **river)

    assert free == pytest.approx(3.93 * np.sqrt(0.25), rel=1e-3)
    assert bound == pytest.approx(168.0 * 2.0 * 1e-3 / (8.314 * 293.15), rel=1e-3)
    assert losses.volatilisation_m_per_day(0.0, 100.0, **river) == 0.0


def test_oil_runs_ahead_of_the_water_and_evaporates():
    water, hours = course(inputs(sources=[source()])), HOURS
    oil = course(
        inputs(sources=[source()], form="floating",
               parameters={"surface_factor": 1.2, "evaporating_share": 0.4,
                           "evaporation_per_day": 50.0})
    )  # fmt: skip

    ahead = hours[water.argmax(axis=1)] / hours[oil.argmax(axis=1)]
    assert ahead[0] == pytest.approx(1.2, rel=0.06)
    volatile = {"evaporating_share": 1.0, "evaporation_per_day": 100.0}
    problem = prepare(inputs(form="floating", parameters=volatile))
    gone = problem.series(draw(problem, seed=1, members=2), problem.targets, HOURS)
    assert gone[2].max() < 1e-6


def test_a_closed_intake_counts_nothing_and_its_rule_leaves_the_delay():
    rule = {"key": "IN", "reach": "mouth", "fraction": 0.5, "close_above": 0.5,
            "close_delay_hours": 6.0}  # fmt: skip
    problem = prepare(inputs(targets=[rule, {**rule, "key": "OPEN", "close_above": None}]))
    draws = draw(problem, seed=1, members=3)

    told = problem.spread(draws)
    shut = problem.under([Measure("close_intake", "OPEN", 0.0)]).spread(draws)

    np.testing.assert_allclose(told.duration_hours[0, 1], 6.0, atol=1e-3)
    assert (told.duration_hours[1, 1] > 6.0).all()
    assert shut.peak[1].max() == 0.0
    np.testing.assert_array_equal(shut.peak[0], told.peak[0])


def test_holding_back_counts_only_what_is_still_to_come():
    long = inputs(sources=[source(duration_hours=10.0)])

    half = prepare(long).under([Measure("contain", "WORKS", 5.0, amount=0.8)])

    assert half.sources[0].whole_kg == pytest.approx(20_000.0 * 0.6)
    at_once = prepare(inputs(sources=[source()])).under(
        [Measure("contain", "WORKS", 1.0, amount=1)]
    )
    assert at_once.sources[0].whole_kg == 20_000.0


def test_added_water_thins_a_steady_release_and_brings_it_sooner():
    long = inputs(sources=[source(duration_hours=400.0)])
    added = Measure("release_water", "TOWN", 150.0, amount=180.0 * 0.8 + 36.0)

    plain, thinned = course(long), course(long, measures=[added])

    before, after = HOURS < 150.0, (HOURS > 300.0) & (HOURS < 400.0)
    np.testing.assert_allclose(thinned[:, before], plain[:, before])
    flow = 0.6 * np.array([300.0, 330.0, 350.0])
    wanted = flow / (flow + added.amount)
    np.testing.assert_allclose(
        (thinned[:, after] / plain[:, after]).mean(axis=(1, 2))[[0, 2]], wanted[[0, 2]], rtol=0.01
    )
    slug = inputs(sources=[source()])
    early = course(slug, measures=[Measure("release_water", "WORKS", 0.0, amount=200.0)])
    assert (early.argmax(axis=1) < course(slug).argmax(axis=1)).all()


def test_an_earlier_hazard_sets_a_source_off():
    problem = prepare(inputs(sources=[source()], parameters={"decay_per_day": 0.02}))
    drawn = draw(problem, seed=1, members=3)
    events = {"release_begins:WORKS": np.array([0.0, 48.0, np.nan])}

    found = problem.spread(Draws(drawn.scores, drawn.streams, events))

    assert problem.takes("release_begins:WORKS")
    assert found.arrival_hours[0, 0, 1] == pytest.approx(
        found.arrival_hours[0, 0, 0] + 48, abs=0.01
    )
    assert np.isnan(found.arrival_hours[:, :, 2]).all()


def test_pieces_of_an_ensemble_make_the_same_footprint():
    problem = prepare(example())

    whole = run(problem, members=40, seed=3)
    parts = [problem.spread(draw(problem, seed=3, members=20, first=first)) for first in (0, 20)]

    np.testing.assert_array_equal(
        whole.arrival_hours, np.concatenate([part.arrival_hours for part in parts], axis=2)
    )
    np.testing.assert_array_equal(whole.peak, np.concatenate([part.peak for part in parts], axis=1))


def test_a_clean_river_stays_clean():
    found = run(prepare(steady()), members=10, seed=1)

    assert found.peak.max() == 0.0
    assert np.isnan(found.arrival_hours).all()


def test_every_fault_is_named():
    told = example()
    told["reaches"][0]["length_km"] = 0.0
    told["reaches"][1]["mean_discharge_m3s"] = -1.0
    told["sources"][0]["reach"] = "nowhere"
    told["targets"][0]["fraction"] = 2.0
    told["parameters"]["surface_factor"] = 1.1
    told["horizon_hours"] = float("nan")

    with pytest.raises(FaultyInput) as refusal:
        prepare(told)

    assert {fault.field for fault in refusal.value.faults} >= {
        "reaches[0].length_km", "sources[0].reach", "targets[0].fraction",
        "parameters.surface_factor", "horizon_hours",
    }  # fmt: skip


@pytest.mark.parametrize(
    "measure",
    [Measure("close_intake", "WORKS"), Measure("contain", "TOWN", amount=0.5),
     Measure("raise_levee", "TOWN", amount=1.0), Measure("release_water", "TOWN")],
)  # fmt: skip
def test_a_measure_that_is_not_understood_is_refused(measure):
    with pytest.raises(FaultyInput):
        prepare(example()).under([measure])


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("length_km", 1e308), ("mean_discharge_m3s", 1e308), ("mean_discharge_m3s", 1e-300),
     ("drainage_area_km2", 1e308)],
)  # fmt: skip
def test_a_reach_beyond_any_river_is_a_fault_and_no_crash(name, wrong):
    inputs = example()
    inputs["reaches"] = [dict(row) for row in inputs["reaches"]]
    inputs["reaches"][0][name] = wrong

    with pytest.raises(FaultyInput) as faulty:
        prepare(inputs)

    assert [each.field for each in faulty.value.faults] == [f"reaches[0].{name}"]
