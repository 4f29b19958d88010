"""Between rings and shapes: cut at the 180th meridian, mended, turned, simplified."""

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from sameboat.watch.alerts.cap import CapArea
from sameboat.watch.alerts.cap.shapes import (
    circle_around,
    geojson_of,
    ground_of,
    is_simple,
    rings_of,
    shape_of_circle,
    shape_of_ring,
)

FIJI = ((-18.0, 178.0), (-18.0, -178.0), (-16.0, -178.0), (-16.0, 178.0), (-18.0, 178.0))
POLE = ((80.0, -180.0), (80.0, -90.0), (80.0, 0.0), (80.0, 90.0), (80.0, 180.0), (80.0, -180.0))
SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def test_a_ring_over_the_180th_meridian_is_cut_in_two():
    shape = shape_of_ring(FIJI)

    assert sorted(part.bounds for part in shape.geoms) == [
        (-180, -18, -178, -16), (178, -18, 180, -16)
    ]  # fmt: skip


def test_a_ring_round_a_pole_is_the_cap_of_that_pole():
    assert shape_of_ring(POLE).equals(box(-180, 80, 180, 90))


def test_a_ring_round_the_south_pole_in_steps_holds_the_pole():
    ring = tuple((-70.0, float(lon)) for lon in (-120, 0, 120, -120))

    shape = shape_of_ring(ring)

    assert shape.is_valid
    assert shape.covers(shapely.Point(45, -89.9))
    assert not shape.covers(shapely.Point(45, -60))


def test_the_whole_world_stays_whole():
    ring = ((-90.0, -180.0), (-90.0, 180.0), (90.0, 180.0), (90.0, -180.0), (-90.0, -180.0))

    assert shape_of_ring(ring).equals(box(-180, -90, 180, 90))


def test_a_ring_that_crosses_itself_is_mended():
    bow = ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0))

    shape = shape_of_ring(bow)

    assert shape.is_valid
    assert shape.area == pytest.approx(0.5)


def test_a_ring_without_area_is_the_point_it_is():
    assert shape_of_ring(((1.0, 2.0),) * 4).geom_type == "Point"


def test_corners_thinner_than_an_atom_do_not_lose_the_shape():
    thin = ((-2e-308, 9e-139), (0.0, 1.0), (0.0, 0.0), (2e-94, 0.0), (1.0, 1.0))

    shape = shape_of_ring((*thin, thin[0]))

    assert shape.is_valid
    assert shape.bounds == (0, 0, 1, 1)


@settings(max_examples=150, deadline=None)
@given(st.lists(points, min_size=3, max_size=9))
def test_any_ring_becomes_a_valid_shape_on_the_map(ring):
    shape = shape_of_ring((*ring, ring[0]))

    assert shape.is_valid
    west, south, east, north = shape.bounds
    assert west >= -180
    assert east <= 180
    assert south >= -90
    assert north <= 90


@settings(max_examples=100, deadline=None)
@given(st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 30000)))
def test_any_circle_becomes_a_valid_shape_on_the_map(circle):
    shape = shape_of_circle(circle)

    assert shape.is_valid
    assert shape.bounds[0] >= -180
    assert shape.bounds[2] <= 180


def test_a_circle_has_the_area_of_its_radius():
    shape = shape_of_circle((0.0, 20.0, 111.195))  # one degree

    assert shape.area == pytest.approx(3.1416, rel=0.005)


def test_geojson_turns_outer_rings_anticlockwise():
    geometry = geojson_of(CapArea("A", polygons=(SQUARE,)))

    ring = shapely.LinearRing(geometry["coordinates"][0])
    assert ring.is_ccw


def test_the_ground_of_an_area_is_the_union_of_its_parts():
    area = CapArea("A", polygons=(SQUARE, ((0.5, 0.5), (2.0, 0.5), (2.0, 0.6), (0.5, 0.5))))

    assert ground_of(area).geom_type == "Polygon"
    assert ground_of(CapArea("B")).is_empty


def test_rings_for_an_alert_are_closed_anticlockwise_and_few():
    wiggly = shapely.Point(126, 45).buffer(1, quad_segs=500)

    (ring,) = rings_of(shapely.to_wkb(wiggly), most_points=60)

    assert ring[0] == ring[-1]
    assert 4 <= len(ring) <= 60
    assert shapely.LinearRing([(lon, lat) for lat, lon in ring]).is_ccw
    again = Polygon([(lon, lat) for lat, lon in ring])
    assert again.intersection(wiggly).area > 0.98 * wiggly.area


def test_rings_keep_islands_and_close_holes():
    ground = MultiPolygon([box(0, 0, 4, 4).difference(box(1, 1, 2, 2)), box(6, 6, 7, 7)])

    rings = rings_of(ground)

    assert sorted(shape_of_ring(ring).area for ring in rings) == [1, 16]


@pytest.mark.parametrize("most", [12, 40, 100])
def test_rings_share_what_a_message_holds_and_the_largest_stays(most):
    wiggly = [shapely.Point(4 * at, 0).buffer(1 - at / 10, quad_segs=200) for at in range(6)]

    rings = rings_of(MultiPolygon(wiggly), most_in_all=most)

    assert sum(map(len, rings)) <= most
    assert shape_of_ring(rings[0]).area > 0.8 * wiggly[0].area
    assert all(map(is_simple, rings))


def test_a_ring_over_the_180th_meridian_is_simple_and_a_bow_tie_is_not():
    assert is_simple([(0.0, 179.0), (0.0, -179.0), (1.0, -179.0), (0.0, 179.0)])
    assert not is_simple([(0.0, 179.0), (1.0, -179.0), (0.0, -179.0), (1.0, 179.0), (0.0, 179.0)])


def test_points_and_specks_give_no_ring():
    assert rings_of(shapely.Point(1, 1)) == ()
    assert rings_of(box(1, 1, 1.0001, 1.0001)) == ()


def test_a_circle_for_a_point_is_written_latitude_first():
    assert circle_around(126.649123, 45.75, 10) == (45.75, 126.6491, 10)
