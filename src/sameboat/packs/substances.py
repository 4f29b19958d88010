"""substances.csv: what may be released, its limit and how it fades."""

from pathlib import Path

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.units import FACTORS, convert
from sameboat.packs.numbers import number_of, required
from sameboat.packs.records import Substance
from sameboat.packs.text import Unreadable, read_text, rows_of

COLUMNS = (
    "substance", "name_zh", "name_en", "cas", "limit", "limit_unit",
    "decay_per_day_20c", "decay_theta", "source",
)  # fmt: skip


def read_substances(folder: Path, faults: list[Fault]) -> tuple[Substance, ...]:
    """Read every substance; a pack without rivers may have none."""
    name = "substances.csv"
    if not (folder / name).exists():
        return ()
    try:
        text = read_text(folder / name, name)
    except Unreadable as problem:
        faults.append(problem.fault)
        return ()
    found: dict[str, Substance] = {}
    for row in rows_of(text, name, COLUMNS, faults):
        key = required(row, "substance", faults)
        if key in found:
            faults.append(
                row.fault(
                    "duplicate", "substance", _("stands twice."), next_step=_("Keep one line.")
                )
            )
        if not row["name_zh"] and not row["name_en"]:
            faults.append(
                row.fault("empty", "name_zh", _("the substance has no name in any language."))
            )
        if row["cas"] and not _cas_holds(row["cas"]):
            faults.append(
                row.fault(
                    "cas",
                    "cas",
                    _("is no CAS number: its check digit does not fit."),
                    next_step=_("Check it against the safety sheet."),
                )
            )
        limit = number_of(row, "limit", faults, least=0)
        if limit is not None:
            try:
                limit = convert(limit, row["limit_unit"], "concentration")
            except ValueError:
                faults.append(
                    row.fault(
                        "wrong_unit",
                        "limit_unit",
                        _("is no unit of concentration."),
                        allowed=", ".join(FACTORS["concentration"]),
                    )
                )
        found[key] = Substance(
            key=key,
            names={
                tag: text
                for tag, text in (("zh-Hans", row["name_zh"]), ("en", row["name_en"]))
                if text
            },
            cas=row["cas"],
            limit_mg_l=limit,
            decay_per_day_20c=number_of(row, "decay_per_day_20c", faults, least=0, most=1000),
            decay_theta=number_of(row, "decay_theta", faults, least=1, most=1.3),
            source=row["source"],
        )
    return tuple(found.values())


def _cas_holds(cas: str) -> bool:
    """Check a CAS registry number by its check digit."""
    parts = cas.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return False
    digits = [int(digit) for digit in reversed(parts[0] + parts[1])]
    return sum(place * digit for place, digit in enumerate(digits, 1)) % 10 == int(parts[2])
