"""Load a region pack: all of it, or nothing."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from sameboat.ground.places.models import (
    Neighbour,
    PackLoad,
    Place,
    PlaceVersion,
    Reach,
    Site,
    Stretch,
)
from sameboat.ground.places.queries import REACH_FIELDS, current_loads
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.packs.records import PlaceRecord, RegionPack

_BATCH = 500
_AS_TOLD = (
    "level", "population", "share_60", "share_65", "share_80", "ground", "lon", "lat",
    "boundary", "zone", "licence",
)  # fmt: skip
_LOCK = 0x5A3EB0A7  #: of PostgreSQL; SQLite has one writer at a time anyway


class VersionAlreadyLoaded(Refusal):
    """The same version of a pack was loaded before, with other content."""

    says = _(
        "{pack} {version} was loaded before with other content (SHA-256 {loaded}, now {given}). "
        "Give the changed pack a new version in pack.toml and load it again."
    )


@transaction.atomic
def load_pack(*, pack: RegionPack, by: str, now: datetime) -> PackLoad:
    """Store places, rivers and sites of a checked pack, and make them the current ones.

    The same version with the same content again returns the load of the first time and changes
    nothing.  Rows of earlier loads stay as they are, so earlier forecasts keep their ground.

    Raises:
        VersionAlreadyLoaded: this version is here with other content.
    """
    _wait_for_other_loads()
    earlier = PackLoad.objects.filter(pack=pack.id, version=pack.version).first()
    if earlier is not None:
        if earlier.digest != pack.digest:
            raise VersionAlreadyLoaded(
                pack=pack.id, version=pack.version, loaded=earlier.digest, given=pack.digest
            )
        return earlier
    load = PackLoad.objects.create(
        pack=pack.id, version=pack.version, digest=pack.digest, title=dict(pack.title),
        zone=pack.zone, sources=list(pack.sources), valid_from=pack.valid_from,
        loaded_at=now, loaded_by=by,
        licences=[
            {"id": each.id, "attribution": each.attribution, "files": list(each.files),
             "url": each.url}
            for each in pack.licences
        ],
    )  # fmt: skip
    ids = _identities(pack)
    _store_versions(load, pack, ids, now)
    _store_neighbours(load, pack, ids)
    reaches = _store_reaches(load, pack, ids)
    _store_sites(load, pack, ids, reaches)
    return load


def _wait_for_other_loads() -> None:
    """Let one load finish before the next begins: both would flip `current` of the same places."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _identities(pack: RegionPack) -> dict[str, int]:
    """Return code -> id of every place of the pack; those never seen before are made."""
    codes = {place.code for place in pack.places}
    known = set(Place.objects.values_list("code", flat=True))
    Place.objects.bulk_create(
        [Place(code=code) for code in sorted(codes - known)], batch_size=_BATCH
    )
    return {code: id for code, id in Place.objects.values_list("code", "id") if code in codes}


def _store_versions(load: PackLoad, pack: RegionPack, ids: dict[str, int], now: datetime) -> None:
    by_code = {place.code: place for place in pack.places}
    PlaceVersion.objects.bulk_create(
        [
            PlaceVersion(
                load=load,
                place_id=ids[place.code],
                current=False,
                parent_id=ids[place.parent] if place.parent else None,
                path=_path(place, by_code),
                search_text=_search_text(place),
                valid_from=now,
                **{name: getattr(place, name) for name in _AS_TOLD},
                names=dict(place.names),
            )
            for place in pack.places
        ],
        batch_size=_BATCH,
    )
    ours = PlaceVersion.objects.filter(load=load)
    # A place is current once: what it was, in this pack or in another, steps back first.
    stepping_back = Q(load__pack=load.pack) | Q(place__in=ours.values("place"))
    PlaceVersion.objects.filter(stepping_back, current=True).update(current=False)
    ours.update(current=True)
    _return_to_other_packs(load)


def _return_to_other_packs(load: PackLoad) -> None:
    """Make current what other packs know of places that this pack no longer lists."""
    current = PlaceVersion.objects.filter(current=True)
    newest: dict[int, int] = {}
    others = PlaceVersion.objects.filter(load__in=current_loads().exclude(pack=load.pack))
    for place, version in (
        others.exclude(place__in=current.values("place"))
        .order_by("load")
        .values_list("place", "pk")
    ):
        newest[place] = version
    for version in newest.values():
        PlaceVersion.objects.filter(pk=version).update(current=True)


def _path(place: PlaceRecord, by_code: dict[str, PlaceRecord]) -> str:
    codes = [place.code]
    while place.parent:
        place = by_code[place.parent]
        codes.append(place.code)
    return "".join(f"{code}/" for code in reversed(codes))


def _search_text(place: PlaceRecord) -> str:
    return "\n".join([place.code, *place.names.values()]).lower()


def _store_neighbours(load: PackLoad, pack: RegionPack, ids: dict[str, int]) -> None:
    """Keep each border in both directions, so that asking needs one index."""
    Neighbour.objects.bulk_create(
        [
            Neighbour(load=load, place_id=ids[one], other_id=ids[two], border_km=border_km)
            for a, b, border_km in pack.neighbours
            for one, two in ((a, b), (b, a))
        ],
        batch_size=_BATCH,
    )


def _store_reaches(load: PackLoad, pack: RegionPack, ids: dict[str, int]) -> dict[str, int]:
    reaches = Reach.objects.bulk_create(
        [
            Reach(
                load=load,
                names=dict(reach.names),
                line=[list(point) for point in reach.line],
                **{name: getattr(reach, name) for name in REACH_FIELDS},
            )
            for reach in pack.reaches
        ],
        batch_size=_BATCH,
    )
    by_key = {reach.key: reach.pk for reach in reaches}
    Stretch.objects.bulk_create(
        [
            Stretch(
                reach_id=by_key[each.reach],
                place_id=ids[each.place],
                start=each.start,
                end=each.end,
            )
            for each in pack.stretches
        ],
        batch_size=_BATCH,
    )
    return by_key


def _store_sites(
    load: PackLoad, pack: RegionPack, ids: dict[str, int], reaches: dict[str, int]
) -> None:
    Site.objects.bulk_create(
        [
            Site(
                load=load,
                key=site.key,
                names=dict(site.names),
                kind=site.kind,
                place_id=ids[site.place],
                lon=site.lon,
                lat=site.lat,
                reach_id=reaches[site.reach] if site.reach else None,
                fraction=site.fraction,
                source=site.source,
            )
            for site in pack.sites
        ],
        batch_size=_BATCH,
    )
