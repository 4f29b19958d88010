"""Ask for a forecast: from a scenario or by hand, with sensible defaults."""

from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sameboat.console.answers import new_key, now_of, reader, refuse, say_beside, sent_key
from sameboat.console.purposes import purposes
from sameboat.ground.people.queries import may
from sameboat.ground.people.refusals import NotAllowed
from sameboat.ground.places.queries import current_loads, sites_of
from sameboat.lib.fault import FaultyInput
from sameboat.lib.language import LANGUAGES, choose
from sameboat.lib.refusal import Refusal
from sameboat.watch.forecasts.actions import request_forecast
from sameboat.watch.forecasts.queries import list_scenarios, observations_of, substances_in

if TYPE_CHECKING:
    from sameboat.ground.places.models import PackLoad
    from sameboat.watch.forecasts.models import Scenario

#: beginning of a fault's field -> field of the form
_FIELD_OF = {
    "started_at": "started_at", "origin": "site", "substance.key": "substance",
    "substance.threshold": "thresholds", "release.site": "site", "release.mass": "mass_likely",
    "release.mass.low": "mass_low", "release.mass.likely": "mass_likely",
    "release.mass.high": "mass_high", "release.duration": "duration_h", "members": "members",
    "seed": "seed", "title": "site",
}  # fmt: skip


