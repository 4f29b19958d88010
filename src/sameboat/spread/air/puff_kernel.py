"""Pieces of a release carried by a changing wind, compiled.

A piece is what leaves the source within one step.  It is a line between where its first and its
last part have got to, and widens as they do; where the line is shorter than the cloud is wide it
is a puff, where it is longer it is a stretch of a plume.  Import inside functions: needs numba.
"""

from math import erf, exp, inf, log, pi, sqrt
from typing import Any

import numpy as np

from sameboat.spread.air.plume import height_share
from sameboat.spread.air.rise import plume_rise
from sameboat.spread.air.stability import curve_width, virtual_distance
from sameboat.spread.compiled import compiled

_ROOT_2, _ROOT_2PI = sqrt(2.0), sqrt(2.0 * pi)
#: In calm a cloud still widens as if the air moved so fast, m/s.
CALM_MS = 0.5
#: Power of the rain rate with which rain washes out.
_RAIN_POWER = 0.79
_FAR_M = 1e9
#: exp of less, of the middle of a piece, is counted as nothing.
_LEAST = -20.0
#: Pieces are joined where the older is up to so many times as wide as the younger.
_SIMILAR = 1.1
#: Rows of `member`: see `carry`.
(MASS, TURN_RE, TURN_IM, WIDEN_Y, WIDEN_Z, LID, HEIGHT, HEAT, DRY, WET, DECAY, START,
 SOURCE) = range(13)  # fmt: skip
#: Rows of the ledger: released, in the air, fallen dry, washed out, decayed.
RELEASED, AIRBORNE, FALLEN, WASHED, DECAYED = range(5)


@compiled
def _width(v: float, least: float, factor: float, curve: Any) -> float:
    return max(factor * curve_width(v, curve[0], curve[1], curve[2]), least)


@compiled
def _along(width: float, factor: float, curve: Any) -> float:
    """Return the distance at which this class would have made the cloud so wide."""
    return min(virtual_distance(width / factor, curve[0], curve[1], curve[2]), _FAR_M)


@compiled
def line_density(
    along: float, across2: float, length: float, tail: Any, head: Any, z: float, how: Any
) -> float:
    """Return the density, 1/m3, at a point, of one unit spread evenly over a line.

    Args: along: of the point from the tail toward the head, m.  across2: squared distance from
        the line's axis, m2.  length: of the line, m.  tail, head: (7,) of its ends: x, y, virtual
        distances and least widths (2 each), height, m.  how: curves (2, 3), factors (2), lid m.
    Source: this project, docs/reference/air-release.md, "A piece of the cloud"; J. S. Scire et
    al. (2000), A user's guide for the CALPUFF dispersion model, section 2.1 (slugs).
    """
    curves, factors, lid = how
    part, beyond = along / length if length > 0.0 else 0.5, 0.0
    if along < 0.0:
        part, beyond = 0.0, along
    elif along > length:
        part, beyond = 1.0, along - length
    sigma_y = _between(tail, head, part, 0, factors[0], curves[0])
    if -0.5 * (across2 + beyond * beyond) < _LEAST * sigma_y * sigma_y:
        return 0.0
    if length < 0.02 * sigma_y:
        away = along - 0.5 * length
        spread = exp(-0.5 * (across2 + away * away) / (sigma_y * sigma_y))
        spread /= 2.0 * pi * sigma_y * sigma_y
    else:
        scale = 1.0 / (_ROOT_2 * sigma_y)
        share = 0.5 * (erf(along * scale) - erf((along - length) * scale))
        spread = exp(-0.5 * across2 / (sigma_y * sigma_y)) / (_ROOT_2PI * sigma_y)
        spread *= share / length
    sigma_z = _between(tail, head, part, 1, factors[1], curves[1])
    height = tail[6] + (head[6] - tail[6]) * part
    return spread * height_share(z, height, sigma_z, lid)


@compiled
def _between(tail: Any, head: Any, part: float, axis: int, factor: float, curve: Any) -> float:
    """Return the width at a part of the way from tail to head: the curve's, not a chord's."""
    v = tail[2 + axis] + (head[2 + axis] - tail[2 + axis]) * part
    least = tail[4 + axis] + (head[4 + axis] - tail[4 + axis]) * part
    return _width(v, least, factor, curve)


