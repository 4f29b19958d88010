"""Alerts: what is in force, what waits, drafting, reading, deciding."""

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from sameboat.console import audience_form
from sameboat.console.alert_form import (
    CERTAINTY_WORDS,
    FIELD_OF,
    SEVERITY_WORDS,
    URGENCY_WORDS,
    AlertForm,
    filled_from,
)
from sameboat.console.alert_map import attribution_of, drawing_of
from sameboat.console.answers import (
    new_key,
    now_of,
    page_of,
    pages_of,
    reader,
    refuse,
    say_beside,
    sent_key,
    there,
    whole_number,
)
from sameboat.console.codes import qr_path
from sameboat.ground.people.queries import may, signature_of
from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.fault import FaultyInput
from sameboat.lib.refusal import Refusal
from sameboat.watch.alerts import actions
from sameboat.watch.alerts.conversation import LADDER
from sameboat.watch.alerts.deliveries import RECEIPT_WITHIN, deliveries_of, refused_elsewhere
from sameboat.watch.alerts.foreign import foreign_alerts
from sameboat.watch.alerts.queries import (
    address_of,
    alert_by_uuid,
    cap_of,
    deeds_for,
    feed,
    list_alerts,
    list_received,
    preview,
    usual_status,
)
from sameboat.watch.alerts.states import KINDS
from sameboat.watch.forecasts.queries import forecast_by_uuid, list_forecasts

if TYPE_CHECKING:
    from sameboat.watch.alerts.models import Alert

_SHOWN = 40
_FILTERS = ("", "open", "current", "updated", "cancelled", "expired")


@login_required
def alerts(request: HttpRequest) -> HttpResponse:
    """List alerts: what waits for me comes first (it is in the frame), then all, newest first."""
    person: Any = request.user
    state = request.GET.get("state", "")
    state = state if state in _FILTERS else ""
    context = {
        "at": "alerts",
        "state": state,
        "filters": _FILTERS,
        "received": list(list_received(person, limit=_SHOWN)),
        "foreign": foreign_alerts(person, reader(), now=now_of(request)),
        "refused": refused_elsewhere(person, settings.PLACE, reader()),
        "may_draft": may(person, "draft", settings.PLACE),
    }
    page = page_of(request)
    rows = list_alerts(
        viewer=person, state=state or None, limit=_SHOWN + 1, offset=(page - 1) * _SHOWN
    )
    context |= pages_of(request, list(rows), _SHOWN, page)
    return render(request, "console/alerts.html", context)


@login_required
def new_alert(request: HttpRequest) -> HttpResponse:
    """Begin a draft: from a forecast by the stated rules, or written by hand."""
    person: Any = request.user
    wanted = request.POST.get("forecast") or request.GET.get("forecast", "")
    forecast = there(forecast_by_uuid(person, _uuid(wanted))) if wanted else None
    place = forecast.place.code if forecast else settings.PLACE
    if not may(person, "draft", place):
        raise PermissionDenied(NotAllowed(verb="draft", place=place).in_language(reader()))
    form = AlertForm(request.POST or None, initial=_usual(request))
    kind = request.POST.get("kind", KINDS[0])
    alert_status = request.POST.get("status") or usual_status()
    context = {
        "at": "alerts", "forecast": forecast, "form": form, "kind": kind, "status": alert_status,
        "made": list(list_forecasts(viewer=person, state="made", limit=20)),
        "key": new_key(request), "by_hand": "by_hand" in request.GET,
        "audience": audience_form.shown(request),
    }  # fmt: skip
    if request.method == "POST":
        context["key"] = sent_key(request)
        if forecast is not None or form.is_valid():
            content = None if forecast else form.content({"hazard": "", "areas": []})
            try:
                alert = actions.draft_alert(
                    place=place, key=sent_key(request), by=person, now=now_of(request),
                    forecast=forecast, content=content,
                    kind=kind, status=alert_status, **audience_form.sent(request),
                )  # fmt: skip
                return redirect("edit_alert" if forecast else "alert", uuid=alert.uuid)
            except FaultyInput as refusal:
                if forecast:  # its page has no fields to say it beside
                    refuse(request, refusal)
                else:
                    say_beside(form, refusal, FIELD_OF)
            except Refusal as refusal:
                refuse(request, refusal)
    status = 422 if request.method == "POST" and not forecast else 200
    return render(request, "console/new_alert.html", context, status=status)


