import numpy as np
import pytest
from scipy.stats import nbinom

from sameboat.lib.fault import FaultyInput
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import run
from sameboat.spread.evidence import (
    COUNT_CORRELATION,
    COUNT_SHAPE,
    KINDS,
    Seen,
    SeriesEvidence,
    check_seen,
    known_by,
)
from sameboat.spread.teaching import learn_from, learning_members
from sameboat.spread.tests.tide import Tide, tide


def truth(problem, member=3):
    """Return the course at the gate of one member that stands for what really happened."""
    drawn = draw(problem, seed=77, members=8)
    return problem.series(drawn, ("gate",), np.linspace(0, 48, 97))[0, :, member]


def test_values_draw_the_ensemble_towards_what_happened():
    problem = tide()
    course = truth(problem)
    seen = [
        Seen("gate", h, "value", float(course[int(2 * h)]), error=0.1) for h in (6.0, 9.0, 12.0)
    ]

    draws, taught = learn_from(problem, seen, members=500, seed=1)

    before = run(problem, members=500, seed=1)
    after = run(problem, draws=draws)
    top = course.max()
    assert abs(np.median(after.peak[0]) - top) < 0.5 * abs(np.median(before.peak[0]) - top) + 0.15
    assert after.peak[0].std() < 0.5 * before.peak[0].std()
    assert taught.widened == 1.0
    assert len(np.unique(draws.scores[0])) > 250, "members stay different from each other"


def test_an_arrival_teaches_when_it_comes_elsewhere():
    seen = [Seen("gate", 6.0, "arrival", limit=1.0, error=0.5)]

    draws, _taught = learn_from(tide(), seen, members=500, seed=1)

    after, before = run(tide(), draws=draws), run(tide(), members=500, seed=1)
    assert abs(np.nanmedian(after.arrival_hours[0, 0]) - 6.0) < 0.6
    later = np.nanstd(after.arrival_hours[2, 0])
    assert later < 0.6 * np.nanstd(before.arrival_hours[2, 0])


def test_a_peak_teaches_its_time_and_its_height():
    seen = [Seen("gate", 9.0, "peak", value=4.0, error=0.2)]

    draws, _taught = learn_from(tide(), seen, members=500, seed=1)

    after, before = run(tide(), draws=draws), run(tide(), members=500, seed=1)
    assert np.median(after.peak_hours[0]) < np.median(before.peak_hours[0]) - 0.3
    assert abs(np.median(after.peak[0]) - 4.0) < 0.5


def test_what_was_looked_for_and_not_found_teaches_too():
    nothing = [Seen("gate", h, "not_above", limit=1.0) for h in (6.0, 8.0, 10.0, 12.0)]

    draws, _taught = learn_from(tide(), nothing, members=500, seed=1)

    before, after = run(tide(), members=500, seed=1), run(tide(), draws=draws)
    assert after.p_reached()["gate"] < before.p_reached()["gate"]
    found, _taught = learn_from(
        tide(), [Seen("gate", 4.0, "above", limit=1.0)], members=500, seed=1
    )
    early = np.nanmedian(run(tide(), draws=found).arrival_hours[0, 0])
    assert early < np.nanmedian(before.arrival_hours[0, 0])


def test_counts_teach_with_the_spread_of_counts():
    draws, _taught = learn_from(tide(), [Seen("gate", 12.0, "count", 5.0)], members=500, seed=1)

    high = run(tide(), draws=draws).peak[0]

    assert high.mean() > run(tide(), members=500, seed=1).peak[0].mean()


def test_what_nothing_explains_widens_what_was_assumed_and_is_said():
    problem = tide(height={"low": 1.9, "high": 2.1}, hour=12.0, gust=0.0)

    draws, taught = learn_from(
        problem, [Seen("gate", 12.0, "value", 3.0, error=0.1)], members=200, seed=1
    )

    assert taught.impossible == (0,)
    assert taught.widened > 1.0
    assert run(problem, draws=draws).peak[0].mean() > 2.3


def test_a_rewound_forecast_never_looks_at_what_came_later():
    early = (Seen("gate", 6.0, "value", 1.0), Seen("town", 7.0, "value", 1.1))
    late = (
        Seen("gate", 8.0, "value", 9.0),
        Seen("gate", 5.0, "value", 8.0, known_hours=30.0),
    )

    rewound = known_by(early + late, 7.0)

    assert rewound == early
    one, _ = learn_from(tide(), rewound, members=100, seed=1)
    other, _ = learn_from(tide(), known_by((*early, Seen("gate", 7.5, "peak")), 7.0),
                          members=100, seed=1)  # fmt: skip
    np.testing.assert_array_equal(one.scores, other.scores)


def test_nothing_observed_leaves_the_members_as_they_are_drawn():
    draws, taught = learn_from(tide(), (), members=50, seed=4)

    assert taught is None
    np.testing.assert_array_equal(draws.scores, draw(tide(), seed=4, members=50).scores)


def test_learning_twice_gives_the_same_members():
    seen = [Seen("gate", 6.0, "value", 1.0)]

    one, _ = learn_from(tide(), seen, members=100, seed=1)
    again, _ = learn_from(tide(), seen, members=100, seed=1)

    np.testing.assert_array_equal(one.scores, again.scores)
    np.testing.assert_array_equal(one.streams, again.streams)


