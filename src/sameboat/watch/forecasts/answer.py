"""The answer in JSON, as docs/reference/forecast-json.md describes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from sameboat.lib.language import LANGUAGES, SHORT_KEY, choose, translate
from sameboat.lib.language import mark as _
from sameboat.packs.records import Names, Observation, PlaceRecord, RegionPack, Scenario, Site
from sameboat.spread.footprint import Footprint
from sameboat.spread.summary import Band
from sameboat.watch.forecasts.notices import Notice

#: What a limit of each target is called.
LABELS = {"warning": _("warning level"), "alert": _("alert level"), "danger": _("danger level")}
#: Ages of which a pack may tell the share: key in the answer -> field of a place.
AGES = {"60+": "share_60", "65+": "share_65", "80+": "share_80"}


@dataclass(frozen=True)
class Outcome:
    """What one run found of one hazard, before it is put in words.

    `footprint` holds sites, places and facilities together; a threshold is {value, unit}, or
    {value: null, unit, label} where each target has a limit of its own.
    """

    model: str
    version: str
    intensity: str  #: marked words
    unit: str
    thresholds: tuple[Mapping[str, Any], ...]
    footprint: Footprint
    sites: tuple[str, ...]
    places: tuple[str, ...]
    facilities: Mapping[str, str] = field(default_factory=dict)  #: target -> place or ""
    names: Mapping[str, Names] = field(default_factory=dict)
    assumptions: tuple[Mapping[str, Any], ...] = ()
    parameters: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Told:
    """What a whole run says beside its outcome."""

    members: int
    seed: int
    case: str
    notices: Sequence[Notice]
    used: Sequence[Observation]
    learning: Mapping[str, Any]
    option: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)  #: options, causes, stages


def answer_of(pack: RegionPack, scenario: Scenario, outcome: Outcome, told: Told) -> dict[str, Any]:
    """Return the whole answer; moments in the scenario's zone, null where not reached."""
    zone = ZoneInfo(scenario.zone)
    start = scenario.started_at.astimezone(zone)
    thresholds = [dict(each) for each in outcome.thresholds]
    return {
        "model": outcome.model,
        "version": outcome.version,
        "seed": told.seed,
        "members": told.members,
        "region": {"id": pack.id, "version": pack.version},
        "case": told.case,
        "origin": scenario.origin,
        "started_at": start.isoformat(timespec="minutes"),
        "threshold": thresholds[0],
        **rows_of(pack, outcome, start),
        "scenario": scenario.key,
        "title": short_names(scenario.title),
        "region_digest": pack.digest or None,
        "hazard": scenario.hazard,
        "option": list(told.option),
        "intensity": words_of(outcome.intensity),
        "unit": outcome.unit,
        "thresholds": thresholds,
        "totals": totals_of(pack, outcome),
        "observations": [_observation(each, zone) for each in told.used],
        "learning": dict(told.learning),
        "notices": [{**notice.as_dict(), "message": _both(notice)} for notice in told.notices],
        "assumptions": [dict(each) for each in outcome.assumptions],
        "parameters": [dict(each) for each in outcome.parameters],
        **told.more,
    }


def rows_of(pack: RegionPack, outcome: Outcome, start: datetime) -> dict[str, Any]:
    """Return the rows of sites and places, and of facilities where there are any."""
    records = {place.code: place for place in pack.places}
    sites = {site.key: site for site in pack.sites}
    footprint = outcome.footprint
    found: dict[str, Any] = {
        "sites": [_site(sites[key], _said(footprint, key, start)) for key in outcome.sites],
        "places": [_place(records[code], _said(footprint, code, start)) for code in outcome.places],
    }
    if outcome.facilities:
        found["facilities"] = [
            {
                "facility": key,
                "name": short_names(outcome.names.get(key, {"zh-Hans": key, "en": key})),
                "place": place or None,
                **_said(footprint, key, start),
            }
            for key, place in outcome.facilities.items()
        ]
    return found


