"""The log as files: what any cache may keep, and nothing that no checkpoint implies."""

from datetime import UTC, datetime

import pytest

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, joined
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.merkle import leaf_hash, read_root, root_of
from sameboat.proof.note import open_note
from sameboat.proof.tiles import read_bundle, reader

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
PLACE = "cn:220200"
pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path):
    """Return the key of a log with 300 signed entries and one staged."""
    keys = KeyFolder(tmp_path)
    signer, _witness = keys.make("jilin.example/log", b"open sesame")
    begin_log(origin=PLACE, signer=signer, now=NOON)
    for number in range(301):
        say(
            kind="forecast.made", place=PLACE, about=f"{PLACE}/forecast/{number}",
            body={"number": number, "words": "rain " * 20}, audience=["*"], by="worker", now=NOON,
        )  # fmt: skip
        if number == 299:
            publish(origin=PLACE, signer=signer, keys=keys, now=NOON)
    return signer.verifier


def test_a_stranger_can_check_all_of_it_from_the_files_alone(client, log):
    note, _signed = open_note(client.get("/log/checkpoint").content, [log])
    point = read_checkpoint(note.text)

    read = reader(point.size, lambda tile: client.get(f"/log/{tile.path}").content)
    assert read_root(point.size, read) == point.root
    entries = [
        *read_bundle(client.get("/log/tile/entries/000").content, 256),
        *read_bundle(client.get("/log/tile/entries/001.p/44").content, 44),
    ]
    assert root_of(map(leaf_hash, entries)) == point.root


def test_an_earlier_partial_tile_is_still_there(client, log):
    whole = client.get("/log/tile/0/001.p/44").content

    assert client.get("/log/tile/0/001.p/7").content == whole[: 7 * 32]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001.p/45", "tile/0/002", "tile/1/000.p/2", "tile/2/000.p/1", "tile/entries/001",
        "tile/entries/001.p/45", "tile/0/1", "tile/0/../0/000", "tile/0/000/", "tile/64/000",
        "tile/0/000.p/256", "tile/0/x000/000", "tile/0/%2e%2e/000", "tile/0/-01", "tile/data/000",
        "tile/0/%00", "tile/0/000%00", "tile//0/000", "tile/0//000", "tile/0/000.p/",
        "tile/0/" + "x999/" * 300 + "999", "tile/0/" + "9" * 5000, "tile/" + "9" * 5000 + "/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/００0", "tile/0/٠٠٠", "tile/²/000",
        "tile/0/000.p/²", "tile/0/000.p/+7", "tile/0/000.p/0x7", "tile/0/ 000",
        "tile/entries/..%2f..%2fkeys%2flog.key", "tile/../../keys/log.key", "tile/0/000.p/07",
    ],
)  # fmt: skip
def test_what_no_checkpoint_implies_is_not_there(client, log, path):
    assert client.get(f"/log/{path}").status_code == 404


def test_a_log_without_a_key_has_no_files(client):
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/log/tile/0/000").status_code == 404


def test_what_never_changes_may_be_kept_and_what_does_may_not(client, log):
    tile, point = client.get("/log/tile/0/000"), client.get("/log/checkpoint")

    assert "immutable" in tile["Cache-Control"]
    assert "max-age=1" in point["Cache-Control"]
    again = client.get("/log/tile/0/000", headers={"if-none-match": tile["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "Cookie" not in tile["Vary"]
    assert not tile.cookies


def test_a_bundle_is_packed_for_who_can_unpack_it(client, log):
    import gzip

    plain = client.get("/log/tile/entries/000")
    packed = client.get("/log/tile/entries/000", headers={"accept-encoding": "gzip"})

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 2
    hashes = client.get("/log/tile/0/000", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in hashes


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_files_are_only_read(client, log, method):
    assert getattr(client, method)("/log/checkpoint").status_code == 405


def test_a_log_that_we_follow_is_handed_on_as_it_was_signed(client, db):
    far = FarLog(300)
    peer = joined(far, NOON)
    follow(peer=peer, fetch=far.fetch, now=NOON)

    for path in ("checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/entries/001.p/44"):
        assert client.get(f"/log/of/{HARBIN}/{path}").content == far.file(path)


@pytest.mark.parametrize(
    "origin",
    ["cn:999999", "..", "%2e%2e", "%00", "cn:2202%000", "cn:２３０１００", "x" * 48, "%0a"],
)
def test_a_log_that_we_do_not_follow_is_not_there(client, log, origin):
    assert client.get(f"/log/of/{origin}/checkpoint").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [(HARBIN, 202), ("cn:999999", 404), ("", 404), ("x" * 10_000, 413), ("哈尔滨", 404)],
)
def test_a_hint_is_taken_from_whom_we_follow(client, db, body, status):
    far = FarLog(1)
    joined(far, NOON)

    answer = client.post("/witness/hint", body.encode(), content_type="text/plain")

    assert answer.status_code == status
    assert client.get("/witness/hint").status_code == 405
