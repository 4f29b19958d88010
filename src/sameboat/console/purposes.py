"""What happened? The hazards as people name them, each with what a forecast of it needs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Scenario

#: hazard -> what people call it, and what must be known
PURPOSES = {
    "river_flood": (_("A flood wave"), _("flow at a gauge, or a dam in danger")),
    "river_pollutant": (_("Something in the river"), _("what, where and roughly how much")),
    "air_release": (_("Gas or smoke"), _("what, where, how much, and the wind")),
    "ash_fall": (_("Ash"), _("the volcano, how high the column stands, the wind")),
    "epidemic": (
        _("An illness that spreads"),
        _("the first cases, and how people move"),
    ),
    "cascade": (_("A network that fails"), _("what failed, and what depends on it")),
    "compound": (_("Several at once"), _("which sets off which")),
}


def purposes(scenarios: "Iterable[Scenario]", chosen: str) -> list[dict[str, Any]]:
    """Return the choices of the page, with how many scenarios each has here."""
    counts: dict[str, int] = {}
    for each in scenarios:
        counts[each.hazard] = counts.get(each.hazard, 0) + 1
    return [
        {
            "hazard": hazard, "name": name, "needs": needs, "count": counts.get(hazard, 0),
            "chosen": hazard == chosen, "url": _address(hazard),
        }
        for hazard, (name, needs) in PURPOSES.items()
    ]  # fmt: skip


def _address(hazard: str) -> str:
    if hazard == "river_pollutant":
        return reverse("new_forecast")
    return reverse("ask_of_hazard", args=[hazard])
