"""The models by name, each imported when it is first asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sameboat.spread.checking import Check, Tables
from sameboat.spread.description import Description
from sameboat.spread.problem import Problem

#: name -> package or module with ABOUT and prepare, and those of its examples and checks
MODELS: Mapping[str, tuple[str, str, str]] = {
    "river-flood": ("flood", "flood.example", "flood.checks"),
    "river-pollutant": ("pollutant", "pollutant.example", "pollutant.checks"),
    "air-release": ("air.gas", "air.gas_example", "air.gas_checks"),
    "ash-fall": ("air.ash", "air.ash_example", "air.ash_checks"),
    "epidemic": ("contagion", "contagion.example", "contagion.checks"),
    "cascade": ("cascade", "cascade.example", "cascade.checks"),
}


@dataclass(frozen=True)
class Model:
    """One hazard: what it says of itself, and how a question of it is prepared."""

    about: Description
    prepare: Callable[[Mapping[str, Any]], Problem]
    example: Callable[[], dict[str, Any]]  #: small inputs that work
    steady: Callable[[], dict[str, Any]]  #: inputs under which nothing may change
    checks: Callable[[Tables], list[Check]]  #: against published figures
    #: more inputs that work, by name, where these take other ways through the code
    further: Callable[[], dict[str, dict[str, Any]]] = dict


def model(name: str) -> Model:
    """Return a model by name.

    Raises: ValueError: there is none of this name; the message lists them.
    Source: this project, docs/reference/models.md.
    """
    if name not in MODELS:
        raise ValueError(f"no model is named {name!r}, allowed: {', '.join(MODELS)}")
    main, example, checks = (import_module(f"sameboat.spread.{each}") for each in MODELS[name])
    return Model(
        main.ABOUT, main.prepare, example.example, example.steady, checks.checks,
        getattr(example, "further", dict),
    )  # fmt: skip
