"""A small river for tests: two prefectures, three counties, three reaches, four sites."""

from dataclasses import replace
from datetime import UTC, datetime

import shapely

from sameboat.packs.records import (
    Event,
    Licence,
    Observation,
    PlaceRecord,
    Reach,
    RegionPack,
    Scenario,
    Site,
    Stretch,
    Substance,
)

STARTED_AT = datetime(2005, 11, 13, 5, 0, tzinfo=UTC)
UPPER, LOWER = "cn:220200", "cn:230100"
WEST, EAST, FAR = "cn:230102", "cn:230126", "cn:230128"


def make_place(code, zh, en, level, parent=None, **known):
    nothing = dict.fromkeys(("population", "share_60", "share_65", "share_80", "lon", "lat"))
    return PlaceRecord(
        code=code, names={"zh-Hans": zh, "en": en}, level=level, parent=parent,
        **{**nothing, "ground": "inherited", "boundary": None, "zone": "Asia/Shanghai",
           "licence": "ODbL-1.0", **known},
    )  # fmt: skip


def square(west, south, side=1.0):
    return {
        "ground": "boundary",
        "boundary": shapely.to_wkb(shapely.box(west, south, west + side, south + side)),
        "lon": west + side / 2,
        "lat": south + side / 2,
    }


def make_reach(key, start, end, length_km, line):
    return Reach(
        key=key, names={"zh-Hans": f"河段{key}", "en": f"Reach {key}"}, from_node=start,
        to_node=end, length_km=length_km, line=line, share=None, drainage_area_km2=70_000.0,
        mean_discharge_m3s=470.0, slope=0.0001, width_m=None, schematic=True, source="test",
    )  # fmt: skip


def make_site(key, zh, en, kind, place, reach, fraction, lon, lat):
    return Site(
        key=key, names={"zh-Hans": zh, "en": en}, kind=kind, place=place, lon=lon, lat=lat,
        reach=reach, fraction=fraction, source="test",
    )  # fmt: skip


def make_observation(site, day, hour, *, kind="value", value=None, below=None):
    at = datetime(2005, 11, day, hour, tzinfo=UTC)
    return Observation(
        site=site, at=at, quantity="nitrobenzene", value=value, below=below, unit="mg/L",
        kind=kind, error=None, known_at=at, line=2,
    )  # fmt: skip


CONTENT = {
    "title": {"zh-Hans": "硝基苯泄漏", "en": "Nitrobenzene released"},
    "hazard": "river_pollutant",
    "moves": "travels",
    "origin": UPPER,
    "zone": "Asia/Shanghai",
    "started_at": "2005-11-13T13:00+08:00",
    "substance": {"key": "nitrobenzene", "threshold": [{"value": 0.017, "unit": "mg/L"}]},
    "release": {
        "site": "S1",
        "mass": {"low": 10.0, "likely": 40.0, "high": 100.0, "unit": "t", "source": "test"},
        "duration": {"value": 12.0, "unit": "h", "source": "test"},
    },
    "hydrology": {"discharge_factor": {"median": 0.6, "spread": 0.3, "source": "test"}},
    "run": {"members": 50, "seed": 1, "horizon_days": 20, "step_minutes": 30},
}


def make_pack(version="1", digest="1" * 64, **changes):
    pack = RegionPack(
        id="small", version=version, title={"zh-Hans": "小河", "en": "Small river"},
        zone="Asia/Shanghai",
        licences=(
            Licence("ODbL-1.0", "© OpenStreetMap contributors", ("odbl/boundaries.geojson",)),
            Licence("CC0-1.0", "River line: Natural Earth", ("reaches.csv", "reaches.geojson")),
        ),
        sources=("made for tests",),
        places=(
            make_place("cn:220000", "吉林省", "Jilin Province", "province"),
            make_place("cn:230000", "黑龙江省", "Heilongjiang", "province"),
            make_place(UPPER, "吉林市", "Jilin", "prefecture", "cn:220000", population=3_623_713,
                       ground="point", lon=126.6, lat=43.9),
            make_place(LOWER, "哈尔滨市", "Harbin", "prefecture", "cn:230000",
                       population=10_009_854),
            make_place(WEST, "道里区", "Daoli", "county", LOWER, population=1_097_430,
                       **square(126, 45)),
            make_place(EAST, "巴彦县", "Bayan", "county", LOWER, population=420_409,
                       **square(127, 45)),
            make_place(FAR, "通河县", "Tonghe", "county", LOWER),
        ),
        substances=(
            Substance("nitrobenzene", {"zh-Hans": "硝基苯", "en": "nitrobenzene"}, "98-95-3",
                      0.017, 0.01, 1.05, "test"),
        ),
        reaches=(
            make_reach("R1", "N1", "N2", 200.0, ((126.6, 43.9), (126.5, 45.5))),
            make_reach("R2", "N2", "N3", 120.0, ((126.5, 45.5), (127.5, 45.6))),
            make_reach("R3", "N3", "N4", 110.0, ((127.5, 45.6), (128.7, 45.97))),
        ),
        stretches=(Stretch("R1", WEST, 0.9, 1.0), Stretch("R2", EAST, 0.5, 1.0)),
        sites=(
            make_site("S1", "吉化", "Jilin plant", "plant", UPPER, "R1", 0.0, 126.6, 43.9),
            make_site("S2", "四方台", "Sifangtai", "intake", WEST, "R1", 1.0, 126.5, 45.5),
            make_site("S3", "巴彦港", "Bayan Gang", "gauge", EAST, "R2", 1.0, 127.5, 45.6),
            make_site("S4", "通河", "Tonghe", "gauge", FAR, "R3", 1.0, 128.7, 45.97),
        ),
        scenarios=(
            Scenario("spill", CONTENT["title"], "river_pollutant", "travels", UPPER, STARTED_AT,
                     "Asia/Shanghai", CONTENT),
        ),
        events=(
            Event(STARTED_AT, False, "plant", "release", "explosion", (UPPER,), "test"),
            Event(None, True, "city", "water_cut", "supply cut", (WEST,), "test"),
        ),
        observations={
            "2005": (
                make_observation("S2", 18, 0, kind="front", value=0.01),
                make_observation("S2", 19, 0, kind="peak", value=0.5),
                make_observation("S3", 20, 0, kind="not_detected", below=0.002),
            )
        },
        neighbours=((WEST, EAST, 84.0),),
        digest=digest,
        valid_from=datetime(2000, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return replace(pack, **changes)
