"""Places, sites and entries over the API."""

import hashlib
from base64 import b64decode
from urllib.parse import quote

import pytest

from sameboat.watch.alerts.tests.small_province import HARBIN, JILIN, SONGYUAN, add_site

pytestmark = pytest.mark.django_db


def test_a_place_is_found_by_its_code(program_of, li):
    found = program_of(li).get(f"/places/{JILIN}").json()

    assert (found["code"], found["names"]["en"]) == (JILIN, "Jilin")
    assert found["pack"] == {"id": "test", "version": "1"}


def test_places_are_searched_by_name_in_both_languages(program_of, li):
    program = program_of(li)

    english = program.get("/places", search="harb").json()["items"]
    chinese = program.get("/places", search="哈尔滨").json()["items"]

    assert [each["code"] for each in english] == [each["code"] for each in chinese] == [HARBIN]


def test_lists_are_cut_into_pages(program_of, li):
    program = program_of(li)

    first = program.get("/places", limit=2).json()
    rest = program.get("/places", limit=2, offset=first["next_offset"]).json()

    codes = [each["code"] for each in first["items"] + rest["items"]]
    assert codes == sorted([JILIN, SONGYUAN, HARBIN])
    assert rest["next_offset"] is None


@pytest.mark.parametrize(("given", "missing"), [({"lon": 126.6}, "lat"), ({"lat": 45.7}, "lon")])
def test_half_a_point_is_no_point(program_of, li, given, missing):
    answer = program_of(li).get("/places", **given)

    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["faults"]] == [missing]


@pytest.mark.parametrize("path", ["", "/tree", "/ancestors", "/neighbours"])
def test_an_unknown_place_is_not_there(program_of, li, path):
    assert program_of(li).get(f"/places/cn:999999{path}").status_code == 404


def test_sites_are_listed_and_read(program_of, li, load, places):
    add_site(load, places[HARBIN], "S05")
    program = program_of(li)

    listed = program.get("/sites", pack="test", place=HARBIN).json()["items"]
    site = program.get("/sites/test/S05").json()

    assert listed == [site]
    assert (site["place"], site["kind"]) == (HARBIN, "intake")


def test_an_unknown_pack_or_site_is_not_there(program_of, li):
    program = program_of(li)

    assert program.get("/sites", pack="nothing").status_code == 404
    assert program.get("/sites/test/S99").status_code == 404


def test_entries_come_with_their_bytes_and_chain(program_of, issued, li):
    program = program_of(li)

    page = program.get("/entries").json()
    entry = page["items"][0]
    raw = program.get(f"/entries/{JILIN}/0/canonical").content
    head = program.get(f"/entries/{JILIN}/head").json()

    assert (entry["kind"], page["next_after"]) == ("alert.issued", None)
    assert b64decode(entry["canonical"]) == raw
    assert head == {"origin": JILIN, "index": 0, "chain": entry["chain"]}
    assert entry["chain"] == hashlib.sha256(bytes(32) + raw).hexdigest()


def test_entries_are_read_from_an_index_on(program_of, issued, li):
    assert program_of(li).get("/entries", after_index=0).json()["items"] == []


def test_an_entry_that_was_never_said_is_not_there(program_of, li):
    program = program_of(li)

    assert program.get(f"/entries/{JILIN}/99").status_code == 404
    assert program.get(f"/entries/{JILIN}/-1").status_code == 404
    assert program.get(f"/entries/{quote('cn:999999')}/head").json()["index"] is None
