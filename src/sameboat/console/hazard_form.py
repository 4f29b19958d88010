"""A form made from what a model says of itself: every number that may be changed."""

import re
from copy import deepcopy
from math import isfinite
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sameboat.console.answers import reader
from sameboat.lib.language import choose
from sameboat.watch.forecasts.queries import parameters_of

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Scenario

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
#: "3", "2 – 4", "2 to 4", "2 到 4": a value, or the 10 % and 90 % quantiles.
_ONE = re.compile(rf"\s*({_NUMBER})\s*")
_TWO = re.compile(rf"\s*({_NUMBER})\s*(?:–|—|…|~|～|to|至|到|\s)\s*({_NUMBER})\s*")
#: A hyphen between two numbers is a dash that a phone does not have, not a sign.
_HYPHEN = re.compile(rf"\s*({_NUMBER})\s*-\s*({_NUMBER.removeprefix('[-+]?')})\s*")
_LONGEST = 60


class HazardForm(forms.Form):
    """How a scenario is computed, and each of its numbers as a value or a range."""

    members = forms.IntegerField(
        label=gettext_lazy("Members"), min_value=10, max_value=10_000,
        help_text=gettext_lazy("10 to 10,000; 500 takes seconds"),
    )  # fmt: skip
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"), min_value=0,
        help_text=gettext_lazy("the same seed gives the same numbers"),
    )  # fmt: skip
    observed = forms.BooleanField(
        required=False, label=gettext_lazy("Learn from what was measured since it began")
    )

    def __init__(self, *args: Any, base: "Scenario", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        self.asked = parameters_of(base)
        self.rows: dict[str, tuple[str, dict[str, Any]]] = {}
        for number, group in enumerate(self.asked):
            for place, row in enumerate(group["rows"]):
                name = f"p{number}_{place}"
                self.rows[name] = (group["stage"], row)
                self.fields[name] = self._field(row)

    def _field(self, row: dict[str, Any]) -> forms.Field:
        label = choose(row["name"], reader())
        unit = f" ({row['unit']})" if row["unit"] else ""
        hint = _("Allowed: {allowed}.").format(allowed=_range(row))
        return forms.CharField(
            required=False, max_length=_LONGEST, label=f"{label}{unit}", initial=shown(row),
            empty_value="",
            # Packs and models tell their sources in English.
            help_text=format_html(
                '{} {}: <span lang="en">{}</span>', hint, _("Source"), row["source"]
            ),
        )  # fmt: skip

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Return the fields of the parameters by stage."""
        return [
            {
                "stage": group["stage"],
                "model": choose(group["model"], reader()),
                "fields": [self[f"p{number}_{place}"] for place in range(len(group["rows"]))],
            }
            for number, group in enumerate(self.asked)
        ]

    def field_of(self) -> dict[str, str]:
        """Return the beginning of a fault's field -> the field of the form."""
        return {"members": "members", "seed": "seed"} | {
            f"{f'stage.{stage}.' if stage else ''}parameters.{row['key']}": name
            for name, (stage, row) in self.rows.items()
        }

    def clean(self) -> dict[str, Any]:
        """Read every number at once: one round of mending is enough."""
        said = super().clean() or self.cleaned_data
        for name, (_stage, row) in self.rows.items():
            if said.get(name, "") not in ("", shown(row)):
                try:
                    said[name] = _read(said[name], row)
                except ValueError as problem:
                    self.add_error(name, str(problem))
        return said

    def content(self) -> dict[str, Any]:
        """Return the scenario with what was changed; sources stay with what was not."""
        content: dict[str, Any] = deepcopy(self.base.content)
        for name, (stage, row) in self.rows.items():
            changed = self.cleaned_data.get(name)
            if isinstance(changed, dict):
                holder = content["stage"][stage] if stage else content
                holder.setdefault("parameters", {})[row["key"]] = changed
        return content


def shown(row: dict[str, Any]) -> str:
    """Return a parameter as the form shows it: one value, or 10 % to 90 %."""
    if row["p10"] == row["p90"]:
        return f"{row['p50']:g}"
    return f"{row['p10']:g} – {row['p90']:g}"


def _read(text: str, row: dict[str, Any]) -> dict[str, Any]:
    source = "assumption: typed in the form"
    allowed = _("Allowed: {allowed}.").format(allowed=_range(row))
    if one := _ONE.fullmatch(text):
        numbers = {"value": float(one[1])}
    elif two := _HYPHEN.fullmatch(text) or _TWO.fullmatch(text):
        numbers = {"low": float(two[1]), "high": float(two[2])}
    else:
        raise ValueError(_("Write one number, or two with “–” between them.") + f" {allowed}")
    least = -float("inf") if row["low"] is None else row["low"]
    most = float("inf") if row["high"] is None else row["high"]
    for value in numbers.values():
        if not (isfinite(value) and least <= value <= most):
            raise ValueError(
                _("“{value}” lies outside its range.").format(value=f"{value:g}") + f" {allowed}"
            )
    if len(numbers) == 2 and numbers["low"] > numbers["high"]:
        raise ValueError(_("The first number must not be above the second."))
    return {**numbers, "source": source}


def _range(row: dict[str, Any]) -> str:
    low, high = row["low"], row["high"]
    text = f"{low:g} … {high:g}" if low is not None and high is not None else ""
    text = text or (f">= {low:g}" if low is not None else "–")
    return f"{text} {row['unit']}".strip()
