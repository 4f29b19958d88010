"""What may be observed beside the substances of a pack, and the units that people write it in."""

from collections.abc import Collection, Mapping

from sameboat.lib.units import FACTORS

_FLOW = {"m3/s": 1.0, "L/s": 1e-3, "l/s": 1e-3}
#: quantity -> {unit: factor to the first unit, which is the one we keep}
QUANTITIES: Mapping[str, Mapping[str, float]] = {
    "flow": _FLOW,
    "discharge": _FLOW,
    "stage": {"m": 1.0, "cm": 0.01},
    "concentration": {
        "mg/m3": 1.0, "ug/m3": 1e-3, "µg/m3": 1e-3, "μg/m3": 1e-3, "g/m3": 1e3,
    },
    "load": {"kg/m2": 1.0, "g/m2": 1e-3, "t/km2": 1e-3},
    "reported_cases": {"cases": 1.0, "persons": 1.0},
    "infections": {"persons": 1.0, "cases": 1.0},
    "prevalence": {"per 100,000": 1.0},
    "service": {"1": 1.0, "": 1.0, "%": 0.01},
}  # fmt: skip
#: Counts of people or cases: whole numbers.
COUNTED = ("reported_cases", "infections")
#: Beyond this a number is a slip of the unit, whatever it counts.
MOST = 1e12


def units_of(quantity: str, substances: Collection[str]) -> Mapping[str, float]:
    """Return the units of a quantity or of the concentration of a substance; none: not known."""
    if quantity in substances:
        return FACTORS["concentration"]
    return QUANTITIES.get(quantity, {})
