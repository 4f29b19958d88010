"""Units that people write, and the one that each quantity is kept in."""

#: quantity -> {unit: factor to the first unit listed, which is the one we keep}
FACTORS = {
    "mass": {"kg": 1.0, "t": 1000.0, "g": 1e-3, "mg": 1e-6},
    "concentration": {
        "mg/L": 1.0, "mg/l": 1.0, "g/m3": 1.0, "ug/L": 1e-3, "µg/L": 1e-3, "μg/L": 1e-3,
        "ug/l": 1e-3, "g/L": 1e3, "kg/m3": 1e3,
    },
    "discharge": {"m3/s": 1.0, "L/s": 1e-3, "l/s": 1e-3},
    "length": {"km": 1.0, "m": 1e-3},
    "area": {"km2": 1.0, "m2": 1e-6},
    "duration": {"h": 1.0, "min": 1 / 60, "s": 1 / 3600, "d": 24.0},
    "velocity": {"m/s": 1.0, "km/h": 1 / 3.6},
    "rate": {"1/d": 1.0, "1/h": 24.0, "1/s": 86400.0},
}  # fmt: skip


def convert(value: float, unit: str, quantity: str) -> float:
    """Return the value in the unit that this quantity is kept in (kg, mg/L, m3/s, km, km2, h …).

    Raises:
        ValueError: the unit is not one of this quantity's.
    """
    known = FACTORS[quantity]
    if unit not in known:
        raise ValueError(f"{unit!r} is not a unit of {quantity}: use {', '.join(known)}")
    return value * known[unit]
