import asyncio
import json
from datetime import UTC, datetime

import pytest
from django.db import close_old_connections

from sameboat.console import live
from sameboat.ground.logbook.actions import say
from sameboat.ground.people.actions import OPERATOR, add_person, note, reset_password
from sameboat.ground.people.queries import find_person

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
ABOUT = "cn:220200/forecast/1"
pytestmark = pytest.mark.django_db(transaction=True)


def speak():
    try:
        say(kind="forecast.made", place="cn:220200", about=ABOUT, body={}, by="worker", now=NOON)
        note(what="sign_in", by="worker", place="cn:220200", now=NOON)
        note(what="alert.submitted", by="worker", place="cn:220200", about="cn:1/alert/2", now=NOON)
    finally:
        close_old_connections()


@pytest.fixture
def cookie(client, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    wang = add_person(username="wang", password="a-long-enough-word", by=OPERATOR, now=NOON)
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
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


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
        queue = asyncio.Queue(1)
        hub.queues.add(queue)
        hub._hand_out("one")
        hub._hand_out("two")
        return hub.queues, queue.get_nowait()

    queues, last = asyncio.run(flood())

    assert queues == set()
    assert last is None
