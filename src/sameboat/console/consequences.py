"""What a forecast says beyond who is reached: options, reasons, where each number comes from."""

from typing import TYPE_CHECKING, Any

from sameboat.console.answers import reader
from sameboat.console.drawing import draw
from sameboat.console.purposes import PURPOSES
from sameboat.ground.places.queries import names_of, sites_of
from sameboat.lib.language import SHORT_KEY, choose, closest
from sameboat.watch.forecasts.queries import map_of
from sameboat.watch.forecasts.service_names import service_name

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Forecast

#: At most so many places in the table of options: those that change most.
MOST_PLACES = 40
#: Size of names in a map that is shown at a third of the page.
_LETTERS = 3.2


def consequences_of(found: "Forecast") -> dict[str, Any]:
    """Return the options, reasons and provenance of a made forecast, for its page."""
    result = found.result or {}
    return {
        "compared_options": _options(found, result.get("options")),
        "losses": _losses(result),
        "reasons": _reasons(result.get("causes") or []),
        "provenance": _provenance(result),
    }


def _options(found: "Forecast", told: dict[str, Any] | None) -> dict[str, Any] | None:
    if not told or len(told.get("options", [])) < 2:
        return None
    language = reader()
    first = told["first"]
    names = {each["key"]: choose(each["name"], language) for each in told["options"]}
    rows: dict[str, dict[str, Any]] = {}
    for row in told["places"]:
        rows.setdefault(row["place"], {})[row["option"]] = row
    called = names_of(set(rows), language) | _names_told(found.result or {}, language)
    sites = {site.key: choose(site.names, language) for site in sites_of(found.load)}
    others = [key for key in names if key != first]
    lines = [
        {
            "code": code, "name": called.get(code, code), "before": by_option[first],
            "population": by_option[first].get("population"),
            "changes": [_change(by_option[key]) for key in others],
        }
        for code, by_option in rows.items()
        if any(by_option[key]["reached"]["outcome"] for key in by_option)
    ]  # fmt: skip
    lines.sort(key=lambda line: -max((each["size"] for each in line["changes"]), default=0.0))
    return {
        "options": [
            {
                "key": each["key"], "name": names[each["key"]], "people": _whole(each["people"]),
                "measures": [
                    {**measure, "at": _named(measure["at"], sites | called)}
                    for measure in each["measures"]
                ],
                "drawing": _drawing(found, rows, each["key"]),
            }
            for each in told["options"]
        ],
        "others": [names[key] for key in others],
        "rows": lines[:MOST_PLACES],
        "left": max(0, len(lines) - MOST_PLACES),
    }  # fmt: skip


def _names_told(result: dict[str, Any], language: str) -> dict[str, str]:
    """Return what the answer itself calls its places: another pack may know fewer languages."""
    found = {row["place"]: choose(row["name"], language) for row in result.get("places", [])}
    return {code: name for code, name in found.items() if name}


def _named(at: str, names: dict[str, str]) -> str:
    """Return what a measure acts on by name; a stage, a basin or a gate has only its key."""
    stage, slash, key = at.rpartition("/")
    return f"{stage}{slash}{names.get(key, key)}"


def _whole(people: dict[str, Any]) -> dict[str, int | None]:
    return {part: None if count is None else round(count) for part, count in people.items()}


def _change(row: dict[str, Any]) -> dict[str, Any]:
    reached, peak, arrival = row["reached"], row["peak"], row["arrival_hours"]
    size = abs(reached["change"] or 0.0) + min(1.0, abs(peak["change"] or 0.0) / _scale(peak))
    return {
        "reached": reached, "size": size,
        "cells": (
            {"text": _with_error(peak), "band": _band(peak)},
            {"text": _with_error(arrival, hours=True), "band": _band(arrival, hours=True)},
            {"text": _with_error(row["duration_hours"], hours=True),
             "band": _band(row["duration_hours"], hours=True)},
        ),
    }  # fmt: skip


def _with_error(told: dict[str, Any], *, hours: bool = False) -> str:
    """Return a change and its standard error; nothing where there is none.

    Hours are told to a tenth, everything else to three digits of what it was.
    """
    if told["change"] is None:
        return "–"
    change, error = float(told["change"]), float(told["error"] or 0.0)
    least = 0.05 if hours else 5e-4 * max(_scale(told), abs(float(told["outcome"] or 0.0)))
    if abs(change) < least and error < least:
        return "0"
    if hours:
        return f"{change:+.1f} ± {error:.1f}".replace("-", "−")
    return f"{_digits(change, 3, '+')} ± {_digits(error, 2)}"


def _band(told: dict[str, Any], *, hours: bool = False) -> str:
    """Return 10 % and 90 % of the members' changes; nothing where they are all the same."""
    if told["low"] is None or told["low"] == told["high"]:
        return ""
    ends = (float(told["low"]), float(told["high"]))
    if hours and all(abs(each) < 0.05 for each in ends):
        return ""
    low, high = (_tenths(each) if hours else _digits(each, 3, "+") for each in ends)
    return f"{low} … {high}".replace("-", "−")


def _tenths(hours: float) -> str:
    return "0" if abs(hours) < 0.05 else f"{hours:+.1f}"


