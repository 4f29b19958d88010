from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.spread.air.stability import (
    CLASSES,
    CURVES,
    class_of_obukhov,
    curve_width,
    pasquill_class,
    virtual_distance,
    widths,
)

ALL = [(terrain, axis, kind) for terrain in CURVES for axis in range(2) for kind in range(6)]


@pytest.mark.parametrize(
    ("wind", "sky", "found"),
    [
        (1.0, "strong sun", "A"),
        (2.5, "moderate sun", "B"),
        (4.0, "slight sun", "C"),
        (10.0, "strong sun", "C"),
        (2.5, "cloudy night", "E"),
        (2.5, "clear night", "F"),
        (7.0, "clear night", "D"),
        (1.0, "overcast", "D"),
    ],
)
def test_a_class_is_that_of_pasquills_table(wind, sky, found):
    assert pasquill_class(wind, sky) == found


def test_a_sky_that_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="strong sun"):
        pasquill_class(3.0, "drizzle")


@pytest.mark.parametrize(("terrain", "axis", "kind"), ALL)
@given(distance=st.floats(1.0, 20_000.0))
def test_the_virtual_distance_undoes_the_curve(terrain, axis, kind, distance):
    curve = CURVES[terrain][axis, kind]

    width = curve_width(distance, *curve)

    assert virtual_distance(width, *curve) == pytest.approx(distance, rel=1e-6)


def test_a_width_that_a_curve_never_reaches_is_infinitely_far():
    assert virtual_distance(100.0, *CURVES["open"][1, 5]) == np.inf


@pytest.mark.parametrize("terrain", CURVES)
def test_more_stable_air_never_spreads_more(terrain):
    for axis in range(2):
        found = [widths(1000.0, each, terrain)[axis] for each in CLASSES]
        assert all(a >= b for a, b in pairwise(found))


def test_a_town_spreads_more_than_open_country():
    for each in CLASSES:
        town, country = widths(500.0, each, "urban"), widths(500.0, each, "open")
        assert town[0] > country[0]
        assert town[1] > country[1]


@pytest.mark.parametrize(
    ("length", "found"), [(-5.0, "A"), (-1e9, "D"), (np.inf, "D"), (30.0, "E"), (8.0, "F")]
)
def test_a_class_follows_from_obukhovs_length(length, found):
    assert class_of_obukhov(length, 0.008) == found


def test_a_class_or_terrain_that_is_not_there_is_told_what_is():
    with pytest.raises(ValueError, match="A … F"):
        widths(100.0, "G")
    with pytest.raises(ValueError, match="open, urban"):
        widths(100.0, "A", "sea")
    with pytest.raises(ValueError, match=">= 0 m"):
        widths(-1.0, "A")
