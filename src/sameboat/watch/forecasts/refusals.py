"""What this app declines, and how a stored failure is said again in the reader's language."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class UnknownPlace(Refusal):
    """A forecast or observation names a place that this node does not know."""

    says = _("This node does not know {code}. Load the region pack that has it.")


class ScenarioGone(Refusal):
    """The scenario that a form began from is not among those of the loaded packs."""

    says = _(
        "The scenario {scenario} is not loaded here any more: choose one again. "
        "Nothing was computed."
    )


class KeyOfAnotherForecast(Refusal):
    """A retry carries the key of a different request."""

    says = _("This key was used for another forecast. Take a new key and ask again.")


class KeyOfAnotherObservation(Refusal):
    """A retry carries the key of a different observation."""

    says = _("This key was used for another observation. Take a new key and record again.")


class ObservationNotUsable(Refusal):
    """An observation was withdrawn, or belongs to another load of a pack."""

    says = _(
        "The observation at {site} of {at} was withdrawn or belongs to another region pack. "
        "Choose again among those listed."
    )


class ObservationOfAPack(Refusal):
    """An observation came with a region pack; only those typed in can be withdrawn."""

    says = _(
        "The observation at {site} of {at} belongs to the region pack. "
        "Ask for a forecast without it, or load a corrected pack."
    )


class ModelStopped(Refusal):
    """The model ended with an error that nobody expected."""

    says = _(
        "The model stopped with {problem}. Nothing was stored. "
        "Ask again; if it stops again, run `sameboat doctor` and report it."
    )


def as_failure(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as a row keeps it: name and facts, never a sentence."""
    if isinstance(refusal, FaultyInput):
        return {"name": refusal.name, "facts": {"faults": [_plain(f) for f in refusal.faults]}}
    facts = {key: _shown(value) for key, value in refusal.facts.items()}
    return {"name": refusal.name, "facts": facts}


def say_failure(failure: dict[str, Any], language: str) -> str:
    """Return the sentence of a stored failure in this language."""
    name, facts = str(failure["name"]), failure["facts"]
    if name == FaultyInput.__name__:
        faults = [Fault(**fault) for fault in facts["faults"]]
        return FaultyInput(faults).in_language(language)
    for each in _descendants(Refusal):
        if each.__name__ == name:
            return each(**facts).in_language(language)
    return name


def _descendants(refusal: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in refusal.__subclasses__():
        yield each
        yield from _descendants(each)


def _plain(fault: Fault) -> dict[str, Any]:
    return {name: _shown(value) for name, value in asdict(fault).items()}


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _shown(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
