"""What a scenario asks a model: inputs, parameters, options, stages and the rules between them.

Only the shape is checked here; what the numbers mean is for the model to say.
"""

from collections.abc import Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.packs.frame import Desk
from sameboat.packs.tables import inline_tables

#: Hazards that a model answers from `[inputs]`; "compound" chains several of them.
ASKED = ("river_flood", "air_release", "ash_fall", "epidemic", "cascade")
COMPOUND = "compound"
QUESTION = ("inputs", "parameters", "option", "run", "about")
CHAIN = ("stage", "rule", "rounds", "shows", "option", "run", "about")
STAGE = ("hazard", "origin", "inputs", "parameters", "name")
OPTION = ("key", "name", "measure")
MEASURE = ("kind", "at", "from_hours", "from", "until_hours", "until", "amount")
RULE = ("stage", "target", "above", "then", "event", "for_hours", "delay_hours")
#: The option that every other is held to; it need not be written.
NOTHING = "nothing"


class QuestionReader:
    """Checks the shape of a question and reads its tables into it."""

    def __init__(self, desk: Desk, folder: Path | None, zone: str) -> None:
        """Take the pack's folder (None where there is none) and the zone of times without one."""
        self.desk = desk
        self.folder = folder
        self.zone = zone

    def read(self, content: Mapping[str, Any], hazard: str) -> dict[str, Any]:
        """Return the content with its tables read in."""
        found = dict(content)
        if "about" in content:
            self.desk.names(content["about"], "about")
        self._option_list(content.get("option", []))
        if hazard in ASKED:
            found |= self._asked(content, "")
        elif hazard == COMPOUND:
            found["stage"] = self._stages(content)
            self._rules(content.get("rule", []), set(found["stage"]))
            rounds = content.get("rounds", 0)
            if isinstance(rounds, bool) or not isinstance(rounds, int) or not 0 <= rounds <= 20:
                self.desk.fault(
                    "out_of_range", "rounds", rounds, _("lies outside its range."),
                    allowed="0 … 20",
                )  # fmt: skip
            if "shows" in content:
                self.desk.one_of(content, "shows", tuple(found["stage"]))
        return found

    def _asked(self, content: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Return `inputs` and `parameters` of the scenario, or of one of its stages."""
        found = {}
        for name in ("inputs", "parameters"):
            field = f"{where}{name}"
            table = content.get(name, {})
            if not isinstance(table, Mapping):
                self.desk.fault("not_a_table", field, table, _("is not a table {{...}}."))
                table = {}
            found[name] = inline_tables(table, self.folder, self.desk, field)
        return found

    def _stages(self, content: Mapping[str, Any]) -> dict[str, Any]:
        stages = self.desk.table(content, "stage", "stage")
        found: dict[str, Any] = {}
        for name, stage in stages.items():
            where = f"stage.{name}"
            if not isinstance(stage, Mapping):
                self.desk.fault("not_a_table", where, stage, _("is not a table {{...}}."))
                continue
            self.desk.only(stage, STAGE, where)
            if "/" in name:
                self.desk.fault("wrong_key", where, name, _("must not hold a /."))
            if stage.get("hazard") not in ASKED:
                self.desk.fault(
                    "unknown_value", f"{where}.hazard", stage.get("hazard"),
                    _("is none of those known."), allowed=", ".join(ASKED),
                )  # fmt: skip
            if "name" in stage:
                self.desk.names(stage["name"], f"{where}.name")
            found[name] = dict(stage) | self._asked(stage, f"{where}.")
        return found

    def _rules(self, rules: Any, stages: set[str]) -> None:
        for number, rule in self._tables(rules, "rule"):
            where = f"rule[{number}]"
            self.desk.only(rule, RULE, where)
            for part in ("stage", "then"):
                if rule.get(part) not in stages:
                    self.desk.fault(
                        "unknown_value", f"{where}.{part}", rule.get(part),
                        _("is no stage of this scenario."), allowed=", ".join(sorted(stages)),
                    )  # fmt: skip
            for part in ("target", "event"):
                self._text(rule, part, where)

    def _option_list(self, options: Any) -> None:
        seen: set[str] = set()
        for number, option in self._tables(options, "option"):
            where = f"option[{number}]"
            self.desk.only(option, OPTION, where)
            key = self._text(option, "key", where)
            if key in seen:
                self.desk.fault("duplicate", f"{where}.key", key, _("stands twice."))
            seen.add(key)
            if key != NOTHING or "name" in option:
                self.desk.names(option.get("name"), f"{where}.name")
            measures = option.get("measure", [])
            if key == NOTHING and measures:
                self.desk.fault(
                    "contradiction", f"{where}.measure", None,
                    _("stands under the option in which nothing is done."),
                    next_step=_("Give the option another key."),
                )  # fmt: skip
            elif key != NOTHING and not measures:
                self.desk.fault("empty", f"{where}.measure", None, _("is missing."))
            for at, measure in self._tables(measures, f"{where}.measure"):
                self._measure(measure, f"{where}.measure[{at}]")

    def _measure(self, measure: Mapping[str, Any], where: str) -> None:
        self.desk.only(measure, MEASURE, where)
        for part in ("kind", "at"):
            self._text(measure, part, where)
        for part in ("from_hours", "until_hours", "amount"):
            value = measure.get(part)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value)
            ):
                self.desk.fault("not_a_number", f"{where}.{part}", value, _("is not a number."))
        for part in ("from", "until"):
            if part not in measure:
                continue
            if f"{part}_hours" in measure:
                self.desk.fault(
                    "contradiction", f"{where}.{part}", measure[part],
                    _("is told twice: as a moment and in hours."),
                    next_step=_("Keep one of the two."),
                )  # fmt: skip
            try:
                moment_of(measure[part], self.zone)
            except ValueError:
                self.desk.fault(
                    "not_a_time", f"{where}.{part}", str(measure[part]),
                    _("is no moment with a zone."),
                    next_step=_("Write it as 2005-11-25T00:00+08:00."),
                )  # fmt: skip

    def _text(self, table: Mapping[str, Any], part: str, where: str) -> str:
        value = table.get(part)
        if not isinstance(value, str) or not value.strip():
            self.desk.fault("empty", f"{where}.{part}", value, _("is missing."))
            return ""
        return value

    def _tables(self, value: Any, where: str) -> list[tuple[int, Mapping[str, Any]]]:
        if not isinstance(value, list):
            self.desk.fault(
                "not_a_list", where, value, _("is not a list of tables."),
                next_step=_("Write each under a heading of its own, such as [[option]]."),
            )  # fmt: skip
            return []
        found = []
        for number, each in enumerate(value):
            if isinstance(each, Mapping):
                found.append((number, each))
            else:
                self.desk.fault(
                    "not_a_table", f"{where}[{number}]", each, _("is not a table {{...}}.")
                )
        return found


def moment_of(written: Any, zone: str) -> Any:
    """Return a moment that a scenario writes, in UTC.

    Raises:
        ValueError: it is no moment.
    """
    text = written.isoformat() if isinstance(written, date) else str(written or "")
    return parse_moment(text, zone=zone)
