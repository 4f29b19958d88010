"""A body beside the log is given to those in the audience, and believed by its digest alone."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sameboat.ground.logbook import bodies
from sameboat.ground.logbook.actions import MAX_BODY_BYTES, erase_body, say
from sameboat.ground.logbook.bodies import (
    FORM,
    Look,
    NoRequest,
    NotForYou,
    WrongBody,
    give_body,
    keep_body,
    list_wanted,
    note_missing,
    request_body,
    want_again,
    wanted_of,
)
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import Body, Entry
from sameboat.ground.logbook.queries import body_of, newest_row
from sameboat.ground.logbook.refusals import EntryTooLarge
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined, log_of
from sameboat.ground.logbook.tests.test_holding import taken  # noqa: F401
from sameboat.ground.places.models import PackLoad, Place, PlaceVersion
from sameboat.proof.canon import canonical
from sameboat.proof.keys import make_signer
from sameboat.proof.note import sign_note

pytestmark = pytest.mark.django_db
JILIN, JIAMUSI = "cn:220200", "cn:230800"
SECRET = {"text": "the intake of the second waterworks"}


def say_to(*audience, body=SECRET):
    return say(kind="alert.issued", place=JILIN, about=f"{JILIN}/alert/1", body=body,
               audience=audience, by="worker", now=NOON)  # fmt: skip


def asked_by(far, said, *, place=HARBIN, now=NOON, signer=None, **changes):
    """Return the request that another place's node would send for an entry of ours."""
    told = {"form": FORM, "place": place, "origin": said.origin, "digest": said.digest,
            "time": int(now.timestamp())} | changes  # fmt: skip
    text = "".join(f"{each}\n" for each in told.values())
    return sign_note(text, signer or far.signer).to_bytes()


@pytest.fixture
def harbin():
    far = FarLog()
    far.peer = joined(far)
    return far


def test_who_is_in_the_audience_gets_the_body_and_its_salt(harbin):
    said = say_to(HARBIN)

    given = give_body(request=asked_by(harbin, said), now=NOON)

    assert given.content == canonical(SECRET)
    assert hashlib.sha256(given.raw).hexdigest() == said.digest
    assert canonical(SECRET)[1:-1] not in bytes(said.canonical)


@pytest.mark.parametrize("audience", [[], [JIAMUSI], ["org:songhua-joint"]])
def test_who_is_not_in_the_audience_gets_nothing(harbin, audience):
    said = say_to(*audience)

    with pytest.raises(NotForYou):
        give_body(request=asked_by(harbin, said), now=NOON)


def test_the_audience_of_another_entry_does_not_open_this_one(harbin):
    said = say_to(JIAMUSI)
    say_to(HARBIN)

    with pytest.raises(NotForYou):
        give_body(request=asked_by(harbin, said), now=NOON)


@pytest.mark.parametrize(
    "changes",
    [
        {"form": "sameboat-body-request@v2"},
        {"place": JIAMUSI},
        {"place": "Harbin"},
        {"time": "0016"},
        {"time": "soon"},
        {"time": str(2**62)},
        {"time": int((NOON - timedelta(minutes=26)).timestamp())},
        {"time": int((NOON + timedelta(minutes=26)).timestamp())},
        {"now": NOON - timedelta(days=1)},
        {"signer": make_signer("harbin.example/log")},
    ],
)
def test_a_request_of_another_form_time_or_key_is_none(harbin, changes):
    said = say_to(HARBIN)

    with pytest.raises(NoRequest):
        give_body(request=asked_by(harbin, said, **changes), now=NOON)


@pytest.mark.parametrize("request_", [b"", b"\xff" * 40, b"a\nb\nc\n", b"\n" * 60])
def test_bytes_that_are_no_request_are_refused(harbin, request_):
    with pytest.raises(NoRequest):
        give_body(request=request_, now=NOON)


def test_a_peer_whose_clock_is_ten_minutes_off_is_answered(harbin):
    said = say_to(HARBIN)

    for minutes in (-10, 10):
        asked = asked_by(harbin, said, now=NOON + timedelta(minutes=minutes))
        assert give_body(request=asked, now=NOON) is not None


def test_what_was_erased_is_said_to_be_erased(harbin):
    said = say_to(HARBIN)
    erase_body(digest=said.digest, by="worker", now=NOON)

    assert give_body(request=asked_by(harbin, said), now=NOON) is None


def test_a_body_beyond_what_is_sent_in_one_piece_is_not_said():
    with pytest.raises(EntryTooLarge):
        say_to(HARBIN, body={"text": "x" * MAX_BODY_BYTES})

    assert not Entry.objects.exists()
    assert not Body.objects.exists()


