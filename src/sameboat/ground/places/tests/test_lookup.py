import pytest
from shapely import box, to_wkb

from sameboat.ground.places.lookup import GroundIndex


@pytest.fixture
def ground():
    squares = {
        "cn:110000": box(0, 0, 4, 4),
        "cn:110101": box(0, 0, 2, 2),
        "cn:110102": box(2, 0, 4, 2),
        "cn:120000": box(9, 9, 10, 10),
    }
    return GroundIndex(list(squares), [to_wkb(square) for square in squares.values()])


def test_a_point_is_in_its_county_first_and_then_in_what_holds_it(ground):
    assert ground.places_at(1, 1) == ["cn:110101", "cn:110000"]


def test_a_point_on_a_border_is_in_both(ground):
    assert set(ground.places_at(2, 1)) == {"cn:110101", "cn:110102", "cn:110000"}


def test_a_point_at_sea_is_nowhere(ground):
    assert ground.places_at(7, 7) == []


def test_many_points_are_answered_in_their_order(ground):
    found, places = ground.positions_at([7, 3, 1], [7, 1, 1])

    assert list(found) == [1, 1, 2, 2]
    assert [ground.codes[place] for place in places] == [
        "cn:110102",
        "cn:110000",
        "cn:110101",
        "cn:110000",
    ]


def test_neighbours_share_a_border_and_an_island_has_none(ground):
    assert ground.touching("cn:110101") == ["cn:110000", "cn:110102"]
    assert ground.touching("cn:120000") == []
    with pytest.raises(KeyError):
        ground.touching("cn:999999")