@compiled
def _see(points: Any, tail: Any, head: Any, z: float, how: Any, mass: float, seen: Any) -> None:
    """Add the concentration of one line at every point."""
    east, north = head[0] - tail[0], head[1] - tail[1]
    length = sqrt(east * east + north * north)
    if length > 0.0:
        east, north = east / length, north / length
    wide = max(
        _between(tail, head, 0.0, 0, how[1][0], how[0][0]),
        _between(tail, head, 1.0, 0, how[1][0], how[0][0]),
    )
    reach = -2.0 * _LEAST * wide * wide
    for point in range(points.shape[0]):
        x, y = points[point, 0] - tail[0], points[point, 1] - tail[1]
        along = x * east + y * north
        across2 = x * x + y * y - along * along
        away = max(along - length, -along, 0.0)
        if across2 + away * away < reach:
            density = line_density(along, max(across2, 0.0), length, tail, head, z, how)
            seen[point] += mass * density


@compiled
def _sink(held: float, fresh: float, rates: Any, span: float, ledger: Any) -> float:
    """Return what is left after `span` seconds of the three sinks; `fresh` joined half-way."""
    total = rates[0] + rates[1] + rates[2]
    if total <= 0.0:
        return held + fresh
    lost = -held * np.expm1(-total * span) - fresh * np.expm1(-0.5 * total * span)
    for sink in range(3):
        ledger[FALLEN + sink] += lost * rates[sink] / total
    return float(held + fresh - lost)


@compiled
def _dry_rate(speed: float, thin: float, thick: float, height: float, lid: float) -> float:
    """Return how fast the ground takes up a piece whose sigma_z lies between two values, 1/s."""
    if speed <= 0.0:
        return 0.0
    # Its mean of 1/sigma, so that the first metres do not count for the whole step.
    between = thin if thick - thin < 1e-9 * thick else (thick - thin) / log(thick / thin)
    return speed * height_share(0.0, min(height, lid), between, lid)


@compiled
def _ready(
    end: Any, born: float, now: float, then: float, outlet: Any, before: int, kind: int,
    curves: Any, member: Any,
) -> None:  # fmt: skip
    """Begin an end that leaves the source; where the class changed, go on along its curves."""
    if now <= born < then:
        for axis in range(4):
            end[axis] = outlet[2 + axis]
    if born >= now or kind == before:
        return
    for axis in range(2):
        factor = member[WIDEN_Y + axis]
        wide = _width(end[axis], end[2 + axis], factor, curves[axis, before])
        end[2 + axis] = wide
        end[axis] = _along(wide, factor, curves[axis, kind])


@compiled
def _place(end: Any, span: float, air: Any, kind: int, member: Any, at: Any) -> None:
    """Fill `at` (see `line_density`) with one end of a piece, `span` seconds on."""
    run = span * air[2]
    at[0], at[1] = end[4] + span * air[0], end[5] + span * air[1]
    for axis in range(2):
        at[2 + axis] = end[axis] + run
        at[4 + axis] = end[2 + axis]
    lift = plume_rise(end[6] + run, member[HEAT], air[3], kind)
    at[6] = min(member[HEIGHT] + lift, member[LID])


@compiled
def _advance(end: Any, span: float, air: Any) -> None:
    run = span * air[2]
    end[0] += run
    end[1] += run
    end[4] += span * air[0]
    end[5] += span * air[1]
    end[6] += run


@compiled
def _stretch(tail: Any, head: Any, x: float, y: float, run: float) -> None:
    """Make a line of a puff: its way within the step."""
    for each in range(2, 7):
        head[each] = tail[each]
    for axis in range(2, 4):
        head[axis] += 0.5 * run
        tail[axis] = max(tail[axis] - 0.5 * run, 0.0)
    head[0], head[1] = tail[0] + 0.5 * x, tail[1] + 0.5 * y
    tail[0], tail[1] = tail[0] - 0.5 * x, tail[1] - 0.5 * y


