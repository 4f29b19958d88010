"""What the logs of the demo prove, and beside it what happened in 2005."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _

if TYPE_CHECKING:
    from sameboat.cli.replay import Line
    from sameboat.watch.alerts.auditing import Audit

WIDTH = 150
#: The groups of facts, as they are counted here.
FACTS = {
    "late": _("late"), "missing": _("missing"), "contradictory": _("contradictory"),
    "withdrawn": _("withdrawn"),
}  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """One place: what its own signed log says, and the first notice that is recorded of 2005.

    A moment is None where there is none: nothing in the log, or nothing recorded.
    """

    place: str
    received: datetime | None
    acknowledged: datetime | None
    acting: datetime | None
    notice: datetime | None
    notice_by: str = ""

    @property
    def hours_earlier(self) -> float | None:
        """From the receipt to the notice of 2005, None where either is not known."""
        if self.received is None or self.notice is None:
            return None
        return (self.notice - self.received) / timedelta(hours=1)


def audit_of(compact: str, now: datetime) -> "Audit":
    """Return what the logs prove of everything reported under the demo's compact."""
    from sameboat.books.compacts.queries import compact_by_address
    from sameboat.watch.alerts.auditing import audit

    found = compact_by_address(compact)
    assert found is not None
    return audit(compact=compact, since=found.proposed_at, until=now, now=now)


def beside_of(audit: "Audit", lines: Iterable["Line"]) -> list[Beside]:
    """Return for each member what its log says of the first report to it, and the notice of 2005.

    A place is told of what happens in the province or prefecture that it lies in: the first
    notice is its own, or that of the province above it, whichever was first.
    """
    notices = {line.code: line.first_notice for line in lines if line.first_notice}
    rows = []
    for place in audit.places:
        reports = [each for each in audit.reports if place in each.to]
        if not reports:
            continue
        said = {kind: min((line.said_at for each in reports
                           if (line := each.answer(place, f"alert.{kind}"))), default=None)
                for kind in ("received", "acknowledged", "acting")}  # fmt: skip
        above = f"{place[:5]}0000"
        told = [(notice.at, notice.actor) for code in (place, above)
                if (notice := notices.get(code)) and notice.at is not None]  # fmt: skip
        at, actor = min(told, default=(None, ""))
        rows.append(
            Beside(place, said["received"], said["acknowledged"], said["acting"], at, actor)
        )
    return rows


def print_beside(
    rows: Iterable[Beside], audit: "Audit", names: dict[str, dict[str, str]], language: str
) -> None:
    """Print the two side by side, then the facts that anyone can compute from the logs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    def word(text: str, **facts: object) -> str:
        return translate(text, language).format(**facts)

    heads = (
        _("place"), _("received (its signed log)"), _("acknowledged"), _("acts"),
        _("in 2005: first notice recorded"), _("earlier by"),
    )  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(word(head), no_wrap=True)
    for row in rows:
        name = choose(names.get(row.place, {}), language) or row.place
        notice = f"{_shown(row.notice)} {row.notice_by}" if row.notice else word(_("not recorded"))
        earlier = row.hours_earlier
        table.add_row(*(Text(cell) for cell in (
            name, _shown(row.received), _shown(row.acknowledged), _shown(row.acting), notice,
            word(_("{hours} h"), hours=f"{earlier:+.0f}") if earlier is not None else "–",
        )))  # fmt: skip
    console = Console(width=WIDTH, highlight=False)
    console.print(table)
    counted = ", ".join(
        f"{word(text)} {sum(fact.group == group for fact in audit.facts)}"
        for group, text in FACTS.items()
    )
    console.print(word(_("{count} reports audited: {facts}. All of it, with proofs: sameboat audit "
                         "--compact {compact}"), count=len(audit.reports), facts=counted,
                       compact=audit.compact))  # fmt: skip


def _shown(at: datetime | None) -> str:
    from sameboat.cli.replay import ENDS_AT

    return at.astimezone(ENDS_AT.tzinfo).strftime("%m-%d %H:%M") if at else "–"
