"""How the inoperability of one sector of an economy becomes that of others.

q = A* q + c*: a sector is inoperable (0 = works fully, 1 = not at all) by what it lost itself
and by what the sectors it needs cannot give.  All functions take a batch of draws at once.
"""

from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

Array = NDArray[np.float64]


class SectorsFeedOnEachOther(Refusal):
    """The interdependence matrix has no finite answer."""

    says = _(
        "a loss of these sectors comes back to them {radius} times over: every row of the matrix "
        "must lose on the way (largest eigenvalue below 1)."
    )


def _checked(matrix: ArrayLike, loss: ArrayLike) -> tuple[Array, Array]:
    a = np.asarray(matrix, dtype=np.float64)
    c = np.asarray(loss, dtype=np.float64)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise ValueError(f"matrix has shape {a.shape}, allowed: (sectors, sectors)")
    if not (np.isfinite(a).all() and (a >= 0).all()):
        raise ValueError("matrix holds numbers that are not finite and >= 0")
    if c.shape[0] != a.shape[0]:
        raise ValueError(f"loss has {c.shape[0]} rows, allowed: {a.shape[0]}")
    if not (np.isfinite(c).all() and (c >= 0).all() and (c <= 1).all()):
        raise ValueError("loss must lie in 0 … 1")
    return a, c


def solve_inoperability(matrix: ArrayLike, loss: ArrayLike) -> Array:
    """Return the linear answer q = (I - A*)^-1 c*, which may exceed 1.

    Args: matrix: A*, (sectors, sectors), >= 0; row i, column j: the inoperability of i by that
        of j.  loss: c*, (sectors,) or (sectors, draws), 0..1.
    Raises: SectorsFeedOnEachOther: no finite answer >= 0.  ValueError: shape or range.
    Source: Y. Y. Haimes & P. Jiang (2001), Leontief-based model of risk in complex
    interconnected infrastructures, J. Infrastruct. Syst. 7:1, eq 4; J. R. Santos & Y. Y. Haimes
    (2004), Modeling the demand reduction input-output inoperability due to terrorism, Risk
    Anal. 24:1437.
    """
    a, c = _checked(matrix, loss)
    return _solve(a, c)[0]


def _solve(a: Array, c: Array) -> tuple[Array, float]:
    """Return the linear answer, and the most that a loss of one everywhere comes to."""
    from scipy.linalg import LinAlgWarning, lu_factor, lu_solve

    with catch_warnings():  # a matrix without an inverse is refused below
        simplefilter("ignore", LinAlgWarning)
        factors = lu_factor(np.eye(len(a)) - a, check_finite=False)
    # (I - A)^-1 exists and is >= 0 exactly where a loss everywhere has an answer above itself.
    everywhere = lu_solve(factors, np.ones(len(a)), check_finite=False)
    if not (np.isfinite(everywhere).all() and (everywhere >= 1.0 - 1e-9).all()):
        raise SectorsFeedOnEachOther(radius=f"{_radius(a):.3g}")
    found: Array = lu_solve(factors, c, check_finite=False)
    return np.maximum(found, 0.0), float(everywhere.max(initial=1.0))


def clip_inoperability(
    matrix: ArrayLike, loss: ArrayLike, *, tolerance: float = 1e-12, rounds: int = 10_000
) -> Array:
    """Return the smallest q with q = min(1, A* q + c*), each sector within 0..1.

    Nothing can be more than wholly inoperable, so the clip lies inside the iteration; a draw
    whose linear answer stays below 1 keeps it.  Where the iteration would creep, and where there
    is no linear answer, it is found sector by sector.
    Args: as `solve_inoperability`.  tolerance: how far the answer may be off.
    Raises: ValueError: shape or range.
    Source: Haimes & Jiang (2001), with 0 <= q <= 1; this project, docs/reference/cascade.md,
    "Inoperability".
    """
    a, c = _checked(matrix, loss)
    batch = c.reshape(len(a), -1)
    try:
        found, grown = _solve(a, batch)
    except SectorsFeedOnEachOther:
        exact = [_by_sector(a, batch[:, draw]) for draw in range(batch.shape[1])]
        return np.array(exact).T.reshape(c.shape)
    over = np.flatnonzero((found > 1.0).any(axis=0))
    found = np.minimum(found, 1.0)
    q, given = found[:, over], batch[:, over]
    change = np.full(len(over), np.inf)
    for _round in range(rounds if len(over) else 0):
        next_ = np.minimum(a @ q + given, 1.0)
        change, q = np.abs(next_ - q).max(axis=0), next_
        # What is still to come of a change is at most what a loss of its size comes to.
        if (change * grown <= tolerance).all():
            break
    for draw in np.flatnonzero(change * grown > tolerance):
        q[:, draw] = _by_sector(a, given[:, draw])
    found[:, over] = q
    return found.reshape(c.shape)