@compiled
def _piece(
    end: Any, held: float, out: float, born: Any, clock: Any, air: Any, kind: int, rates: Any,
    how: Any, outlet: Any, member: Any, points: Any, z: float, seen: Any, ledger: Any,
) -> float:  # fmt: skip
    """Carry one piece through one step and return what of it is left in the air."""
    begin, finish, span = born
    now, then = clock
    since = max(now, begin)
    middle = 0.5 * (since + then)
    brief = span == 0.0
    tail, head = np.empty(7), np.empty(7)
    _place(end[0], middle - since, air, kind, member, tail)
    if finish <= middle:
        _place(end[1], middle - max(now, finish), air, kind, member, head)
    else:  # it is still leaving the source
        head[:] = outlet
    thick = _between(tail, head, 0.0, 1, how[1][1], how[0][1])
    thin = min(_between(tail, head, 1.0, 1, how[1][1], how[0][1]), thick)
    if brief:
        fresh = by_middle = out if begin >= now else 0.0
        thin = member[SOURCE] if begin >= now else thin
    else:
        fresh = out * max(min(then, finish) - since, 0.0) / span
        by_middle = out * max(min(middle, finish) - since, 0.0) / span
    rates[0] = _dry_rate(member[DRY], min(thin, thick), thick, tail[6], member[LID])
    ledger[RELEASED] += fresh
    if brief:
        left = _sink(held + fresh, 0.0, rates, then - since, ledger)
    else:
        left = _sink(held, fresh, rates, then - since, ledger)
    mass = held + by_middle - 0.5 * (held + fresh - left)
    if mass > 0.0:
        if brief:
            away = then - since
            _stretch(tail, head, away * air[0], away * air[1], away * air[2])
        weight = (then - since) / (then - now)
        _see(points, tail, head, z, how, mass * weight, seen)
    _advance(end[0], then - since, air)
    if finish < then:
        _advance(end[1], then - max(now, finish), air)
    return left


@compiled
def _alike(first: Any, second: Any, masses: Any, how: Any) -> bool:
    """Return whether two pieces that follow each other are as good as one line."""
    wide = _width(first[0, 0], first[0, 2], how[1][0], how[0][0])
    for axis in range(2):
        old = _width(first[0, axis], first[0, 2 + axis], how[1][axis], how[0][axis])
        young = _width(second[1, axis], second[1, 2 + axis], how[1][axis], how[0][axis])
        if old > _SIMILAR * young:
            return False
    long = sqrt((first[0, 4] - first[1, 4]) ** 2 + (first[0, 5] - first[1, 5]) ** 2)
    short = sqrt((second[0, 4] - second[1, 4]) ** 2 + (second[0, 5] - second[1, 5]) ** 2)
    share = masses[0] / (masses[0] + masses[1])
    part = share
    if long + short > 0.02 * wide:
        part = long / (long + short)
    if abs(part - share) > 0.02:
        return False
    # The middle one of the three ends must lie where it would on one line.
    for each in range(7):
        middle = first[0, each] + part * (second[1, each] - first[0, each])
        away = abs(middle - first[1, each])
        limit = 0.05 * wide if each in (4, 5) else 0.02 * abs(first[1, each])
        if away > limit:
            return False
    return True


@compiled
def _join(count: int, ends: Any, left: Any, out: Any, born: Any, then: float, how: Any) -> int:
    """Make one piece of two wherever nobody would see the difference; return how many are left."""
    kept = 0
    for k in range(1, count):
        last = kept
        joined = (
            born[k, 1] <= then
            and born[last, 1] == born[k, 0]
            and born[k, 2] > 0.0
            and born[last, 2] > 0.0
            and left[last] > 0.0
            and left[k] > 0.0
            and _alike(ends[last], ends[k], (left[last], left[k]), how)
        )
        if joined:
            ends[last, 1] = ends[k, 1]
            left[last] += left[k]
            out[last] += out[k]
            born[last, 1] = born[k, 1]
            born[last, 2] += born[k, 2]
            continue
        kept += 1
        if kept < k:
            ends[kept], left[kept], out[kept], born[kept] = ends[k], left[k], out[k], born[k]
    return min(kept + 1, count)


