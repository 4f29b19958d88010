"""The published checks: tables read, models checked, answers as table, JSON, page and pictures."""

import csv
import gzip
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.spread.checking import Check, Curve
from sameboat.spread.models import MODELS, model

_BARS = "▁▂▃▄▅▆▇█"
_VERDICTS = {"holds": _("holds"), "missed": _("MISSED"), "reported": _("reported")}
#: Points of a curve in the text: enough for its shape.
_POINTS = 48


@dataclass(frozen=True)
class Answer:
    """One check of one model, with its verdict."""

    model: str
    check: Check

    @property
    def verdict(self) -> str:
        """Return holds, missed or reported."""
        if self.check.reported:
            return "reported"
        return "holds" if self.check.holds else "missed"


def read_tables(first: Path | None, regions: Path | None) -> dict[str, list[dict[str, str]]]:
    """Return every table by its name: published ones, of packs, and those of a folder, which win.

    Raises:
        FaultyInput: a table is not CSV in UTF-8.
    """
    found: dict[str, list[dict[str, str]]] = {}
    shipped = resources.files("sameboat.spread").joinpath("tables")
    for each in sorted(shipped.iterdir(), key=lambda one: one.name):
        if each.name.endswith((".csv", ".csv.gz")):
            found[each.name.removesuffix(".gz")] = _rows(each.name, each.read_bytes())
    folders = sorted(regions.glob("*/tables")) if regions else []
    for folder in [*folders, *([first] if first else [])]:
        for path in sorted(folder.glob("*.csv")) + sorted(folder.glob("*.csv.gz")):
            found[path.name.removesuffix(".gz")] = _rows(str(path), path.read_bytes())
    return found


def _rows(name: str, content: bytes) -> list[dict[str, str]]:
    try:
        text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8-sig")
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
        if not rows:
            raise csv.Error("no row")
        return rows
    except (UnicodeDecodeError, OSError, csv.Error, EOFError) as problem:
        fault = Fault(
            "unreadable", _("cannot be read as a table: {problem}."), file=name,
            facts={"problem": problem},
        )  # fmt: skip
        raise FaultyInput([fault]) from None


