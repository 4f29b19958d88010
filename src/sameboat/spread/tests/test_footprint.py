import io
import json

import numpy as np
import pytest

from sameboat.spread.footprint import ARRAYS, Footprint

NAN, INF = np.nan, np.inf


def footprint(**changes):
    given = {
        "targets": ("a", "b"),
        "thresholds": (1.0,),
        "unit": "m",
        "arrival_hours": np.array([[[1, 2, NAN, 4]], [[NAN, 1, NAN, 5]]], np.float32),
        "cleared_hours": np.array([[[3, INF, NAN, 6]], [[NAN, 2, NAN, INF]]], np.float32),
        "peak": np.array([[5, 6, 0.5, 7], [0, 9, 0, 2]], np.float32),
        "peak_hours": np.array([[2, 3, 2, 5], [NAN, 1.5, NAN, 8]], np.float32),
        **changes,
    }
    return Footprint(**given)


def test_times_are_over_members_that_reach_it_and_peaks_over_all():
    said = footprint().summary("b")

    assert said.p_reached == 0.5
    assert said.arrival_hours.as_dict() == {"p10": 1.0, "p50": 1.0, "p90": 5.0}
    assert said.peak.as_dict() == {"p10": 0.0, "p50": 0.0, "p90": 9.0}


def test_times_are_null_only_where_no_member_reaches():
    never = np.full((2, 1, 4), NAN, np.float32)

    said = footprint(arrival_hours=never, cleared_hours=never).summary("a")

    assert said.p_reached == 0.0
    assert said.arrival_hours.as_dict() == {"p10": None, "p50": None, "p90": None}


def test_what_has_not_cleared_by_the_end_has_no_time_of_clearing():
    said = footprint().summary("a")

    assert said.cleared_hours.as_dict() == {"p10": 3.0, "p50": 6.0, "p90": None}


def test_a_parent_is_the_union_of_its_children_member_by_member():
    union = footprint().union({"both": ("a", "b"), "none": ()})

    np.testing.assert_array_equal(union.arrival_hours[0, 0], [1, 1, NAN, 4])
    np.testing.assert_array_equal(union.cleared_hours[0, 0], [3, INF, NAN, INF])
    np.testing.assert_array_equal(union.peak[0], [5, 9, 0.5, 7])
    np.testing.assert_array_equal(union.peak_hours[0], [2, 1.5, 2, 5])
    assert union.p_reached() == {"both": 0.75, "none": 0.0}


def test_totals_count_leaf_places_once():
    all_three = footprint().join(footprint().union({"province": ("a", "b")}))
    people = {"a": 100.0, "b": 10.0, "province": 5000.0}

    band = all_three.total(people, {"a": "province", "b": "province", "province": None})

    assert band.as_dict() == {"p10": 0.0, "p50": 100.0, "p90": 110.0}


def test_presence_lasts_from_arrival_until_clearing():
    shares = footprint().presence([0, 1, 2, 3, 6])

    assert shares[0, 0].tolist() == [0.0, 0.25, 0.5, 0.25, 0.25]


def test_a_file_of_members_gives_back_the_same_footprint_and_digest():
    given = footprint(weights=np.array([0.1, 0.2, 0.3, 0.4]))

    read = Footprint.from_bytes(given.to_bytes())

    assert read.digest() == given.digest()
    assert read.targets == given.targets
    np.testing.assert_array_equal(read.arrival_hours, given.arrival_hours)
    assert read.summary("a").p_reached == pytest.approx(0.7)


def test_weights_move_the_quantiles():
    heavy = footprint(weights=np.array([0.01, 0.01, 0.01, 0.97]))

    assert heavy.summary("a").arrival_hours.p50 == 4.0


def test_each_threshold_has_its_own_answer():
    two = footprint(
        thresholds=(1.0, 8.0),
        arrival_hours=np.array([[[1, 2], [NAN, 2.5]]], np.float32),
        cleared_hours=np.array([[[3, 4], [NAN, 3]]], np.float32),
        peak=np.array([[5, 9]], np.float32),
        peak_hours=np.array([[2, 3]], np.float32),
        targets=("a",),
    )

    assert [two.summary("a", at).p_reached for at in (0, 1)] == [1.0, 0.5]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"targets": ("a", "a")}, "once each"),
        ({"thresholds": ()}, "at least one"),
        ({"arrival_hours": np.zeros((1, 1, 4), np.float32)}, "has shape"),
        ({"peak_hours": np.zeros((2, 3), np.float32)}, "peak_hours has shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        footprint(**changes)


def test_only_the_same_members_can_be_joined():
    with pytest.raises(ValueError, match="same members"):
        footprint().join(footprint(thresholds=(2.0,)))


def test_an_unknown_target_is_named():
    with pytest.raises(KeyError, match="nowhere"):
        footprint().summary("nowhere")


@pytest.mark.parametrize("changes", [{"unit": "km"}, {"labels": ("x",)}, {"weights": [1, 0, 0, 0]}])
def test_what_is_measured_or_weighed_otherwise_is_not_joined(changes):
    if "weights" in changes:
        changes = {"weights": np.array(changes["weights"], np.float64)}

    with pytest.raises(ValueError, match="same"):
        footprint().join(footprint(**changes))


def test_what_is_no_footprint_is_refused_and_not_a_crash():
    good = footprint(weights=np.full(4, 0.25)).to_bytes()
    assert Footprint.from_bytes(good).to_bytes() == good

    broken = (b"", b"PK", good[:200], good[:-30], b"x" * 300)
    odd = ({"unit": 3}, {"targets": None}, {"thresholds": ["a"]}, {"thresholds": None})
    for wrong in (*broken, *(packed(**each) for each in odd)):
        with pytest.raises(ValueError, match="not a footprint"):
            Footprint.from_bytes(wrong)


def test_weights_and_kinds_of_numbers_in_a_file_are_checked():
    for arrays in (
        {"weights": np.full(4, 0.5)},
        {"weights": np.array([NAN, 0.5, 0.5, 0.0])},
        {"peak": np.zeros((2, 4), np.float64)},
        {"peak": np.array([["a"] * 4] * 2)},
        {"arrival_hours": np.zeros((2, 1, 5), np.float32)},
    ):
        with pytest.raises(ValueError, match="not a footprint"):
            Footprint.from_bytes(packed(arrays))


def test_a_file_that_would_unpack_to_too_much_is_not_unpacked():
    content = footprint().to_bytes()

    with pytest.raises(ValueError, match="more than 100 bytes"):
        Footprint.from_bytes(content, most_bytes=100)


def packed(arrays=None, **about):
    """Return a file like that of a footprint, with something in it changed."""
    given = footprint()
    told = {"targets": given.targets, "thresholds": given.thresholds, "unit": "m", **about}
    kept = {name: getattr(given, name) for name in ARRAYS} | (arrays or {})
    file = io.BytesIO()
    np.savez(file, about=np.frombuffer(json.dumps(told).encode(), np.uint8), **kept)
    return file.getvalue()


def test_all_members_together_are_certain_and_not_almost():
    whole = Footprint.empty(("a", "b"), (1.0,), "m", 49)
    whole.arrival_hours[0] = 3.0

    assert whole.p_reached() == {"a": 1.0, "b": 0.0}
    assert whole.summary("a").p_reached == 1.0
    assert [row["p_reached"] for row in whole.table()] == [1.0, 0.0]
