from datetime import UTC, datetime

import pytest

from sameboat.ground.people.actions import OPERATOR, add_person, give_role
from sameboat.ground.places.models import PackLoad, Place, PlaceVersion

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
TREE = {"cn:220000": None, "cn:220200": "cn:220000", "cn:220202": "cn:220200", "cn:230000": None}


@pytest.fixture
def ground(db):
    load = PackLoad.objects.create(
        pack="p", version="1", digest="0" * 64, title={}, zone="UTC", licences=[], sources=[],
        loaded_at=NOON, loaded_by="operator",
    )  # fmt: skip
    paths = {}
    for code, parent in TREE.items():
        paths[code] = paths.get(parent, "") + f"{code}/"
        PlaceVersion.objects.create(
            place=Place.objects.get_or_create(code=code)[0], load=load, current=True,
            names={"en": code}, search_text=code, level="prefecture", path=paths[code],
            parent=Place.objects.get(code=parent) if parent else None, ground="inherited",
            zone="UTC", licence="CC0-1.0", valid_from=NOON,
        )  # fmt: skip
    return load


@pytest.fixture
def add(ground):
    def add(username, kind="", place="cn:220200", **more):
        person = add_person(
            username=username, password="a-long-enough-word", by=OPERATOR, now=NOON, **more
        )
        if kind:
            give_role(person=person, place=place, kind=kind, by=OPERATOR, now=NOON)
        return person

    return add
