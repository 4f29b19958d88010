"""Where the source lies and where people watch: points in metres around the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.inputs import InputReader

Array = NDArray[np.float64]
EARTH_M = 6_371_008.8  #: mean radius
_LIMITS = {"x_m": 5e6, "y_m": 5e6, "lon": 180.0, "lat": 90.0}


@dataclass(frozen=True)
class Receptors:
    """The points of every target, one target after the other.

    `x`, `y` (points,): m east and north of the source.  `elevation` (points,): m above the sea.
    `first` (targets + 1,): number of each target's first point.
    """

    keys: tuple[str, ...]
    x: Array
    y: Array
    elevation: Array
    first: NDArray[np.int64]

    def only(self, rows: Sequence[int]) -> "Receptors":
        """Return some of the targets, in this order."""
        points = [np.arange(self.first[row], self.first[row + 1]) for row in rows]
        chosen = np.concatenate(points) if points else np.empty(0, np.int64)
        first = np.concatenate([[0], np.cumsum([len(each) for each in points])])
        return Receptors(
            tuple(self.keys[row] for row in rows),
            self.x[chosen], self.y[chosen], self.elevation[chosen], first.astype(np.int64),
        )  # fmt: skip


def around(lon: Array, lat: Array, *, lon_0: float, lat_0: float) -> tuple[Array, Array]:
    """Return metres east and north of a place; distances and bearings from it are exact.

    Args: lon, lat, lon_0, lat_0: degrees.
    Source: J. P. Snyder (1987), Map projections: a working manual, USGS Professional Paper 1395,
    eqs 22-4, 22-5, 25-2 (azimuthal equidistant, sphere).
    """
    across, up = np.radians(lon - lon_0), np.radians(lat)
    sine, cosine = sin(radians(lat_0)), cos(radians(lat_0))
    east = np.cos(up) * np.sin(across)
    north = cosine * np.sin(up) - sine * np.cos(up) * np.cos(across)
    toward = sine * np.sin(up) + cosine * np.cos(up) * np.cos(across)
    apart = np.hypot(east, north)
    angle = np.arctan2(apart, toward)
    scale = EARTH_M * np.divide(angle, apart, out=np.ones_like(apart), where=apart > 1e-15)
    return scale * east, scale * north


def _axes(row: Mapping[str, Any]) -> tuple[str, str]:
    return ("lon", "lat") if "lon" in row or "lat" in row else ("x_m", "y_m")


def read_receptors(
    reader: InputReader, source: Mapping[str, Any], *, most: int = 200_000
) -> Receptors:
    """Read the input `targets` around the source; what is wrong is noted with the reader.

    A target has one point (x_m, y_m or lon, lat) or `points`, a list of pairs, in the source's
    kind of coordinates.
    Source: this project, docs/reference/air-release.md, "Places".
    """
    axes = _axes(source)
    centre = [_coordinate(reader, source, axis, "source") for axis in axes]
    rows = reader.rows("targets")
    keys: list[str] = []
    found: list[Array] = []
    heights: list[float] = []
    for number, row in enumerate(rows):
        field = f"targets[{number}]"
        reader.only(row, {"key", "points", "elevation_m", *axes}, field)
        keys.append(str(row.get("key", number)))
        heights.append(
            reader.number(row, "elevation_m", field=field, low=-500, high=9000, default=0.0)
        )
        if "points" in row:
            points = reader.array(row, "points", field=field, ndim=2)
            if points.size and points.shape[1] != 2:
                reader.fault(
                    "wrong_shape", f"{field}.points", points.shape[1],
                    _("is the number of columns of a list of pairs."), allowed="2",
                )  # fmt: skip
                points = np.empty((0, 2))
            _check_points(reader, points, axes, field)
        else:
            points = np.array([[_coordinate(reader, row, axis, field) for axis in axes]])
        found.append(points)
    counts = [len(each) for each in found]
    if sum(counts) > most:
        reader.fault(
            "too_many", "targets", sum(counts), _("points are too many."), allowed=f"<= {most}"
        )
    pairs = np.concatenate(found) if found else np.empty((0, 2))
    if axes[0] == "lon":
        x, y = around(pairs[:, 0], pairs[:, 1], lon_0=centre[0], lat_0=centre[1])
    else:
        x, y = pairs[:, 0] - centre[0], pairs[:, 1] - centre[1]
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Receptors(tuple(keys), x.copy(), y.copy(), np.repeat(heights, counts), first)


def _coordinate(reader: InputReader, row: Mapping[str, Any], axis: str, field: str) -> float:
    limit = 1e8 if axis.endswith("_m") else _LIMITS[axis]
    return reader.number(row, axis, field=field, low=-limit, high=limit)


def _check_points(reader: InputReader, points: Array, axes: tuple[str, str], field: str) -> None:
    for column, axis in enumerate(axes):
        limit = 1e8 if axis.endswith("_m") else _LIMITS[axis]
        wrong = np.abs(points[:, column]) > limit
        if wrong.any():
            row = int(np.argmax(wrong))
            reader.fault(
                "out_of_range", f"{field}.points[{row}]", float(points[row, column]),
                _("lies outside its range."), allowed=f"{axis}: {-limit:g} … {limit:g}",
            )  # fmt: skip


def components(speed: Array, from_deg: Array) -> tuple[Array, Array]:
    """Return wind toward east and north, m/s, of the direction it blows from (degrees from north).

    Whoever interpolates a wind does so with these: between 350 and 10 degrees lies north.
    Source: World Meteorological Organization, WMO-No. 8 (2018), Guide to instruments, chapter 5.
    """
    angle = np.radians(from_deg)
    return -speed * np.sin(angle), -speed * np.cos(angle)
