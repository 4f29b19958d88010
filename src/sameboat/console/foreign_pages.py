"""An alert of another place: what it says, when it reaches us, and what we answer."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sameboat.console.alert_map import attribution_of, drawing_of
from sameboat.console.answers import (
    done,
    new_key,
    now_of,
    reader,
    refuse,
    sent_key,
    sentence,
    there,
)
from sameboat.ground.people.queries import may
from sameboat.lib.fault import FaultyInput
from sameboat.lib.refusal import Refusal
from sameboat.watch.alerts import answering
from sameboat.watch.alerts.foreign import (
    Foreign,
    foreign_alert,
    foreign_of,
    ground_of,
    life_of,
    map_of,
    ours_reached,
    texts_of,
)

STATES = ("delivered", "read", "acknowledged", "acting", "unable", "refused")


@login_required
def foreign(request: HttpRequest, origin: str, index: int) -> HttpResponse:
    """Show it; when an officer opens it for the first time, our log says that it was read."""
    person: Any = request.user
    address, now = f"{origin}/entry/{index}", now_of(request)
    found = there(foreign_of(person, address, reader(), now=now))
    on_duty = may(person, "draft", settings.PLACE)
    if on_duty and request.method == "GET" and not {"read", "refused"} & found.answers.keys():
        try:
            answering.say_read(entry=found.entry, by=person, now=now)
        except Refusal as refusal:
            refuse(request, refusal)
        found = there(foreign_of(person, address, reader(), now=now))
    return _page(request, found, on_duty=on_duty)


def _page(
    request: HttpRequest, found: Foreign, *, on_duty: bool, refused: dict[str, Any] | None = None
) -> HttpResponse:
    """Show it; an answer that was refused stands in its open form, with what is wrong beside it."""
    life, followers = life_of(found.entry)
    areas = ground_of(found)
    texts = texts_of(found)
    return render(
        request,
        "console/foreign.html",
        {
            "at": "alerts", "foreign": found, "life": life, "refused": refused,
            "address": f"{found.entry.origin}/entry/{found.entry.index}",
            "followers": [each.said for each in followers],
            "before": _parts(life.earlier), "reached": ours_reached(found, reader()),
            "texts": [(tag, texts[tag]) for tag in sorted(texts, key=_own_language_first)],
            # One point on its own shows nothing.
            "drawing": drawing_of(map_of(areas)) if len(areas) > 1 else None,
            "attribution": attribution_of(areas), "may_answer": on_duty, "key": new_key(request),
            "answers": [(state, found.answers[state]) for state in STATES
                        if state in found.answers],
        },
        status=422 if refused else 200,
    )  # fmt: skip


@login_required
@require_POST
def answer(request: HttpRequest, origin: str, index: int, deed: str) -> HttpResponse:
    """Acknowledge, act, or say why not; a refusal is shown word for word."""
    person: Any = request.user
    entry = there(foreign_alert(f"{origin}/entry/{index}"))
    now, text = now_of(request), request.POST.get("text", "")
    doings: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: answering.acknowledge(entry=entry, by=person, now=now),
        "act": lambda: answering.say_acting(
            entry=entry, text=text, key=sent_key(request), by=person, now=now
        ),
        "unable": lambda: answering.say_unable(
            entry=entry, text=text, key=sent_key(request), by=person, now=now
        ),
    }
    try:
        done(request, doings, deed, beside=True)
    except FaultyInput as refusal:
        refused = {"deed": deed, "text": text,
                   "faults": [sentence(fault) for fault in refusal.faults]}  # fmt: skip
        found = there(foreign_of(person, f"{origin}/entry/{index}", reader(), now=now))
        return _page(request, found, on_duty=True, refused=refused)
    return redirect("foreign", origin=origin, index=index)


def _own_language_first(tag: str) -> tuple[bool, str]:
    return (not tag.startswith(reader()[:2]), tag)


def _parts(address: str) -> tuple[str, int] | None:
    """Return origin and index of an entry's address, None where there is none."""
    origin, _slash, rest = address.partition("/entry/")
    return (origin, int(rest)) if rest else None
