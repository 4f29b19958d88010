"""The terms of a compact as a form, in both languages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from sameboat.books.compacts.models import CompactVersion

#: Where a fault of the action stands in the form.
FIELD_OF = {
    "names": "name_en", "names.zh-Hans": "name_zh", "names.en": "name_en",
    "purpose": "purpose_en", "purpose.zh-Hans": "purpose_zh", "purpose.en": "purpose_en",
    "members": "members", "coordinating_body": "body", "led_from": "led",
}  # fmt: skip
LED_WORDS = {
    "beside": gettext_lazy("from beside: equal places set it up, or there is none"),
    "above": gettext_lazy("from above: a common superior named it"),
}


def _name(label: Any, language: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, widget=forms.TextInput(attrs={"lang": language})
    )


def _purpose(label: Any, language: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 6, "lang": language})
    return forms.CharField(label=label, required=False, widget=widget)


class CompactForm(forms.Form):
    """What is agreed, and between whom.  The rules are the action's, not the form's."""

    name_zh = _name(gettext_lazy("Name, Chinese"), "zh-Hans")
    name_en = _name(gettext_lazy("Name, English"), "en")
    purpose_zh = _purpose(gettext_lazy("What it is for, Chinese"), "zh-Hans")
    purpose_en = _purpose(gettext_lazy("What it is for, English"), "en")
    members = forms.MultipleChoiceField(
        label=gettext_lazy("Member places"), required=False, widget=forms.CheckboxSelectMultiple
    )
    body = forms.ChoiceField(label=gettext_lazy("Coordinating body"), required=False)
    led = forms.ChoiceField(label=gettext_lazy("Led"), choices=LED_WORDS.items())

    def __init__(self, *args: Any, places: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(code, f"{name} · {code}" if name != code else code) for code, name in places]
        members: Any = self.fields["members"]
        members.choices = known
        body: Any = self.fields["body"]
        body.choices = [("", _("none")), *known]

    def terms(self) -> dict[str, Any]:
        """Return what the action takes."""
        said = self.cleaned_data
        return {
            "names": {tag: said[name].strip() for tag, name in
                      (("zh-Hans", "name_zh"), ("en", "name_en")) if said[name].strip()},
            "purpose": {tag: _lines(said[name]) for tag, name in
                        (("zh-Hans", "purpose_zh"), ("en", "purpose_en")) if said[name].strip()},
            "members": said["members"], "body": said["body"], "led": said["led"],
        }  # fmt: skip


def _lines(text: str) -> str:
    """A browser sends CRLF; what is signed has one kind of line end."""
    return text.strip().replace("\r\n", "\n")


def filled_from(version: "CompactVersion") -> dict[str, Any]:
    """Return the terms of a version as the form begins with them."""
    return {
        "name_zh": version.names.get("zh-Hans", ""), "name_en": version.names.get("en", ""),
        "purpose_zh": version.purpose.get("zh-Hans", ""),
        "purpose_en": version.purpose.get("en", ""), "body": version.body, "led": version.led,
        "members": [code for code in version.members if code not in version.left],
    }  # fmt: skip
