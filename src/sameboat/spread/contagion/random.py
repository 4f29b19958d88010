"""Chance as a function: every draw is named by (stream, step, place, kind), never by its turn.

A name is made into a key by two rounds of the SplitMix64 finaliser, and the key opens a little
sequence of its own, for draws that need several numbers.  Ten rounds of Philox would do as well
and cost three times the multiplications for the one number that most draws need; both pass the
same tests.  Import inside functions: needs numba.
"""

from math import exp, expm1, floor, log, log1p, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_STEP = np.uint64(0xD1B54A32D192ED03)
_S27, _S30, _S31, _S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53
#: Up to so many counts from the mode its probability is found step by step.
_NEAR = 15.0
#: Below this mean a draw counts upwards from nothing; from it on it is taken and refused.
_FEW = 10.0
#: Above this no count of a mean below `_FEW` ever lies: the probability is below 1e-70.
_NEVER = 120
_INVERSE = np.concatenate([[0.0], 1.0 / np.arange(1, _NEVER + 1)])
#: log(k!) less Stirling's approximation, for k = 0 … 9.
_STIRLING = np.array(
    [
        0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.0207906721037651,
        0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
        0.0092554621827127, 0.0083305634333628,
    ]
)  # fmt: skip


@compiled
def mixed(value: Any) -> Any:
    """Return 64 bits, each of which depends on all bits of `value`.

    Source: G. L. Steele, D. Lea & C. H. Flood (2014), Fast splittable pseudorandom number
    generators, OOPSLA '14 (the finaliser of SplitMix64).
    """
    found = (value ^ (value >> _S30)) * _FIRST
    found = (found ^ (found >> _S27)) * _SECOND
    return found ^ (found >> _S31)


@compiled
def step_key(stream: Any, step: int) -> Any:
    """Return the key of all that happens by chance in one step of one member.

    Source: this project, docs/reference/epidemic.md, "Chance".
    """
    return mixed(stream + (np.uint64(step) + np.uint64(1)) * _STEP)


@compiled
def place_key(key: Any, place: int, kind: int) -> Any:
    """Return the key of one draw within a step; 32 kinds for each place.

    Source: this project, docs/reference/epidemic.md, "Chance".
    """
    return mixed(key + (np.uint64(place) * np.uint64(32) + np.uint64(kind + 1)) * _GOLDEN)


@compiled
def uniform(key: Any, number: int) -> float:
    """Return the number-th uniform of a key, inside (0, 1).

    Source: this project, docs/reference/epidemic.md, "Chance".
    """
    bits = mixed(key + (np.uint64(number) + np.uint64(1)) * _GOLDEN) >> _S11
    found: float = (np.float64(bits) + 0.5) * _UNIT
    return found


@compiled
def binomial(n: int, p: float, log_rest: float, key: Any) -> int:
    """Return how many of n happen, each with probability p: exactly binomial.

    `log_rest` is log(1 - p), which callers who think in rates have already.
    Source: W. Hörmann (1993), The generation of binomial random variates, J. Stat. Comput. Simul.
    46:101 (BTRS with the squeezes of BTRD, for a mean of 10 and more); V. Kachitvichyanukul &
    B. W. Schmeiser (1988), Commun. ACM 31:216 (inversion, below).
    """
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - _binomial_low(n, 1.0 - p, log(p), key)
    return _binomial_low(n, p, log_rest, key)


@compiled
def _binomial_low(n: int, p: float, log_rest: float, key: Any) -> int:
    if n * p >= _FEW:
        return _rejected(n, p, key)
    left = uniform(key, 0)
    # Nobody, surely: (1 - p)^n is never below 1 - n p, and needs no exponential.
    if left <= 1.0 - n * p:
        return 0
    chance = exp(n * log_rest)
    odds = p / (1.0 - p)
    most = min(n, _NEVER)
    found = 0
    while left > chance and found < most:
        left -= chance
        found += 1
        chance *= odds * (n - found + 1) * _INVERSE[found]
    return found


@compiled
def _rejected(n: int, p: float, key: Any) -> int:
    square = n * p * (1.0 - p)
    root = sqrt(square)
    b = 1.15 + 2.53 * root
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = n * p + 0.5
    inner = 0.92 - 4.2 / b
    turn = 0
    while True:
        u = uniform(key, turn) - 0.5
        v = uniform(key, turn + 1)
        turn += 2
        away = 0.5 - abs(u)
        k = floor((2.0 * a / away + b) * u + centre)
        if k < 0.0 or k > n:
            continue
        if away >= 0.07 and v <= inner:
            return int(k)
        height = v * (2.83 + 5.1 / b) * root / (a / (away * away) + b)
        if _below(height, k, n, p, square):
            return int(k)


@compiled
def _below(height: float, k: float, n: int, p: float, square: float) -> bool:
    """Return whether a height lies below the probability of k, that of the mode being one."""
    mode = floor((n + 1) * p)
    odds = p / (1.0 - p)
    apart = abs(k - mode)
    if apart <= _NEAR:
        # From one count to the next the probability changes by a factor.
        up = (n + 1) * odds
        first, last = min(k, mode), max(k, mode)
        ratio = 1.0
        for each in range(int(first) + 1, int(last) + 1):
            ratio *= up / each - odds
        return height <= ratio if k > mode else height * ratio <= 1.0
    height = log(height)
    if apart < 0.5 * square - 1.0:
        # Two bounds settle most of the rest without further logarithms.
        slack = ((apart / 3.0 + 0.625) * apart + 1.0 / 6.0) / square + 0.5
        slack *= apart / square
        parabola = -0.5 * apart * apart / square
        if height < parabola - slack:
            return True
        if height > parabola + slack:
            return False
    bound = (mode + 0.5) * log((mode + 1.0) / (odds * (n - mode + 1.0)))
    bound += (n + 1.0) * log((n - mode + 1.0) / (n - k + 1.0))
    bound += (k + 0.5) * log(odds * (n - k + 1.0) / (k + 1.0))
    bound += _tail(mode) + _tail(n - mode) - _tail(k) - _tail(n - k)
    return height <= bound


@compiled
def _tail(k: float) -> float:
    """Return what Stirling's approximation of log(k!) leaves out."""
    if k < 10.0:
        return float(_STIRLING[int(k)])
    square = (k + 1.0) * (k + 1.0)
    return (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / (k + 1.0)


@compiled
def leaving(n: int, rate: float, key: Any) -> int:
    """Return how many of n leave in one step, each at this rate per step, >= 0.

    Source: L. J. S. Allen (2008), An introduction to stochastic epidemic models, in Mathematical
    Epidemiology, LNM 1945.
    """
    return binomial(n, risk(rate), -rate, key)


@compiled
def risk(rate: float) -> float:
    """Return 1 - exp(-rate), rate >= 0, to the last digit; most rates are small.

    Source: Abramowitz & Stegun (1964), Handbook of Mathematical Functions, eq 4.2.1.
    """
    if rate < 1e-3:
        return rate * (1.0 - rate / 2.0 * (1.0 - rate / 3.0 * (1.0 - rate / 4.0)))
    return -expm1(-rate)


@compiled
def binomials(n: Any, p: Any, keys: Any) -> Any:
    """Return one draw for each key; `n`, `p` and `keys` of one shape, (draws,).

    Source: as `binomial`.
    """
    found = np.empty(len(keys), np.int64)
    for row in range(len(keys)):
        found[row] = binomial(n[row], p[row], log1p(-p[row]), keys[row])
    return found
