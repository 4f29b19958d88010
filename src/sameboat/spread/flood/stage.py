"""Stage from discharge and back: a rating curve."""

from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: Of a rating curve above its highest point: a wide channel has 5/3, a triangle 8/3, banks more.
_POWERS = (1.0, 5.0)


@dataclass(frozen=True)
class RatingCurve:
    """Stages and the flows measured at them, both rising; (points,) each, at least two.

    Between the points the curve is a monotone cubic (no flow is met twice).  Above the highest
    point it goes on as a power of the height above `zero_m`, through the last two points; below
    the lowest it runs straight to no flow at `zero_m`.  `beyond` says where it was drawn out.
    """

    stage_m: Array
    flow_m3s: Array
    zero_m: float = nan  #: stage of no flow; NaN: as far below as the first piece leads

    def __post_init__(self) -> None:
        stage = np.array(self.stage_m, dtype=np.float64)
        flow = np.array(self.flow_m3s, dtype=np.float64)
        if stage.ndim != 1 or stage.shape != flow.shape or len(stage) < 2:
            raise ValueError("stage_m and flow_m3s must have the same >= 2 values")
        if not (np.isfinite(stage).all() and np.isfinite(flow).all()):
            raise ValueError("stage_m and flow_m3s must be finite")
        if (np.diff(stage) <= 0).any() or (np.diff(flow) <= 0).any() or flow[0] < 0:
            raise ValueError("stage_m and flow_m3s must rise, from a flow >= 0 m3/s")
        zero = self.zero_m
        if flow[0] == 0:
            zero = stage[0] if isnan(zero) else zero
            if zero != stage[0]:
                raise ValueError(f"zero_m is {zero}, allowed: {stage[0]}, where flow_m3s is 0")
        elif isnan(zero):
            rise = (flow[1] - flow[0]) / (stage[1] - stage[0])
            zero = stage[0] - flow[0] / rise
        elif not zero < stage[0]:
            raise ValueError(f"zero_m is {zero}, allowed: < {stage[0]} m")
        object.__setattr__(self, "stage_m", stage)
        object.__setattr__(self, "flow_m3s", flow)
        object.__setattr__(self, "zero_m", float(zero))

    @property
    def power(self) -> float:
        """Return the power with which the flow grows above the highest point, 1 … 5.

        Two points that lie close, or a wrong stage of no flow, would give any power, and with it
        stages of a thousand metres, or none that rise.

        Source: ISO 1100-2 (2010), Hydrometry: stage-discharge relationship, section 7.
        """
        last, before = self.stage_m[-1] - self.zero_m, self.stage_m[-2] - self.zero_m
        if before <= 0:
            return 5 / 3
        found = np.log(self.flow_m3s[-1] / self.flow_m3s[-2]) / np.log(last / before)
        return float(np.clip(found, *_POWERS))

    def flow_at(self, stage_m: ArrayLike) -> Array:
        """Return m3/s at stages, m, any shape; 0 below the stage of no flow."""
        stage = np.asarray(stage_m, dtype=np.float64)
        zero = self.zero_m
        low, high = self.stage_m[0], self.stage_m[-1]
        inside = self._curve(np.clip(stage, low, high))
        reach = np.maximum(stage - zero, 0.0) / (high - zero)
        above = self.flow_m3s[-1] * np.maximum(reach, 1.0) ** self.power
        drop = (low - zero) if low > zero else 1.0
        below = self.flow_m3s[0] * np.clip((stage - zero) / drop, 0.0, 1.0)
        return np.where(stage > high, above, np.where(stage < low, below, inside))

    def stage_at(self, flow_m3s: ArrayLike) -> Array:
        """Return the stage, m, at flows, m3/s, any shape: the inverse of `flow_at`."""
        flow = np.asarray(flow_m3s, dtype=np.float64)
        zero = self.zero_m
        least, most = self.flow_m3s[0], self.flow_m3s[-1]
        inside = self._inverse(np.clip(flow, least, most))
        above = zero + (self.stage_m[-1] - zero) * np.maximum(flow / most, 1.0) ** (1 / self.power)
        part = np.clip(flow / least, 0.0, 1.0) if least > 0 else np.zeros_like(flow)
        below = zero + (self.stage_m[0] - zero) * part
        return np.where(flow > most, above, np.where(flow < least, below, inside))

    def beyond(self, flow_m3s: ArrayLike) -> NDArray[np.bool_]:
        """Return where the curve was drawn out: flows outside of those that were measured."""
        flow = np.asarray(flow_m3s, dtype=np.float64)
        return np.asarray((flow > self.flow_m3s[-1]) | (flow < self.flow_m3s[0]))

    def _curve(self, stage: Array) -> Array:
        from scipy.interpolate import PchipInterpolator

        found: Array = PchipInterpolator(self.stage_m, self.flow_m3s)(stage)
        return found

    def _inverse(self, flow: Array) -> Array:
        """Return the stages by halving the piece that holds each flow: exact, and no table."""
        from scipy.interpolate import PchipInterpolator

        curve = PchipInterpolator(self.stage_m, self.flow_m3s)
        cell = np.clip(np.searchsorted(self.flow_m3s, flow, side="right") - 1, 0,
                       len(self.stage_m) - 2)  # fmt: skip
        low, high = self.stage_m[cell], self.stage_m[cell + 1]
        for _round in range(48):
            middle = 0.5 * (low + high)
            under = curve(middle) <= flow
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray(0.5 * (low + high))