def totals_of(pack: RegionPack, outcome: Outcome) -> list[dict[str, Any]]:
    """Return how many people live where each threshold is exceeded, and how many of them are old.

    A group is null where the share of some place of known population is not known.
    """
    records = {place.code: place for place in pack.places}
    known = {code: records[code].population for code in outcome.places}
    people = {code: float(count) for code, count in known.items() if count is not None}
    parents = {code: place.parent for code, place in records.items()}
    unknown = sorted(code for code, count in known.items() if count is None)
    groups: dict[str, dict[str, float] | None] = {"all": people}
    for name, share in AGES.items():
        shares = {code: getattr(records[code], share) for code in people}
        groups[name] = None
        if people and None not in shares.values():
            groups[name] = {code: people[code] * shares[code] for code in people}
    found = []
    for position, threshold in enumerate(outcome.thresholds):
        bands = {
            name: None
            if amounts is None
            else _rounded(outcome.footprint.total(amounts, parents, position), 0)
            for name, amounts in groups.items()
        }
        found.append(
            {
                "threshold": dict(threshold),
                "people": bands["all"],
                "people_by_age": {name: bands[name] for name in AGES},
                "places_of_unknown_population": unknown,
            }
        )
    return found


#: A threshold of a share, which has no unit.
SHARE = _("more than {percent} without the service")


def thresholds_of(footprint: Footprint) -> tuple[dict[str, Any], ...]:
    """Return the thresholds of a footprint as the answer writes them."""
    found: list[dict[str, Any]] = []
    for position, value in enumerate(footprint.thresholds):
        each: dict[str, Any] = {"value": value, "unit": footprint.unit}
        if footprint.labels:
            label = footprint.labels[position]
            each |= {"label": label, "name": words_of(LABELS.get(label, label))}
        elif not footprint.unit:
            each["name"] = {
                tag: text.format(percent=f"{value:.0%}") for tag, text in words_of(SHARE).items()
            }
        if footprint.limits is not None:
            # Only a position: each target has its own, told in its row.
            each["value"] = None
        found.append(each)
    return tuple(found)


def short_names(names: Names) -> dict[str, str | None]:
    """Return names under the short keys `zh` and `en`; null where a language has none."""
    return {SHORT_KEY[tag]: choose(names, tag) or None for tag in LANGUAGES}


def words_of(marked: str) -> dict[str, str]:
    """Return marked words in both languages."""
    return {SHORT_KEY[tag]: translate(marked, tag) for tag in LANGUAGES}


def _site(site: Site, said: dict[str, Any]) -> dict[str, Any]:
    return {"site": site.key, "name": short_names(site.names), "place": site.place, **said}


def _place(place: PlaceRecord, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "place": place.code,
        "name": short_names(place.names),
        **said,
        "population": place.population,
    }


def _said(footprint: Footprint, target: str, start: datetime) -> dict[str, Any]:
    first, *others = (
        _at_threshold(footprint, target, position, start)
        for position in range(len(footprint.thresholds))
    )
    if others:
        first["thresholds"] = [dict(first), *others]
    return first


def _at_threshold(
    footprint: Footprint, target: str, position: int, start: datetime
) -> dict[str, Any]:
    said = footprint.summary(target, position)
    found = {
        "p_reached": round(said.p_reached, 4),
        "p_error": float(f"{said.p_error:.2g}"),
        "arrival_at": _moments(said.arrival_hours, start),
        "peak_at": _moments(said.peak_hours, start),
        "peak": _rounded(said.peak, None),
        "cleared_at": _moments(said.cleared_hours, start),
        "duration_hours": _rounded(said.duration_hours, None),
    }
    if footprint.limits is not None:
        limit = float(footprint.limits[footprint.index(target), position])
        found["limit"] = float(f"{limit:.6g}") if np.isfinite(limit) else None
    return found


def _moments(band: Band, start: datetime) -> dict[str, str | None]:
    def moment(hours: float | None) -> str | None:
        if hours is None:
            return None
        # Added in UTC: a clock that changes in between must not stretch the river.
        at = start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=round(hours * 60))
        return at.astimezone(start.tzinfo).isoformat(timespec="minutes")

    return {name: moment(hours) for name, hours in band.as_dict().items()}


def _rounded(band: Band, digits: int | None) -> dict[str, float | int | None]:
    def rounded(value: float | None) -> float | int | None:
        if value is None:
            return None
        return float(f"{value:.4g}") if digits is None else round(value)

    return {name: rounded(value) for name, value in band.as_dict().items()}


def _observation(each: Observation, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "site": each.site,
        "time": each.at.astimezone(zone).isoformat(timespec="minutes"),
        "quantity": each.quantity,
        "kind": each.kind,
        "value": each.value,
        "below": each.below,
        "unit": each.unit,
        "known_at": each.known_at.astimezone(zone).isoformat(timespec="minutes"),
    }


def _both(notice: Notice) -> Mapping[str, str]:
    return {SHORT_KEY[tag]: notice.in_language(tag) for tag in LANGUAGES}
