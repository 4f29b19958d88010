"""Reads what a model is given: every fault is named before anything is computed."""

from collections.abc import Collection, Mapping, Sequence
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.fault import Fault, FaultList
from sameboat.lib.language import mark as _
from sameboat.lib.units import FACTORS
from sameboat.spread.description import Description, Parameter
from sameboat.spread.priors import Prior, between, fixed, lognormal

#: Words for people; they may stand in every table.
REMARKS = frozenset({"source", "note", "description"})
#: The forms in which a number that may be uncertain is given.
FORMS = ("value", "low … high", "low, likely, high", "median, spread")


class InputReader(FaultList):
    """Reads the input of one model and gathers the faults; `finish` raises them together."""

    def __init__(self, inputs: Any, about: Description) -> None:
        """Take the input; what the model does not know by name is a fault."""
        super().__init__()
        self.about = about
        self.given: Mapping[str, Any] = inputs if isinstance(inputs, Mapping) else {}
        if not isinstance(inputs, Mapping):
            self.fault("not_a_table", "inputs", inputs, _("is not a table of inputs."))
        known = {each.key for each in about.inputs} | {"parameters"} | REMARKS
        self.only(self.given, known, "")
        for each in about.inputs:
            if each.required and self.given.get(each.key) is None:
                self.fault("empty", each.key, None, _("is missing."), allowed=each.allowed)

    def only(self, table: Mapping[str, Any], known: Collection[str], field: str) -> None:
        """Note every name that is not known: a misspelt one would be silently left out."""
        for key in table:
            if key not in known and key not in REMARKS:
                self.fault(
                    "unknown_field", f"{field}.{key}" if field else str(key), None,
                    _("is not known here."), allowed=", ".join(sorted(known)),
                )  # fmt: skip

    def number(
        self,
        holder: Mapping[str, Any],
        key: str,
        *,
        field: str = "",
        low: float = -inf,
        high: float = inf,
        unit: str = "",
        default: float | None = None,
        above: bool = False,
    ) -> float:
        """Return a number in [low, high] (above `low` where `above`); a fault gives NaN."""
        where = f"{field}.{key}" if field else key
        allowed = _range_text(low, high, unit, above)
        value = self._part(holder, key, field, default)
        if value is None:
            self.fault("empty", where, None, _("is missing."), allowed=allowed)
            return float("nan")
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            self.fault("not_a_number", where, value, _("is not a number."), allowed=allowed)
            return float("nan")
        try:
            number = float(value)
        except OverflowError:  # a whole number that is too long
            number = inf
        if not isfinite(number):
            self.fault("not_a_number", where, value, _("is not a number."), allowed=allowed)
            return float("nan")
        if not low <= number <= high or (above and number == low):
            self.fault("out_of_range", where, value, _("lies outside its range."), allowed=allowed)
            return float("nan")
        return number

    def text(
        self,
        holder: Mapping[str, Any],
        key: str,
        *,
        field: str = "",
        among: Collection[str] | None = None,
        default: str | None = None,
    ) -> str:
        """Return a text that is not empty, one of `among` where that is given."""
        where = f"{field}.{key}" if field else key
        value = self._part(holder, key, field, default)
        if value is None or value == "":
            self.fault("empty", where, None, _("is missing."), allowed=_some(among))
            return ""
        if not isinstance(value, str):
            self.fault("not_text", where, value, _("is not a text."), allowed=_some(among))
            return ""
        if among is not None and value not in among:
            self.fault("unknown", where, value, _("is not known here."), allowed=_some(among))
        return value

    def _part(self, holder: Any, key: str, field: str, default: Any) -> Any:
        if isinstance(holder, Mapping):
            return holder.get(key, default)
        self.fault("not_a_table", field or "inputs", holder, _("is not a table."))
        return default

    def rows(
        self, key: str, *, least: int = 1, unique: str | None = "key"
    ) -> list[Mapping[str, Any]]:
        """Return a list of tables, each with a `unique` name of its own."""
        value = self.given.get(key)
        if value is None:
            return []
        if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
            self.fault("not_a_list", key, value, _("is not a list of tables."))
            return []
        found = []
        names: set[Any] = set()
        for number, row in enumerate(value):
            if not isinstance(row, Mapping):
                self.fault("not_a_table", f"{key}[{number}]", row, _("is not a table."))
                continue
            if unique is not None:
                name = row.get(unique)
                if not isinstance(name, str) or not name:
                    self.fault("empty", f"{key}[{number}].{unique}", name, _("is missing."))
                elif name in names:
                    self.fault("duplicate", f"{key}[{number}].{unique}", name, _("stands twice."))
                names.add(name if isinstance(name, str) else number)
            found.append(row)
        if len(found) < least:
            self.fault("empty", key, None, _("is missing."), allowed=f">= {least}")
        return found

    def array(
        self,
        holder: Mapping[str, Any],
        key: str,
        *,
        field: str = "",
        low: float = -inf,
        high: float = inf,
        unit: str = "",
        ndim: int = 1,
        rising: bool = False,
    ) -> NDArray[np.float64]:
        """Return finite numbers in [low, high], rising where `rising`; a fault gives []."""
        where = f"{field}.{key}" if field else key
        allowed = _range_text(low, high, unit, False)
        try:
            given = np.asarray(self._part(holder, key, field, ()))
            if given.size and given.dtype.kind not in "iufO":
                raise TypeError("texts, truths and dates are no numbers")
            found = np.array(given, dtype=np.float64)
        except (OverflowError, TypeError, ValueError):
            self.fault("not_numbers", where, None, _("is not a list of numbers."), allowed=allowed)
            return np.empty((0,) * ndim)
        if found.ndim != ndim or not found.size:
            self.fault("empty", where, None, _("is missing."), allowed=allowed)
            return np.empty((0,) * ndim)
        wrong = ~((found >= low) & (found <= high) & np.isfinite(found))
        if wrong.any():
            place = tuple(int(each[0]) for each in np.nonzero(wrong))
            self.fault(
                "out_of_range", f"{where}[{', '.join(map(str, place))}]", float(found[place]),
                _("lies outside its range."), allowed=allowed,
            )  # fmt: skip
            return np.empty((0,) * ndim)
        if rising and (np.diff(found) <= 0).any():
            place = (int(np.argmax(np.diff(found) <= 0)) + 1,)
            self.fault(
                "order", f"{where}[{place[0]}]", float(found[place]),
                _("does not come after the one before it."),
            )  # fmt: skip
            return np.empty((0,) * ndim)
        return found

    def thresholds(self, key: str = "thresholds", *, low: float = 0.0) -> tuple[float, ...]:
        """Return the thresholds, rising."""
        found = self.array(self.given, key, low=low, unit=self.about.unit, rising=True)
        return tuple(found.tolist())

    def parameters(self) -> dict[str, Prior]:
        """Return a prior for every parameter: the one given, else the model's own."""
        given = self.given.get("parameters", {})
        if not isinstance(given, Mapping):
            self.fault("not_a_table", "parameters", given, _("is not a table."))
            given = {}
        self.only(given, {each.key for each in self.about.parameters}, "parameters")
        return {
            each.key: self._prior(each, given[each.key]) if each.key in given else each.prior
            for each in self.about.parameters
        }

    def _prior(self, about: Parameter, value: Any) -> Prior:
        field = f"parameters.{about.key}"
        if not isinstance(value, Mapping):
            number = self.number({field: value}, field, low=about.low, high=about.high)
            if not isfinite(number):
                self.faults[-1:] = [_with_range(self.faults[-1], about)]
            return fixed(number) if isfinite(number) else about.prior
        before = len(self.faults)
        self.only(value, {"value", "low", "likely", "high", "median", "spread", "unit"}, field)
        factor = self._factor(about, value.get("unit"), field)
        names = [each for each in ("value", "low", "likely", "high", "median") if each in value]
        found = {}
        for name in names:
            # The range is told in the model's unit, so a number is read before it is scaled.
            number = self.number(value, name, field=field) * factor
            found[name] = (
                self.number(
                    {name: number},
                    name,
                    field=field,
                    low=about.low,
                    high=about.high,
                    unit=about.unit,
                )
                if isfinite(number)
                else number
            )
        spread = self.number(value, "spread", field=field, low=0.0, default=0.0)
        if "spread" in value and "median" not in value:
            self.fault("unknown_field", f"{field}.spread", spread,
                       _("is not known here."), allowed="; ".join(FORMS))  # fmt: skip
        if len(self.faults) > before:
            return about.prior
        try:
            return self._formed(about, found, spread, factor)
        except (KeyError, ValueError):
            self.fault(
                "wrong_form", field, dict(value), _("is not in one of the forms."),
                allowed="; ".join(FORMS),
            )  # fmt: skip
            return about.prior

    def _formed(
        self, about: Parameter, found: Mapping[str, float], spread: float, factor: float
    ) -> Prior:
        logarithmic = about.prior.logarithmic
        if about.prior.below == about.prior.above == 0.0:
            # A fixed default says nothing of the shape: what cannot fall below zero is a factor.
            logarithmic = about.low >= 0 and all(value > 0 for value in found.values())
        if set(found) == {"value"}:
            return fixed(found["value"])
        if set(found) == {"median"}:
            if logarithmic:
                return lognormal(found["median"], spread, most=about.high, least=about.low)
            # Not a factor but a standard deviation: it is in the unit that was given.
            wide = spread * factor
            return Prior(found["median"], wide, wide, False, about.high, about.low)
        if not {"low", "high"} <= set(found) <= {"low", "likely", "high"}:
            raise ValueError("no form")
        return between(
            found["low"], found["high"], found.get("likely"), logarithmic=logarithmic,
            most=about.high, least=about.low,
        )  # fmt: skip

    def _factor(self, about: Parameter, unit: Any, field: str) -> float:
        if unit is None or unit == about.unit:
            return 1.0
        for units in FACTORS.values():
            if about.unit in units and isinstance(unit, str) and unit in units:
                return units[unit] / units[about.unit]
        others = next((units for units in FACTORS.values() if about.unit in units), {about.unit: 1})
        self.fault(
            "wrong_unit", f"{field}.unit", unit, _("is the wrong unit here."),
            allowed=", ".join(filter(None, others)),
            next_step="" if about.unit else _("It has no unit: leave it out."),
        )  # fmt: skip
        return 1.0


def _with_range(fault: Fault, about: Parameter) -> Fault:
    return Fault(
        fault.code, fault.problem, field=fault.field, value=fault.value, allowed=about.allowed
    )


def _range_text(low: float, high: float, unit: str, above: bool) -> str:
    if low == -inf and high == inf:
        return ""
    first = f"{'>' if above else '>='} {low:g}" if low > -inf else ""
    last = f"<= {high:g}" if high < inf else ""
    return f"{', '.join(part for part in (first, last) if part)} {unit}".strip()


def _some(among: Collection[str] | None) -> str:
    if among is None:
        return ""
    names = sorted(among)
    return ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
