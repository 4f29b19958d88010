"""Observations on their way into rows: those of a pack, and those that people type."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sameboat.ground.places.models import PackLoad, Place, Site
from sameboat.ground.places.queries import sites_of
from sameboat.lib.address import uuid7
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.times import as_utc_text
from sameboat.packs import records
from sameboat.packs.observations import take_observation
from sameboat.packs.records import RegionPack
from sameboat.watch.forecasts.models import Observation


@dataclass(frozen=True)
class Given:
    """What someone typed, before it is checked."""

    site: str
    at: datetime | str
    quantity: str
    unit: str
    kind: str
    value: float | str | None
    below: float | str | None
    error: float | str | None
    known_at: datetime | str | None


def of_pack(pack: RegionPack, load: PackLoad, *, by: str, now: datetime) -> Iterator[Observation]:
    """Yield the rows of every observation file of a pack."""
    place_of = {site.key: site.place for site in pack.sites}
    ids = dict(Place.objects.filter(versions__load=load).values_list("code", "pk"))
    for series, observations in pack.observations.items():
        for each in observations:
            place_id = ids[place_of.get(each.site, each.site)]
            yield Observation(
                key=uuid7(now), place_id=place_id, load=load, series=series,
                site=each.site, at=each.at, quantity=each.quantity, value=each.value,
                below=each.below, unit=each.unit, kind=kind_kept(each), error=each.error,
                known_at=each.known_at, source=each.source, recorded_by=by,
            )  # fmt: skip


def kind_kept(each: records.Observation) -> str:
    """Return the kind that a row keeps: a count is a value of a quantity that is counted."""
    return "value" if each.kind == "count" else each.kind


def check(load: PackLoad, given: Given, *, now: datetime) -> tuple[Site, records.Observation]:
    """Return the site and the observation in kept units.

    Raises:
        FaultyInput: every fault, by the column names of an observation file.
    """
    sites = {site.key: site for site in sites_of(load)}
    substances = set(load.substances.values_list("key", flat=True))
    checked = take_observation(_cells(given), sites=sites, substances=substances, now=now)
    if checked.known_at > now:
        raise FaultyInput(
            [
                Fault(
                    "future",
                    _("lies in the future of {now}."),
                    field="known_at",
                    value=checked.known_at.isoformat(timespec="minutes"),
                    next_step=_("Check the date and the zone."),
                    facts={"now": now.isoformat(timespec="minutes")},
                )
            ]
        )
    return sites[checked.site], checked


def refuse_duplicate(load: PackLoad, checked: records.Observation) -> None:
    """Refuse what was told before, typed or by a pack: it would count twice.

    Raises:
        FaultyInput: beside the time.
    """
    same = Observation.objects.filter(
        load=load, site=checked.site, at=checked.at, quantity=checked.quantity,
        kind=kind_kept(checked), withdrawn_at__isnull=True,
    ).first()  # fmt: skip
    if same is None:
        return
    raise FaultyInput(
        [
            Fault(
                "duplicate",
                _("was told before: {value} {unit}, recorded by {recorded_by}."),
                field="time",
                value=as_utc_text(checked.at),
                next_step=_("Withdraw the earlier one if it is wrong."),
                facts={
                    "value": f"<{same.below}" if same.below is not None else str(same.value or ""),
                    "unit": same.unit,
                    "recorded_by": same.recorded_by,
                },
            )
        ]
    )


def _cells(given: Given) -> dict[str, str]:
    value = given.value
    if value is None and given.below is not None:
        value = f"<{given.below}"
    return {
        "site": given.site,
        "time": _text(given.at),
        "quantity": given.quantity,
        "value": _text(value),
        "unit": given.unit,
        "kind": given.kind,
        "error": _text(given.error),
        "known_at": _text(given.known_at),
    }


def _text(value: datetime | float | str | None) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value).strip()