@pytest.mark.parametrize(
    ("seen", "field"),
    [
        (Seen("city", 1.0, "value", 1.0), "target"),
        (Seen("gate", 99.0, "value", 1.0), "hours"),
        (Seen("gate", float("nan"), "value", 1.0), "hours"),
        (Seen("gate", 1.0, "guess", 1.0), "kind"),
        (Seen("gate", 1.0, "value"), "value"),
        (Seen("gate", 1.0, "value", -1.0), "value"),
        (Seen("gate", 1.0, "value", 0.0), "error"),
        (Seen("gate", 1.0, "arrival"), "limit"),
        (Seen("gate", 1.0, "above", limit=0.0), "limit"),
        (Seen("gate", 1.0, "value", 1.0, error=0.0), "error"),
    ],
)
def test_an_observation_that_says_nothing_is_refused_by_its_field(seen, field):
    with pytest.raises(FaultyInput) as faulty:
        learn_from(tide(), [Seen("gate", 1.0, "value", 1.0), seen], members=10, seed=1)

    assert [fault.field for fault in faulty.value.faults] == [f"observations[1].{field}"]


def test_the_kinds_are_those_of_the_documentation():
    assert KINDS == ("value", "arrival", "peak", "count", "above", "not_above")


def test_members_are_compared_some_at_a_time_to_the_same_numbers(monkeypatch):
    from sameboat.spread import evidence

    seen = [Seen("gate", 6.0, "arrival", limit=1.0), Seen("town", 9.0, "value", 1.0)]
    asked = SeriesEvidence(tide(), seen)
    scores = np.random.default_rng(1).standard_normal((asked.dimension, 33))
    whole = asked.misfit(scores)
    monkeypatch.setattr(evidence, "_TOGETHER", 1)

    part = asked.misfit(scores)

    np.testing.assert_array_equal(part.residuals, whole.residuals)
    np.testing.assert_array_equal(part.log_likelihood, whole.log_likelihood)


def test_half_a_case_and_a_time_that_is_none_are_refused():
    seen = [
        Seen("gate", 1.0, "count", 2.5),
        Seen("gate", 1.0, "value", 1.0, known_hours=float("nan")),
    ]

    with pytest.raises(FaultyInput) as faulty:
        check_seen(tide(), seen)

    fields = {each.field for each in faulty.value.faults}
    assert fields == {"observations[0].value", "observations[1].known_hours"}
    assert known_by(seen, 5.0) == (seen[0],), "and what is not known by then teaches nothing"


def test_counts_are_compared_all_at_once_as_one_by_one_and_share_what_is_odd_about_a_place():
    seen = [Seen("gate", h, "count", v) for h, v in ((6.0, 0.0), (9.0, 2.0), (12.0, 3.0))]
    seen.insert(1, Seen("town", 11.0, "count", 1.0))
    asked = SeriesEvidence(tide(), seen, doubt=2.0)
    scores = np.random.default_rng(1).standard_normal((asked.dimension, 9))
    shape = COUNT_SHAPE / 4

    found = asked.misfit(scores)

    course = tide().series(asked.draws(scores), asked.targets, asked.hours)
    total = 0.0
    for each in seen:
        place = asked.targets.index(each.target)
        mean = np.maximum(course[place, list(asked.hours).index(each.hours)], 0.5)
        fit = nbinom.logpmf(each.value, shape, shape / (shape + mean))
        beside = sum(other.target == each.target for other in seen)
        total += fit / (1 + COUNT_CORRELATION * (beside - 1))
    np.testing.assert_allclose(found.log_likelihood, total, rtol=1e-10)
    assert (found.residuals > 0).all()


def test_only_what_was_observed_is_looked_at():
    exact = [Seen("gate", 9.0, "count", 2.0), Seen("town", 6.0, "value", 1.0)]

    few = SeriesEvidence(tide(), exact)
    many = SeriesEvidence(tide(), [*exact, Seen("gate", 9.0, "peak")])

    assert few.hours.tolist() == [6.0, 9.0]
    assert len(many.hours) > 200


def test_few_unknowns_need_fewer_members_to_learn():
    class Wide(Tide):
        dimension = 90

    plain = tide()
    wide = Wide(plain.priors, plain.delays, plain.thresholds)

    assert [learning_members(plain, count) for count in (10, 500)] == [256, 500]
    assert [learning_members(wide, count) for count in (10, 5000)] == [1000, 5000]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("value", {"value": 1.0}), ("value", {"value": 1.0, "error": 0.2}),
        ("peak", {"value": 1.5}), ("arrival", {"limit": 0.5}),
    ],
)  # fmt: skip
def test_errors_beyond_measure_explain_nothing_better(kind, fields):
    problem = tide()
    seen = [Seen("gate", 6.0, kind, **fields)]

    def likely(doubt):
        evidence = SeriesEvidence(problem, seen, doubt)
        scores = np.random.default_rng(1).standard_normal((evidence.dimension, 64))
        return evidence.log_likelihood(scores).max()

    assert likely(1.0) > likely(30.0) > likely(1000.0)
