import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.lib.fault import FaultyInput
from sameboat.spread.contagion import ABOUT, prepare
from sameboat.spread.contagion.example import example, steady
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import run
from sameboat.spread.measures import Measure
from sameboat.spread.options import compare

CERTAIN = {
    "r0": 2.5, "latent_days": 3.0, "infectious_days": 5.0, "report_share": 0.3,
    "report_days": 5.0, "mobility_factor": 1.0,
}  # fmt: skip


def asked(**other):
    return prepare({**example(), **other})


def certain(**other):
    return asked(parameters=CERTAIN, **other)


def test_the_example_reaches_the_port_at_once_and_the_hill_last():
    footprint = run(asked(counts="infections", thresholds=[1.0]), members=64, seed=1)

    hours = {name: footprint.summary(name).arrival_hours.p50 for name in footprint.targets}
    assert hours["harbour"] == 0.0
    assert max(hours, key=hours.get) == "hill"


def test_without_an_infection_nothing_ever_changes():
    problem = prepare(steady())

    footprint = run(problem, members=8, seed=1)
    outcome = problem.outcome(draw(problem, seed=1, members=8))

    assert not footprint.peak.any()
    assert np.isnan(footprint.arrival_hours).all()
    assert (outcome.never == 1.0).all()


@pytest.mark.parametrize("travellers", ["return", "stay"])
@pytest.mark.parametrize("counts", ["prevalence", "reported"])
def test_nobody_is_lost_or_made(travellers, counts):
    mobility = {**example()["mobility"], "travellers": travellers}
    problem = asked(mobility=mobility, counts=counts)
    harsh = [
        Measure("restrict_travel", "harbour", 24.0, 480.0, 0.9),
        Measure("restrict_travel", "ferry>mill", amount=1.0),
        Measure("reduce_contacts", "ferry", 100.0, 900.0, 0.5),
    ]

    for each in (problem, problem.under(harsh)):
        assert (each.imbalance(draw(each, seed=3, members=16)) == 0).all()