@compiled
def _emission(pieces: Any, member: Any, step: float) -> tuple[Any, Any]:
    """Return the mass of each piece, kg, and when it begins, ends, and how long that takes, s."""
    count = pieces.shape[0]
    out, born = np.empty(count), np.empty((count, 3))
    for k in range(count):
        out[k] = member[MASS] * pieces[k, 2]
        born[k, 0], born[k, 1] = pieces[k, 0] + member[START], pieces[k, 1] + member[START]
        born[k, 2] = born[k, 1] - born[k, 0]
        if born[k, 2] < 0.75 * step:  # a step carries it further than it is long: a puff
            born[k, 0] = born[k, 1] = 0.5 * (born[k, 0] + born[k, 1])
            born[k, 2] = 0.0
    return out, born


@compiled
def carry(
    member: Any, points: Any, z: float, wind: Any, state: Any, rain: Any, pieces: Any,
    curves: Any, power: Any, step: float, seen: Any, ledger: Any,
) -> None:  # fmt: skip
    """Fill `seen` (steps, points) with mean concentrations of each step, kg/m3.

    Args: member: (13,) of mass kg, wind factor as a complex number (2), factors of sigma_y and
        sigma_z, lid m, height m, buoyancy m4/s3, deposition m/s, washing 1/s at 1 mm/h, decay
        1/s, start s, sigma of the source m.  points: (points, 2) m.  z: m.  wind: (steps, 2)
        m/s at 10 m.  state: (steps,) class 0 … 5.  rain: (steps,) mm/h.  pieces: (pieces, 3)
        begin s, end s, share, in the order of beginning.  curves: (2, 6, 3).  power: (6,).  step:
        s.  ledger: (5,) kg.
    Source: this project, docs/reference/air-release.md, "Puffs"; D. B. Turner (1970), AP-26.
    """
    count = pieces.shape[0]
    # Both ends of each piece: virtual distances, least widths, x, y, path.
    ends = np.zeros((count, 2, 7))
    left = np.zeros(count)
    out, born = _emission(pieces, member, step)
    rates = np.zeros(3)
    seen[:] = 0.0
    ledger[:] = 0.0
    if not member[START] < inf:
        return
    source, before = member[SOURCE], state[0]
    factors = (member[WIDEN_Y], member[WIDEN_Z])
    outlet = np.zeros(7)
    outlet[4] = outlet[5] = source
    outlet[6] = min(member[HEIGHT], member[LID])
    high = max(min(member[HEIGHT], member[LID]), 10.0) / 10.0
    for row in range(wind.shape[0]):
        now, then = row * step, (row + 1) * step
        kind = state[row]
        lift = high ** power[kind]
        u = lift * (wind[row, 0] * member[TURN_RE] - wind[row, 1] * member[TURN_IM])
        v = lift * (wind[row, 0] * member[TURN_IM] + wind[row, 1] * member[TURN_RE])
        speed = sqrt(u * u + v * v)
        air = (u, v, max(speed, CALM_MS), speed)
        rates[1] = member[WET] * rain[row] ** _RAIN_POWER if rain[row] > 0.0 else 0.0
        rates[2] = member[DECAY]
        how = (curves[:, kind], factors, member[LID])
        for axis in range(2):
            outlet[2 + axis] = _along(source, factors[axis], curves[axis, kind])
        for k in range(count):
            begin, finish = born[k, 0], born[k, 1]
            if begin >= then:
                continue
            _ready(ends[k, 0], begin, now, then, outlet, before, kind, curves, member)
            _ready(ends[k, 1], finish, now, then, outlet, before, kind, curves, member)
            left[k] = _piece(
                ends[k], left[k], out[k], (begin, finish, born[k, 2]), (now, then), air, kind,
                rates, how, outlet, member, points, z, seen[row], ledger,
            )  # fmt: skip
        count = _join(count, ends, left, out, born, then, how)
        before = kind
    for k in range(count):
        ledger[AIRBORNE] += left[k]
