"""Nonlinear Muskingum of Gill, S = K[XI + (1-X)Q]^m, for the published calibrations.

Two schemes are in use.  The literature's takes the outflow from the new storage and the inflow of
the step *before*; its famous sums of squares depend on that lag.  The consistent one takes the
inflow of the same step.  Neither is used to forecast: the linear form and Muskingum-Cunge are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
LITERATURE, CONSISTENT = "literature", "consistent"
#: Ranges in which parameters are sought: K, X, m, lateral share.
_LOW, _HIGH = (1e-6, 0.0, 0.5, -0.5), (50.0, 0.5, 4.0, 0.5)
#: Where the search begins: sums of squares have more than one valley.
_STARTS = ((0.1, 0.25, 1.9), (0.02, 0.2, 2.2), (0.5, 0.2, 1.4), (1.2, 0.1, 1.05), (2.0, 0.2, 1.0))


@dataclass(frozen=True)
class Fit:
    """The best parameters found and the sum of squares of the outflow that is left."""

    storage: float  #: K, in steps of the series (to the power that m makes of it)
    weighting: float
    power: float
    lateral: float  #: share of the inflow that joins along the reach
    squares: float


def route_gill(
    inflow: ArrayLike,
    *,
    storage: float,
    weighting: float,
    power: float = 1.0,
    lateral: float = 0.0,
    scheme: str = LITERATURE,
    outflow_start: float | None = None,
) -> Array:
    """Route a flood through one reach whose storage is a power of its flow.

    The steps are explicit (Euler), of one unit of time each.
    Args: inflow: (time,), >= 0.  storage: K > 0.  weighting: X, 0 <= X < 1.  power: m > 0.
        lateral: share a, the inflow counts (1+a) times.  outflow_start: None: the inflow.
    Returns: outflow, (time,).
    Raises: ValueError: a parameter lies outside its range, or another scheme.
    Source: M. A. Gill (1978), Flood routing by the Muskingum method, J. Hydrol. 36:353; Y.-K.
    Tung (1985), River flood routing by nonlinear Muskingum method, J. Hydraul. Eng. 111:1447.
    """
    if not (storage > 0 and 0 <= weighting < 1 and power > 0 and lateral > -1):
        raise ValueError("allowed: storage > 0, 0 <= weighting < 1, power > 0, lateral > -1")
    if scheme not in (LITERATURE, CONSISTENT):
        raise ValueError(f"scheme is {scheme!r}, allowed: {LITERATURE}, {CONSISTENT}")
    flow = (1.0 + lateral) * np.asarray(inflow, dtype=np.float64)
    found = np.empty_like(flow)
    found[0] = flow[0] if outflow_start is None else outflow_start
    held = storage * (weighting * flow[0] + (1 - weighting) * found[0]) ** power
    before = found[0]
    for t in range(1, len(flow)):
        held = max(held + flow[t - 1] - before, 0.0)
        weighted = (held / storage) ** (1 / power)
        before = (weighted - weighting * flow[t]) / (1 - weighting)
        shown = flow[t - 1] if scheme == LITERATURE else flow[t]
        found[t] = (weighted - weighting * shown) / (1 - weighting)
    return found


def fit_linear(inflow: ArrayLike, outflow: ArrayLike) -> Fit:
    """Return the K (in steps) and X of the linear form that leave the least sum of squares.

    Source: McCarthy (1938); Chow, Maidment & Mays (1988), Applied Hydrology, section 8.4.
    """
    flow, seen = np.asarray(inflow, dtype=np.float64), np.asarray(outflow, dtype=np.float64)

    def away(free: Array) -> Array:
        return _linear(flow, float(free[0]), float(free[1]), float(seen[0])) - seen

    best = _least(away, [(1.5, 0.2), (2.5, 0.1), (5.0, 0.3)], (0.05, 0.0), (50.0, 0.5))
    return Fit(float(best[0]), float(best[1]), 1.0, 0.0, float((away(best) ** 2).sum()))


def fit_gill(
    inflow: ArrayLike, outflow: ArrayLike, *, scheme: str = LITERATURE, with_lateral: bool = False
) -> Fit:
    """Return the parameters of the nonlinear form that leave the least sum of squares.

    Source: as `route_gill`; trust-region reflective least squares from several starts (Branch,
    Coleman & Li 1999, SIAM J. Sci. Comput. 21:1).
    """
    flow, seen = np.asarray(inflow, dtype=np.float64), np.asarray(outflow, dtype=np.float64)
    size = 4 if with_lateral else 3

    def away(free: Array) -> Array:
        lateral = float(free[3]) if with_lateral else 0.0
        storage, weighting, power = (float(each) for each in free[:3])
        with np.errstate(all="ignore"):
            routed = route_gill(
                flow, storage=storage, weighting=weighting, power=power, lateral=lateral,
                scheme=scheme, outflow_start=float(seen[0]),
            )  # fmt: skip
        return np.clip(np.nan_to_num(routed, nan=1e6), -1e6, 1e6) - seen

    starts = [(*start, 0.0)[:size] for start in _STARTS]
    best = _least(away, starts, _LOW[:size], _HIGH[:size])
    lateral = float(best[3]) if with_lateral else 0.0
    storage, weighting, power = (float(each) for each in best[:3])
    return Fit(storage, weighting, power, lateral, float((away(best) ** 2).sum()))


def _linear(flow: Array, storage: float, weighting: float, start: float) -> Array:
    below = 2 * storage * (1 - weighting) + 1
    first, second = (1 - 2 * storage * weighting) / below, (1 + 2 * storage * weighting) / below
    found = np.empty_like(flow)
    found[0] = start
    for t in range(1, len(flow)):
        found[t] = first * flow[t] + second * flow[t - 1] + (1 - first - second) * found[t - 1]
    return found


def _least(away: object, starts: list[tuple[float, ...]], low: tuple[float, ...],
           high: tuple[float, ...]) -> Array:  # fmt: skip
    from scipy.optimize import least_squares

    # K and m pull against each other: the scale of each start lets the steps follow the valley.
    found = [
        least_squares(
            away, start, bounds=(low, high), x_scale=np.maximum(np.abs(start), 0.05), xtol=1e-12,
            ftol=1e-12, gtol=1e-12, max_nfev=2000,
        )
        for start in starts
    ]  # fmt: skip
    best: Array = min(found, key=lambda each: float(each.cost)).x
    return best
