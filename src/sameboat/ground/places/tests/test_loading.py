from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction

from sameboat.ground.places import actions, queries
from sameboat.ground.places.actions import VersionAlreadyLoaded
from sameboat.ground.places.models import PackLoad, Place, PlaceVersion, Reach, Site
from sameboat.ground.places.tests.small_pack import EAST, FAR, LOWER, UPPER, WEST, make_pack

NOW = datetime(2005, 11, 13, 6, 0, tzinfo=UTC)


def load(pack, now=NOW):
    return actions.load_pack(pack=pack, by="operator", now=now)


@pytest.fixture
def small(db):
    return load(make_pack())


def test_a_pack_is_stored_as_it_was_read(small):
    pack = make_pack()

    ground = queries.records_of(small)

    assert ground.reaches == pack.reaches
    assert ground.stretches == pack.stretches
    assert ground.sites == pack.sites
    assert ground.places == tuple(
        replace(place, boundary=None) for place in sorted(pack.places, key=lambda each: each.code)
    )


def test_what_is_not_known_stays_unknown(small):
    far = queries.find_place(FAR)

    assert far.population is None
    assert far.share_80 is None
    assert (far.lon, far.lat) == (None, None)


def test_loading_the_same_version_again_changes_nothing(small):
    again = load(make_pack())

    assert again == small
    assert PackLoad.objects.count() == 1
    assert PlaceVersion.objects.count() == len(make_pack().places)


def test_the_same_version_with_other_content_is_refused(small):
    with pytest.raises(VersionAlreadyLoaded) as refusal:
        load(make_pack(digest="2" * 64))

    assert refusal.value.facts["version"] == "1"
    assert PackLoad.objects.count() == 1


def test_a_newer_version_becomes_current_and_the_earlier_rows_stay(small):
    pack = make_pack()
    renamed = tuple(
        replace(place, names={"en": "Bayan County"}, population=None)
        if place.code == EAST
        else place
        for place in pack.places
    )

    newer = load(make_pack(version="2", digest="2" * 64, places=renamed, reaches=pack.reaches[:2],
                           stretches=(), sites=pack.sites[:3]))  # fmt: skip

    assert queries.find_place(EAST).names == {"en": "Bayan County"}
    assert queries.find_place(EAST).load == newer
    assert small.place_versions.get(place__code=EAST).population == 420_409
    assert queries.reaches_of(small).count() == 3
    assert queries.current_load("small") == newer
    assert PlaceVersion.objects.filter(place__code=EAST, current=True).count() == 1


def test_a_place_left_out_of_a_newer_version_is_not_current_but_stays(small):
    pack = make_pack()
    fewer = tuple(place for place in pack.places if place.code != FAR)

    load(make_pack(version="2", digest="2" * 64, places=fewer, sites=pack.sites[:3]))

    assert queries.find_place(FAR) is None
    assert Place.objects.filter(code=FAR).exists()
    assert small.place_versions.filter(place__code=FAR).exists()


def test_a_place_left_out_by_one_pack_is_again_what_another_pack_knows(small):
    pack = make_pack()
    other = load(make_pack(id="other", digest="3" * 64))
    fewer = tuple(place for place in pack.places if place.code != FAR)

    load(make_pack(version="2", digest="2" * 64, places=fewer, sites=pack.sites[:3]))

    assert queries.find_place(FAR).load == other


def test_a_load_that_breaks_leaves_nothing(db):
    pack = make_pack()
    broken = replace(pack, sites=(*pack.sites, replace(pack.sites[0], place="cn:999999")))

    with pytest.raises(KeyError):
        load(broken)

    assert PackLoad.objects.count() == 0
    assert Place.objects.count() == 0
    assert Reach.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_the_same_moment_store_the_pack_once():
    start, loads, problems = Barrier(2), [], []

    def race():
        start.wait()
        try:
            loads.append(load(make_pack()))
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert {row.pk for row in loads} == {PackLoad.objects.get().pk}
    assert Site.objects.count() == len(make_pack().sites)


def test_loading_asks_the_database_a_bounded_number_of_times(db, django_assert_max_num_queries):
    many = tuple(
        replace(make_pack().places[6], code=f"cn:23010100{at:04d}", parent=LOWER)
        for at in range(2000)
    )

    with django_assert_max_num_queries(80):
        load(make_pack(places=(*make_pack().places, *many)))

    assert queries.tree_below(LOWER).count() == 2003


def test_the_database_refuses_to_change_what_a_load_knew(small):
    versions = PlaceVersion.objects.filter(place__code=EAST)

    with pytest.raises(IntegrityError), transaction.atomic():
        versions.update(population=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        PackLoad.objects.update(version="9")

    assert versions.update(current=False) == 1


def test_the_database_keeps_one_current_version_of_a_place(small):
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceVersion.objects.create(
            place=Place.objects.get(code=WEST), load=load(make_pack(id="b", digest="b" * 64)),
            current=True, names={}, search_text="", level="county", path="x/", ground="inherited",
            zone="UTC", licence="", valid_from=NOW,
        )  # fmt: skip

    assert connection.in_atomic_block
    assert PlaceVersion.objects.filter(place__code=UPPER, current=True).count() == 1
