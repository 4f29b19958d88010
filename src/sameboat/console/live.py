"""Live changes by server-sent events: `/events` tells which things changed, pages fetch them anew.

One reader per process looks at the newest entry and line of the journal; every open page has a
bounded queue.  An event names a topic and an address, never content: what a person may see is
decided where the page fetches it.  An event's id is `<entry row>.<journal row>`, so a page that
lost its line says where it stopped and misses nothing.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection
from django.http.request import validate_host

from sameboat.console.answers import whole_number
from sameboat.ground.logbook import queries as logbook
from sameboat.ground.people import queries as people

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LOOK_SECONDS = 0.05
HEARTBEAT_SECONDS = 15.0
#: A page that does not read this many events behind is dropped; its browser asks again.
QUEUE = 200
REPLAY = 500
#: Lines about people (sign-ins, roles, tokens) concern administrators only and are not told.
TOLD_OF_THE_JOURNAL = {"alert", "forecast", "observation", "region"}


class Hub:
    """The one reader of a process and the queues of its open pages."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[str | None]] = set()
        self.task: asyncio.Task[None] | None = None
        self.position = (0, 0)

    async def follow(self) -> None:
        """Look for news until nobody listens any more."""
        version = None
        while self.queues:
            seen = await asyncio.to_thread(_data_version)
            if seen is None or seen != version:
                version = seen
                events, self.position = await asyncio.to_thread(news_after, self.position)
                for event in events:
                    self._hand_out(event)
            await asyncio.sleep(LOOK_SECONDS)
        self.task = None

    def _hand_out(self, event: str) -> None:
        for queue in list(self.queues):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self.queues.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)

    async def listen(self) -> asyncio.Queue[str | None]:
        """Return a queue that gets every event from now on; None ends it."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(QUEUE)
        if self.task is None:
            self.position = await asyncio.to_thread(newest)
        self.queues.add(queue)
        if self.task is None:
            self.task = asyncio.create_task(self.follow())
        return queue


_hub = Hub()


def _data_version() -> int | None:
    """Return SQLite's count of others' commits; None where the database has no such count."""
    close_old_connections()
    if connection.vendor != "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        version: int = cursor.fetchone()[0]
        # Each thread has its own connection and so its own count: name the thread as well.
        return hash((threading.get_ident(), version))


def newest() -> tuple[int, int]:
    """Return the newest rows of the logbook and the journal."""
    return logbook.newest_row(), people.newest_row()


def news_after(position: tuple[int, int]) -> tuple[list[str], tuple[int, int]]:
    """Return the events after a position, in order, and the position after them."""
    entry_row, journal_row = position
    events = []
    for row, kind, about in logbook.rows_after(entry_row, REPLAY):
        entry_row = row
        events.append(_event((entry_row, journal_row), "entry", kind, about))
    for row, what, about in people.rows_after(journal_row, REPLAY):
        journal_row = row
        if what.partition(".")[0] in TOLD_OF_THE_JOURNAL:
            events.append(_event((entry_row, journal_row), "journal", what, about))
    return events, (entry_row, journal_row)


def _event(position: tuple[int, int], source: str, kind: str, about: str) -> str:
    topic = kind.partition(".")[0]
    data = {"topic": topic, "kind": kind, "address": about, "source": source}
    return f"id: {position[0]}.{position[1]}\nevent: change\ndata: {json.dumps(data)}\n\n"


async def serve_events(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `/events`: only to a signed-in person, only from this node's own pages."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = (
        headers.get("host", "").rsplit(":", 1)[0]
        if ":" in headers.get("host", "")
        else (headers.get("host", ""))
    )
    if scope["method"] != "GET" or not validate_host(host, settings.ALLOWED_HOSTS):
        await _answer(send, 400)
        return
    if not await asyncio.to_thread(_signed_in, headers.get("cookie", "")):
        await _answer(send, 403)
        return
    await _stream(headers.get("last-event-id", ""), receive, send)


async def _stream(last: str, receive: Receive, send: Send) -> None:
    queue = await _hub.listen()
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ],
    }
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await send(start)
        await _write(send, "retry: 2000\n\n")
        if position := _position(last):
            missed, _now = await asyncio.to_thread(news_after, position)
            for event in missed:
                await _write(send, event)
        while not gone.done():
            waiting: asyncio.Task[str | None] = asyncio.create_task(queue.get())
            done, _ = await asyncio.wait(
                {waiting, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if waiting not in done:
                waiting.cancel()
                await _write(send, ": still here\n\n")
                continue
            news = waiting.result()
            if news is None:
                break
            await _write(send, news)
    finally:
        _hub.queues.discard(queue)
        gone.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _position(last: str) -> tuple[int, int] | None:
    entry, dot, line = last.partition(".")
    rows = whole_number(entry), whole_number(line)
    return (rows[0], rows[1]) if dot and rows[0] is not None and rows[1] is not None else None


def _signed_in(cookie: str) -> bool:
    """Return whether the cookie is a live session of somebody, its password still the same."""
    from django.contrib.auth import get_user
    from django.http import HttpRequest

    close_old_connections()
    try:
        morsel = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return False
    if morsel is None:
        return False
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value)
    return bool(get_user(request).is_authenticated)
