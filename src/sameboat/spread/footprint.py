"""One answer for every hazard: for each target, how surely, when, how strongly."""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Band:
    """The 10th, 50th and 90th percentile; None where it never happens (or not before the end)."""

    p10: float | None
    p50: float | None
    p90: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return the band as JSON carries it."""
        return {"p10": self.p10, "p50": self.p50, "p90": self.p90}


@dataclass(frozen=True)
class Reach:
    """What the members say together of one target at one threshold."""

    p_reached: float  #: 0..1
    arrival_hours: Band  #: first exceedance, since the start; over members that reach it
    peak_hours: Band  #: time of the highest intensity; over members that reach it
    cleared_hours: Band  #: last fall below; over members that reach it
    peak: Band  #: highest intensity, over all members


@dataclass(frozen=True)
class Footprint:
    """Where, when, how strongly and how surely a hazard reaches, member by member.

    Shapes: `arrival_hours` and `cleared_hours` (targets, thresholds, members); `peak` and
    `peak_hours` (targets, members); all float32.  Hours count from the start of the hazard.
    Not a number means never; a cleared hour of infinity means not before the end of the run.
    `weights` sums to one; None means members of equal weight.
    """

    targets: tuple[str, ...]
    thresholds: tuple[float, ...]
    unit: str
    arrival_hours: Array
    cleared_hours: Array
    peak: Array
    peak_hours: Array
    weights: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.targets), len(self.thresholds), self.members)
        if len(set(self.targets)) != len(self.targets):
            raise ValueError("targets must be named once each")
        if not self.thresholds:
            raise ValueError("thresholds must hold at least one value")
        for name in ("arrival_hours", "cleared_hours"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, allowed: {shape}")
        for name in ("peak", "peak_hours"):
            if getattr(self, name).shape != (shape[0], shape[2]):
                raise ValueError(f"{name} must have shape (targets, members)")

    @property
    def members(self) -> int:
        """Number of ensemble members."""
        return int(self.peak.shape[-1])

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
        row = self.index(target)
        arrival = self.arrival_hours[row, threshold]
        reached = np.isfinite(arrival)
        weights = self._weights()
        return Reach(
            p_reached=float(np.clip(weights[reached].sum(), 0.0, 1.0)),
            arrival_hours=self._band(arrival, reached),
            peak_hours=self._band(self.peak_hours[row], reached),
            cleared_hours=self._band(self.cleared_hours[row, threshold], reached),
            peak=self._band(self.peak[row], np.ones_like(reached)),
        )

    def p_reached(self, threshold: int = 0) -> dict[str, float]:
        """Return the probability that each target is reached."""
        share = np.isfinite(self.arrival_hours[:, threshold, :]) @ self._weights()
        return dict(zip(self.targets, np.clip(share, 0.0, 1.0).tolist(), strict=True))

    def presence(self, hours: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of members above the threshold at these hours.

        Shape (targets, thresholds, hours).  A member counts from its arrival until it clears.
        """
        found = np.empty((len(self.targets), len(self.thresholds), len(hours)))
        weights = self._weights()
        for position, hour in enumerate(hours):
            inside = (self.arrival_hours <= hour) & (hour < self.cleared_hours)
            found[:, :, position] = inside @ weights
        return found

    def select(self, targets: Sequence[str]) -> "Footprint":
        """Return the footprint of some of the targets, in this order."""
        rows = [self.index(target) for target in targets]
        return Footprint(
            tuple(targets),
            self.thresholds,
            self.unit,
            self.arrival_hours[rows],
            self.cleared_hours[rows],
            self.peak[rows],
            self.peak_hours[rows],
            self.weights,
        )

    def join(self, other: "Footprint") -> "Footprint":
        """Return both footprints' targets together; they must come from the same members."""
        if other.members != self.members or other.thresholds != self.thresholds:
            raise ValueError("only footprints of the same members and thresholds can be joined")
        return Footprint(
            self.targets + other.targets,
            self.thresholds,
            self.unit,
            np.concatenate([self.arrival_hours, other.arrival_hours]),
            np.concatenate([self.cleared_hours, other.cleared_hours]),
            np.concatenate([self.peak, other.peak]),
            np.concatenate([self.peak_hours, other.peak_hours]),
            self.weights,
        )

    def union(self, groups: Mapping[str, Iterable[str]]) -> "Footprint":
        """Return a footprint of parents, each the union of its children member by member.

        A member's arrival is its earliest, its clearing its latest, its peak its highest; a group
        without children is never reached.
        """
        shape = (len(groups), len(self.thresholds), self.members)
        arrival = np.full(shape, np.nan, np.float32)
        cleared = np.full(shape, np.nan, np.float32)
        peak = np.zeros((shape[0], shape[2]), np.float32)
        peak_hours = np.full((shape[0], shape[2]), np.nan, np.float32)
        for position, children in enumerate(groups.values()):
            rows = [self.index(child) for child in dict.fromkeys(children)]
            if not rows:
                continue
            arrival[position] = np.fmin.reduce(self.arrival_hours[rows], axis=0)
            cleared[position] = np.fmax.reduce(self.cleared_hours[rows], axis=0)
            highest = self.peak[rows].argmax(axis=0)
            peak[position] = np.take_along_axis(self.peak[rows], highest[None], axis=0)[0]
            peak_hours[position] = np.take_along_axis(self.peak_hours[rows], highest[None], axis=0)[
                0
            ]
        return Footprint(
            tuple(groups), self.thresholds, self.unit, arrival, cleared, peak, peak_hours,
            self.weights,
        )  # fmt: skip

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
        return self._band(amount @ reached, np.ones(self.members, bool))

    def to_bytes(self) -> bytes:
        """Return the member arrays as one compressed file; equal footprints give equal bytes."""
        about = {"targets": self.targets, "thresholds": self.thresholds, "unit": self.unit}
        arrays: dict[str, Any] = {
            "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
            "arrival_hours": self.arrival_hours,
            "cleared_hours": self.cleared_hours,
            "peak": self.peak,
            "peak_hours": self.peak_hours,
        }
        if self.weights is not None:
            arrays["weights"] = self.weights
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> "Footprint":
        """Read what `to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            return Footprint(
                tuple(about["targets"]),
                tuple(about["thresholds"]),
                about["unit"],
                file["arrival_hours"],
                file["cleared_hours"],
                file["peak"],
                file["peak_hours"],
                file["weights"] if "weights" in file.files else None,
            )

    def digest(self) -> str:
        """Return the SHA-256 of `to_bytes`, hex: the name of the file."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def _weights(self) -> NDArray[np.float64]:
        if self.weights is not None:
            return self.weights
        return np.full(self.members, 1.0 / self.members)

    def _band(self, values: NDArray[Any], chosen: NDArray[np.bool_]) -> Band:
        if not chosen.any():
            return Band(None, None, None)
        # The inverted distribution function never mixes a number with "not before the end".
        kept = values[chosen].astype(np.float64)
        order = np.argsort(kept, kind="stable")
        share = np.cumsum(self._weights()[chosen][order])
        places = np.searchsorted(share / share[-1], np.array(LEVELS) - 1e-12)
        found = [float(kept[order][min(place, len(kept) - 1)]) for place in places]
        return Band(*(value if np.isfinite(value) else None for value in found))