def _digits(value: float, digits: int, sign: str = "") -> str:
    """Return a number to so many digits, never with an exponent."""
    rounded = float(f"{value:.{digits}g}")
    whole = abs(rounded) >= 10 ** (digits - 1) or rounded == 0
    form = f"{rounded:{sign},.0f}" if whole else f"{rounded:{sign}.{digits}g}"
    return "0" if rounded == 0 else form.replace("-", "−")


def _losses(result: dict[str, Any]) -> dict[str, Any] | None:
    """Return the service lost, place by place and kind by kind, and what each option changes."""
    rows = result.get("losses")
    if not rows:
        return None
    language = reader()
    told = result.get("options") or {}
    called = names_of({row["place"] for row in rows}, language) | _names_told(result, language)
    names = {each["key"]: choose(each["name"], language) for each in told.get("options", [])}
    others = [key for key in names if key != told.get("first")] if told.get("losses") else []
    changes = {
        (row["option"], row["place"], row["service"]): row["person_hours"]
        for row in told.get("losses", [])
    }
    return {
        "others": [names[key] for key in others],
        "rows": [
            {
                "place": called.get(row["place"], row["place"]),
                "service": service_name(row["service"], language),
                "hours": row["person_hours"],
                "changes": [
                    {
                        "text": _with_error(changes[key, row["place"], row["service"]]),
                        "band": _band(changes[key, row["place"], row["service"]]),
                    }
                    for key in others
                ],
            }
            for row in rows
        ],
    }


def _scale(peak: dict[str, Any]) -> float:
    """Return the outcome without the option: what a change of the peak is held to."""
    return max(abs(float(peak["outcome"] or 0.0) - float(peak["change"] or 0.0)), 1e-9)


def _drawing(found: "Forecast", rows: dict[str, dict[str, Any]], option: str) -> Any:
    whole = map_of(found, 0, reader())
    features = []
    for feature in whole["features"]:
        told = feature["properties"]
        if told.get("kind") == "site":
            continue
        row = rows.get(told.get("code", ""), {}).get(option)
        p = row["reached"]["outcome"] if row else None
        if told.get("kind") == "reach":
            p = None
        features.append({**feature, "properties": {**told, "p": p}})
    reached = {
        code
        for code, by_option in rows.items()
        if any(each["reached"]["outcome"] for each in by_option.values())
    }
    # The same frame for every option: what changes in it is what the option changes.
    return draw({**whole, "features": features}, letters=_LETTERS, around=reached)


def _reasons(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each chain as a nested list: text and what led to it."""
    key = SHORT_KEY[closest(reader())]
    found = []
    for each in told:
        lines = each.get(key) or each.get("en") or []
        if lines:
            found.append(_nested(lines)[0])
    return found


def _nested(lines: list[str]) -> list[dict[str, Any]]:
    roots: list[dict[str, Any]] = []
    open_: list[tuple[int, dict[str, Any]]] = []
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // 2
        node: dict[str, Any] = {"text": line.strip(), "because": []}
        while open_ and open_[-1][0] >= depth:
            open_.pop()
        (open_[-1][1]["because"] if open_ else roots).append(node)
        open_.append((depth, node))
    return _told_once(roots)


def _told_once(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what a sibling says in the same words; a shared cause stays under each effect."""
    found: list[dict[str, Any]] = []
    for node in nodes:
        node["because"] = _told_once(node["because"])
        if node not in found:
            found.append(node)
    return found


def _provenance(result: dict[str, Any]) -> list[dict[str, Any]]:
    stages = result.get("stages") or [{"stage": "", "parameters": result.get("parameters") or []}]
    if result.get("parameters") and not any(each.get("parameters") for each in stages):
        stages = [{"stage": "", "parameters": result["parameters"]}]
    found = []
    for stage in stages:
        rows = [_number(row) for row in stage.get("parameters") or []]
        if rows:
            found.append({"stage": _purpose(stage), "rows": rows})
    return found


def _purpose(stage: dict[str, Any]) -> Any:
    """Return what people call the hazard of a stage: its key is a word of whoever wrote it."""
    name, _needs = PURPOSES.get(stage.get("hazard", ""), (stage.get("stage", ""), ""))
    return name


def _number(row: dict[str, Any]) -> dict[str, Any]:
    """Return one number for the table; a spill tells its own by key and as it was given."""
    value = row["value"] if isinstance(row.get("value"), dict) else {"value": row.get("value")}
    given = {
        "p10": value.get("low"),
        "p50": value.get("likely", value.get("median", value.get("value"))),
        "p90": value.get("high"),
    }
    told = {**given, **row}
    return {
        **told,
        **{part: _plain(told[part]) for part in given},
        "label": choose(row["name"], reader()) if "name" in row else row["key"],
        "fact": str(row["source"]).startswith("fact"),
        "given": row.get("given", True),
        "allowed": _allowed(row.get("low"), row.get("high")),
    }


def _allowed(low: float | None, high: float | None) -> str:
    """Return the range that the model takes; a spill's own numbers have none."""
    if low is None and high is None:
        return ""
    return f"{_plain(low)} … {_plain(high)}".strip()


def _plain(value: Any) -> str:
    """Return a number without idle zeros; what is no number as it was told."""
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)
