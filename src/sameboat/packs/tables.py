"""tables/*.csv: large inputs of a scenario, read into it so that it stands alone."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sameboat.lib.language import mark as _
from sameboat.packs.frame import Desk
from sameboat.packs.text import Row, Unreadable, read_text, rows_of

#: What stands in place of a list of rows.
_NAMED = re.compile(r"@(tables/[\w.-]+\.csv)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
#: Columns that name something: their cells stay text, whatever they look like.
NAMES = {
    "key", "node", "from_node", "to_node", "reach", "site", "place", "from", "to", "kind", "name",
    "class", "as", "mode", "time", "source", "note",
}  # fmt: skip
#: A scenario is kept as one row; a table beyond this belongs into the model of a river, not there.
MOST_ROWS = 20_000


def inline_tables(value: Any, folder: Path | None, desk: Desk, where: str) -> Any:
    """Return the value with every "@tables/NAME.csv" in it replaced by the rows of that file."""
    if isinstance(value, Mapping):
        return {
            key: inline_tables(each, folder, desk, f"{where}.{key}") for key, each in value.items()
        }
    if isinstance(value, list):
        return [
            inline_tables(each, folder, desk, f"{where}[{at}]") for at, each in enumerate(value)
        ]
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    named = _NAMED.fullmatch(value)
    if named is None or folder is None:
        desk.fault(
            "no_table", where, value, _("names no table of the pack."),
            allowed="@tables/NAME.csv",
            next_step=_("Name a file in the folder `tables` of the pack."),
        )  # fmt: skip
        return []
    return read_table(folder / named[1], named[1], desk)


def read_table(path: Path, name: str, desk: Desk) -> list[dict[str, Any]]:
    """Return the rows of a table: numbers as numbers, "1; 2; 3" as a list, empty cells left out."""
    try:
        text = read_text(path, name)
    except Unreadable as problem:
        desk.faults.append(problem.fault)
        return []
    header = [cell.strip() for cell in text.splitlines()[0].split(",")] if text.strip() else []
    columns = [cell for cell in header if cell]
    rows = list(rows_of(text, name, columns, desk.faults)) if columns else []
    if not rows:
        if not any(fault.file == name for fault in desk.faults):
            desk.fault("empty_file", name, None, _("the file is empty."))
        return []
    if len(rows) > MOST_ROWS:
        desk.fault(
            "too_large", name, len(rows), _("has too many lines for one scenario."),
            allowed=f"<= {MOST_ROWS}",
        )  # fmt: skip
        return []
    numeric = {column for column in header if column not in NAMES and _is_numeric(rows, column)}
    return [
        {
            column: _number(cell) if column in numeric else cell
            for column, cell in row.cells.items()
            if column and cell
        }
        for row in rows
    ]


def _is_numeric(rows: list[Row], column: str) -> bool:
    return all(
        all(_NUMBER.fullmatch(part.strip()) for part in row[column].split(";"))
        for row in rows
        if row[column]
    )


def _number(cell: str) -> Any:
    if ";" in cell:
        return [_number(part.strip()) for part in cell.split(";")]
    value = float(cell)
    return int(cell) if re.fullmatch(r"[+-]?\d{1,15}", cell) else value