@login_required
def alert(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one alert as people, programs and the map read it, with what I may do."""
    person: Any = request.user
    found = there(alert_by_uuid(person, uuid))
    shown = preview(found, now=now_of(request))
    return render(
        request,
        "console/alert.html",
        {
            "board": _board(request, found),
            "audience": audience_form.shown(request, found),
            "at": "alerts", "alert": found, "address": address_of(found), "preview": shown,
            "texts": [(tag, shown["texts"][tag]) for tag in _tags(shown["texts"])],
            "attribution": attribution_of(found.content["areas"]),
            "drawing": drawing_of(shown["geojson"]), "deeds": deeds_for(found, person),
            "terms": _terms(found),
            "author": signature_of(found.author),
            "submitter": signature_of(found.submitted_by) if found.submitted_by else "",
            "issuer": signature_of(found.issued_by) if found.issued_by else "",
            "key": new_key(request), "qr": qr_path(request.build_absolute_uri(request.path)),
        },
    )  # fmt: skip


def _board(request: HttpRequest, found: "Alert") -> dict[str, Any]:
    """Return who has it, and how many of those it is addressed to are in each state."""
    rows = deliveries_of(found, reader(), now=now_of(request))
    states = Counter(each.state for each in rows if each.addressed)
    return {
        "rows": rows,
        "counts": [(state, states[state]) for state in (*LADDER, "refused") if states[state]],
        "late": sum(each.late for each in rows),
        "receipt_hours": RECEIPT_WITHIN // timedelta(hours=1),
    }


def _terms(found: "Alert") -> dict[str, Any]:
    """Return how bad, how sure and how soon, in words a reader knows."""
    words = {"severity": SEVERITY_WORDS, "certainty": CERTAINTY_WORDS, "urgency": URGENCY_WORDS}
    return {name: known.get(found.content[name], "–") for name, known in words.items()}


@login_required
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change what a draft says; what was typed is kept whatever is refused."""
    person: Any = request.user
    found = there(alert_by_uuid(person, uuid))
    if "edit" not in deeds_for(found, person):
        return redirect("alert", uuid=uuid)
    form = AlertForm(request.POST or None, initial=filled_from(found.content, reader()))
    revision = request.POST.get("revision", str(found.revision))
    heard = audience_form.shown(request, found)
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.edit_alert(
                alert=found, content=form.content(found.content), revision=_number(revision),
                by=person, now=now_of(request),
                **({} if heard["fixed"] else audience_form.sent(request)),
            )  # fmt: skip
            # It is saved: if it cannot be submitted, the form goes on from there.
            revision = str(changed.revision)
            if "submit" in request.POST:
                actions.submit_alert(
                    alert=changed, revision=changed.revision, by=person, now=now_of(request)
                )
            return redirect("alert", uuid=uuid)
        except FaultyInput as refusal:
            say_beside(form, refusal, FIELD_OF)
        except Refusal as refusal:
            refuse(request, refusal)
    status = 422 if form.is_bound and form.errors else 200
    context = {"at": "alerts", "alert": found, "form": form, "revision": revision,
               "audience": heard}  # fmt: skip
    return render(request, "console/edit_alert.html", context, status=status)


@login_required
def act(request: HttpRequest, uuid: UUID, deed: str) -> HttpResponse:
    """Submit, return, issue, update or cancel; a refusal is shown word for word."""
    if request.method != "POST":  # signing in again leads here: decide on the page itself
        return redirect("alert", uuid=uuid)
    person: Any = request.user
    found, now = there(alert_by_uuid(person, uuid)), now_of(request)
    revision, key = _number(request.POST.get("revision", "")), sent_key(request)
    because = request.POST.get("because", "")
    doings: dict[str, Any] = {
        "submit": lambda: actions.submit_alert(alert=found, revision=revision, by=person, now=now),
        "return": lambda: actions.return_alert(alert=found, because=because, by=person, now=now),
        "issue": lambda: actions.issue_alert(
            alert=found, revision=revision, key=key, by=person, now=now
        ),
        "update": lambda: actions.draft_update(alert=found, key=key, by=person, now=now),
        "cancel": lambda: actions.draft_cancel(
            alert=found, because=because, key=key, by=person, now=now
        ),
    }
    if deed not in doings:
        raise Http404
    try:
        done: Alert = doings[deed]()
    except Refusal as refusal:
        refuse(request, refusal)
        return redirect("alert", uuid=uuid)
    if deed == "issue":
        messages.success(request, _("Issued. It is in the log and in the feed."))
    return redirect("edit_alert" if deed == "update" else "alert", uuid=done.uuid)


@login_required
def cap(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give the XML: as issued, to the byte; before that, as it would be."""
    person: Any = request.user
    found = there(alert_by_uuid(person, uuid))
    raw = cap_of(found) or preview(found, now=now_of(request))["xml"].encode()
    name = f'attachment; filename="{found.uuid}.xml"'
    return HttpResponse(
        raw, content_type="application/cap+xml", headers={"Content-Disposition": name}
    )


@login_required
def alert_feed(request: HttpRequest) -> HttpResponse:
    """Give the Atom feed of issued alerts."""
    person: Any = request.user
    link = request.build_absolute_uri(reverse("alert_feed"))
    return HttpResponse(
        feed(person, now=now_of(request), link=link), content_type="application/atom+xml"
    )


def _usual(request: HttpRequest) -> dict[str, Any]:
    now = now_of(request).astimezone(ZoneInfo(settings.TIME_ZONE)).replace(second=0, microsecond=0)
    return {
        "category": "Env", "urgency": "Expected", "severity": "Severe", "certainty": "Likely",
        "expires": now + timedelta(days=1), "response_types": ["Monitor"],
    }  # fmt: skip


def _tags(texts: dict[str, str]) -> list[str]:
    """Return the languages of an alert, the reader's first."""
    return sorted(texts, key=lambda tag: not tag.startswith(reader()[:2]))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _number(text: str) -> int:
    number = whole_number(text)
    return -1 if number is None else number
