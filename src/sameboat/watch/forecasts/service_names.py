"""What the kinds of service are called that facilities give and people lose."""

from sameboat.lib.language import mark as _
from sameboat.lib.language import translate

#: Those that plans name most often.
SERVICES = {
    "power": _("power"), "water": _("water"), "telecom": _("telephone and data"),
    "hospital": _("hospital"), "gas": _("gas"), "heat": _("heat"), "transport": _("transport"),
    "sewage": _("sewage"), "fuel": _("fuel"),
}  # fmt: skip


def service_name(kind: str, language: str) -> str:
    """Return what a kind of service is called; one that a plan made up itself is its own name."""
    return translate(SERVICES[kind], language) if kind in SERVICES else kind
