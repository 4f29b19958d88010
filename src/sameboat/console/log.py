"""The log: what this place and those it follows said, line by line, as it is kept."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.console.answers import reader, there
from sameboat.ground.logbook.proving import receipt_of
from sameboat.ground.logbook.queries import (
    body_of,
    list_entries,
    log_key,
    may_read,
    origins,
    read_entry,
)
from sameboat.ground.people.queries import codes_above
from sameboat.ground.places.queries import names_of

_PAGE = 100


@login_required
def log(request: HttpRequest) -> HttpResponse:
    """List entries, newest first: of every log that is kept here, or of the one that is asked for.

    `?of=` is the place whose log it is; one that is none is as if it were not there.
    """
    logs = [settings.PLACE, *(each for each in origins() if each != settings.PLACE)]
    of, kind = request.GET.get("of", ""), request.GET.get("kind", "")
    of = of if of in logs else ""
    entries = list_entries(viewer=request.user, origin=of or None, kind=kind or None, limit=_PAGE)
    ours = cache(_is_ours)  # a hundred lines speak of a few places
    heard = {code for each in entries for code in each.audience if code != "*"}
    names = names_of({*logs, *heard}, reader())
    rows = [
        (each, names[each.origin], _about_page(each.about, ours),
         [names[code] for code in each.audience if code != "*"])
        for each in reversed(entries)
    ]  # fmt: skip
    context = {"at": "log", "rows": rows, "kind": kind, "of": of, "of_name": names.get(of, ""),
               "logs": [(code, names[code]) for code in logs] if len(logs) > 1 else []}  # fmt: skip
    return render(request, "console/log.html", context)


@login_required
def entry(request: HttpRequest, origin: str, index: int) -> HttpResponse:
    """Show one entry: its fields, its body, the bytes that are chained."""
    found = there(read_entry(origin, index))
    if not may_read(request.user, found):
        raise Http404
    body: Any = body_of(found)
    return render(
        request,
        "console/entry.html",
        {
            "at": "log", "entry": found, "page": _about_page(found.about),
            "body": json.dumps(body, ensure_ascii=False, indent=2) if body is not None else "",
            "provable": receipt_of(found) is not None,
            "receipt_file": _receipt_file(origin, index), "log_key": log_key(origin) or "",
            "canonical": bytes(found.canonical).decode("utf-8", "replace"),
        },
    )  # fmt: skip


@login_required
def receipt(request: HttpRequest, origin: str, index: int) -> HttpResponse:
    """Hand out the proof of one entry: it can be checked offline, with public keys alone."""
    found = there(read_entry(origin, index))
    if not may_read(request.user, found):
        raise Http404
    content = receipt_of(found)
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{_receipt_file(origin, index)}"'
    return answer


def _receipt_file(origin: str, index: int) -> str:
    return f"{origin.replace(':', '-')}-{index}.receipt"


def _is_ours(place: str) -> bool:
    """Return whether this node speaks for the place."""
    return settings.PLACE in codes_above(place)


def _about_page(address: str, ours: Callable[[str], bool] = _is_ours) -> tuple[str, str] | None:
    """Return the name and argument of the page of what an entry speaks of, None without one.

    Whatever another place names so need not be a UUID, and has no page here.
    """
    place, _slash, rest = address.partition("/")
    noun, _slash, identity = rest.partition("/")
    if noun == "compact":
        return noun, address
    if noun not in {"forecast", "alert"} or not ours(place):
        return None
    try:
        return noun, str(UUID(identity))
    except ValueError:
        return None