@given(
    people=st.lists(st.integers(1, 3_000), min_size=1, max_size=6),
    fill=st.floats(0, 1), r0=st.floats(0, 8), seed=st.integers(0, 99), steps=st.integers(1, 3),
    stay=st.booleans(), factor=st.floats(0, 5), cut=st.floats(0, 1),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_whatever_is_asked_nobody_is_lost_and_nobody_is_infected_twice(
    people, fill, r0, seed, steps, stay, factor, cut
):
    random = np.random.default_rng(seed)
    linked = random.random((len(people),) * 2) < fill
    share = np.where(linked, random.random(linked.shape), 0.0) / len(people)
    np.fill_diagonal(share, 0.0)
    np.fill_diagonal(share, 1.0 - share.sum(axis=1))
    problem = prepare({
        "places": [{"key": f"p{row}", "residents": each} for row, each in enumerate(people)],
        "mobility": {"model": "matrix", "shares": share,
                     "travellers": "stay" if stay else "return"},
        "seeds": [{"place": "p0", "persons": 3}, {"place": "p0", "persons": 9_999, "day": 9,
                                                  "as": "exposed"}],
        "counts": "reported", "thresholds": [1.0], "horizon_days": 20, "steps_per_day": steps,
        "parameters": {"r0": r0, "mobility_factor": factor, "report_share": 1.0},
    }).under([Measure("restrict_travel", "p0", 48.0, 300.0, cut),
              Measure("reduce_contacts", "p0", 100.0, amount=cut)])  # fmt: skip
    draws = draw(problem, seed=seed, members=4)

    outcome = problem.outcome(draws)

    assert (problem.imbalance(draws) == 0).all()
    assert outcome.infections.sum(axis=0).max() <= sum(people)
    assert (outcome.reported >= 0).all()
    assert (outcome.reported.sum(axis=0) <= outcome.infections.sum(axis=0)).all()


def test_members_are_the_same_in_any_pieces_on_any_thread():
    problem = asked(counts="reported")
    draws = draw(problem, seed=5, members=40)
    pieces = [draws.part(0, 1), draws.part(1, 18), draws.part(18, 40)]

    whole = problem.spread(draws)
    with ThreadPoolExecutor(3) as threads:
        parts = list(threads.map(problem.spread, pieces))

    for name in ("arrival_hours", "cleared_hours", "duration_hours", "peak", "peak_hours"):
        joined = np.concatenate([getattr(part, name) for part in parts], axis=-1)
        assert joined.tobytes() == getattr(whole, name).tobytes(), name


def test_many_places_are_computed_in_pieces_with_the_same_bytes():
    random = np.random.default_rng(4)
    places = [
        {"key": f"p{row}", "residents": int(random.integers(1_000, 90_000)),
         "x_km": float(east), "y_km": float(north)}
        for row, (east, north) in enumerate(random.uniform(0, 300, (1_100, 2)))
    ]  # fmt: skip
    problem = certain(
        places=places, seeds=[{"place": "p7", "persons": 50}], horizon_days=12,
        counts="infections", thresholds=[1.0],
    )  # fmt: skip
    draws = draw(problem, seed=2, members=70)

    whole, last = problem.spread(draws), problem.spread(draws.part(69, 70))

    assert whole.peak[:, 69:].tobytes() == last.peak.tobytes()
    assert np.isfinite(last.arrival_hours).sum() > 10


def test_a_list_of_links_and_a_table_tell_the_same_course():
    # Dense enough for a table; the same shares as a list must move the same people.
    shares = np.full((3, 3), 0.02)
    np.fill_diagonal(shares, 0.96)
    names = ("harbour", "ferry", "mill")
    places = [each for each in example()["places"] if each["key"] in names]
    links = [
        {"from": one, "to": other, "share": 0.02} for one in names for other in names
        if one != other
    ]  # fmt: skip
    table = certain(places=places, mobility={"model": "matrix", "shares": shares.tolist()})
    listed = certain(places=places, mobility={"model": "links", "links": links})

    one, other = (run(each, members=16, seed=1) for each in (table, listed))

    assert one.digest() == other.digest()


def test_a_sparse_network_carries_the_infection_along_its_links_only():
    names = [f"t{row}" for row in range(30)]
    places = [{"key": name, "residents": 50_000} for name in names]
    links = [{"from": one, "to": other, "share": 0.05} for one, other in pairwise(names[:11])]
    problem = certain(
        places=places, mobility={"model": "links", "links": links}, counts="infections",
        seeds=[{"place": "t0", "persons": 50}], thresholds=[1.0], horizon_days=200,
    )  # fmt: skip

    reached = run(problem, members=8, seed=1).p_reached()

    assert not problem.mobility.dense
    assert problem.imbalance(draw(problem, seed=1, members=8)).max() == 0
    assert all(reached[name] == 1.0 for name in names[:11])
    assert not any(reached[name] for name in names[11:])


def test_what_is_counted_is_what_the_series_ends_with():
    problem = certain(counts="reported", thresholds=[1.0])
    draws = draw(problem, seed=1, members=8)

    series = problem.series(draws, ["hill", "harbour"], np.array([-1.0, 0.0, 240.0, 2880.0]))
    outcome = problem.outcome(draws)

    assert not series[:, 0].any()
    assert (np.diff(series, axis=1) >= 0).all()
    assert (series[:, 3] == outcome.reported[[6, 0]]).all()
    assert (outcome.reported <= outcome.infections).all()
    with pytest.raises(ValueError, match="allowed <= 2880"):
        problem.series(draws, ["hill"], np.array([2881.0]))


def test_peaks_and_times_above_agree_with_the_series():
    problem = certain(thresholds=[50.0, 500.0])
    draws = draw(problem, seed=8, members=4)
    hours = np.arange(121) * 24.0

    footprint = problem.spread(draws)
    series = problem.series(draws, problem.targets, hours)

    assert footprint.peak == pytest.approx(series.max(axis=1), rel=1e-6)
    above = series[:, :-1] >= 50.0 - 1e-9
    assert footprint.duration_hours[:, 0] == pytest.approx(24.0 * above.sum(axis=1))
    first = np.where(above.any(axis=1), above.argmax(axis=1) * 24.0, np.nan)
    assert np.allclose(footprint.arrival_hours[:, 0], first, equal_nan=True)
    assert (footprint.arrival_hours[:, 1] >= footprint.arrival_hours[:, 0]).all()


def test_a_part_of_those_who_fall_ill_is_reported_after_the_delay():
    problem = certain(counts="reported", thresholds=[1.0], horizon_days=300)

    outcome = problem.outcome(draw(problem, seed=1, members=32))

    share = outcome.reported.sum() / outcome.infections.sum()
    assert share == pytest.approx(0.3, abs=0.002)


def test_options_share_their_chances_and_a_measure_for_nobody_changes_nothing():
    problem = certain()

    plain = run(problem, members=16, seed=1)
    idle = run(problem, members=16, seed=1, measures=[Measure("restrict_travel", "hill", amount=0)])

    assert idle.digest() == plain.digest()


def test_options_are_compared_with_the_same_members():
    problem = certain(counts="infections", thresholds=[1.0])

    found = compare(
        problem,
        {"nothing": (), "shut": (Measure("restrict_travel", "hill", amount=1.0),)},
        members=32, seed=1,
    )  # fmt: skip

    change = {row.target: row.change for row in found.table() if row.option == "shut"}
    assert change["hill"] == -1.0
    assert change["harbour"] == 0.0


def test_cutting_a_link_far_away_leaves_the_rest_as_it_was_to_the_person():
    problem = certain(horizon_days=10)
    draws = draw(problem, seed=1, members=8)
    cut = problem.under([Measure("restrict_travel", "hill>kiln", amount=1.0)])

    before, after = problem.spread(draws), cut.spread(draws)

    assert cut.periods[0].mobility.dense
    assert (before.peak[0] == after.peak[0]).mean() > 0.8


def test_a_closed_place_is_not_reached_and_fewer_contacts_mean_fewer_cases():
    problem = certain(counts="infections", thresholds=[1.0])
    shut = problem.under([Measure("restrict_travel", "hill", amount=1.0)])
    calm = problem.under([Measure("reduce_contacts", each, amount=0.7) for each in problem.targets])
    draws = draw(problem, seed=1, members=32)

    before, closed, calmer = (each.outcome(draws) for each in (problem, shut, calm))

    assert (closed.never[6], before.never[6]) == (1.0, 0.0)
    # R0 falls from 2.5 to 0.75: what the seeds began dies out.
    assert calmer.infections.sum(axis=0).max() < 500 < before.infections.sum(axis=0).min()


def test_a_measure_holds_from_its_hour_until_its_hour():
    problem = certain(counts="infections", thresholds=[1.0])
    draws = draw(problem, seed=1, members=8)
    hours = np.arange(0, 121) * 24.0
    late = problem.under([Measure("reduce_contacts", "harbour", 480.0, 720.0, 1.0)])

    plain, held = (each.series(draws, ["harbour"], hours)[0] for each in (problem, late))

    assert (plain[:21] == held[:21]).all()
    assert (np.diff(held[20:31], axis=0) < np.diff(plain[20:31], axis=0)).all()


def test_a_restricted_link_slows_that_link_alone():
    problem = certain(
        mobility={"model": "links", "links": [
            {"from": "harbour", "to": "ferry", "share": 0.05},
            {"from": "harbour", "to": "mill", "share": 0.05},
        ]}, counts="infections", thresholds=[1.0],
    )  # fmt: skip

    cut = run(problem, members=8, seed=1, measures=[
        Measure("restrict_travel", "harbour>ferry", amount=1.0)
    ])  # fmt: skip

    assert cut.p_reached()["ferry"] == 0.0
    assert cut.p_reached()["mill"] == 1.0


def test_measures_that_are_not_understood_are_named():
    problem = certain()

    with pytest.raises(FaultyInput) as refusal:
        problem.under(
            [
                Measure("close_road", "harbour"),
                Measure("restrict_travel", "harbour>nowhere", amount=0.5),
                Measure("reduce_contacts", "harbour>ferry", amount=0.5),
                Measure("reduce_contacts", "harbour", amount=1.5),
            ]
        )

    assert [fault.field for fault in refusal.value.faults] == [
        "measures[0].kind", "measures[1].at", "measures[2].at", "measures[3].amount",
    ]  # fmt: skip


def test_a_problem_can_be_sent_to_a_worker():
    problem = certain().under([Measure("restrict_travel", "harbour", amount=0.5)])
    draws = draw(problem, seed=1, members=4)
    first = problem.spread(draws)

    again = pickle.loads(pickle.dumps(problem))

    assert again.spread(draws).digest() == first.digest()


def test_a_day_is_cut_into_steps_where_growth_is_fast():
    slow, fast = certain(), asked(parameters={**CERTAIN, "r0": 15.0})

    assert (slow.steps_per_day, fast.steps_per_day > 1) == (1, True)


def test_more_contacts_never_reach_fewer_places():
    problem = certain(counts="infections", thresholds=[1.0])
    wilder = replace(problem, priors=(prepare({
        **example(), "parameters": {**CERTAIN, "r0": 4.0}
    }).priors[0], *problem.priors[1:]))  # fmt: skip

    few, many = (run(each, members=32, seed=2) for each in (problem, wilder))

    assert np.nanmedian(many.arrival_hours) < np.nanmedian(few.arrival_hours)


def test_the_description_names_a_range_and_a_source_for_every_parameter():
    assert all(each.source and each.allowed for each in ABOUT.parameters)
