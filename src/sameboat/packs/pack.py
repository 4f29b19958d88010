"""A whole region pack: read, checked, with a digest over its files."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.events import read_events
from sameboat.packs.manifest import Manifest, covers, read_manifest
from sameboat.packs.observations import collect_observations
from sameboat.packs.places import read_places
from sameboat.packs.records import Observation, RegionPack, Scenario
from sameboat.packs.rivers import read_neighbours, read_reaches, read_sites, read_stretches
from sameboat.packs.scenarios import ScenarioReader
from sameboat.packs.substances import read_substances
from sameboat.packs.text import listed, unread

#: What of a folder is data: counted into the digest, and in need of a licence.
DATA = {".toml", ".csv", ".geojson"}


def read_pack(path: Path) -> RegionPack:
    """Read and check a region pack.

    Raises:
        FaultyInput: every fault of every file; nothing is half read.
    """
    faults: list[Fault] = []
    pack = _read(path, faults)
    if faults or pack is None:
        raise FaultyInput(faults)
    return pack


def check_pack(path: Path) -> list[Fault]:
    """Return every fault of a region pack, by file, line and value."""
    faults: list[Fault] = []
    _read(path, faults)
    return faults


def _read(path: Path, faults: list[Fault]) -> RegionPack | None:
    manifest = read_manifest(path, faults)
    if manifest is None:
        return None
    _check_licences(path, manifest, faults)
    places = read_places(path, manifest, faults)
    codes = listed("places.csv", (place.code for place in places), faults)
    reaches = read_reaches(path, faults)
    keys = listed("reaches.csv", (reach.key for reach in reaches), faults)
    sites = read_sites(path, keys, codes, faults)
    substances = read_substances(path, faults)
    reader = ScenarioReader(
        manifest,
        codes,
        {site.key: site for site in sites},
        listed("substances.csv", (substance.key for substance in substances), faults),
        faults,
        site_keys=listed("sites.csv", (site.key for site in sites), faults),
    )
    return RegionPack(
        id=manifest.id,
        version=manifest.version,
        title=manifest.title,
        zone=manifest.zone,
        licences=manifest.licences,
        sources=manifest.sources,
        places=places,
        substances=substances,
        reaches=reaches,
        stretches=read_stretches(path, keys, codes, faults),
        sites=sites,
        scenarios=_read_scenarios(path, reader),
        events=read_events(path, codes, manifest.zone_of("events.csv"), faults),
        observations=_read_all_observations(path, manifest, reader, faults),
        neighbours=read_neighbours(path, codes, faults),
        digest="" if faults else digest_pack(path),
        path=path,
        valid_from=manifest.valid_from,
    )


def _read_scenarios(path: Path, reader: ScenarioReader) -> tuple[Scenario, ...]:
    files = sorted((path / "scenarios").glob("*.toml"))
    found = [reader.read(file, f"scenarios/{file.name}") for file in files]
    return tuple(scenario for scenario in found if scenario)


def _read_all_observations(
    path: Path, manifest: Manifest, reader: ScenarioReader, faults: list[Fault]
) -> dict[str, tuple[Observation, ...]]:
    found = {}
    for file in sorted((path / "observations").glob("*.csv")):
        name = f"observations/{file.name}"
        zone = manifest.zone_of(name)
        found[file.stem] = collect_observations(
            file, name, _observed_at(reader), reader.substances, zone, faults
        )
    return found


def _observed_at(reader: ScenarioReader) -> Collection[str]:
    """Return what an observation may name: a site, or a place as a whole (cases, ash)."""
    if any(unread(each) for each in (reader.site_keys, reader.places)):
        return reader.site_keys if unread(reader.site_keys) else reader.places
    return {*reader.site_keys, *reader.places}


def _check_licences(path: Path, manifest: Manifest, faults: list[Fault]) -> None:
    for file in _data_files(path):
        name = file.relative_to(path).as_posix()
        # A scenario is written in the night it is needed; it waits for nobody's licence.
        if file.suffix != ".toml" and not manifest.licence_of(name):
            faults.append(
                Fault(
                    "missing_licence",
                    _("no licence covers {file}."),
                    file="pack.toml",
                    field="licences",
                    value=name,
                    facts={"file": name},
                    next_step=_("Name the file under the licence that holds for it."),
                )
            )
    names = [file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()]
    for licence in manifest.licences:
        for pattern in licence.files:
            if not any(covers(pattern, name) for name in names):
                faults.append(
                    Fault(
                        "missing_file",
                        _("the licence {licence} covers a file that is not there."),
                        file="pack.toml",
                        field="licences.files",
                        value=pattern,
                        facts={"licence": licence.id},
                        next_step=_("Add the file, or take it out of the licence."),
                    )
                )


def digest_pack(path: Path) -> str:
    """Return the SHA-256 over names and bytes of a pack's files (README and LICENCE aside)."""
    digest = hashlib.sha256()
    for file in _data_files(path):
        digest.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _data_files(path: Path) -> list[Path]:
    """Return the files that make the pack what it is, in a fixed order."""
    return sorted(each for each in path.rglob("*") if each.suffix in DATA and each.is_file())
