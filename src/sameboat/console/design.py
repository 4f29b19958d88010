"""Every component in every state, in both languages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from sameboat.console.answers import now_of

_ROWS = 2000


class SampleForm(forms.Form):
    """One field of each kind, for looking at."""

    mass = forms.FloatField(
        label=gettext_lazy("Mass, likely (t)"), help_text=gettext_lazy("your best guess, e.g. 50")
    )
    because = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2})
    )
    observed = forms.BooleanField(
        required=False, label=gettext_lazy("Learn from what was measured since it began")
    )


def _samples(language: str) -> tuple[SampleForm, SampleForm]:
    """Return a plain form and a faulty one; each language has fields of its own on the page."""
    faulty = {"mass": "much", "because": ""}
    return (
        SampleForm(auto_id=f"plain_{language}_%s"),
        SampleForm(faulty, auto_id=f"faulty_{language}_%s"),
    )


@login_required
def design(request: HttpRequest) -> HttpResponse:
    """Show the components; `?rows=2000` fills the long table."""
    now = now_of(request)
    context: dict[str, Any] = {
        "languages": [(language, *_samples(language)) for language in ("zh-hans", "en")],
        "chances": [0.003, 0.08, 0.2, 0.45, 0.7, 0.93, 0.995],
        "steps": range(10),
        "levels": ("I", "II", "III", "IV"),
        "states": ("draft", "submitted", "returned", "issued", "updated", "cancelled", "expired"),
        "ahead": (now + timedelta(hours=38), now + timedelta(hours=52)),
        "around": (now - timedelta(hours=3), now + timedelta(hours=14)),
        "past": (now - timedelta(days=5), now - timedelta(days=3, hours=12)),
        "sheet": range(_ROWS if request.GET.get("rows") == str(_ROWS) else 5),
        "sizes": (12, 14, 16, 20, 28, 40),
    }
    return render(request, "console/design.html", context)
