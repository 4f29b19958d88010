"""What a region pack holds, as plain records in kept units.  What is not known is None, never 0."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Names = Mapping[str, str]  #: BCP 47 tag -> name, e.g. {"zh-Hans": "哈尔滨市", "en": "Harbin"}


@dataclass(frozen=True)
class Licence:
    """One licence of the pack and the files it covers."""

    id: str  #: SPDX identifier or LicenseRef-…
    attribution: str  #: the words to show on every map that uses these files
    files: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True)
class PlaceRecord:
    """One place as this version of the pack knows it."""

    code: str  #: `cn:230100`, `iso:RU-KHA`
    names: Names
    level: str  #: one of lib.codes.LEVELS
    parent: str | None
    population: int | None
    share_60: float | None  #: share of residents aged 60 and over, 0..1
    share_65: float | None
    share_80: float | None
    ground: str  #: "boundary", "point" or "inherited" (listed, searched, counted, never drawn)
    lon: float | None  #: degrees; the point, or a point inside the boundary
    lat: float | None
    boundary: bytes | None  #: WKB polygon or multipolygon, EPSG:4326
    zone: str  #: IANA time zone
    licence: str  #: Licence.id of its ground


@dataclass(frozen=True)
class Substance:
    """A pollutant: its limit and how it fades."""

    key: str
    names: Names
    cas: str
    limit_mg_l: float | None
    decay_per_day_20c: float | None  #: first order, at 20 °C
    decay_theta: float | None  #: k(T) = k20 * theta**(T-20)
    source: str


@dataclass(frozen=True)
class Reach:
    """A stretch of river between two nodes; water runs from `from_node` to `to_node`."""

    key: str
    names: Names
    from_node: str
    to_node: str
    length_km: float  #: true length along the river
    line: tuple[tuple[float, float], ...]  #: (lon, lat), downstream order
    share: float | None  #: of the flow at a bifurcation; None where not known (then split evenly)
    drainage_area_km2: float | None  #: at the downstream end
    mean_discharge_m3s: float | None  #: mean annual, at the downstream end
    slope: float | None  #: m/m
    width_m: float | None
    schematic: bool
    source: str


@dataclass(frozen=True)
class Stretch:
    """The part of a reach that lies in one place, as fractions of its length."""

    reach: str
    place: str
    start: float
    end: float


@dataclass(frozen=True)
class Site:
    """A thing that can do or suffer harm: gauge, intake, plant, dam, care home, outfall."""

    key: str
    names: Names
    kind: str
    place: str
    lon: float | None
    lat: float | None
    reach: str | None
    fraction: float | None  #: where on the reach, 0 at from_node, 1 at to_node
    source: str


@dataclass(frozen=True)
class Event:
    """What was done or said, with its source: a release, a notice, a warning, a measure."""

    at: datetime | None  #: UTC; None where the source states no time
    date_only: bool
    actor: str
    kind: str
    what: str
    places: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Observation:
    """One measurement, or the news that nothing was found."""

    site: str
    at: datetime  #: UTC
    quantity: str  #: substance key, "discharge", "stage"
    value: float | None  #: kept unit; None where only "detected" or "not detected" was said
    below: float | None  #: detection limit of "<0.002" or not_detected, kept unit
    unit: str  #: the kept unit
    kind: str  #: "value", "front", "peak", "detected", "not_detected"
    error: float | None  #: one standard deviation, kept unit
    known_at: datetime  #: UTC; when it became known
    line: int  #: in its file, for messages
    source: str = ""


@dataclass(frozen=True)
class Scenario:
    """What happened, or may happen: read from scenarios/*.toml and checked against the pack."""

    key: str
    title: Names
    hazard: str  #: one of packs.scenarios.HAZARDS
    moves: str  #: "travels" or "stays": decides the cross-border case
    origin: str  #: place code
    started_at: datetime  #: UTC
    zone: str  #: IANA zone the scenario's times are written in
    content: Mapping[str, Any]  #: the whole file, its tables read in, for the model
    path: Path | None = None


@dataclass(frozen=True)
class RegionPack:
    """A whole pack, read and checked."""

    id: str
    version: str
    title: Names
    zone: str
    licences: tuple[Licence, ...]
    sources: tuple[str, ...]
    places: tuple[PlaceRecord, ...]
    substances: tuple[Substance, ...]
    reaches: tuple[Reach, ...]
    stretches: tuple[Stretch, ...]
    sites: tuple[Site, ...]
    scenarios: tuple[Scenario, ...]
    events: tuple[Event, ...]
    observations: Mapping[str, tuple[Observation, ...]]  #: file stem -> rows
    neighbours: tuple[tuple[str, str, float], ...] = ()  #: (code, code, shared border km)
    digest: str = ""  #: SHA-256 over the pack's files, hex
    path: Path | None = field(default=None, compare=False)
    valid_from: datetime | None = None  #: UTC; before it the network is not described
