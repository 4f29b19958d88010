import asyncio
import json
import re
from datetime import UTC, datetime

import pytest
from django.db import close_old_connections

from sameboat.console import live
from sameboat.console.tests.conftest import rows
from sameboat.ground.logbook.actions import say
from sameboat.ground.people.actions import (
    OPERATOR,
    add_person,
    give_role,
    note,
    reset_password,
    take_role,
)
from sameboat.ground.people.queries import find_person

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
ABOUT = "cn:220200/forecast/1"
ALERT = "cn:220200/alert/2"
pytestmark = pytest.mark.django_db(transaction=True)


def speak():
    try:
        say(kind="forecast.made", place="cn:220200", about=ABOUT, body={}, by="worker", now=NOON)
        note(what="sign_in", by="worker", place="cn:220200", now=NOON)
        note(
            what="alert.submitted",
            by="worker",
            place="cn:220200",
            about=ALERT,
            now=NOON,
        )
    finally:
        close_old_connections()


def closing(deeds):
    """Return deeds for another thread, which gives its connection back."""

    def done():
        try:
            deeds()
        finally:
            close_old_connections()

    return done


@pytest.fixture
def cookie(client, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    wang = add_person(username="wang", password="a-long-enough-word", by=OPERATOR, now=NOON)
    for code in ("cn:220000", "cn:230000", "cn:220200"):
        rows("places.Place").create(code=code)
    give_role(person=wang, place="cn:220200", kind="viewer", by=OPERATOR, now=NOON)
    client.force_login(wang, backend="allauth.account.auth_backends.AuthenticationBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def listen(headers, *, until, meanwhile=None):
    """Open /events, do something meanwhile, and return what came until a text was seen."""

    async def conversation():
        sent, gone = [], asyncio.Event()

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if until in message.get("body", b""):
                gone.set()

        scope = {"type": "http", "method": "GET", "path": "/events", "headers": headers}
        stream = asyncio.create_task(live.serve_events(scope, receive, send))
        while meanwhile and not sent and not stream.done():
            await asyncio.sleep(0)
        if meanwhile:
            await asyncio.to_thread(meanwhile)
        await asyncio.wait_for(stream, 10)
        return sent

    live._hub = live.Hub()
    return asyncio.run(conversation())


def headers(cookie, **more):
    given = {"host": "localhost:8000", "cookie": cookie, **more}
    return [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()]


def events(sent):
    text = b"".join(message.get("body", b"") for message in sent).decode()
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]


def test_a_page_hears_of_entries_and_of_what_concerns_it_in_the_journal(cookie):
    sent = listen(headers(cookie), until=b"alert.submitted", meanwhile=speak)

    assert sent[0]["status"] == 200
    assert [event["kind"] for event in events(sent)] == ["forecast.made", "alert.submitted"]
    assert events(sent)[0] == {
        "topic": "forecast", "kind": "forecast.made", "address": ABOUT, "source": "entry",
    }  # fmt: skip


def test_a_page_that_lost_its_line_misses_nothing(cookie):
    before = live.newest()
    speak()

    sent = listen(
        headers(cookie, last_event_id=f"{before[0]}.{before[1]}"), until=b"alert.submitted"
    )

    assert [event["kind"] for event in events(sent)] == ["forecast.made", "alert.submitted"]


def test_a_stream_begins_with_its_position_and_a_page_that_was_drawn_before_knows_it(
    cookie, client
):
    page = client.get("/alerts/", HTTP_HOST="localhost").content.decode()
    speak()

    sent = listen(headers(cookie), until=b"event: position")

    began = "{}.{}".format(*live.newest())
    assert f"id: {began}\nevent: position\ndata: {began}\n\n".encode() in sent[2]["body"]
    drawn = re.search(r'data-position="([0-9]+)\.([0-9]+)"', page)
    assert [int(each) for each in drawn.groups()] < list(live.newest())
    assert began in client.get("/alerts/", HTTP_HOST="localhost").content.decode()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"cookie": "sameboat_session=guess"}, 403),
        ({"cookie": ""}, 403),
        ({"host": "evil.example"}, 400),
        ({"host": ""}, 400),
    ],
)
def test_nobody_else_hears_anything(cookie, given, status):
    asked = {"cookie": cookie, **given}

    sent = listen(headers(asked.pop("cookie"), **asked), until=b"never")

    assert sent[0]["status"] == status


def test_a_new_password_ends_the_old_session_s_stream(cookie):
    wang = find_person("wang")
    reset_password(person=wang, password="another-long-word", by=OPERATOR, now=NOON)

    sent = listen(headers(cookie), until=b"never")

    assert sent[0]["status"] == 403


