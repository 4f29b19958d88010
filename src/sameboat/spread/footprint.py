"""One answer for every hazard: for each target, how surely, when, how strongly, for how long."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.summary import Band, Reach, quantile_bands

Array = NDArray[np.float32]
#: A file that would unpack to more than this many bytes is not read.
MOST_BYTES = 8 * 2**30
#: Names of the arrays, and which of them have an axis of thresholds.
ARRAYS = {
    "arrival_hours": True, "cleared_hours": True, "duration_hours": True, "peak": False,
    "peak_hours": False,
}  # fmt: skip


@dataclass(frozen=True)
class Footprint:
    """Where, when, how strongly and how surely a hazard reaches, member by member.

    Shapes: `arrival_hours`, `cleared_hours` and `duration_hours` (targets, thresholds, members);
    `peak` and `peak_hours` (targets, members); all float32.  Hours count from the start of the
    hazard.  Not a number means never; a cleared hour of infinity means not before the end of the
    run.  `duration_hours`, the time really above, ends with the run; without it, it is the time
    from arrival to clearing.  `weights` sums to one; None means members of equal weight.
    `limits` (targets, thresholds): each target's own thresholds, where they differ (not a number:
    it has none); `thresholds` are then 1, 2, … and `labels` their names.
    """

    targets: tuple[str, ...]
    thresholds: tuple[float, ...]
    unit: str
    arrival_hours: Array
    cleared_hours: Array
    peak: Array
    peak_hours: Array
    weights: NDArray[np.float64] | None = None
    duration_hours: Array = field(default_factory=lambda: np.empty(0, np.float32))
    limits: NDArray[np.float64] | None = None
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.duration_hours.ndim == 1:  # none was given
            spell = np.nan_to_num(self.cleared_hours - self.arrival_hours, nan=0.0, posinf=np.inf)
            object.__setattr__(self, "duration_hours", spell)
        shape = (len(self.targets), len(self.thresholds), self.members)
        if len(set(self.targets)) != len(self.targets):
            raise ValueError("targets must be named once each")
        if not self.thresholds:
            raise ValueError("thresholds must hold at least one value")
        for name, by_threshold in ARRAYS.items():
            allowed = shape if by_threshold else (shape[0], shape[2])
            if getattr(self, name).shape != allowed:
                found = getattr(self, name).shape
                raise ValueError(f"{name} has shape {found}, allowed: {allowed}")
        if self.limits is not None and self.limits.shape != shape[:2]:
            raise ValueError(f"limits has shape {self.limits.shape}, allowed: {shape[:2]}")
        if self.labels and len(self.labels) != len(self.thresholds):
            raise ValueError("labels must name each threshold")

    @staticmethod
    def size(targets: int, thresholds: int, members: int) -> int:
        """Return the bytes that a footprint of this size takes."""
        return 4 * targets * members * sum(thresholds if each else 1 for each in ARRAYS.values())

    @staticmethod
    def empty(
        targets: Sequence[str],
        thresholds: Sequence[float],
        unit: str,
        members: int,
        limits: NDArray[np.float64] | None = None,
        labels: Sequence[str] = (),
    ) -> "Footprint":
        """Return a footprint that reaches nobody, to be filled in."""
        shape = (len(targets), len(thresholds), members)
        flat = (shape[0], shape[2])
        return Footprint(
            tuple(targets), tuple(thresholds), unit,
            np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32),
            np.zeros(flat, np.float32), np.full(flat, np.nan, np.float32),
            duration_hours=np.zeros(shape, np.float32), limits=limits, labels=tuple(labels),
        )  # fmt: skip

    @property
    def members(self) -> int:
        """Number of ensemble members."""
        return int(self.peak.shape[-1])

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the members take."""
        return sum(int(getattr(self, name).nbytes) for name in ARRAYS)

    @property
    def effective_members(self) -> float:
        """How many members of equal weight would know as much."""
        return float(1.0 / np.sum(self.shares**2))

    @property
    def shares(self) -> NDArray[np.float64]:
        """Weight of each member; they sum to one."""
        if self.weights is not None:
            return self.weights
        return np.full(self.members, 1.0 / self.members)

    def chance(self, reached: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the probability of what holds in some members, (…, members) -> (…,).

        Members of equal weight are counted: all of them are 1, not the sum of their parts.
        """
        if self.weights is None:
            found: NDArray[np.float64] = np.count_nonzero(reached, axis=-1) / self.members
            return found
        return np.clip(reached @ self.weights, 0.0, 1.0)

    def fill(self, first: int, part: "Footprint") -> None:
        """Put the members of a part in their place, from number `first` on."""
        for name in ARRAYS:
            getattr(self, name)[..., first : first + part.members] = getattr(part, name)

    def with_weights(self, weights: NDArray[np.float64] | None) -> "Footprint":
        """Return the same members with other weights, which must sum to one."""
        if weights is not None and not (
            weights.shape == (self.members,)
            and (weights >= 0).all()
            and abs(weights.sum() - 1) < 1e-9
        ):
            raise ValueError("weights must be >= 0, one for each member, and sum to 1")
        return replace(self, weights=weights)

    def index(self, target: str) -> int:
        """Return the row of a target.

        Raises:
            KeyError: the footprint does not hold it.
        """
        try:
            return self.targets.index(target)
        except ValueError:
            raise KeyError(target) from None

    def summary(self, target: str, threshold: int = 0) -> Reach:
        """Return what the members say together of one target at one threshold (by position)."""
        row = slice(self.index(target), self.index(target) + 1)
        arrival = self.arrival_hours[row, threshold]
        reached = np.isfinite(arrival)
        p = float(self.chance(reached)[0])
        return Reach(
            p_reached=p,
            arrival_hours=self._band(arrival, reached),
            peak_hours=self._band(self.peak_hours[row], reached),
            cleared_hours=self._band(self.cleared_hours[row, threshold], reached),
            peak=self._band(self.peak[row], np.ones_like(reached)),
            duration_hours=self._band(self.duration_hours[row, threshold], reached),
            p_error=float(np.sqrt(p * (1 - p) / self.effective_members)),
        )

    def p_reached(self, threshold: int = 0) -> dict[str, float]:
        """Return the probability that each target is reached."""
        p = self.chance(np.isfinite(self.arrival_hours[:, threshold]))
        return dict(zip(self.targets, p.tolist(), strict=True))

    def presence(self, hours: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of members above the threshold at these hours.

        Shape (targets, thresholds, hours).  A member counts from its arrival until it clears.
        """
        found = np.empty((len(self.targets), len(self.thresholds), len(hours)))
        weights = self.shares
        for position, hour in enumerate(hours):
            inside = (self.arrival_hours <= hour) & (hour < self.cleared_hours)
            found[:, :, position] = inside @ weights
        return found

    def p_error(self, threshold: int = 0) -> dict[str, float]:
        """Return the Monte Carlo standard error of each probability: sqrt(p (1 - p) / members).

        It is what independent members would give; evenly drawn ones lie closer.
        """
        found = {}
        for target, p in self.p_reached(threshold).items():
            found[target] = float(np.sqrt(p * (1 - p) / self.effective_members))
        return found

    def select(self, targets: Sequence[str]) -> "Footprint":
        """Return the footprint of some of the targets, in this order."""
        rows = [self.index(target) for target in targets]
        arrays: dict[str, Any] = {name: getattr(self, name)[rows] for name in ARRAYS}
        limits = None if self.limits is None else self.limits[rows]
        return replace(self, targets=tuple(targets), limits=limits, **arrays)

    def join(self, other: "Footprint") -> "Footprint":
        """Return both footprints' targets together; they must come from the same members."""
        if other.members != self.members or other.thresholds != self.thresholds:
            raise ValueError("only footprints of the same members and thresholds can be joined")
        if (other.unit, other.labels) != (self.unit, self.labels):
            raise ValueError("only footprints of the same unit and labels can be joined")
        if not np.array_equal(other.shares, self.shares):
            raise ValueError("only footprints whose members weigh the same can be joined")
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in ARRAYS
        }
        limits = None
        if self.limits is not None or other.limits is not None:
            limits = np.concatenate([self._limits(), other._limits()])
        return replace(self, targets=self.targets + other.targets, limits=limits, **arrays)

    def union(self, groups: Mapping[str, Iterable[str]]) -> "Footprint":
        """Return a footprint of parents, each the union of its children member by member.

        A member's arrival is its earliest, its clearing its latest, its duration its longest, its
        peak its highest; a group without children is never reached.
        """
        found = Footprint.empty(tuple(groups), self.thresholds, self.unit, self.members)
        place = {target: row for row, target in enumerate(self.targets)}
        for position, children in enumerate(groups.values()):
            rows = [place[child] for child in dict.fromkeys(children)]
            if not rows:
                continue
            found.arrival_hours[position] = np.fmin.reduce(self.arrival_hours[rows], axis=0)
            found.cleared_hours[position] = np.fmax.reduce(self.cleared_hours[rows], axis=0)
            found.duration_hours[position] = self.duration_hours[rows].max(axis=0)
            highest = self.peak[rows].argmax(axis=0)[None]
            for name in ("peak", "peak_hours"):
                values = np.take_along_axis(getattr(self, name)[rows], highest, axis=0)
                getattr(found, name)[position] = values[0]
        limits = (
            None if self.limits is None else np.full((len(groups), len(self.thresholds)), np.nan)
        )
        return replace(found, weights=self.weights, labels=self.labels, limits=limits)

    def total(
        self, amounts: Mapping[str, float], parents: Mapping[str, str | None], threshold: int = 0
    ) -> Band:
        """Return how much (people, hectares …) is reached, counting leaf targets once.

        `parents` names each target's parent; a target that is some counted target's parent is
        left out, for its children already hold what it holds.
        """
        counted = [target for target in self.targets if target in amounts]
        above: set[str] = set()
        for target in counted:
            parent = parents.get(target)
            while parent is not None and parent not in above:
                above.add(parent)
                parent = parents.get(parent)
        leaves = [self.index(target) for target in counted if target not in above]
        amount = np.array([amounts[self.targets[row]] for row in leaves], dtype=np.float64)
        reached = np.isfinite(self.arrival_hours[leaves, threshold, :])
        return self._band((amount @ reached)[None], np.ones((1, self.members), bool))

    def table(self) -> list[dict[str, Any]]:
        """Return one row for each target and threshold: see `export.table`."""
        from sameboat.spread.export import table

        return table(self)

    def geojson(
        self, geometries: Mapping[str, Mapping[str, Any]], threshold: int = 0
    ) -> dict[str, Any]:
        """Return a GeoJSON FeatureCollection of the targets that have a geometry."""
        from sameboat.spread.export import geojson

        return geojson(self, geometries, threshold)

    def to_xarray(self) -> Any:
        """Return an `xarray.Dataset`; it needs xarray to be installed."""
        from sameboat.spread.export import to_xarray

        return to_xarray(self)

    def plot(self, threshold: int = 0) -> Any:
        """Return a matplotlib figure of when each target is reached."""
        from sameboat.spread.export import plot

        return plot(self, threshold)

    def to_bytes(self) -> bytes:
        """Return the member arrays as one compressed file; equal footprints give equal bytes."""
        about = {
            "targets": self.targets, "thresholds": self.thresholds, "unit": self.unit,
            "labels": self.labels,
        }  # fmt: skip
        arrays: dict[str, Any] = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
        for name in (*ARRAYS, "weights", "limits"):
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @staticmethod
    def from_bytes(content: bytes, most_bytes: int = MOST_BYTES) -> "Footprint":
        """Read what `to_bytes` wrote; it may come from anywhere, and nothing in it is trusted.

        Raises:
            ValueError: it is not a footprint, or would unpack to more than `most_bytes`.
        """
        try:
            about, kept = _unpacked(content, most_bytes)
            texts = [*about["targets"], about["unit"], *about.get("labels", ())]
            if not all(isinstance(each, str) for each in texts):
                raise ValueError("targets, unit and labels must be texts")
            weights = kept.pop("weights", None)
            return Footprint(
                targets=tuple(about["targets"]),
                thresholds=tuple(float(each) for each in about["thresholds"]),
                unit=about["unit"], labels=tuple(about.get("labels", ())), **kept,
            ).with_weights(weights)  # fmt: skip
        except _BROKEN as problem:
            raise ValueError(f"this is not a footprint: {problem}") from problem

    def digest(self) -> str:
        """Return the SHA-256 of `to_bytes`, hex: the name of the file."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def _limits(self) -> NDArray[np.float64]:
        if self.limits is not None:
            return self.limits
        return np.broadcast_to(np.array(self.thresholds), (len(self.targets), len(self.thresholds)))

    def _band(self, values: NDArray[Any], chosen: NDArray[np.bool_]) -> Band:
        low, middle, high = quantile_bands(values, chosen, self.shares)[0].tolist()
        return Band(*(each if np.isfinite(each) else None for each in (low, middle, high)))


#: What reading a file that somebody has made up can end in.
_BROKEN = (
    ValueError, KeyError, TypeError, AttributeError, EOFError, OSError, MemoryError,
    OverflowError, RuntimeError, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def _unpacked(content: bytes, most_bytes: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a file says of itself, and its arrays, each of the right kind of number."""
    types = {**dict.fromkeys(ARRAYS, np.float32), "weights": np.float64, "limits": np.float64}
    # A small file may unpack to a very large one: what it says of its size is asked first.
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(each.file_size for each in packed.infolist()) > most_bytes:
            raise ValueError(f"it unpacks to more than {most_bytes} bytes")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
        kept = {name: file[name] for name in types if name in file}
    for name, values in kept.items():
        if values.dtype != types[name]:
            raise ValueError(f"{name} holds {values.dtype}, allowed: {np.dtype(types[name])}")
    return about, kept