class ForecastForm(forms.Form):
    """What happened: where, what, how much, when; and how to compute."""

    site = forms.ChoiceField(label=gettext_lazy("Where it enters the river"))
    substance = forms.ChoiceField(label=gettext_lazy("Substance"))
    mass_low = forms.FloatField(
        label=gettext_lazy("Mass, at least (t)"), help_text=gettext_lazy("more than 0, e.g. 10")
    )
    mass_likely = forms.FloatField(
        label=gettext_lazy("Mass, likely (t)"), help_text=gettext_lazy("your best guess, e.g. 50")
    )
    mass_high = forms.FloatField(
        label=gettext_lazy("Mass, at most (t)"), help_text=gettext_lazy("e.g. 100")
    )
    started_at = forms.DateTimeField(
        label=gettext_lazy("It began"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    duration_h = forms.FloatField(
        label=gettext_lazy("It lasted (h)"),
        help_text=gettext_lazy("0 means all at once"),
    )
    thresholds = forms.CharField(
        label=gettext_lazy("Reached means above (mg/L)"),
        help_text=gettext_lazy("one or more numbers, the most important first, e.g. 0.017"),
    )
    observed = forms.BooleanField(
        required=False, label=gettext_lazy("Learn from what was measured since it began")
    )
    members = forms.IntegerField(
        label=gettext_lazy("Members"),
        help_text=gettext_lazy("10 to 10,000; 500 takes seconds"),
        min_value=10,
        max_value=10_000,
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"), help_text=gettext_lazy("the same seed gives the same numbers")
    )

    def __init__(self, *args: Any, load: "PackLoad", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.load = load
        sites = [s for s in sites_of(load) if s.reach is not None]
        self.places = {site.key: site.place.code for site in sites}
        self.site_names = {site.key: site.names for site in sites}
        self.substance_names = {each.key: each.names for each in substances_in(load)}
        self._choices("site", {key: f"{name} ({key})" for key, name in _read(self.site_names)})
        self._choices("substance", dict(_read(self.substance_names)))
        self.fields["started_at"].help_text = _("time in {zone}").format(zone=settings.TIME_ZONE)

    def _choices(self, field: str, names: dict[str, str]) -> None:
        self.fields[field].choices = list(names.items())  # type: ignore[attr-defined]

    def clean_thresholds(self) -> list[float]:
        """Read numbers with anything but digits between them."""
        words = self.cleaned_data["thresholds"].replace(",", " ").replace("，", " ").split()
        try:
            return [float(word) for word in words]
        except ValueError:
            raise forms.ValidationError(
                _("These are not numbers. Write them as 0.017 0.05.")
            ) from None

    def clean_started_at(self) -> datetime:
        """Read the moment in the zone of the home place."""
        moment: datetime = self.cleaned_data["started_at"]
        return moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))

    def clean(self) -> dict[str, Any]:
        """Look at the masses at once with everything else: one round of mending is enough."""
        said = super().clean() or self.cleaned_data
        for field in ("mass_low", "mass_likely", "mass_high"):
            if field in said and said[field] <= 0:
                self.add_error(field, _("Write a number above 0, e.g. 10."))
        return said

    def content(self, base: "Scenario | None") -> dict[str, Any]:
        """Return the scenario: what was typed over what the base says, sources kept with it."""
        said = self.cleaned_data
        content: dict[str, Any] = deepcopy(base.content) if base else {}
        release = content.get("release", {})
        mass = {"low": said["mass_low"], "likely": said["mass_likely"], "high": said["mass_high"]}
        duration = {"value": said["duration_h"], "unit": "h"}
        names = {each["value"]: each for each in content.get("substance", {}).get("threshold", [])}
        content |= {
            "title": self._title(base),
            "hazard": "river_pollutant",
            "moves": "travels",
            "origin": self.places[said["site"]],
            "zone": settings.TIME_ZONE,
            "started_at": said["started_at"].isoformat(),
            "substance": {
                "key": said["substance"],
                "threshold": [
                    names.get(value, {"value": value, "unit": "mg/L"})
                    for value in said["thresholds"]
                ],
            },
            "release": {
                "site": said["site"],
                "mass": _with_source({**mass, "unit": "t"}, release.get("mass", {})),
                "duration": _with_source(duration, release.get("duration", {})),
            },
        }
        return content

    def _title(self, base: "Scenario | None") -> dict[str, str]:
        said = self.cleaned_data
        if base is not None and said["site"] == base.content["release"]["site"]:
            return dict(base.title)
        patterns = {"zh-Hans": "{site}：{substance}泄漏", "en": "{substance} released at {site}"}
        return {
            tag: patterns[tag].format(
                site=choose(self.site_names[said["site"]], tag),
                substance=choose(self.substance_names[said["substance"]], tag),
            )
            for tag in LANGUAGES
        }


@login_required
def new_forecast(request: HttpRequest) -> HttpResponse:
    """Show the form, or queue the forecast and go to its page."""
    person: Any = request.user
    if not may(person, "forecast", settings.PLACE):
        refusal = NotAllowed(verb="forecast", place=settings.PLACE)
        raise PermissionDenied(refusal.in_language(reader()))
    loads = [load for load in current_loads() if substances_in(load).exists()]
    known = list(list_scenarios(person))
    scenarios = [each for each in known if each.hazard == "river_pollutant"]
    base = _chosen(scenarios, request.GET.get("scenario"))
    load = (
        base.load if base else next((x for x in loads if x.pack == request.GET.get("pack")), None)
    )
    load = load or (scenarios[0].load if scenarios else loads[0] if loads else None)
    if base is None and "pack" not in request.GET and scenarios:
        base = scenarios[0]
    context: dict[str, Any] = {
        "at": "forecasts", "purposes": purposes(known, "river_pollutant"),
        "scenarios": scenarios, "loads": loads, "base": base,
    }  # fmt: skip
    if load is None:
        return render(request, "console/new_forecast.html", context)
    if request.method == "POST":
        form = ForecastForm(request.POST, load=load)
        if form.is_valid() and (asked := _ask(request, form, base)):
            return redirect("forecast", uuid=asked.uuid)
        # What was refused as a whole may be asked anew; what has faults is the same request still.
        context["key"] = sent_key(request) if form.errors else new_key(request)
    else:
        form = ForecastForm(initial=_defaults(request, load, base), load=load)
        context["key"] = new_key(request)
    status = 422 if form.is_bound and form.errors else 200
    return render(
        request, "console/new_forecast.html", {**context, "form": form, "load": load}, status=status
    )


def _ask(request: HttpRequest, form: ForecastForm, base: "Scenario | None") -> Any:
    """Ask for the forecast; None where it was refused, with the reasons in the form."""
    said, person, now = form.cleaned_data, request.user, now_of(request)
    observations: Any = None
    if said["observed"]:
        known = observations_of(form.load, person, until=now)  # type: ignore[arg-type]
        observations = known.filter(quantity=said["substance"], at__gte=said["started_at"])
    try:
        return request_forecast(
            place=settings.PLACE, load=form.load, scenario=form.content(base),
            scenario_key=base.key if base else "by-hand", observations=observations,
            until=now if said["observed"] else None, members=said["members"], seed=said["seed"],
            key=sent_key(request), by=person, now=now,  # type: ignore[arg-type]
        )  # fmt: skip
    except FaultyInput as refusal:
        say_beside(form, refusal, _FIELD_OF)
    except Refusal as refusal:
        refuse(request, refusal)
    return None


def _defaults(request: HttpRequest, load: "PackLoad", base: "Scenario | None") -> dict[str, Any]:
    """Return what the form begins with: the scenario, or what is usual."""
    zone = ZoneInfo(settings.TIME_ZONE)
    usual = {"members": 500, "seed": 1, "observed": True}
    if base is None:
        first = substances_in(load).exclude(limit_mg_l=None).first() or substances_in(load).first()
        return usual | {
            "substance": first.key if first else "",
            "thresholds": f"{first.limit_mg_l:g}" if first and first.limit_mg_l else "",
            "started_at": now_of(request).astimezone(zone).replace(second=0, microsecond=0),
            "duration_h": 1,
        }
    content = base.content
    mass, run = content["release"]["mass"], content.get("run", {})
    tonnes = {"t": 1.0, "kg": 1e-3, "g": 1e-6}.get(mass["unit"], 1.0)
    duration = content["release"].get("duration", {"value": 0, "unit": "h"})
    hours = {"h": 1.0, "min": 1 / 60, "d": 24.0, "s": 1 / 3600}.get(duration["unit"], 1.0)
    return usual | {
        "site": content["release"]["site"],
        "substance": content["substance"]["key"],
        "mass_low": f"{mass['low'] * tonnes:g}",
        "mass_likely": f"{mass['likely'] * tonnes:g}",
        "mass_high": f"{mass['high'] * tonnes:g}",
        "duration_h": f"{duration['value'] * hours:g}",
        "started_at": base.started_at.astimezone(zone),
        "thresholds": " ".join(f"{each['value']:g}" for each in content["substance"]["threshold"]),
        "members": run.get("members", 500),
        "seed": run.get("seed", 1),
    }


def _read(names: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """Return key and name in the reader's language."""
    return [(key, choose(name, reader())) for key, name in names.items()]


def _chosen(scenarios: "list[Scenario]", wanted: str | None) -> "Scenario | None":
    return next((each for each in scenarios if f"{each.load.pack}/{each.key}" == wanted), None)


def _with_source(typed: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Keep the source of a number that was not changed."""
    same = all(before.get(name) == value for name, value in typed.items())
    return dict(before) if same else typed
