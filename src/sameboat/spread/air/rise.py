"""How far a hot release rises, compiled: import inside functions."""

from sameboat.spread.compiled import compiled

#: By class: g/T dtheta/dz in 1/s2 of stable air (0.020 and 0.035 K/m at 288 K); 0: not stable.
_STABLE_E, _STABLE_F = 9.81 / 288.0 * 0.020, 9.81 / 288.0 * 0.035
#: Slower winds than this count as this, m/s: a plume does not rise for ever.
_LEAST_WIND = 1.0


@compiled
def plume_rise(distance: float, flux: float, wind: float, kind: int) -> float:
    """Return the rise in metres of a buoyant release at a distance travelled.

    Args: distance: m.  flux: buoyancy, m4/s3 (8.8 for each megawatt of heat released).  wind:
        m/s at the source.  kind: class 0 … 5.
    Source: G. A. Briggs (1975), Plume rise predictions, in Lectures on air pollution and
    environmental impact analyses, AMS (as in EPA-454/B-95-003b, section 1.1.4).
    """
    if flux <= 0.0 or distance <= 0.0:
        return 0.0
    air = max(wind, _LEAST_WIND)
    rising = 1.6 * (flux * distance * distance) ** (1.0 / 3.0) / air
    if kind >= 4:
        stable = _STABLE_E if kind == 4 else _STABLE_F
        bent = 2.6 * (flux / (air * stable)) ** (1.0 / 3.0)
        upright = 4.0 * flux**0.25 * stable**-0.375
        return float(min(rising, bent, upright))
    final = 38.71 * flux**0.6 / air if flux >= 55.0 else 21.425 * flux**0.75 / air
    return float(min(rising, final))


def buoyancy_flux(heat_mw: float) -> float:
    """Return the buoyancy flux in m4/s3 of a release of heat in megawatts, >= 0.

    Raises: ValueError: heat_mw is below 0.
    Source: G. A. Briggs (1969), Plume rise, AEC TID-25075: F = g Q / (pi cp rho T).
    """
    if not heat_mw >= 0:
        raise ValueError(f"heat_mw is {heat_mw}, allowed: >= 0 MW")
    return 8.8 * heat_mw
