import pytest

from sameboat.ground.places.tests.small_pack import EAST, FAR, LOWER, UPPER, WEST
from sameboat.watch.forecasts import queries


@pytest.fixture
def drawn(ask, make):
    forecast = make(ask())
    return queries.map_of(forecast, 0, "zh-Hans")


def features(drawn, kind):
    return {
        feature["properties"]["code"]: feature
        for feature in drawn["features"]
        if feature["properties"]["kind"] == kind
    }


def test_places_are_drawn_by_boundary_or_point_and_never_where_ground_is_inherited(drawn):
    places = features(drawn, "place")

    assert set(places) == {UPPER, WEST, EAST}
    assert places[WEST]["geometry"]["type"] == "Polygon"
    assert places[UPPER]["geometry"] == {"type": "Point", "coordinates": [126.6, 43.9]}
    assert not {LOWER, FAR} & set(places)


def test_every_feature_says_how_surely_and_when(drawn):
    west = features(drawn, "place")[WEST]["properties"]

    assert west["name"] == "道里区"
    assert west["p"] > 0.9
    assert west["arrival_p50"].startswith("2005-11")
    assert len(west["presence"]) == len(drawn["hours"])
    assert west["population"] == 1_097_430


def test_reaches_carry_arrival_and_presence_between_their_sites(drawn):
    reaches = features(drawn, "reach")
    sites = features(drawn, "site")

    second = reaches["R2"]["properties"]
    upper, lower = (sites[key]["properties"]["presence"] for key in ("S2", "S3"))
    assert set(reaches) == {"R1", "R2", "R3"}
    assert second["arrival_p50"] == sites["S2"]["properties"]["arrival_p50"]
    assert all(
        here >= max(a, b) for here, a, b in zip(second["presence"], upper, lower, strict=True)
    )
    assert reaches["R2"]["geometry"]["coordinates"][0] == [126.5, 45.5]


def test_the_map_names_its_licences_and_says_that_it_is_schematic(drawn):
    assert drawn["attribution"] == ["© OpenStreetMap contributors", "River line: Natural Earth"]
    assert drawn["schematic"] is True
    assert drawn["threshold"]["value"] == 0.017


def test_sites_are_points_with_their_kind(drawn):
    sites = features(drawn, "site")

    assert sites["S2"]["properties"]["site_kind"] == "intake"
    assert sites["S2"]["geometry"]["coordinates"] == [126.5, 45.5]
