"""Where each number of a run comes from: the value or the prior, its unit, range and source."""

from collections.abc import Mapping
from datetime import date
from importlib import import_module
from typing import Any

import numpy as np

from sameboat.spread.description import Description
from sameboat.spread.inputs import InputReader
from sameboat.spread.models import MODELS
from sameboat.spread.priors import SCORE_90
from sameboat.watch.forecasts.answer import words_of


def provenance_of(about: Description, given: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return one row for each parameter of a model.

    Args: given: the scenario's parameters, which the model has accepted.
    Returns: {key, name, value (as the scenario gives it; null: the model's own), p10, p50, p90,
        unit, low, high, source, given}.
    """
    priors = InputReader({"parameters": given}, about).parameters()
    rows = []
    for each in about.parameters:
        low, middle, high = priors[each.key].at(np.array([-SCORE_90, 0.0, SCORE_90])).tolist()
        told = given.get(each.key)
        source = told.get("source") if isinstance(told, Mapping) else None
        rows.append(
            {
                "key": each.key,
                "name": words_of(each.says),
                "value": _plain(told),
                "p10": _rounded(low),
                "p50": _rounded(middle),
                "p90": _rounded(high),
                "unit": each.unit,
                "low": _finite(each.low),
                "high": _finite(each.high),
                "source": (source or "the scenario") if told is not None else each.source,
                "given": told is not None,
            }
        )
    return tuple(rows)


def assumptions_of(rows: tuple[Mapping[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Return the same rows in the short form of `assumptions`: what, value, source."""
    return tuple(
        {
            "what": each["key"],
            "value": each["value"]
            if each["value"] is not None
            else {part: each[part] for part in ("p10", "p50", "p90")},
            "source": each["source"],
        }
        for each in rows
    )


def _plain(told: Any) -> Any:
    if isinstance(told, Mapping):
        return {k: _plain(v) for k, v in told.items() if k not in ("source", "note")}
    return told.isoformat() if isinstance(told, date) else told


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def asked_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters that a scenario asks with, by stage: {stage, model, rows}.

    `stage` is empty where there is only one hazard.  Rows are those of `provenance_of`.
    """
    stages = content.get("stage") if content.get("hazard") == "compound" else {"": content}
    found = []
    for stage, asked in (stages or {}).items():
        name = str(asked["hazard"]).replace("_", "-")
        about: Description = import_module(f"sameboat.spread.{MODELS[name][0]}").ABOUT
        rows = provenance_of(about, asked.get("parameters", {}))
        found.append({"stage": stage, "model": words_of(about.says), "rows": rows})
    return found
