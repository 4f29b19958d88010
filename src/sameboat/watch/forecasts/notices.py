"""What a run wants people to know about itself: a name and facts, said in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _

SAYS = {
    "ObservationImpossible": _(
        "No member of the ensemble could explain {kind} at {site} of {at} ({seen}). What is taken "
        "to be uncertain was widened {factor} times. Check the observation."
    ),
    "ObservationUnexplained": _(
        "Even the widened ensemble does not explain {kind} at {site} of {at} ({seen}). "
        "It was used with doubt. Check its site, time and unit."
    ),
    "ObservationsDisagree": _(
        "The observations cannot all be right as they stand, among them {kind} at {site} of {at} "
        "({seen}). The error of all was taken {doubt} times as large."
    ),
    "OtherQuantity": _("{count} observations are of {quantity} and were left out."),
    "OffTheRiver": _("The observation at {site} was left out: the river does not lead there."),
    "BeforeTheRelease": _(
        "The observation at {site} of {at} was left out: it lies before the release."
    ),
    "NotATarget": _("The observation at {site} was left out: the forecast says nothing of it."),
    "BeforeTheStart": _(
        "The observation at {site} of {at} was left out: it lies before the beginning."
    ),
    "BeyondTheHorizon": _(
        "The observation at {site} of {at} was left out: the forecast does not look so far ahead."
    ),
    "NeedEachOther": _(
        "{nodes} need each other: once all are down, none starts without help. "
        "Give one of them a backup, or a second supplier."
    ),
    "PopulationUnknown": _(
        "{count} places were left out: their population is not known ({places})."
    ),
    "NotYetKnown": _("{count} observations were left out: they became known after {until}."),
}


@dataclass(frozen=True)
class Notice:
    """One thing to know; `name` is a key of SAYS."""

    name: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the notice as rows and JSON carry it."""
        return {"name": self.name, "facts": self.facts}

    def in_language(self, language: str) -> str:
        """Return the sentence in the reader's language."""
        return say_notice(self.as_dict(), language)


def say_notice(notice: Mapping[str, Any], language: str) -> str:
    """Return the sentence of a notice kept as {name, facts}."""
    facts = {
        name: choose(value, language) if isinstance(value, Mapping) else value
        for name, value in notice["facts"].items()
    }
    return translate(SAYS[notice["name"]], language).format(**facts)
