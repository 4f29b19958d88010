"""Live changes by server-sent events: `/events` tells which things changed, pages fetch them anew.

One reader per process looks at the newest entry and line of the journal; every open page has a
bounded queue.  An event names a topic and an address, never content, and is told only to people
who may see where it happened; a change of roles counts from the next event on.  An event's id is
`<entry row>.<journal row>`, so a page that lost its line says where it stopped and misses nothing;
and each stream begins by saying where it begins, so a page that was drawn before that looks again.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import close_old_connections, connection
from django.http.request import validate_host

from sameboat.console.answers import whole_number
from sameboat.ground.logbook import queries as logbook
from sameboat.ground.people import queries as people
from sameboat.lib.address import parse_address
from sameboat.lib.language import closest
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.watch.forecasts import queries as forecasts

Found = TypeVar("Found")
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
#: Lines after which somebody may see more, or less, than before.
CHANGES_SIGHT = {"role", "person"}
#: Open pages of one person; each costs the server a connection for as long as it is open.
STREAMS_EACH = 10


@dataclass(frozen=True)
class News:
    """One event, and who may hear it."""

    text: str
    above: frozenset[str] = frozenset()  #: where it happened, and every place above
    public: bool = False  #: said to everyone: to whoever may see any place

    def is_for(self, sees: frozenset[str]) -> bool:
        """Return whether somebody hears it who sees these places and all below them."""
        return bool(sees) and (self.public or not sees.isdisjoint(self.above))


@dataclass(eq=False)
class Listener:
    """One open page: whose it is, and what waits for it; None ends it."""

    person: int
    sees: frozenset[str]
    queue: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))


class TooManyPages(Refusal):
    """The person has STREAMS_EACH pages open already."""

    says = _("You have {most} pages open already: close one, then load this one again.")


async def _in_thread(function: Callable[..., Found], *given: Any) -> Found:
    return await asyncio.to_thread(_looked_up, function, *given)


def _looked_up(function: Callable[..., Found], *given: Any) -> Found:
    """Look something up in a thread, which afterwards holds no connection of a pool.

    The threads live as long as the process: a few pages would otherwise hold every connection.
    On SQLite each keeps its own, whose count of others' commits must go on.
    """
    close_old_connections()
    try:
        return function(*given)
    finally:
        if connection.vendor != "sqlite":
            connection.close()


class Hub:
    """The one reader of a process and its open pages."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.task: asyncio.Task[None] | None = None
        self.position = (0, 0)

    async def follow(self) -> None:
        """Look for news until nobody listens any more."""
        version = None
        while self.listeners:
            seen = await _in_thread(_data_version)
            if seen is None or seen != version:
                version = seen
                news, self.position, sight = await _in_thread(news_after, self.position)
                if sight:
                    await self._look_again()
                for each in news:
                    self._hand_out(each)
            await asyncio.sleep(LOOK_SECONDS)
        self.task = None

    async def _look_again(self) -> None:
        """Ask anew what each listener may see."""
        persons = {listener.person for listener in self.listeners}
        seen = await _in_thread(people.places_seen, persons)
        for listener in self.listeners:
            listener.sees = seen.get(listener.person, listener.sees)

    def _hand_out(self, news: News) -> None:
        for listener in list(self.listeners):
            if not news.is_for(listener.sees):
                continue
            try:
                listener.queue.put_nowait(news.text)
            except asyncio.QueueFull:
                self.listeners.discard(listener)
                listener.queue.get_nowait()
                listener.queue.put_nowait(None)

    async def listen(self, person: int, sees: frozenset[str]) -> Listener:
        """Return a listener that gets every event meant for it from now on.

        Raises:
            TooManyPages.
        """
        if sum(each.person == person for each in self.listeners) >= STREAMS_EACH:
            raise TooManyPages(most=STREAMS_EACH)
        listener = Listener(person, sees)
        self.listeners.add(listener)
        if self.task is None:
            position = await _in_thread(newest)
            # Whoever came meanwhile may have started it: then it goes on from where it is.
            if self.task is None:
                self.position = position
                self.task = asyncio.create_task(self.follow())
        return listener


_hub = Hub()


