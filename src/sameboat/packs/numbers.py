"""Numbers of a table: read, held to their range, converted to the kept unit."""

import math
import re

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.packs.text import Row

#: Digits as a spreadsheet writes them; not what Python would also read: 1_000, １０００, infinity.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def number_of(
    row: Row,
    column: str,
    faults: list[Fault],
    *,
    least: float = -math.inf,
    most: float = math.inf,
    whole: bool = False,
) -> float | None:
    """Return the cell as a number, None where it is empty; a fault where it is neither."""
    cell = row[column]
    if not cell:
        return None
    value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    if not math.isfinite(value) or (whole and value != int(value)):
        kind = _("a whole number") if whole else _("a number such as 0.17")
        faults.append(
            row.fault(
                "not_a_number",
                column,
                _("is not a number."),
                allowed=kind,
                next_step=_("Write digits with a point; leave it empty where it is not known."),
            )
        )
        return None
    if not least <= value <= most:
        faults.append(
            row.fault(
                "out_of_range",
                column,
                _("lies outside its range."),
                allowed=_range_text(least, most),
                next_step=_("Check the number and its unit."),
            )
        )
        return None
    return value


def _range_text(least: float, most: float) -> str:
    if math.isinf(most):
        return f">= {least:g}"
    if math.isinf(least):
        return f"<= {most:g}"
    return f"{least:g} … {most:g}"


def required(row: Row, column: str, faults: list[Fault]) -> str:
    """Return the cell, with a fault where it is empty."""
    if not row[column]:
        faults.append(
            row.fault("empty", column, _("is empty."), next_step=_("Every line needs it."))
        )
    return row[column]
