"""An alert as a form: what its author writes, in both languages."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sameboat.lib.language import CAP_TAG, choose
from sameboat.lib.times import parse_moment
from sameboat.watch.alerts import content as rules

_ZH, _EN = CAP_TAG["zh-Hans"], CAP_TAG["en"]
CATEGORY_WORDS = {
    "Geo": gettext_lazy("geophysical"), "Met": gettext_lazy("weather"),
    "Safety": gettext_lazy("public safety"), "Security": gettext_lazy("security"),
    "Rescue": gettext_lazy("rescue"), "Fire": gettext_lazy("fire"),
    "Health": gettext_lazy("health"), "Env": gettext_lazy("environment"),
    "Transport": gettext_lazy("transport"), "Infra": gettext_lazy("infrastructure"),
    "CBRNE": gettext_lazy("chemical, biological, nuclear"), "Other": gettext_lazy("other"),
}  # fmt: skip
URGENCY_WORDS = {
    "Immediate": gettext_lazy("act now"), "Expected": gettext_lazy("act soon"),
    "Future": gettext_lazy("act in the near future"), "Past": gettext_lazy("no longer needed"),
    "Unknown": gettext_lazy("not known"),
}  # fmt: skip
SEVERITY_WORDS = {
    "Extreme": gettext_lazy("extreme"), "Severe": gettext_lazy("severe"),
    "Moderate": gettext_lazy("moderate"), "Minor": gettext_lazy("minor"),
    "Unknown": gettext_lazy("not known"),
}  # fmt: skip
LEVEL_WORDS = {
    "I": gettext_lazy("I, exceptionally serious (red)"), "II": gettext_lazy("II, serious (orange)"),
    "III": gettext_lazy("III, fairly serious (yellow)"), "IV": gettext_lazy("IV, ordinary (blue)"),
    "": gettext_lazy("none"),
}  # fmt: skip
CERTAINTY_WORDS = {
    # CAP's "Likely" is more probable than not; the likelihood words of a forecast are others.
    "Observed": gettext_lazy("observed"),
    "Likely": pgettext_lazy("certainty of an alert", "likely"),
    "Possible": gettext_lazy("possible"), "Unlikely": gettext_lazy("unlikely"),
    "Unknown": gettext_lazy("not known"),
}  # fmt: skip
RESPONSE_WORDS = {
    "Shelter": gettext_lazy("shelter"), "Evacuate": gettext_lazy("evacuate"),
    "Prepare": gettext_lazy("prepare"), "Execute": gettext_lazy("carry out the plan"),
    "Avoid": gettext_lazy("avoid"), "Monitor": gettext_lazy("keep watching"),
    "Assess": gettext_lazy("assess"), "AllClear": gettext_lazy("all clear"),
    "None": gettext_lazy("nothing to do"),
}  # fmt: skip

#: beginning of a fault's field -> field of the form
FIELD_OF = {
    "category": "category", "level": "level", "urgency": "urgency", "severity": "severity",
    "certainty": "certainty", "onset": "onset", "expires": "expires",
    "response_types": "response_types", "areas": "areas", "note": "note",
    f"event.{_ZH}": "event_zh", f"event.{_EN}": "event_en",
    **{
        f"texts.{tag}.{part}": f"{part}_{short}"
        for tag, short in ((_ZH, "zh"), (_EN, "en")) for part in rules.TEXTS
    },
}  # fmt: skip


def _moment_field(label: Any, *, required: bool) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


def _text(label: Any, language: str, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": rows, "lang": language}),
    )


class AlertForm(forms.Form):
    """What is said, to whom, until when.  The rules of content are the action's, not the form's."""

    headline_zh = _text(gettext_lazy("Headline, Chinese"), "zh-Hans", 2)
    headline_en = _text(gettext_lazy("Headline, English"), "en", 2)
    description_zh = _text(gettext_lazy("What is known, Chinese"), "zh-Hans", 7)
    description_en = _text(gettext_lazy("What is known, English"), "en", 7)
    instruction_zh = _text(gettext_lazy("What to do, Chinese"), "zh-Hans", 5)
    instruction_en = _text(gettext_lazy("What to do, English"), "en", 5)
    event_zh = forms.CharField(required=False, label=gettext_lazy("Kind of event, Chinese"))
    event_en = forms.CharField(required=False, label=gettext_lazy("Kind of event, English"))
    onset = _moment_field(gettext_lazy("It begins"), required=False)
    expires = _moment_field(gettext_lazy("The alert ends"), required=True)
    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=CATEGORY_WORDS.items())
    urgency = forms.ChoiceField(label=gettext_lazy("Urgency"), choices=URGENCY_WORDS.items())
    level = forms.ChoiceField(
        required=False, label=gettext_lazy("Event level and colour"), choices=LEVEL_WORDS.items()
    )
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=SEVERITY_WORDS.items())
    certainty = forms.ChoiceField(label=gettext_lazy("Certainty"), choices=CERTAINTY_WORDS.items())
    response_types = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("People should"),
        choices=RESPONSE_WORDS.items(),
        widget=forms.CheckboxSelectMultiple,
    )
    areas = forms.CharField(
        required=False,
        label=gettext_lazy("Places warned"),
        help_text=gettext_lazy("one code a line, e.g. cn:230100; what follows the code is ignored"),
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono"}),
    )
    note = forms.CharField(
        required=False,
        label=gettext_lazy("Note inside the message"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("onset", "expires"):
            self.fields[name].help_text = _("time in {zone}").format(zone=settings.TIME_ZONE)

    def content(self, before: dict[str, Any]) -> dict[str, Any]:
        """Return the content for the action: what was typed over what was there before."""
        said = self.cleaned_data
        known = {area["code"]: area for area in before.get("areas", [])}
        codes = [line.split()[0] for line in said["areas"].splitlines() if line.strip()]
        return {
            **before,
            "category": said["category"],
            "event": {_ZH: said["event_zh"], _EN: said["event_en"]},
            "urgency": said["urgency"],
            "severity": said["severity"],
            "level": said["level"],
            "certainty": said["certainty"],
            "response_types": said["response_types"],
            "onset": _in_zone(said["onset"]),
            "expires": _in_zone(said["expires"]),
            "texts": {
                tag: {part: said[f"{part}_{short}"] for part in rules.TEXTS}
                for tag, short in ((_ZH, "zh"), (_EN, "en"))
            },
            "areas": [known.get(code, {"code": code}) for code in codes],
            "note": said["note"],
        }


def filled_from(content: dict[str, Any], language: str) -> dict[str, Any]:
    """Return what the form shows of this content."""
    shown: dict[str, Any] = {
        name: content.get(name)
        for name in (
            "category",
            "urgency",
            "level",
            "severity",
            "certainty",
            "response_types",
            "note",
        )
    }
    zone = ZoneInfo(settings.TIME_ZONE)
    for name in ("onset", "expires"):
        text = content.get(name)
        shown[name] = parse_moment(text).astimezone(zone) if text else None
    for tag, short in ((_ZH, "zh"), (_EN, "en")):
        shown[f"event_{short}"] = content.get("event", {}).get(tag, "")
        for part in rules.TEXTS:
            shown[f"{part}_{short}"] = content.get("texts", {}).get(tag, {}).get(part, "")
    shown["areas"] = "\n".join(
        f"{area['code']} {choose(area.get('names') or {}, language)}"
        for area in content.get("areas", [])
    )
    return shown


def _in_zone(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)).isoformat()