def check(name: str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> list[Answer]:
    """Return the answers of one model.

    Raises:
        FaultyInput: a table lacks what the check reads.
    """
    try:
        return [Answer(name, each) for each in model(name).checks(tables)]
    except (KeyError, ValueError, TypeError, IndexError) as problem:
        fault = Fault(
            "unreadable", _("a table lacks what the checks of this model read: {problem}."),
            field="--tables", value=name, facts={"problem": problem},
            next_step=_("Compare its columns with the published table of the same name."),
        )  # fmt: skip
        raise FaultyInput([fault]) from problem


def as_table(answers: Sequence[Answer], language: str, *, why: bool = False) -> str:
    """Return the answers for people, with each curve as a line of bars.

    Args: why: also say why each tolerance is as it is, and where the published figure stands.
    """
    heads = [translate(each, language) for each in _HEADS]
    rows = [_line(answer, language) for answer in answers]
    widths = [max(_width(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    lines = [_padded(heads, widths)]
    for answer, row in zip(answers, rows, strict=True):
        each = answer.check
        lines.append(_padded(row, widths))
        lines.append(f"    {translate(each.says, language)}")
        if why:
            lines.append(f"    {translate(each.why, language)} [{each.source}]")
        for curve in each.curves:
            lines += [f"    {line}" for line in _bars(curve, language)]
    lines += ["", translate(_SUM, language).format(**_counts(answers))]
    return "\n".join(lines) + "\n"


_HEADS = (_("check"), _("ours"), _("theirs"), _("apart"), _("allowed"), _("verdict"))


def _line(answer: Answer, language: str) -> list[str]:
    facts = _facts(answer.check)
    away, allowed = ("", "") if answer.check.reported else (facts["away"], facts["allowed"])
    ours = f"{facts['ours']} {facts['unit']}".strip()
    verdict = translate(_VERDICTS[answer.verdict], language)
    return [answer.check.key, ours, facts["theirs"], away, allowed, verdict]


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return the columns of a terminal that a text takes: Chinese letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


_SUM = _("{holds} hold, {missed} miss, {reported} are reported without a verdict.")


def _facts(each: Check) -> dict[str, str]:
    percent = each.relative and each.theirs != 0
    return {
        "ours": f"{each.ours:.5g}",
        "theirs": f"{each.theirs:.5g}",
        "unit": each.unit,
        "away": _part(each.away, percent),
        "allowed": _part(each.tolerance, percent),
    }


def _part(value: float, percent: bool) -> str:
    return f"{value:.3g}" if not percent else f"{100 * value:.3g} %"


def _counts(answers: Iterable[Answer]) -> dict[str, int]:
    verdicts = [answer.verdict for answer in answers]
    return {name: verdicts.count(name) for name in _VERDICTS}


def _bars(curve: Curve, language: str) -> list[str]:
    pairs = ((_("ours"), curve.ours), (_("theirs"), curve.theirs))
    values = [value for _name, each in pairs for value in each]
    low, high = min(values, default=0.0), max(values, default=1.0)
    step = max(1, len(curve.x) // _POINTS)
    lines = [f"{curve.label}: {low:.4g} … {high:.4g} {curve.y_label}"]
    for name, each in pairs:
        if each:
            scaled = [(value - low) / ((high - low) or 1.0) for value in each[::step]]
            bars = "".join(_BARS[min(7, int(8 * part))] for part in scaled)
            lines.append(f"{bars} {translate(name, language)}")
    return lines


def as_json(answers: Iterable[Answer]) -> str:
    """Return the answers for programs."""
    rows = [
        {
            "model": each.model,
            "verdict": each.verdict,
            "away": each.check.away,
            **asdict(each.check),
        }
        for each in answers
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def as_markdown(answers: Sequence[Answer], plot: Path | None) -> str:
    """Return the page docs/reference/validation.md."""
    lines = [
        "# Validation: every published check, run again",
        "",
        "This page is printed by `sameboat validate --format markdown`; nothing in it is typed. "
        "Misses are shown as misses. Run it to repeat every figure; `--tables DIR` runs the same "
        "checks on other tables of the same form.",
        "",
        _SUM.format(**_counts(answers)),
        "",
    ]
    for name in MODELS:
        own = [answer for answer in answers if answer.model == name]
        if not own:
            continue
        lines += [f"## {name}", "",
                  "| check | what | ours | theirs | apart | allowed | verdict |",
                  "|---|---|---|---|---|---|---|"]  # fmt: skip
        for answer in own:
            facts = _facts(answer.check)
            away, allowed = ("", "") if answer.check.reported else (facts["away"], facts["allowed"])
            lines.append(
                f"| `{answer.check.key}` | {_cell(answer.check.says)} | "
                f"{facts['ours']} {facts['unit']} | "
                f"{facts['theirs']} | {away} | {allowed} | {_VERDICTS[answer.verdict]} |"
            )
        lines.append("")
        for answer in own:
            each = answer.check
            lines.append(f"- **{_cell(each.says)}** `{each.key}`: {_cell(each.why)} {each.source}")
        lines.append("")
        for answer in own:
            for number, curve in enumerate(answer.check.curves if plot else ()):
                assert plot is not None
                picture = f"../images/{plot.name}/{_picture(answer, number)}"
                lines += [f"![{answer.check.key}: {curve.label}]({picture})", ""]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _picture(answer: Answer, number: int) -> str:
    return re.sub(r"[^\w.-]+", "-", f"{answer.model}-{answer.check.key}-{number + 1}") + ".png"


def draw(answers: Iterable[Answer], folder: Path, language: str) -> None:
    """Draw every curve into a folder, ours beside theirs."""
    from matplotlib.figure import Figure

    from sameboat.watch.forecasts.picture import has_chinese

    has_chinese()
    for answer in answers:
        for number, curve in enumerate(answer.check.curves):
            figure = Figure(figsize=(6.4, 3.2), layout="constrained")
            axes = figure.subplots()
            if curve.theirs:
                theirs = translate(_("theirs"), language)
                axes.plot(curve.x, curve.theirs, "ko", ms=4, mfc="none", label=theirs)
            axes.plot(curve.x, curve.ours, label=translate(_("ours"), language), c="C0")
            axes.set_xlabel(curve.x_label)
            axes.set_ylabel(curve.y_label)
            axes.set_title(curve.label, fontsize=10)
            axes.legend(frameon=False)
            figure.savefig(folder / _picture(answer, number), dpi=70, metadata={"Software": None})
