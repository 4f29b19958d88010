"""How much surer a later forecast is than the one it follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sameboat.console.reached import Row
from sameboat.watch.forecasts.queries import targets_of

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Forecast, ForecastTarget, Moments

_WIDTH = 100.0


@dataclass(frozen=True)
class Sharpened:
    """One place before and after: both arrival bands, and where they lie on one axis (0 … 100)."""

    row: Row
    before: "ForecastTarget"
    width_before: timedelta
    width_after: timedelta
    bar_before: tuple[float, float]  #: start and length
    bar_after: tuple[float, float]

    @property
    def narrowed_percent(self) -> int:
        """Return by how much the band of arrival became narrower; negative where wider."""
        if not self.width_before:
            return 0
        return round(100 * (1 - self.width_after / self.width_before))

    @property
    def widened_percent(self) -> int:
        """Return the same the other way round."""
        return -self.narrowed_percent


def sharpened(after: "Forecast", before: "Forecast", rows: Sequence[Row]) -> list[Sharpened]:
    """Return the places that both forecasts reach, in order of arrival."""
    earlier = {each.code: each for each in targets_of(before, "place")}
    pairs = [
        (row, old, then, now)
        for row in rows
        if (old := earlier.get(row.code))
        and row.reached
        and (then := old.arrival)
        and (now := row.target.arrival)
    ]
    if not pairs:
        return []
    start = min(min(then.p10, now.p10) for _row, _old, then, now in pairs)
    end = max(max(then.p90, now.p90) for _row, _old, then, now in pairs)
    length = end - start or timedelta(hours=1)

    def bar(arrival: "Moments") -> tuple[float, float]:
        x = (arrival.p10 - start) / length * _WIDTH
        width = (arrival.p90 - arrival.p10) / length * _WIDTH
        return round(x, 2), round(max(width, 0.4), 2)

    return [
        Sharpened(row, old, then.p90 - then.p10, now.p90 - now.p10, bar(then), bar(now))
        for row, old, then, now in pairs
    ]
