"""Who is reached, in order of arrival: a forecast's answer as rows for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sameboat.console.answers import reader
from sameboat.console.words import percent
from sameboat.ground.places.queries import sites_of, versions_in
from sameboat.lib.language import choose
from sameboat.lib.units import convert
from sameboat.watch.forecasts.queries import targets_of, thresholds_of

if TYPE_CHECKING:
    from uuid import UUID

    from sameboat.watch.forecasts.models import Forecast, ForecastTarget

SHOWN_FROM = 0.005  #: less is "not reached" in a list of 500 members


@dataclass(frozen=True)
class Row:
    """One place and what the forecast says of it."""

    code: str
    name: str
    holder: str  #: code of the place it lies in
    inside: str  #: and its name
    zone: str
    level: str
    target: "ForecastTarget"

    @property
    def reached(self) -> bool:
        """Whether the forecast says anything about when."""
        return self.target.arrival_p50 is not None and self.target.p_reached >= SHOWN_FROM


@dataclass(frozen=True)
class _Made:
    """A forecast that was made: what it says of places never changes again."""

    uuid: "UUID"
    forecast: "Forecast" = field(compare=False)


def rows_of(forecast: "Forecast", language: str, *, threshold: int = 0) -> tuple[Row, ...]:
    """Return the places in order of arrival, each ground once.

    A place is left out where all that the forecast says of it is the union of places below it
    that are in the list: provinces, and prefectures without a site of their own.  The rows are
    handed to many readers: nobody changes them.
    """
    return _rows_of_made(_Made(forecast.uuid, forecast), language, threshold)


@lru_cache(maxsize=32)
def _rows_of_made(made: _Made, language: str, threshold: int) -> tuple[Row, ...]:
    forecast = made.forecast
    targets = list(targets_of(forecast, "place", threshold))
    places = versions_in(forecast.load, [each.code for each in targets])
    versions = {each.place.code: each for each in places}
    with_site = set(sites_of(forecast.load).values_list("place__code", flat=True))
    above = {
        version.parent.code
        for each in targets
        if (version := versions.get(each.code)) and version.parent
    }
    rows = []
    for target in targets:
        if target.code in above and target.code not in with_site:
            continue
        version = versions.get(target.code)
        parent = versions.get(version.parent.code) if version and version.parent else None
        rows.append(
            Row(
                code=target.code,
                name=choose(version.names, language) if version else target.code,
                holder=version.parent.code if version and version.parent else "",
                inside=choose(parent.names, language) if parent else "",
                zone=version.zone if version else "UTC",
                level=version.level if version else "",
                target=target,
            )
        )
    return tuple(rows)


def limit_of(forecast: "Forecast", threshold: int = 0) -> dict[str, Any]:
    """Return the threshold that "reached" is measured by, as people and as charts take it.

    {value, unit, kept, kept_unit, word, says, share}: `kept` is in the unit that peaks are told
    in; `word` and `says` are what people read: the value or its name, and the same with its unit
    or in full.  `share`: it is a part of the people, told in per cent.
    """
    known = thresholds_of(forecast)
    said: dict[str, Any] = {"value": None, "unit": ""}
    if threshold < len(known):
        said = known[threshold]
    kept, unit = said["value"], said["unit"]
    if forecast.hazard == "river_pollutant":
        kept, unit = convert(kept, unit, "concentration"), "mg/L"
    name = choose(said.get("name") or {}, reader())
    share = kept is not None and not unit
    word = name if kept is None else percent(kept) if share else kept
    says = name if share and name else f"{word} {said['unit']}".strip()
    return {
        **said, "kept": kept, "kept_unit": unit, "word": word, "says": says, "share": share
    }  # fmt: skip


def people_in(rows: Sequence[Row]) -> int | None:
    """Return how many people live where it is at least as likely as not to arrive.

    Of places that lie in one another only the smallest count; None where no number is known.
    """
    holders = {row.holder for row in rows}
    known = [
        row.target.population
        for row in rows
        if row.target.p_reached >= 0.5
        and row.target.population is not None
        and row.code not in holders
    ]
    return sum(known) if known else None
