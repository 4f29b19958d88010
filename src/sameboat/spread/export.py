"""A footprint in the forms that others read: rows, GeoJSON, xarray, a picture."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.summary import quantile_bands

if TYPE_CHECKING:
    from sameboat.spread.footprint import Footprint

_TIMES = ("arrival_hours", "peak_hours", "cleared_hours", "duration_hours")


def table(footprint: "Footprint") -> list[dict[str, Any]]:
    """Return one row for each target and threshold, JSON-ready.

    Columns: target, threshold, limit, p_reached, p_error, and p10, p50, p90 of arrival, peak time,
    clearing, duration (hours, of members that reach it) and peak (of all members).
    Source: this project, docs/reference/ensembles.md, "How surely".
    """
    rows = []
    for number in range(len(footprint.thresholds)):
        rows.append(_columns(footprint, number))
    found = []
    for row, target in enumerate(footprint.targets):
        for number, columns in enumerate(rows):
            limit = footprint.thresholds[number]
            if footprint.limits is not None:
                limit = float(footprint.limits[row, number])
            found.append(
                {
                    "target": target,
                    "threshold": _name(footprint, number),
                    "limit": _number(limit),
                    **{name: _number(values[row]) for name, values in columns.items()},
                }
            )
    return found


def geojson(
    footprint: "Footprint", geometries: Mapping[str, Mapping[str, Any]], threshold: int = 0
) -> dict[str, Any]:
    """Return a FeatureCollection (RFC 7946) of the targets that have a geometry.

    Args: geometries: target -> GeoJSON geometry, longitude and latitude.
    Source: H. Butler et al. (2016), The GeoJSON format, RFC 7946.
    """
    wanted = _name(footprint, threshold)
    features = [
        {"type": "Feature", "geometry": dict(geometries[row["target"]]), "properties": row}
        for row in table(footprint)
        if row["threshold"] == wanted and row["target"] in geometries
    ]
    return {"type": "FeatureCollection", "features": features}


def to_xarray(footprint: "Footprint") -> Any:
    """Return an `xarray.Dataset` with dimensions target, threshold and member.

    Raises: ImportError: xarray is not installed (`pip install xarray`).
    Source: S. Hoyer & J. Hamman (2017), xarray: N-D labeled arrays and datasets in Python,
    J. Open Res. Softw. 5:10.
    """
    import xarray

    whole = ("target", "threshold", "member")
    variables = {
        name: (whole, getattr(footprint, name), {"units": "h"})
        for name in ("arrival_hours", "cleared_hours", "duration_hours")
    }
    flat = ("target", "member")
    variables["peak_hours"] = (flat, footprint.peak_hours, {"units": "h"})  # type: ignore[assignment]
    variables["peak"] = (flat, footprint.peak, {"units": footprint.unit})  # type: ignore[assignment]
    variables["weight"] = (("member",), footprint.shares, {"units": "1"})  # type: ignore[assignment]
    if footprint.limits is not None:
        variables["limit"] = (whole[:2], footprint.limits, {"units": footprint.unit})  # type: ignore[assignment]
    names = [_name(footprint, number) for number in range(len(footprint.thresholds))]
    return xarray.Dataset(
        variables,
        coords={
            "target": list(footprint.targets),
            "threshold": names if footprint.labels else list(footprint.thresholds),
            "member": np.arange(footprint.members),
        },
    )


def plot(footprint: "Footprint", threshold: int = 0, most: int = 40) -> Any:
    """Return a matplotlib figure: when each target is reached (10 … 90 %), shaded by probability.

    Args: most: at most so many targets, the earliest.
    Raises: ImportError: matplotlib is not installed.
    Source: J. D. Hunter (2007), Matplotlib: a 2D graphics environment, Comput. Sci. Eng. 9:90.
    """
    from matplotlib.figure import Figure

    columns = _columns(footprint, threshold)
    reached = np.flatnonzero(columns["p_reached"] > 0)
    order = reached[np.argsort(columns["arrival_p50"][reached], kind="stable")][:most]
    figure = Figure(figsize=(8, 1.2 + 0.3 * max(len(order), 1)), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(order.tolist()):
        first, last = columns["arrival_p10"][row], columns["arrival_p90"][row]
        shade = 0.25 + 0.75 * columns["p_reached"][row]
        axes.plot([first, last], [place, place], lw=6, alpha=shade, solid_capstyle="butt", c="C0")
        axes.plot([columns["arrival_p50"][row]], [place], "|", ms=12, c="black")
    axes.set_yticks(range(len(order)))
    axes.set_yticklabels(
        [f"{footprint.targets[row]}  {columns['p_reached'][row]:.0%}" for row in order.tolist()]
    )
    axes.invert_yaxis()
    axes.set_xlabel(f"arrival above {_name(footprint, threshold)} {footprint.unit}, hours")
    return figure


def _columns(footprint: "Footprint", threshold: int) -> dict[str, NDArray[np.float64]]:
    reached = np.isfinite(footprint.arrival_hours[:, threshold])
    p = footprint.chance(reached)
    found = {"p_reached": p, "p_error": np.sqrt(p * (1 - p) / footprint.effective_members)}
    for name in (*_TIMES, "peak"):
        values = getattr(footprint, name)
        if values.ndim == 3:
            values = values[:, threshold]
        chosen = np.ones_like(reached) if name == "peak" else reached
        bands = quantile_bands(values, chosen, footprint.shares)
        for place, level in enumerate(("p10", "p50", "p90")):
            found[f"{name.removesuffix('_hours')}_{level}"] = bands[:, place]
    return found


def _name(footprint: "Footprint", threshold: int) -> str:
    if footprint.labels:
        return footprint.labels[threshold]
    return f"{footprint.thresholds[threshold]:g}"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
