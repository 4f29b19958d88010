from datetime import UTC, datetime

import pytest

from sameboat.ground.places import queries
from sameboat.ground.places.actions import load_pack
from sameboat.ground.places.models import Place
from sameboat.ground.places.tests.small_pack import EAST, FAR, LOWER, UPPER, WEST, make_pack

NOW = datetime(2005, 11, 13, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small(db):
    return load_pack(pack=make_pack(), by="operator", now=NOW)


def codes(found):
    return [version.place.code for version in found]


def test_the_tree_below_a_place_has_everything_in_it_and_not_itself():
    assert codes(queries.tree_below("cn:230000")) == [LOWER, WEST, EAST, FAR]
    assert codes(queries.tree_below(WEST)) == []
    assert codes(queries.tree_below("cn:990000")) == []


def test_children_are_direct_and_the_uppermost_have_no_parent():
    assert codes(queries.children_of("cn:230000")) == [LOWER]
    assert codes(queries.children_of(None)) == ["cn:220000", "cn:230000"]


def test_ancestors_come_from_the_top():
    assert codes(queries.ancestors_of(WEST)) == ["cn:230000", LOWER]
    assert queries.ancestors_of("cn:230000") == []


def test_a_point_is_in_its_county_and_all_above_it():
    assert codes(queries.places_at(126.5, 45.5)) == [WEST, LOWER, "cn:230000"]
    assert queries.places_at(100.0, 10.0) == []
    with pytest.raises(ValueError, match="globe"):
        queries.places_at(200.0, 10.0)


def test_the_index_of_points_follows_a_newer_load():
    assert codes(queries.places_at(126.5, 45.5))[0] == WEST
    pack = make_pack(version="2", digest="2" * 64)
    without = tuple(place for place in pack.places if place.code != WEST)

    load_pack(
        pack=make_pack(version="2", digest="2" * 64, places=without, stretches=(), neighbours=(),
                       sites=(), reaches=()),
        by="operator", now=NOW,
    )  # fmt: skip

    assert queries.places_at(126.5, 45.5) == []


def test_neighbours_share_a_border_in_both_directions():
    assert codes(queries.neighbours_of(WEST)) == [EAST]
    assert codes(queries.neighbours_of(EAST)) == [WEST]
    assert queries.neighbours_of(UPPER) == []


def test_neighbours_are_found_from_boundaries_where_the_pack_tells_none():
    load_pack(pack=make_pack(version="2", digest="2" * 64, neighbours=()), by="operator", now=NOW)

    assert codes(queries.neighbours_of(WEST)) == [EAST]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("cn:230126", EAST),
        ("230126", EAST),
        ("巴彦", EAST),
        ("bayan", EAST),
        ("BAYAN", EAST),
        ("彦县", EAST),
        ("jilin", UPPER),
        ("哈尔滨市", LOWER),
    ],
)
def test_places_are_found_by_code_name_and_part_of_a_name(text, first):
    assert codes(queries.search_places(text))[0] == first


def test_searching_for_nothing_or_for_a_wildcard_finds_nothing():
    assert queries.search_places("  ") == []
    assert queries.search_places("%") == []
    assert len(queries.search_places("cn", limit=3)) == 3


def test_names_come_in_the_readers_language_and_unknown_codes_stay():
    assert queries.names_of([EAST, "cn:999999"], "en") == {EAST: "Bayan", "cn:999999": "cn:999999"}
    assert queries.names_of([EAST], "zh-Hans") == {EAST: "巴彦县"}


def test_sites_are_found_by_load_and_by_place(small):
    assert [site.key for site in queries.sites_of(small)] == ["S1", "S2", "S3", "S4"]
    assert [site.key for site in queries.sites_of(EAST)] == ["S3"]
    assert [site.key for site in queries.sites_of(Place.objects.get(code=EAST))] == ["S3"]
    assert queries.site(small, "S3").reach.key == "R2"
    assert queries.site(small, "S9") is None


def test_a_row_lies_in_places_when_its_place_is_one_of_them_or_below():
    def lying_in(*codes):
        return {place.code for place in Place.objects.filter(queries.lies_in(codes, place="pk"))}

    assert lying_in(LOWER, UPPER) == {LOWER, UPPER, WEST, EAST, FAR}
    assert lying_in(EAST) == {EAST}
    assert lying_in("cn:999999") == set()
    assert lying_in() == set()
    body = Place.objects.create(code="org:body")
    assert lying_in("org:body") == {body.code}
    assert lying_in("org:body", EAST) == {body.code, EAST}