def _by_sector(a: Array, c: Array) -> Array:
    """Return the smallest q = min(1, A q + c) of one draw, in as many solutions as sectors at most.

    Sectors that no loss comes to stay whole.  The others are taken as wholly inoperable, and let
    go as long as what comes to one is less; on them the answer that is nowhere 0 is the only one.
    Source: L. Eisenberg & T. H. Noe (2001), Systemic risk in financial systems, Manag. Sci.
    47:236 (one after the other); this project, docs/reference/cascade.md, "Inoperability".
    """
    hit = c > 0
    while (more := hit | (a @ hit > 0)).sum() > hit.sum():
        hit = more
    rows = np.flatnonzero(hit)
    a, given = a[np.ix_(rows, rows)], c[rows]
    q, full = np.ones(len(rows)), np.ones(len(rows), np.bool_)
    while (less := full & (a @ q + given < 1.0)).any():
        full &= ~less
        free = np.flatnonzero(~full)
        inner = np.eye(len(free)) - a[np.ix_(free, free)]
        try:
            part = np.linalg.solve(
                inner, given[free] + a[np.ix_(free, np.flatnonzero(full))].sum(1)
            )
        except np.linalg.LinAlgError:
            break  # they hold each other at 1, to the last digit
        q[free] = np.clip(part, 0.0, 1.0)
    found = np.zeros(len(c))
    found[rows] = q
    return found


def trace_inoperability(
    matrix: ArrayLike, loss: ArrayLike, *, resilience: ArrayLike, steps: int, step: float = 1.0,
    start: ArrayLike | None = None,
) -> Array:  # fmt: skip
    """Return q over time, (steps + 1, sectors[, draws]), clipped to 0..1 at every step.

    q' = q + step K (A* q + c* - q).
    Args: resilience: K, (sectors,), per unit of time, >= 0, with step K <= 1.  start: q at time
        0; none = 0.  Others as `solve_inoperability`.
    Raises: ValueError: shape or range; a step K above 1 would overshoot.
    Source: C. Lian & Y. Y. Haimes (2006), Managing the risk of terrorism to interdependent
    infrastructure systems through the dynamic inoperability input-output model, Syst. Eng. 9:241.
    """
    a, c = _checked(matrix, loss)
    speed = step * np.asarray(resilience, dtype=np.float64)
    if speed.shape != (len(a),) or not ((speed >= 0) & (speed <= 1)).all():
        raise ValueError(f"step x resilience is {speed}, allowed: 0 … 1 for each sector")
    if steps < 1:
        raise ValueError(f"steps is {steps}, allowed: >= 1")
    speed = speed.reshape(-1, *([1] * (c.ndim - 1)))
    found = np.empty((steps + 1, *c.shape))
    found[0] = 0.0 if start is None else np.asarray(start, dtype=np.float64)
    if not ((found[0] >= 0) & (found[0] <= 1)).all():
        raise ValueError("start must lie in 0 … 1")
    for row in range(steps):
        q = found[row]
        found[row + 1] = np.clip(q + speed * (a @ q + c - q), 0.0, 1.0)
    return found


def _radius(matrix: Array) -> float:
    return float(np.abs(np.linalg.eigvals(matrix)).max())