def test_an_open_stream_ends_with_its_session(cookie, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)

    def end():
        try:
            wang = find_person("wang")
            reset_password(person=wang, password="another-long-word", by=OPERATOR, now=NOON)
        finally:
            close_old_connections()

    sent = listen(headers(cookie), until=b"never", meanwhile=end)

    assert sent[0]["status"] == 200
    assert sent[-1]["more_body"] is False


def test_a_page_that_reads_nothing_is_dropped_and_not_waited_for(monkeypatch):
    monkeypatch.setattr(live, "QUEUE", 1)

    async def flood():
        hub = live.Hub()
        listener = live.Listener(1, frozenset({"cn:220200"}))
        hub.listeners.add(listener)
        hub._hand_out(live.News("one", public=True))
        hub._hand_out(live.News("two", public=True))
        return hub.listeners, listener.queue.get_nowait()

    listeners, last = asyncio.run(flood())

    assert listeners == set()
    assert last is None


def elsewhere():
    """Draft in another province, say something to everyone there, then something at home."""
    note(what="alert.drafted", by="x", place="cn:230000", about="cn:230000/alert/9", now=NOON)
    say(kind="forecast.made", place="cn:230000", about=ABOUT, body={}, by="worker", now=NOON)
    said = {"place": "cn:230000", "about": "cn:230000/alert/8", "body": {}, "audience": ("*",)}
    say(kind="alert.issued", by="worker", now=NOON, **said)
    note(what="alert.submitted", by="x", place="cn:220200", about=ALERT, now=NOON)


def test_nobody_hears_of_drafts_and_forecasts_of_places_that_are_not_theirs(cookie):
    sent = listen(headers(cookie), until=b"alert.submitted", meanwhile=closing(elsewhere))

    assert [event["kind"] for event in events(sent)] == ["alert.issued", "alert.submitted"]


def test_what_was_missed_is_told_by_the_same_rule(cookie):
    before = live.newest()
    elsewhere()

    sent = listen(
        headers(cookie, last_event_id=f"{before[0]}.{before[1]}"), until=b"alert.submitted"
    )

    assert [event["kind"] for event in events(sent)] == ["alert.issued", "alert.submitted"]


def test_whoever_has_no_role_hears_nothing(cookie, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.3)
    rows("people.Role").delete()

    sent = listen(headers(cookie), until=b"still here", meanwhile=closing(elsewhere))

    assert events(sent) == []


def test_a_role_that_is_taken_or_given_counts_while_the_page_is_open(cookie):
    def change():
        wang = find_person("wang")
        give_role(person=wang, place="cn:230000", kind="viewer", by=OPERATOR, now=NOON)
        take_role(role=rows("people.Role").get(place__code="cn:220200"), by=OPERATOR, now=NOON)
        note(what="alert.drafted", by="x", place="cn:220200", about="cn:220200/alert/1", now=NOON)
        note(what="alert.drafted", by="x", place="cn:230000", about="cn:230000/alert/9", now=NOON)

    sent = listen(headers(cookie), until=b"alert/9", meanwhile=closing(change))

    assert [event["address"] for event in events(sent)] == ["cn:230000/alert/9"]


def test_people_downstream_hear_of_a_forecast_that_reaches_them(monkeypatch):
    monkeypatch.setattr(live.forecasts, "paths_told", lambda uuid: ["cn:230000/cn:230100/"])

    assert live._reached(ABOUT) == {"cn:230000", "cn:230100"}
    assert live.News("one", live._reached(ABOUT)).is_for(frozenset({"cn:230100"}))
    assert not live.News("one", live._reached(ABOUT)).is_for(frozenset({"cn:220200"}))


def test_one_person_has_ten_pages_open_and_no_more(cookie):
    async def crowd():
        hub = live.Hub()
        hub.listeners = {live.Listener(1, frozenset()) for _page in range(live.STREAMS_EACH)}
        with pytest.raises(live.TooManyPages, match="close one"):
            await hub.listen(1, frozenset())
        other = await hub.listen(2, frozenset())
        hub.listeners.clear()
        await hub.task
        return other.person

    assert asyncio.run(crowd()) == 2


def test_one_page_too_many_is_told_so(cookie, monkeypatch):
    monkeypatch.setattr(live, "STREAMS_EACH", 0)

    sent = listen(headers(cookie, accept_language="zh-CN,zh"), until=b"never")

    assert sent[0]["status"] == 429
    assert "关闭" in sent[1]["body"].decode()


@pytest.mark.parametrize(("vendor", "closed"), [("postgresql", [True]), ("sqlite", [])])
def test_a_thread_that_looked_holds_no_connection_of_a_pool(monkeypatch, vendor, closed):
    class Connection:
        def close(self):
            done.append(True)

    done = []
    Connection.vendor = vendor
    monkeypatch.setattr(live, "connection", Connection())

    assert live._looked_up(lambda told: told, 7) == 7
    assert done == closed
