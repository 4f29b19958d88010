"""Who lies where a hazard reaches, and what many events do to many places."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sameboat.spread.exposure import Harm, build_exposure, expose, impact_matrix
from sameboat.spread.footprint import Footprint

ROWS = {
    "P": {"people": 300, "aged_80": 30},
    "a": {"people": 100, "aged_80": 10, "sites": 2},
    "b": {"people": 200, "aged_80": 20},
    "far": {"people": 5},
}
STEP = Harm([0.0, 1.0, 3.0], [0.0, 0.5, 1.0])


def reached(a, b):
    """Return a footprint of two places and their province, reached in these members."""
    found = Footprint.empty(("a", "b", "P"), (1.0,), "m", len(a))
    for row, members in enumerate((a, b, np.maximum(a, b))):
        found.arrival_hours[row, 0, np.array(members, bool)] = 1.0
    return found


def test_totals_count_people_once_and_members_apart():
    exposure = build_exposure(ROWS, parents={"a": "P", "b": "P"})

    found = expose(reached([1, 1, 0, 0], [1, 0, 0, 0]), exposure)

    assert found.totals[0].tolist() == [300, 100, 0, 0]
    assert found.mean("people") == 100
    assert found.mean("aged_80") == 10
    assert found.band("people").p90 == 300
    assert found.unseen == ("far",)


def test_each_place_tells_what_is_expected_of_each_group():
    exposure = build_exposure(ROWS, parents={"a": "P", "b": "P"})

    rows = {each["place"]: each for each in expose(
        reached([1, 1, 0, 0], [1, 0, 0, 0]), exposure).table()}  # fmt: skip

    assert rows["a"]["people_expected"] == 50
    assert rows["a"]["sites_expected"] == 1
    assert rows["P"]["p_reached"] == 0.5


def test_weights_of_members_count():
    exposure = build_exposure({"a": {"people": 100}})
    footprint = reached([1, 0], [0, 0]).with_weights(np.array([0.9, 0.1]))

    assert expose(footprint, exposure).mean("people") == pytest.approx(90)


def test_places_that_are_not_watched_are_refused_where_there_are_no_others():
    with pytest.raises(ValueError, match="none of the places"):
        expose(reached([1], [1]), build_exposure({"x": {"people": 1}}))


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf")])
def test_an_amount_that_cannot_be_is_refused_by_place_and_group(amount):
    with pytest.raises(ValueError, match="people of a"):
        build_exposure({"a": {"people": amount}})


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_one_pass_says_what_three_products_say(seed, knots):
    random = np.random.default_rng(seed)
    matrix = sparse.random(20, 50, 0.3, format="csr", rng=random)
    matrix.data = random.exponential(3.0, len(matrix.data))
    values, often = random.random(50) * 1e6, random.random(20)
    # Knots as close as they like: several may fall into one part of the range.
    harm = Harm(np.cumsum(random.exponential(1.0, knots) ** 6 + 1e-7), random.random(knots))

    found = impact_matrix(matrix, values, harm, often)

    shares = matrix.copy()
    shares.data = harm.at(matrix.data)
    np.testing.assert_allclose(found.events, shares @ values, rtol=1e-9)
    np.testing.assert_allclose(found.places, (often @ shares) * values, rtol=1e-9)
    assert found.expected == pytest.approx(found.places.sum(), rel=1e-12)


def test_intensities_on_and_beyond_the_knots_are_met_exactly():
    matrix = sparse.csr_array(np.array([[1e-9, 1.0, 2.0, 3.0, 99.0]]))

    found = impact_matrix(matrix, np.ones(5), STEP, [1.0])

    assert found.places.tolist() == pytest.approx([5e-10, 0.5, 0.75, 1.0, 1.0])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"values": np.ones(3)}, "beyond the 3 values"),
        ({"values": -np.ones(5)}, "values must be"),
        ({"frequency": [1.0, 2.0]}, "frequency has shape"),
        ({"frequency": [np.nan]}, "frequency must be"),
        ({"hazard": sparse.csr_array(np.array([[0, 0, 0, 0, np.nan]]))}, "not numbers"),
    ],
)
def test_what_does_not_fit_is_refused(change, match):
    given_ = {
        "hazard": sparse.csr_array(np.arange(5.0)[None]),
        "values": np.ones(5),
        "harm": STEP,
        "frequency": [1.0],
    }

    with pytest.raises(ValueError, match=match):
        impact_matrix(**{**given_, **change})


@pytest.mark.parametrize(
    ("intensity", "share"),
    [
        ([0.0], [0.0]), ([1.0, 0.0], [0, 1]), ([0, 1], [0, np.inf]), ([0, 1e-309], [0, 1]),
        ([0, 1e-309], [0, 0]), ([-1.7e308, 1.7e308], [0, 1]),
    ],
)  # fmt: skip
def test_a_function_that_is_none_is_refused(intensity, share):
    with pytest.raises(ValueError, match="intensity"):
        Harm(intensity, share)


def test_an_exposure_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="shape"):
        replace(build_exposure(ROWS), groups=("people",))
