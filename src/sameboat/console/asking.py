"""Ask for a forecast of any hazard, from a scenario of a loaded pack."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sameboat.console.answers import new_key, now_of, reader, refuse, say_beside, sent_key
from sameboat.console.hazard_form import HazardForm
from sameboat.console.purposes import PURPOSES, purposes
from sameboat.ground.people.queries import may
from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.fault import FaultyInput
from sameboat.lib.refusal import Refusal
from sameboat.watch.forecasts.actions import request_forecast
from sameboat.watch.forecasts.queries import list_scenarios, observations_of
from sameboat.watch.forecasts.refusals import ScenarioGone

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Forecast


@login_required
def ask_of_hazard(request: HttpRequest, hazard: str) -> HttpResponse:
    """Show the scenarios of a hazard and the form of one; or queue its forecast."""
    person: Any = request.user
    if not may(person, "forecast", settings.PLACE):
        refusal = NotAllowed(verb="forecast", place=settings.PLACE)
        raise PermissionDenied(refusal.in_language(reader()))
    if hazard not in PURPOSES:
        raise Http404
    if hazard == "river_pollutant":
        return redirect("new_forecast")
    known = list(list_scenarios(person))
    scenarios = [each for each in known if each.hazard == hazard]
    wanted = (request.POST if request.method == "POST" else request.GET).get("scenario", "")
    base = next((each for each in scenarios if f"{each.load.pack}/{each.key}" == wanted), None)
    if request.method == "POST" and base is None:
        # Another scenario in its place would be computed with the numbers typed for this one.
        refuse(request, ScenarioGone(scenario=wanted or "–"))
        return redirect("ask_of_hazard", hazard=hazard)
    base = base or (scenarios[0] if scenarios else None)
    context: dict[str, Any] = {
        "at": "forecasts", "purposes": purposes(known, hazard), "scenarios": scenarios,
        "base": base, "purpose": PURPOSES[hazard][0],
    }  # fmt: skip
    if base is None:
        return render(request, "console/ask_of_hazard.html", context)
    context["about"] = base.content.get("about")
    context["options"] = [each.get("name") for each in base.content.get("option", [])]
    if request.method == "POST":
        form = HazardForm(request.POST, base=base)
        if form.is_valid() and (asked := _ask(request, form)):
            return redirect("forecast", uuid=asked.uuid)
        # What was refused as a whole may be asked anew; what has faults is the same request still.
        context["key"] = sent_key(request) if form.errors else new_key(request)
    else:
        asked_with = base.content.get("run", {})
        usual = {"members": asked_with.get("members", 200), "seed": asked_with.get("seed", 1)}
        form = HazardForm(initial=usual, base=base)
        context["key"] = new_key(request)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/ask_of_hazard.html", {**context, "form": form}, status=status)


def _ask(request: HttpRequest, form: HazardForm) -> "Forecast | None":
    """Ask for the forecast; None where it was refused, with the reasons on the page."""
    said, now = form.cleaned_data, now_of(request)
    person: Any = request.user
    observations: Any = None
    if said["observed"]:
        known = observations_of(form.base.load, person, until=now)
        observations = known.filter(at__gte=form.base.started_at)
    try:
        return request_forecast(
            place=settings.PLACE, load=form.base.load, scenario=form.content(),
            scenario_key=form.base.key, observations=observations,
            until=now if said["observed"] else None, members=said["members"], seed=said["seed"],
            key=sent_key(request), by=person, now=now,
        )  # fmt: skip
    except FaultyInput as refusal:
        say_beside(form, refusal, form.field_of())
    except Refusal as refusal:
        refuse(request, refusal)
    return None