SALTED = b"s" * 16 + canonical(SECRET)


def hear(far, audience=(JILIN,), content=SALTED):
    told = {"kind": "alert.issued", "audience": list(audience)}
    raw = entry(0, **told, digest=hashlib.sha256(content).hexdigest())
    far.entries.append(canonical({k: v for k, v in _fields(raw).items() if k != "body"}))
    follow(peer=far.peer, fetch=far.fetch, now=NOON)


def _fields(raw):
    from sameboat.proof.canon import read_canonical

    return read_canonical(raw)


def test_a_reaction_waits_for_the_body_that_is_on_its_way(harbin, taken):  # noqa: F811
    hear(harbin)
    deliver(now=NOON)
    assert taken == []

    (wanted,) = wanted_of(HARBIN, NOON)
    for _time in range(2):
        keep_body(wanted=wanted, raw=SALTED, now=NOON)
    deliver(now=NOON)

    assert taken == [f"{HARBIN}/entry/0"]
    assert body_of(Entry.objects.get(origin=HARBIN)) == SECRET
    assert list_wanted() == []


def test_a_body_that_is_erased_is_waited_for_no_longer(harbin, taken):  # noqa: F811
    hear(harbin)
    keep_body(wanted=wanted_of(HARBIN, NOON)[0], raw=None, now=NOON)
    deliver(now=NOON)

    assert taken == [f"{HARBIN}/entry/0"]
    assert body_of(Entry.objects.get(origin=HARBIN)) is None


@pytest.mark.parametrize("raw", [b"", b"s" * 16, SALTED + b" ", b"t" + SALTED[1:]])
def test_another_body_than_the_one_promised_is_not_kept(harbin, raw):
    hear(harbin)

    with pytest.raises(WrongBody):
        keep_body(wanted=wanted_of(HARBIN, NOON)[0], raw=raw, now=NOON)

    assert not Body.objects.exists()
    assert len(list_wanted()) == 1


@pytest.mark.parametrize("content", [b"[1, 2]", canonical({"text": "\x00"})])
def test_a_digest_of_what_no_database_could_hold_as_a_body_is_not_kept(harbin, content):
    nonsense = b"s" * 16 + content
    hear(harbin, content=nonsense)

    with pytest.raises(WrongBody):
        keep_body(wanted=wanted_of(HARBIN, NOON)[0], raw=nonsense, now=NOON)


def test_what_is_for_others_is_not_wanted(harbin):
    hear(harbin, audience=[JIAMUSI])
    hear(harbin, audience=[])

    assert list_wanted() == []


def know_a_village(code="cn:220203100200"):
    """Load a pack by which a village lies below us, as `load_pack` does."""
    load = PackLoad.objects.create(
        pack=code, version="1", digest="", title={}, zone="Asia/Harbin", licences=[], sources=[],
        loaded_at=NOON, loaded_by="test",
    )  # fmt: skip
    PlaceVersion.objects.create(
        place=Place.objects.create(code=code), load=load, current=True, names={}, search_text="",
        level="village", path=f"cn:220000/{JILIN}/{code}/", ground="inherited", valid_from=NOON,
    )  # fmt: skip
    return code


def test_the_body_of_what_becomes_ours_by_a_newer_pack_is_wanted_then(harbin, monkeypatch):
    village = "cn:220203100200"
    for audience in ([JIAMUSI], [village], [JIAMUSI, village], [JIAMUSI]):
        hear(harbin, audience=audience)
    # In two passes: the first two entries, then the others.
    monkeypatch.setattr(bodies, "STRETCH", newest_row() - 2)
    look = want_again(want_again(Look()))
    assert list_wanted() == []

    know_a_village(village)
    look = want_again(look)
    assert [each.entry.index for each in list_wanted()] == [1]
    for _pass in range(2):
        look = want_again(look)

    assert [each.entry.index for each in list_wanted()] == [1, 2]
    assert [each.origin for each in list_wanted()] == [HARBIN, HARBIN]


def test_what_came_or_was_erased_is_not_wanted_again(harbin):
    hear(harbin)
    hear(harbin, content=b"t" + SALTED[1:])
    first, second = list_wanted()
    keep_body(wanted=first, raw=SALTED, now=NOON)
    keep_body(wanted=second, raw=None, now=NOON)
    say_to(HARBIN)

    know_a_village()
    want_again(Look())

    assert list_wanted() == []


