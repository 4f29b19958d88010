"""What every model keeps: one test for all of them."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import inf, isfinite

import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread import ensemble
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import run
from sameboat.spread.evidence import Seen
from sameboat.spread.measures import MEASURES, Measure
from sameboat.spread.models import MODELS, model
from sameboat.spread.teaching import learn_from

MEMBERS = 130


#: Every model's example, and those of its further ones that take other ways through the code.
EXAMPLES = [(name, which) for name in MODELS for which in ("", *model(name).further())]


@pytest.fixture(scope="module", params=EXAMPLES, ids=" ".join)
def asked(request):
    name, which = request.param
    found = model(name)
    return replace(found, example=lambda: found.further()[which]) if which else found


@pytest.fixture(scope="module")
def problem(asked):
    return asked.prepare(asked.example())


@pytest.fixture(scope="module")
def footprint(problem):
    return run(problem, members=MEMBERS, seed=5)


def test_a_model_says_what_it_takes_where_it_comes_from_and_what_it_answers(asked):
    about = asked.about

    assert about.moves in {"travels", "stays"}
    assert about.says
    assert about.intensity
    assert about.hazards
    assert about.source
    assert set(about.measures) <= set(MEASURES)
    assert len({each.key for each in about.parameters}) == len(about.parameters)
    for each in about.parameters:
        assert each.source, each.key
        assert each.low <= float(each.prior.at(np.zeros(1))[0]) <= each.high, each.key
        for score in (-8.0, 8.0):
            extreme = float(each.prior.at(np.full(1, score))[0])
            assert each.low <= extreme <= each.high, f"{each.key} leaves its range"


def test_the_shapes_and_units_are_those_of_the_problem(asked, problem, footprint):
    assert footprint.targets == problem.targets
    assert footprint.thresholds == problem.thresholds
    assert footprint.unit == problem.unit
    assert footprint.members == MEMBERS
    assert footprint.peak.dtype == np.float32
    assert np.isfinite(footprint.peak).all()
    assert (footprint.peak >= 0).all()
    assert footprint.arrival_hours[np.isfinite(footprint.arrival_hours)].min(initial=0.0) >= 0
    latest = footprint.arrival_hours[np.isfinite(footprint.arrival_hours)].max(initial=0.0)
    assert latest <= problem.horizon_hours * (1 + 1e-6)


def test_the_example_reaches_somebody_and_not_everybody_alike(footprint):
    p = np.isfinite(footprint.arrival_hours[:, 0]).mean(axis=1)

    assert p.max() > 0.5
    assert len({*np.round(np.nan_to_num(footprint.peak.mean(axis=1)), 9).tolist()}) > 1


def test_the_same_seed_gives_the_same_bytes_in_any_pieces_and_threads(
    problem, footprint, monkeypatch
):
    whole = footprint.to_bytes()
    each = problem.member_bytes + problem.footprint_bytes
    for members in (1, 7, 64):
        monkeypatch.setattr(ensemble, "PIECE", members * each)
        count = MEMBERS if members > 1 else 9
        with ThreadPoolExecutor(2) as threads:
            found = run(problem, members=count, seed=5, executor=threads)
        if count == MEMBERS:
            assert found.to_bytes() == whole, f"pieces of {members}"
        else:
            np.testing.assert_array_equal(found.peak, footprint.peak[:, :count])
            np.testing.assert_array_equal(found.arrival_hours, footprint.arrival_hours[..., :count])


def test_a_problem_can_be_sent_to_a_worker(problem, footprint):
    sent = pickle.loads(pickle.dumps(problem))

    np.testing.assert_array_equal(run(sent, members=8, seed=5).peak, footprint.peak[:, :8])


def test_another_seed_gives_other_members(problem, footprint):
    assert not np.array_equal(run(problem, members=MEMBERS, seed=6).peak, footprint.peak)


def test_a_higher_threshold_is_reached_later_left_earlier_and_for_less_time(footprint):
    for low in range(len(footprint.thresholds) - 1):
        first, second = footprint.arrival_hours[:, low], footprint.arrival_hours[:, low + 1]
        both = np.isfinite(first) & np.isfinite(second)
        limited = np.ones(len(footprint.targets), bool)
        if footprint.limits is not None:
            limited = np.isfinite(footprint.limits[:, low : low + 2]).all(axis=1)
        rows = limited[:, None] & np.isfinite(second)
        assert np.isfinite(first[rows]).all()
        assert (first[both] <= second[both] + 1e-3).all()
        long = footprint.duration_hours[:, low][limited]
        assert (long + 1e-3 >= footprint.duration_hours[:, low + 1][limited]).all()


def test_times_follow_each_other(problem, footprint):
    reached = np.isfinite(footprint.arrival_hours)
    arrival, cleared = footprint.arrival_hours[reached], footprint.cleared_hours[reached]

    assert (arrival <= cleared).all()
    assert (footprint.duration_hours[~reached] == 0).all()
    assert (footprint.duration_hours <= problem.horizon_hours * (1 + 1e-6)).all()
    ended = np.isfinite(cleared)
    spell = (cleared - arrival)[ended]
    assert (footprint.duration_hours[reached][ended] <= spell + 0.05 + 1e-3 * spell).all()


def test_the_course_is_the_footprints(problem, footprint):
    drawn = draw(problem, seed=5, members=6)
    hours = np.linspace(0.0, problem.horizon_hours, 97)

    course = problem.series(drawn, problem.targets[:3], hours)

    assert course.shape == (min(3, len(problem.targets)), 97, 6)
    assert np.isfinite(course).all()
    assert (course >= -1e-9).all()
    top = footprint.peak[: len(course), :6].astype(np.float64)
    assert (course.max(axis=1) <= top * (1 + 1e-3) + 1e-9).all()


def test_steady_stays_steady(asked):
    problem = asked.prepare(asked.steady())
    drawn = draw(problem, seed=3, members=5)

    course = problem.series(drawn, problem.targets, np.linspace(0, problem.horizon_hours, 25))

    spread = course.max(axis=1) - course.min(axis=1)
    assert (spread <= 1e-6 * np.maximum(course.max(axis=1), 1e-9)).all()


def test_nothing_is_lost(problem):
    imbalance = problem.imbalance(draw(problem, seed=5, members=20))

    assert imbalance.shape == (20,)
    assert np.abs(imbalance).max() < 1e-5


def test_every_parameter_out_of_its_range_is_told_its_range(asked):
    for each in asked.about.parameters:
        wrong = [each.low - 1.0 if isfinite(each.low) else None, float("nan"),
                 each.high * 2 + 1.0 if each.high < inf else None]  # fmt: skip
        for value in (value for value in wrong if value is not None):
            inputs = asked.example()
            inputs["parameters"] = {**inputs.get("parameters", {}), each.key: value}
            with pytest.raises(FaultyInput) as faulty:
                asked.prepare(inputs)
            told = {(fault.field, fault.allowed) for fault in faulty.value.faults}
            assert (f"parameters.{each.key}", each.allowed) in told, (each.key, value)


def test_what_is_missing_unknown_or_no_input_at_all_is_named(asked):
    for key in (each.key for each in asked.about.inputs if each.required):
        inputs = asked.example()
        inputs.pop(key)
        with pytest.raises(FaultyInput) as faulty:
            asked.prepare(inputs)
        assert key in {fault.field for fault in faulty.value.faults}
    with pytest.raises(FaultyInput) as faulty:
        asked.prepare({**asked.example(), "phase_of_the_moon": 3})
    assert "phase_of_the_moon" in {fault.field for fault in faulty.value.faults}
    for nothing in ({}, [], None, "inputs"):
        with pytest.raises(FaultyInput):
            asked.prepare(nothing)


def test_inputs_of_the_wrong_kind_are_faults_and_never_crashes(asked):
    for each in asked.about.inputs:
        for wrong in ("x", -1, [], {}, [1, 2], [{}], {"a": float("nan")}, True, float("nan")):
            inputs = {**asked.example(), each.key: wrong}
            try:
                asked.prepare(inputs)
            except FaultyInput as faulty:
                nameless = [fault for fault in faulty.faults if not fault.field]
            else:
                nameless = []
            assert not nameless, (each.key, wrong)


def test_a_counter_measure_it_does_not_know_is_refused(asked, problem):
    for kind in [*(set(MEASURES) - set(asked.about.measures)), "prayer"]:
        with pytest.raises(FaultyInput):
            problem.under([Measure(kind, problem.targets[0], amount=0.5)])
    for kind in asked.about.measures:
        amount = {"none": None}.get(MEASURES[kind].amount, 0.5)
        with pytest.raises(FaultyInput) as faulty:
            problem.under([Measure(kind, "nowhere at all", amount=amount)])
        assert faulty.value.faults[0].field == "measures[0].at"


AMOUNTS = {"restrict_travel": 0.9, "reduce_contacts": 0.5, "contain": 0.9, "shelter": 0.9,
           "raise_levee": 1.0, "add_backup": 48.0}  # fmt: skip


def test_every_counter_measure_it_lists_changes_something_somewhere(asked, problem, footprint):
    arrays = ("peak", "arrival_hours", "duration_hours")
    for kind in asked.about.measures:
        amount = None if MEASURES[kind].amount == "none" else AMOUNTS.get(kind, 300.0)
        with pytest.raises(FaultyInput) as faulty:
            problem.under([Measure(kind, "nowhere at all", amount=amount)])
        changed = []
        for place in faulty.value.faults[0].allowed.split(", "):
            try:
                other = problem.under([Measure(kind, place, amount=amount)])
            except FaultyInput:
                continue
            found = run(other, members=MEMBERS, seed=5)
            changed += [
                place
                for name in arrays
                if not np.array_equal(getattr(found, name), getattr(footprint, name), True)
            ]
            if changed:
                break
        assert changed, f"{kind} does nothing in the example"


def test_no_counter_measure_changes_nothing(problem, footprint):
    np.testing.assert_array_equal(
        run(problem.under(()), members=8, seed=5).peak, footprint.peak[:, :8]
    )


def test_it_learns_from_what_one_of_its_members_shows(problem, footprint):
    row = int(np.argmax(footprint.peak.std(axis=1) / (footprint.peak.mean(axis=1) + 1e-12)))
    target = problem.targets[row]
    order = np.argsort(footprint.peak[row])
    member = int(order[-MEMBERS // 5])
    hours = float(np.clip(footprint.peak_hours[row, member], 0.0, problem.horizon_hours))
    value = float(problem.series(draw(problem, seed=5, members=MEMBERS), [target],
                                 np.array([hours]))[0, 0, member])  # fmt: skip
    assert value > 0, "a member that shows nothing teaches nothing: give the example another"
    # Measured better than the members know it: else nothing would be learned from it.
    seen = [Seen(target, hours, "value", value, error=0.1 * value)]

    draws, taught = learn_from(problem, seen, members=60, seed=1)

    course = problem.series(draws, [target], np.array([hours]))[0, 0]
    before = problem.series(draw(problem, seed=5, members=MEMBERS), [target], np.array([hours]))

    def away(values):
        return np.median(np.abs(np.log(np.maximum(values, value * 1e-3) / value)))

    assert away(course) <= away(before[0, 0]) + 1e-9
    assert taught.stages >= 1
