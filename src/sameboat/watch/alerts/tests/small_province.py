"""A small province for tests: Jilin, Songyuan and Harbin, and what is said of them."""

from datetime import UTC, datetime

from sameboat.ground.people.models import Person, Role
from sameboat.ground.places.models import Place, PlaceVersion, Site

NOW = datetime(2005, 11, 14, 2, 0, tzinfo=UTC)
JILIN, HARBIN, SONGYUAN = "cn:220200", "cn:230100", "cn:220700"


def add_place(load, code, zh, en, *, lon, lat, boundary=None, population=1000, above=""):
    place = Place.objects.create(code=code)
    PlaceVersion.objects.create(
        place=place, load=load, current=True, names={"zh-Hans": zh, "en": en},
        search_text=f"{code} {zh} {en}".lower(), level="prefecture", parent=None,
        path=f"{above}{code}/",
        population=population, ground="boundary" if boundary else "point", lon=lon, lat=lat,
        boundary=boundary, zone="Asia/Shanghai", licence="", valid_from=NOW,
    )  # fmt: skip
    return place


def add_person(places, name, number, *roles):
    person = Person.objects.create_user(username=name, password="a long password", number=number)
    for kind, code in roles:
        Role.objects.create(person=person, place=places[code], kind=kind)
    return person


def add_role(person, place, kind):
    Role.objects.create(person=person, place=place, kind=kind)


def add_site(load, place, key):
    return Site.objects.create(
        load=load, key=key, names={"en": "Intake"}, kind="intake", place=place, lon=126.6,
        lat=45.75, reach=None, fraction=None, source="test",
    )  # fmt: skip


def make_content(**changes):
    return {
        "category": "Env",
        "hazard": "river_pollutant",
        "event": {"zh-CN": "水污染", "en-US": "Water pollution"},
        "response_types": ["Avoid", "Monitor"],
        "urgency": "Expected",
        "severity": "Severe",
        "certainty": "Likely",
        "onset": "2005-11-15T00:00:00Z",
        "expires": "2005-12-01T00:00:00+08:00",
        "texts": {
            "zh-CN": {
                "headline": "硝基苯将于11月24日前后到达哈尔滨",
                "description": "上游发生硝基苯泄漏。",
                "instruction": "停止从松花江取水。",
            },
            "en-US": {
                "headline": "Nitrobenzene will reach Harbin",
                "description": "Nitrobenzene was released upstream.",
                "instruction": "Stop taking water from the Songhua.",
            },
        },
        "areas": [
            {"code": HARBIN, "p_reached": 0.98, "arrival_p10": "2005-11-22T00:00:00Z",
             "arrival_p50": "2005-11-24T00:00:00Z", "arrival_p90": "2005-11-26T00:00:00Z",
             "peak": 0.4},
            {"code": SONGYUAN, "p_reached": 1.0},
        ],
        "origin": JILIN,
        "case": "I",
        "threshold": {"value": 0.017, "unit": "mg/L"},
        **changes,
    }  # fmt: skip
