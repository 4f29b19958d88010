"""The shape of a channel, and what flows through it at each depth (Manning)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: Nodes of a rating table, depth 0 among them; they stand close where the water is shallow.
NODES = 65
_BLOCK = 512


@dataclass(frozen=True)
class Section:
    """Channels of rectangular, trapezoidal or compound section; each a number or (reaches,).

    Above `bank_m` the water stands on a plain of `plain_m` (both sides together) as well: the
    main channel keeps its own wetted perimeter, the plain has its own (divided channel).
    """

    bottom_m: ArrayLike  #: width of the bed, > 0
    slope: ArrayLike  #: of the bed, > 0
    roughness: ArrayLike = 0.035  #: Manning's n, > 0
    side: ArrayLike = 0.0  #: of the banks, horizontal : vertical
    bank_m: ArrayLike = np.inf  #: depth at which the banks are full
    plain_m: ArrayLike = 0.0
    plain_roughness: ArrayLike = 0.06

    def __post_init__(self) -> None:
        for name in ("bottom_m", "slope", "roughness", "plain_roughness", "bank_m"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if not (values > 0).all() or (name != "bank_m" and not np.isfinite(values).all()):
                raise ValueError(f"{name} must be > 0 and finite")
            object.__setattr__(self, name, values)
        for name in ("side", "plain_m"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ValueError(f"{name} must be >= 0 and finite")
            object.__setattr__(self, name, values)

    def rows(self, first: int, last: int) -> "Section":
        """Return the channels from one row to another; a number stays what it is."""
        columns = (
            np.asarray(each, dtype=np.float64)
            for each in (
                self.bottom_m, self.slope, self.roughness, self.side, self.bank_m, self.plain_m,
                self.plain_roughness,
            )
        )  # fmt: skip
        return Section(*(each[first:last] if each.ndim else each for each in columns))

    def hydraulics(self, depth_m: ArrayLike) -> tuple[Array, Array, Array]:
        """Return area m2, width of the surface m, and steady flow m3/s, at depths >= 0.

        Args: depth_m: number, (reaches,) or (..., reaches).
        Source: V. T. Chow (1959), Open-Channel Hydraulics, eqs 5-6 and 6-13 (Manning; divided
        compound section).
        """
        depth = np.asarray(depth_m, dtype=np.float64)
        bottom, side, bank = (np.asarray(each) for each in (self.bottom_m, self.side, self.bank_m))
        inside = np.minimum(depth, bank)
        over = depth - inside
        top = bottom + 2.0 * side * inside
        area = (bottom + side * inside) * inside + top * over
        wetted = bottom + 2.0 * inside * np.sqrt(1.0 + side * side)
        plain = np.asarray(self.plain_m)
        # Without a plain the banks go up as walls.
        wetted = wetted + np.where(plain > 0, 0.0, 2.0 * over)
        root = np.sqrt(np.asarray(self.slope))
        flow = root / np.asarray(self.roughness) * area * np.cbrt(area / wetted) ** 2
        if not plain.any():
            return area, top + np.zeros_like(over), flow
        wide = plain * over
        beside = np.cbrt(wide / np.where(plain > 0, plain + 2.0 * over, 1.0)) ** 2
        flow = flow + root / np.asarray(self.plain_roughness) * wide * beside
        return area + wide, top + np.where(over > 0, plain, 0.0), flow

    def normal_depth(self, flow_m3s: ArrayLike) -> Array:
        """Return the depth, m, of steady flow at m3/s >= 0: the stage above the bed.

        Args: flow_m3s: number, (reaches,) or (..., reaches).
        Source: Chow (1959), Open-Channel Hydraulics, section 6-4.
        """
        flow = np.asarray(flow_m3s, dtype=np.float64)
        if not (np.isfinite(flow).all() and (flow >= 0).all()):
            raise ValueError("flow_m3s must be finite and >= 0")
        high = np.ones(np.broadcast_shapes(flow.shape, np.shape(self.bottom_m)))
        for _double in range(20):
            short = self.hydraulics(high)[2] < flow
            if not short.any():
                break
            high = np.where(short, 2.0 * high, high)
        low = np.zeros_like(high)
        for _halve in range(60):
            middle = 0.5 * (low + high)
            under = self.hydraulics(middle)[2] <= flow
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        found: Array = np.where(flow > 0, 0.5 * (low + high), 0.0)
        return found


@dataclass(frozen=True)
class Rating:
    """What each reach carries and stores at each node of depth, (reaches, nodes) in float32."""

    depth: NDArray[np.float32]  #: m
    flow: NDArray[np.float32]  #: m3/s
    area: NDArray[np.float32]  #: m2
    wedge: NDArray[np.float32]  #: s: Q/(2 c2 B S0), what a m3/s of difference stores
    celerity: NDArray[np.float32]  #: m/s

    def row(self, reach: int) -> "Rating":
        """Return the table of one reach, as a table of one."""
        at = slice(reach, reach + 1)
        return Rating(
            self.depth[at], self.flow[at], self.area[at], self.wedge[at], self.celerity[at]
        )


def rate(section: Section, *, most_m3s: ArrayLike, nodes: int = NODES) -> Rating:
    """Return rating tables that reach up to a flow; above it the last piece goes on.

    Between its nodes area and flow run straight, so that celerity dQ/dA is that of the piece and
    agrees with the storage to rounding, however coarse the table is.

    Args: most_m3s: number or (reaches,), > 0: a flow that will hardly be passed.
    Raises: ValueError: most_m3s not above 0; fewer than 8 nodes.
    Source: E. Todini (2007), HESS 11:1645, section 4; Chow (1959), Open-Channel Hydraulics.
    """
    most = np.atleast_1d(np.asarray(most_m3s, dtype=np.float64))
    if not (np.isfinite(most).all() and (most > 0).all()):
        raise ValueError("most_m3s must be finite and > 0 m3/s")
    if nodes < 8:
        raise ValueError(f"nodes is {nodes}, allowed: >= 8")
    size = len(np.broadcast_to(most, np.broadcast_shapes(most.shape, np.shape(section.bottom_m),
                                                         np.shape(section.slope))))  # fmt: skip
    most = np.broadcast_to(most, size)
    tables = [np.empty((size, nodes), np.float32) for _each in range(5)]
    # A block of reaches at a time stays in the cache.
    for first in range(0, size, _BLOCK):
        last = min(first + _BLOCK, size)
        found = _rate_block(section.rows(first, last), most[first:last], nodes)
        for table, block in zip(tables, found, strict=True):
            table[first:last] = block.T
    return Rating(*tables)


def _rate_block(section: Section, most: Array, nodes: int) -> tuple[Array, ...]:
    """Return depth, flow, area, wedge and celerity, (nodes, reaches)."""
    part = (np.arange(nodes) / (nodes - 1)) ** 2
    depth = part[:, None] * section.normal_depth(most)
    area, width, flow = section.hydraulics(depth)
    celerity = np.empty_like(flow)
    celerity[1:-1] = (flow[2:] - flow[:-2]) / (area[2:] - area[:-2])
    celerity[0] = (flow[1] - flow[0]) / (area[1] - area[0])
    celerity[-1] = (flow[-1] - flow[-2]) / (area[-1] - area[-2])
    wedge = flow / (2.0 * celerity**2 * width * np.asarray(section.slope))
    return depth, flow, area, wedge, celerity
