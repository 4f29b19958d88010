"""How long a cloud takes to pass: first passage times, compiled.

In a uniform channel (velocity U, dispersion D) what is released at once passes a point x
downstream with the inverse Gaussian density of mean m = x/U and shape l = x2/(2D): the exact
first-passage solution of the advection-dispersion equation.  Import this module inside the
functions that use it: it needs numba.  All times share one unit; functions work on single numbers.
"""

from math import erfc, exp, pi, sqrt

from sameboat.spread.compiled import compiled

_ROOT_2PI = sqrt(2 * pi)
_ROOT_PI = sqrt(pi)


@compiled
def passage_density(time: float, mean: float, shape: float) -> float:
    """Return the share of the mass that passes per unit of time; `mean`, `shape` > 0.

    Source: J. L. Folks & R. S. Chhikara (1978), The inverse Gaussian distribution and its
    statistical application, J. R. Statist. Soc. B 40:263, eq 1.
    """
    if time <= 0.0:
        return 0.0
    away = (time - mean) / mean
    return sqrt(shape / time) / (_ROOT_2PI * time) * exp(-0.5 * shape * away * away / time)


@compiled
def scaled_erfc(x: float) -> float:
    """Return exp(x2) erfc(x) for x >= 0 without overflow.

    Source: Abramowitz & Stegun (1964), Handbook of Mathematical Functions, eq 7.1.14.
    """
    if x < 5.0:
        return exp(x * x) * erfc(x)
    fraction = x
    for step in range(10, 0, -1):
        fraction = x + 0.5 * step / fraction
    return 1.0 / (_ROOT_PI * fraction)


@compiled
def passed_share(time: float, mean: float, shape: float) -> float:
    """Return the share of the mass that has passed by this time; `mean`, `shape` > 0.

    Equal to C/C0 of Ogata & Banks for a source of constant concentration.
    Source: A. Ogata & R. B. Banks (1961), USGS Professional Paper 411-A, eq 8, written as
    exp(-a2) erfcx(b); Folks & Chhikara (1978), eq 3.
    """
    if time <= 0.0:
        return 0.0
    root = sqrt(0.5 * shape / time)
    below = root * (1.0 - time / mean)
    above = root * (1.0 + time / mean)
    return 0.5 * (erfc(below) + exp(-below * below) * scaled_erfc(above))


@compiled
def resident_density(time: float, mean: float, shape: float) -> float:
    """Return the concentration in a water sample, per mass and discharge, after a point release.

    With mean x/U and shape x2/(2D) this times M/(U A) is M/(A sqrt(4 pi D t)) exp(-(x-Ut)2/4Dt).
    Source: A. Kreft & A. Zuber (1978), On the physical meaning of the dispersion equation and
    its solutions, Chem. Eng. Sci. 33:1471, table 2.
    """
    return passage_density(time, mean, shape) * time / mean
