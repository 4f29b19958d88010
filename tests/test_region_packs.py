"""The packs that come with the project are whole and say what they are."""

from collections import Counter
from pathlib import Path

import pytest

from sameboat.packs import check_pack, read_pack

REGIONS = Path(__file__).parents[1] / "regions"


@pytest.mark.parametrize("name", ["songhua", "haihe"])
def test_a_pack_of_ours_has_no_fault(name):
    assert [fault.in_language("en") for fault in check_pack(REGIONS / name)] == []


def test_haihe_holds_every_county_township_village_and_reach():
    pack = read_pack(REGIONS / "haihe")

    assert Counter(place.level for place in pack.places) == {
        "province": 3,
        "prefecture": 11,
        "county": 199,
        "township": 3013,
        "village": 5556,
    }
    assert len(pack.reaches) == 212
    assert sum(p.population for p in pack.places if p.level == "county") == 110_369_339


def test_what_derives_from_openstreetmap_lies_apart_under_its_licence():
    pack = read_pack(REGIONS / "haihe")

    assert {p.licence for p in pack.places if p.ground == "boundary"} == {"ODbL-1.0"}
    assert {p.licence for p in pack.places if p.ground == "point"} == {"CC-BY-4.0"}


def test_songhua_keeps_the_sources_ids_and_invents_nothing():
    pack = read_pack(REGIONS / "songhua")

    assert [site.key for site in pack.sites] == [f"S{n:02d}" for n in range(1, 17)]
    assert len(pack.observations["2005"]) == 12
    khabarovsk = next(place for place in pack.places if place.code == "iso:RU-KHA")
    assert (khabarovsk.population, khabarovsk.zone) == (None, "Asia/Vladivostok")
    assert sum(reach.length_km for reach in pack.reaches) == pytest.approx(1251 + 270)
