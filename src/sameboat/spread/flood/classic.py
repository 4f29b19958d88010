"""Muskingum-Cunge with variable parameters as Ponce has it: to compare with, for it loses water."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.flood.section import Rating

Array = NDArray[np.float64]


def route_classic(
    inflow: Array,
    rating: Rating,
    *,
    reach: int = 0,
    length_m: float,
    step_s: float,
    pieces: int = 1,
) -> Array:
    """Return the outflow of one reach, m3/s, (time, members); parameters from three points.

    It closes no balance: on mild slopes some per cent of the water are lost (Ponce & Chaganti
    1994; Todini 2007).  `route_reach` takes its place everywhere else.
    Args: inflow: m3/s, (time, members), >= 0.
    Raises: ValueError: the inflow or a length is out of range.
    Source: V. M. Ponce & P. V. Chaganti (1994), Variable-parameter Muskingum-Cunge method
    revisited, J. Hydrol. 162:433 (three-point average).
    """
    flow = np.array(inflow, dtype=np.float64)
    if flow.ndim != 2 or not (np.isfinite(flow).all() and (flow >= 0).all()):
        raise ValueError("inflow must be finite and >= 0 m3/s, shape (time, members)")
    if not (0 < length_m < np.inf and 0 < step_s < np.inf and pieces >= 1):
        raise ValueError("length_m, step_s and pieces must be > 0")
    known = rating.flow[reach].astype(np.float64)
    celerity = rating.celerity[reach].astype(np.float64)
    spread = 2.0 * rating.wedge[reach].astype(np.float64) * celerity
    for _piece in range(pieces):
        flow = _through(flow, (known, celerity, spread), length_m / pieces, step_s)
    return flow


def _through(inflow: Array, table: tuple[Any, Any, Any], length: float, step: float) -> Array:
    known, celerity, spread = table
    outflow = np.empty_like(inflow)
    outflow[0] = inflow[0]
    for t in range(1, len(inflow)):
        mean = (inflow[t] + inflow[t - 1] + outflow[t - 1]) / 3.0
        courant = np.interp(mean, known, celerity) * step / length
        reynolds = np.interp(mean, known, spread) / length
        outflow[t] = (
            (courant + reynolds - 1) * inflow[t]
            + (1 + courant - reynolds) * inflow[t - 1]
            + (1 - courant + reynolds) * outflow[t - 1]
        ) / (1 + courant + reynolds)
    return outflow
