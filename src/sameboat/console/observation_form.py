"""What was measured, typed beside a forecast."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sameboat.console.answers import reader, say_beside
from sameboat.ground.places.queries import sites_of
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import choose, mark
from sameboat.packs.quantities import units_of
from sameboat.watch.forecasts.queries import quantities_of

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Forecast

KINDS = (
    ("value", gettext_lazy("a value")),
    ("front", gettext_lazy("the front arrived")),
    ("peak", gettext_lazy("the peak passed")),
    ("detected", gettext_lazy("found, no value")),
    ("not_detected", gettext_lazy("looked for, not found")),
)
_FIELD_OF = {
    "site": "site", "time": "seen_at", "at": "seen_at", "known_at": "seen_at", "value": "value",
    "kind": "kind", "quantity": "kind", "unit": "value", "below": "value",
}  # fmt: skip


class ObservationForm(forms.Form):
    """One measurement, or that nothing was found."""

    site = forms.ChoiceField(label=gettext_lazy("Station"))
    seen_at = forms.DateTimeField(
        label=gettext_lazy("Time"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    kind = forms.ChoiceField(label=gettext_lazy("What was seen"), choices=KINDS)
    value = forms.CharField(
        required=False,
        label=gettext_lazy("Value (mg/L)"),
        help_text=gettext_lazy("e.g. 0.053, or <0.002 where nothing was found"),
    )

    def __init__(self, *args: Any, forecast: "Forecast", now: datetime, **kwargs: Any) -> None:
        zone = ZoneInfo(settings.TIME_ZONE)
        initial = {"seen_at": now.astimezone(zone).replace(second=0, microsecond=0)}
        super().__init__(*args, **kwargs | {"initial": initial})
        quantities = quantities_of(forecast)
        self.quantity = quantities[0] if quantities else ""
        substances = quantities if forecast.hazard == "river_pollutant" else ()
        self.unit = next(iter(units_of(self.quantity, substances)), "")
        if self.unit != "mg/L":
            self.fields["value"].label = _("Value ({unit})").format(unit=self.unit)
            self.fields["value"].help_text = ""
        sites = [s for s in sites_of(forecast.load) if s.reach is not None]
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            (site.key, f"{choose(site.names, reader())} ({site.key})") for site in sites
        ]
        self.fields["seen_at"].help_text = _("time in {zone}").format(zone=settings.TIME_ZONE)

    def clean_seen_at(self) -> datetime:
        """Read the moment in the zone of the home place."""
        moment: datetime = self.cleaned_data["seen_at"]
        return moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))

    def given(self) -> dict[str, Any]:
        """Return the measurement as the action takes it."""
        said = self.cleaned_data
        return {
            "site": said["site"], "at": said["seen_at"], "quantity": self.quantity,
            "unit": self.unit, "kind": said["kind"], "value": said["value"].strip() or None,
        }  # fmt: skip


def put_faults(form: ObservationForm, refusal: FaultyInput) -> None:
    """Put what the action refused beside the fields, in the words of the form."""
    worded = FaultyInput(_worded(form, fault) for fault in refusal.faults)
    say_beside(form, worded, _FIELD_OF)


def _worded(form: ObservationForm, fault: Fault) -> Fault:
    """Return the fault; an empty value is told by the choices seen here, not by a file's words."""
    if (fault.code, fault.field) != ("empty", "value"):
        return fault
    words = {kind: str(said) for kind, said in KINDS}
    return replace(
        fault,
        problem=mark("A value is needed for “{kind}”."),
        next_step=mark("Type it, or choose “{found}” or “{nothing}”."),
        facts={
            "kind": words[form.cleaned_data["kind"]],
            "found": words["detected"],
            "nothing": words["not_detected"],
        },
    )
