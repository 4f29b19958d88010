"""The server's own chart of one station: band, median, limit, observations, now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.console.words import amount, date

WIDTH, HEIGHT = 760.0, 280.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 12.0, 20.0, 32.0
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass
class Mark:
    """Something at a place of the chart, with its words."""

    x: float
    y: float
    word: str
    kind: str = ""


@dataclass
class Chart:
    """Paths and marks in the viewBox 760 × 280."""

    band: str = ""
    median: str = ""
    earlier: str = ""
    limit_y: float | None = None
    now_x: float | None = None
    levels: list[Mark] = field(default_factory=list)
    days: list[Mark] = field(default_factory=list)
    seen: list[Mark] = field(default_factory=list)


def chart(
    series: Any,
    *,
    observations: Iterable[Any] = (),
    limit: float | None,
    earlier: Any = None,
    now: datetime,
    zone: str,
    language: str,
) -> Chart | None:
    """Return the chart of a ForecastSeries, or None where the river never carries anything there.

    Concentrations in mg/L from 0; time runs from a little before the band rises to where it ends.
    """
    times = [datetime.fromisoformat(text) for text in series.times]
    top = max(series.p90, default=0.0)
    seen = list(observations)
    if not times or top <= 0:
        return None
    loud = [at for at, high in zip(times, series.p90, strict=True) if high > top / 200]
    first, last = loud[0], loud[-1]
    if seen:
        first, last = min([first, *(o.at for o in seen)]), max([last, *(o.at for o in seen)])
    pad = max((last - first) * 0.05, timedelta(hours=2))
    axes = _Axes(first - pad, last + pad, _highest(top, seen, limit))
    drawn = Chart(levels=axes.levels(), days=axes.days(zone, language))
    drawn.band = axes.band(times, series.p10, series.p90)
    drawn.median = axes.line(times, series.p50)
    if earlier is not None:
        earlier_times = [datetime.fromisoformat(text) for text in earlier.times]
        drawn.earlier = axes.line(earlier_times, earlier.p50)
    if limit is not None and limit <= axes.top:
        drawn.limit_y = axes.y(limit)
    if axes.start <= now <= axes.end:
        drawn.now_x = axes.x(now)
    drawn.seen = [axes.observation(each) for each in seen]
    return drawn


class _Axes:
    def __init__(self, start: datetime, end: datetime, top: float) -> None:
        self.start, self.end, self.top = start, end, top

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = min(value / self.top, 1.05)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    def points(self, times: Sequence[datetime], values: Sequence[float]) -> list[str]:
        return [
            f"{self.x(at)} {self.y(value)}"
            for at, value in zip(times, values, strict=True)
            if self.start <= at <= self.end
        ]

    def line(self, times: Sequence[datetime], values: Sequence[float]) -> str:
        points = self.points(times, values)
        return "M" + "L".join(points) if points else ""

    def band(self, times: Sequence[datetime], low: Sequence[float], high: Sequence[float]) -> str:
        above, below = self.points(times, high), self.points(times, low)
        return "M" + "L".join(above + below[::-1]) + "Z" if above else ""

    def levels(self) -> list[Mark]:
        step = self.top / 4
        return [Mark(_LEFT, self.y(step * n), amount(step * n)) for n in range(5)]

    def days(self, zone: str, language: str) -> list[Mark]:
        midnight = self.start.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0)
        days = max(1, round((self.end - self.start) / timedelta(days=1) / 7))
        marks, at = [], midnight + timedelta(days=1)
        while at < self.end:
            marks.append(Mark(self.x(at), HEIGHT - _BOTTOM, date(at, now=at, language=language)))
            at += timedelta(days=days)
        return marks

    def observation(self, seen: Any) -> Mark:
        value = seen.value if seen.value is not None else (seen.below or 0.0)
        word = f"< {amount(seen.below)}" if seen.value is None and seen.below else amount(value)
        return Mark(self.x(seen.at), self.y(value), word, seen.kind)


def _highest(top: float, seen: list[Any], limit: float | None) -> float:
    """Return a round end of the axis that holds band, observations, and the limit if near."""
    wanted = max([top, *(o.value for o in seen if o.value is not None)])
    if limit is not None and limit < 3 * wanted:
        wanted = max(wanted, limit * 1.1)
    size = 10.0 ** (len(f"{int(wanted)}") - 1) if wanted >= 1 else 1.0
    while size > wanted:
        size /= 10
    return next(size * step for step in _ROUND if size * step >= wanted)
