"""The house: my tokens; for administrators, people with their roles, and the journal."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sameboat.console.answers import now_of, reader, refuse, there, whole_number
from sameboat.ground.people import actions
from sameboat.ground.people.queries import (
    list_journal,
    list_people,
    may,
    roles_of,
    tokens_of,
)
from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.language import mark
from sameboat.lib.refusal import Refusal

SCOPES = ("read", "forecast", "alert")
ROLES = ("viewer", "duty_officer", "approver", "administrator")
#: How long a token may live; 0: until it is revoked.  The first is chosen where nothing is said.
TOKEN_DAYS = (90, 30, 365, 0)
_PAGE = 100
#: what a line of the journal is about -> the words for it
DEEDS = {
    "sign_in": mark("signed in"),
    "sign_in.failed": mark("a sign-in failed"),
    "sign_in.too_many": mark("too many sign-ins failed; more are refused for a while"),
    "person.closed": mark("an account was closed"),
    "sign_out": mark("signed out"),
    "session.ended": mark("other sessions were ended"),
    "password.changed": mark("a password was changed"),
    "password.reset": mark("a password was reset"),
    "second_factor.added": mark("a second factor was added"),
    "second_factor.removed": mark("a second factor was removed"),
    "person.added": mark("a person was added"),
    "role.given": mark("a role was given"),
    "role.taken": mark("a role was taken"),
    "token.made": mark("a token was made"),
    "token.revoked": mark("a token was revoked"),
    "forecast.requested": mark("a forecast was asked for"),
    "forecast.requeued": mark("a forecast waits again"),
    "forecast.failed": mark("a forecast failed"),
    "observation.recorded": mark("an observation was recorded"),
    "observation.withdrawn": mark("an observation was withdrawn"),
    "alert.drafted": mark("an alert was drafted"),
    "alert.edited": mark("an alert was edited"),
    "alert.submitted": mark("an alert was submitted"),
    "alert.returned": mark("an alert was returned"),
    "alert.issued": mark("an alert was issued"),
    "alert.updated": mark("an alert was updated"),
    "alert.cancelled": mark("an alert was cancelled"),
    "alert.received": mark("an alert was received"),
}


@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """List my tokens; make one, whose secret is shown once; revoke one."""
    person: Any = request.user
    secret, now = "", now_of(request)
    if request.method == "POST":
        try:
            if revoked := request.POST.get("revoke", ""):
                token = there(next((t for t in tokens_of(person) if str(t.pk) == revoked), None))
                actions.revoke_token(token=token, by=person, now=now)
                return redirect("tokens")
            _token, secret = actions.make_token(
                person=person, name=request.POST.get("name", "").strip(),
                scopes=request.POST.getlist("scopes"), by=person, now=now,
                expires_at=_end_of(request.POST.get("days", ""), now),
            )  # fmt: skip
        except Refusal as refusal:
            refuse(request, refusal)
    context = {
        "rows": list(tokens_of(person)),
        "secret": secret,
        "scopes": SCOPES,
        "days": TOKEN_DAYS,
        "now": now,
        "typed": request.POST,
    }
    return render(request, "console/tokens.html", context)


def _end_of(days: str, now: datetime) -> datetime | None:
    """Return when a token ends; what is not among the choices is the first of them."""
    chosen = whole_number(days)
    chosen = chosen if chosen in TOKEN_DAYS else TOKEN_DAYS[0]
    return now + timedelta(days=chosen) if chosen else None


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """List people with their roles; give a role, take one, add a person."""
    person: Any = request.user
    _administrators_only(person)
    if request.method == "POST":
        try:
            _change(request, person)
            return redirect("people")
        except Refusal as refusal:
            refuse(request, refusal)
    rows = [(each, roles_of(each)) for each in list_people(viewer=person)]
    context = {"rows": rows, "kinds": ROLES, "typed": request.POST, "home": settings.PLACE}
    return render(request, "console/people.html", context)


@login_required
def journal(request: HttpRequest) -> HttpResponse:
    """Show what happened in the house, newest first."""
    person: Any = request.user
    _administrators_only(person)
    lines = list_journal(
        viewer=person,
        after_id=whole_number(request.GET.get("before")),
        limit=_PAGE,
    )
    last = lines[-1].pk if len(lines) == _PAGE else None
    told = [(each, DEEDS.get(each.what, "")) for each in lines]
    return render(request, "console/journal.html", {"lines": told, "before": last})


def _change(request: HttpRequest, person: Any) -> None:
    """Do the one thing that the form on the page asked for."""
    said, now = request.POST, now_of(request)
    if taken := said.get("take"):
        roles = [role for each in list_people(viewer=person) for role in roles_of(each)]
        role = there(next((role for role in roles if str(role.pk) == taken), None))
        actions.take_role(role=role, by=person, now=now)
    elif "give" in said:
        whom = next(
            (p for p in list_people(viewer=person) if p.username == said.get("person")), None
        )
        actions.give_role(
            person=there(whom), place=said.get("place", "").strip(), kind=said.get("kind", ""),
            by=person, now=now,
        )  # fmt: skip
    else:
        actions.add_person(
            username=said.get("username", "").strip(), password=said.get("password", ""),
            desk=said.get("desk", "").strip() or "duty", by=person, now=now,
        )  # fmt: skip
        messages.success(request, _("Added. Give a role now; without one nothing can be seen."))


def _administrators_only(person: Any) -> None:
    if not may(person, "administer", settings.PLACE):
        refusal = NotAllowed(verb="administer", place=settings.PLACE)
        raise PermissionDenied(refusal.in_language(reader()))