def _data_version() -> int | None:
    """Return SQLite's count of others' commits; None where the database has no such count."""
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


def news_after(position: tuple[int, int]) -> tuple[list[News], tuple[int, int], bool]:
    """Return the news after a position, in order; the position after; whether roles changed."""
    entry_row, journal_row = position
    news, sight = [], False
    above = cache(lambda place: frozenset(people.codes_above(place)))
    # The journal first: what was said before one of these lines is then among the entries.
    lines = people.rows_after(journal_row, REPLAY)
    for row, kind, about, place, public in logbook.rows_after(entry_row, REPLAY):
        entry_row = row
        reached = _reached(about) if kind == "forecast.made" else frozenset()
        text = _event((entry_row, journal_row), "entry", kind, about)
        news.append(News(text, above(place) | reached, public))
    for row, what, about, place in lines:
        journal_row = row
        topic = what.partition(".")[0]
        sight = sight or topic in CHANGES_SIGHT
        if topic in TOLD_OF_THE_JOURNAL:
            text = _event((entry_row, journal_row), "journal", what, about)
            news.append(News(text, above(place)))
    return news, (entry_row, journal_row), sight


def _reached(address: str) -> frozenset[str]:
    """Return the places that a forecast reaches, and those above: their people see it as well."""
    try:
        paths = forecasts.paths_told(parse_address(address).id)
    except (ValueError, ValidationError):
        return frozenset()
    return frozenset(code for path in paths for code in path.split("/") if code)


def _event(position: tuple[int, int], source: str, kind: str, about: str) -> str:
    topic = kind.partition(".")[0]
    data = {"topic": topic, "kind": kind, "address": about, "source": source}
    return f"id: {written(position)}\nevent: change\ndata: {json.dumps(data)}\n\n"


def _beginning(position: tuple[int, int]) -> str:
    at = written(position)
    return f"id: {at}\nevent: position\ndata: {at}\n\n"


def written(position: tuple[int, int]) -> str:
    """Return a position as pages and streams carry it: `<entry row>.<journal row>`."""
    return f"{position[0]}.{position[1]}"


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
    cookie = headers.get("cookie", "")
    who = await _in_thread(_who, cookie)
    if who is None:
        await _answer(send, 403)
        return
    try:
        listener = await _hub.listen(*who)
    except TooManyPages as refusal:
        language = closest(headers.get("accept-language", "").partition(",")[0])
        await _answer(send, 429, refusal.in_language(language))
        return
    try:
        await _stream(listener, headers.get("last-event-id", ""), cookie, receive, send)
    finally:
        _hub.listeners.discard(listener)


async def _stream(listener: Listener, last: str, cookie: str, receive: Receive, send: Send) -> None:
    clock = asyncio.get_running_loop().time
    asked_at = clock()
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
        # What is newer than this waits in the queue already: the listener was there first.
        await _write(send, _beginning(_hub.position))
        if position := _position(last):
            missed, _now, _sight = await _in_thread(news_after, position)
            for each in missed:
                if each.is_for(listener.sees):
                    await _write(send, each.text)
        while not gone.done():
            # A session that has ended hears no more, however long its page stays open.
            if clock() - asked_at >= HEARTBEAT_SECONDS:
                who = await _in_thread(_who, cookie)
                if who is None:
                    break
                asked_at, listener.sees = clock(), who[1]
            waiting: asyncio.Task[str | None] = asyncio.create_task(listener.queue.get())
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
        gone.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(send: Send, status: int, said: str = "") -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")] if said else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": said.encode()})


def _position(last: str) -> tuple[int, int] | None:
    entry, dot, line = last.partition(".")
    rows = whole_number(entry), whole_number(line)
    return (rows[0], rows[1]) if dot and rows[0] is not None and rows[1] is not None else None


def _who(cookie: str) -> tuple[int, frozenset[str]] | None:
    """Return whose live session the cookie is, and what she sees; None where it is nobody's."""
    from django.contrib.auth import get_user
    from django.http import HttpRequest

    try:
        morsel = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if morsel is None:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value)
    person = get_user(request)
    if person.pk is None or not person.is_active:
        return None
    return person.pk, people.places_seen([person.pk])[person.pk]