def test_what_is_held_for_a_body_that_nobody_asked_for_is_asked_for(harbin, taken):  # noqa: F811
    hear(harbin, audience=["cn:220203100200"])
    know_a_village()

    deliver(now=NOON)
    assert taken == []
    (wanted,) = wanted_of(HARBIN, NOON)
    keep_body(wanted=wanted, raw=SALTED, now=NOON)
    deliver(now=NOON)

    assert taken == [f"{HARBIN}/entry/0"]


def test_what_did_not_come_is_asked_for_again_later_and_later(harbin):
    hear(harbin)
    (wanted,) = wanted_of(HARBIN, NOON)

    note_missing(wanted=wanted, problem="silent", now=NOON)

    assert wanted_of(HARBIN, NOON) == []
    assert len(wanted_of(HARBIN, NOON + timedelta(seconds=2))) == 1
    assert list_wanted()[0].problem == "silent"


def test_bodies_that_never_come_keep_no_new_one_waiting(harbin, monkeypatch):
    monkeypatch.setattr(bodies, "BATCH", 2)
    for _number in range(5):
        hear(harbin)
    for wanted in list_wanted():
        note_missing(wanted=wanted, problem="silent", now=NOON)
    later = NOON + timedelta(minutes=1)
    hear(harbin)

    found = [wanted.entry.index for wanted in wanted_of(HARBIN, later)]

    assert found == [5, 0]
    assert wanted_of(JIAMUSI, later) == []


def test_a_batch_of_bodies_is_looked_up_however_many_are_wanted(harbin, monkeypatch):
    for _number in range(5):
        hear(harbin)
    for wanted in list_wanted():
        note_missing(wanted=wanted, problem="silent", now=NOON + timedelta(days=1))  # then put back
    monkeypatch.setattr(bodies, "BATCH", 3)

    with CaptureQueriesContext(connection) as asked:
        assert len(wanted_of(HARBIN, NOON)) == 3

    assert all("LIMIT" in each["sql"] for each in asked)


def test_what_we_ask_can_be_answered_by_a_node_that_follows_us(harbin):
    """Both sides of the request are the same form: the far place's key stands for ours here."""
    said = say_to(JIAMUSI)
    jiamusi = log_of(JIAMUSI)
    joined(jiamusi, place=JIAMUSI)

    asked = request_body(said, jiamusi.signer, NOON).replace(
        f"\n{JILIN}\n{JILIN}\n".encode(), f"\n{JIAMUSI}\n{JILIN}\n".encode()
    )

    with pytest.raises(NoRequest, match="signature"):
        give_body(request=asked, now=NOON)
    assert give_body(request=asked_by(jiamusi, said, place=JIAMUSI), now=NOON) is not None


def copy_digest(far, digest, audience):
    fields = _fields(entry(0, kind="alert.issued", audience=audience, digest=digest))
    far.entries.append(canonical({k: v for k, v in fields.items() if k != "body"}))
    follow(peer=far.peer, fetch=far.fetch, now=NOON)
    return Entry.objects.get(origin=HARBIN, digest=digest)


def test_a_digest_copied_into_another_log_opens_nothing_of_ours(harbin):
    """The digest stands in our public log; only the audience of our own entry counts."""
    said = say_to(JIAMUSI)
    copied = copy_digest(harbin, said.digest, [HARBIN, "*"])

    for origin in (HARBIN, JILIN):
        with pytest.raises(NotForYou):
            give_body(request=asked_by(harbin, said, origin=origin), now=NOON)
    assert body_of(copied) is None
    assert body_of(said) == SECRET


def test_who_says_that_anothers_body_was_erased_does_not_take_it_away(harbin):
    jiamusi = log_of(JIAMUSI)
    jiamusi.peer = joined(jiamusi, place=JIAMUSI)
    hear(jiamusi)
    theirs = Entry.objects.get(origin=JIAMUSI)
    copied = copy_digest(harbin, theirs.digest, [JILIN])

    keep_body(wanted=wanted_of(HARBIN, NOON)[0], raw=None, now=NOON)
    keep_body(wanted=wanted_of(JIAMUSI, NOON)[0], raw=SALTED, now=NOON)

    assert body_of(copied) is None
    assert body_of(theirs) == SECRET


@pytest.mark.parametrize("body", [None, 7, "text", [1], ["ab"]])
def test_a_body_that_is_no_object_makes_the_entry_unreadable(harbin, body):
    """Else every page and fold that looks into it would fail, for as long as the log is kept."""
    harbin.entries.append(entry(0, kind="alert.issued", body=body))
    follow(peer=harbin.peer, fetch=harbin.fetch, now=NOON)

    kept = Entry.objects.get(origin=HARBIN)

    assert kept.kind == "entry.unreadable"
    assert body_of(kept) is None
