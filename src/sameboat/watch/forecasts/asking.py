"""A scenario that someone asks a forecast of, checked against the rows of a load."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sameboat.ground.places.models import PackLoad
from sameboat.ground.places.queries import records_of, sites_of, versions_in
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs import records
from sameboat.packs.manifest import Manifest
from sameboat.packs.scenarios import ScenarioReader
from sameboat.watch.forecasts.computing import Question
from sameboat.watch.forecasts.models import Forecast, Observation

LEAST_MEMBERS, MOST_MEMBERS = 1, 10_000


def check_scenario(load: PackLoad, content: Mapping[str, Any], key: str) -> records.Scenario:
    """Return the scenario if the load's substances, sites and places bear it.

    Raises:
        FaultyInput: every fault, by field.
    """
    faults: list[Fault] = []
    manifest = Manifest(
        id=load.pack, version=load.version, title=load.title, zone=load.zone, zones={},
        valid_from=load.valid_from, licences=(), sources=(),
    )  # fmt: skip
    places = set(versions_in(load).values_list("place__code", flat=True))
    sites = {each.key: _river_site(each) for each in sites_of(load)}
    reader = ScenarioReader(manifest, places, sites, substances_of(load), faults)
    scenario = reader.take(content, key=key, name="")
    if faults or scenario is None:
        raise FaultyInput(faults)
    return scenario


def check_ensemble(members: int, seed: int) -> None:
    """Refuse a number of members or a seed out of range.

    Raises:
        FaultyInput: by field.
    """
    faults = []
    if not LEAST_MEMBERS <= members <= MOST_MEMBERS:
        faults.append(
            Fault(
                "out_of_range",
                _("lies outside its range."),
                field="members",
                value=members,
                allowed=f"{LEAST_MEMBERS} … {MOST_MEMBERS}",
            )
        )
    if not 0 <= seed < 2**63:
        faults.append(
            Fault(
                "out_of_range",
                _("lies outside its range."),
                field="seed",
                value=seed,
                allowed=f"0 … {2**63 - 1:,}",
            )
        )
    if faults:
        raise FaultyInput(faults)


def question_of(forecast: Forecast) -> Question:
    """Return what decides the numbers of a forecast, rebuilt from its rows.

    Raises:
        FaultyInput: the scenario no longer passes its check.
    """
    return Question(
        pack=pack_of(forecast.load),
        scenario=check_scenario(forecast.load, forecast.scenario, forecast.scenario_key),
        observations=observation_records(forecast.observations.all()),
        until=forecast.until,
        members=forecast.members,
        seed=forecast.seed,
    )


def pack_of(load: PackLoad) -> records.RegionPack:
    """Rebuild from rows what the model needs of the pack: its ground and its substances."""
    ground = records_of(load)
    return records.RegionPack(
        id=load.pack, version=load.version, title=load.title, zone=load.zone,
        licences=(), sources=tuple(load.sources), places=ground.places,
        substances=tuple(substances_of(load).values()), reaches=ground.reaches,
        stretches=ground.stretches, sites=ground.sites, scenarios=(), events=(), observations={},
        digest=load.digest, valid_from=load.valid_from,
    )  # fmt: skip


def substances_of(load: PackLoad) -> dict[str, records.Substance]:
    """Return the substances of a load by key."""
    fields = (
        "key", "names", "cas", "limit_mg_l", "decay_per_day_20c", "decay_theta", "source",
    )  # fmt: skip
    return {
        row["key"]: records.Substance(**row)
        for row in load.substances.order_by("pk").values(*fields)
    }


def observation_records(rows: Iterable[Observation]) -> tuple[records.Observation, ...]:
    """Return observations as the model takes them, by time."""
    ordered = sorted(rows, key=lambda each: (each.at, each.site, each.kind))
    return tuple(
        records.Observation(
            site=row.site, at=row.at, quantity=row.quantity, value=row.value, below=row.below,
            unit=row.unit, kind=row.kind, error=row.error, known_at=row.known_at, line=line,
            source=row.source,
        )
        for line, row in enumerate(ordered, start=1)
    )  # fmt: skip


def plain(value: Any) -> Any:
    """Return a TOML value as JSON carries it: moments become ISO 8601 text."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime | date) else value


def _river_site(site: Any) -> records.Site:
    return records.Site(
        key=site.key, names=site.names, kind=site.kind, place=site.place.code, lon=site.lon,
        lat=site.lat, reach=site.reach.key if site.reach else None, fraction=site.fraction,
        source=site.source,
    )  # fmt: skip
