"""What the river pollutant model says of itself."""

from sameboat.lib.language import mark as _
from sameboat.spread.description import Description, Input, Parameter
from sameboat.spread.priors import Prior, between, fixed, lognormal

NAME = "river-pollutant"
#: Hour of freezing of a river that does not freeze.
NEVER = 1e9
_JOBSON = "H. E. Jobson (1996), USGS WRIR 96-4013"
_LEVEL = "S. C. Chapra (1997), Surface Water-Quality Modeling"

PARAMETERS = (
    Parameter(
        "mass_factor", _("Mass released over the mass told"), "", 1e-6, 1e6, fixed(1.0), "as told"
    ),
    Parameter(
        "discharge_factor", _("Discharge over the mean annual discharge"), "", 1e-3, 1e3,
        lognormal(1.0, 0.5), "assumption: the mean within a factor of about two",
    ),
    Parameter(
        "velocity_factor", _("Velocity over that of the relation, whole river"), "", 0.05, 20.0,
        lognormal(1.0, 0.25), f"{_JOBSON}: error of a river as a whole; assumption",
    ),
    Parameter(
        "width_factor", _("Width of the cloud over that of the relation"), "", 0.05, 20.0,
        lognormal(1.0, 0.5), f"{_JOBSON}: error of the unit peak, of which part is noise",
    ),
    Parameter(
        "width_growth", _("Added to the power with which the width grows"), "", -0.5, 0.5,
        Prior(0.0, 0.1, 0.1, logarithmic=False), f"{_JOBSON}: the power; assumption",
    ),
    Parameter(
        "skewness", _("Skewness of the cloud in time"), "", 0.0, 5.0, lognormal(0.8, 0.5),
        "C. F. Nordin & B. M. Troutman (1980), Water Resour. Res. 16:123",
    ),
    Parameter(
        "recession_per_day", _("Rate at which the discharge falls"), "1/d", 0.0, 1.0, fixed(0.0),
        "assumption: steady flow",
    ),
    Parameter(
        "freeze_hours", _("Hour from which ice slows the river"), "h", 0.0, NEVER, fixed(NEVER),
        "assumption: open water",
    ),
    Parameter(
        "ice_factor", _("Velocity under ice over that of open water"), "", 0.05, 1.0,
        between(0.5, 0.7, most=1.0), "docs/reference/river-pollutant.md",
    ),
    Parameter(
        "water_temperature_c", _("Temperature of the water"), "°C", -1.0, 45.0,
        Prior(10.0, 0.0, 0.0, logarithmic=False), "assumption: cool water",
    ),
    Parameter(
        "decay_per_day", _("First-order decay at 20 °C"), "1/d", 0.0, 100.0, fixed(0.0),
        "assumption: where it is not known, none is counted on",
    ),
    Parameter(
        "decay_theta", _("Factor of the decay for each degree"), "", 0.9, 1.3, fixed(1.047),
        f"{_LEVEL}, lecture 2",
    ),
    Parameter(
        "depth_factor", _("Depth of the river over that of the relation"), "", 0.05, 20.0,
        lognormal(1.0, 0.4),
        "K. M. Andreadis, G. J.-P. Schumann & T. Pavelsky (2013), Water Resour. Res. 49:7164",
    ),
    Parameter(
        "settling_m_per_day", _("Velocity with which it settles"), "m/d", 0.0, 1e4, fixed(0.0),
        f"{_LEVEL}, lecture 17; assumption: none",
    ),
    Parameter(
        "henry_pa_m3_mol", _("Henry's constant"), "Pa m3/mol", 0.0, 1e7, fixed(0.0),
        "assumption: what is not known does not volatilise",
    ),
    Parameter(
        "molar_mass_g_mol", _("Molar mass"), "g/mol", 2.0, 2000.0, fixed(100.0), "assumption"
    ),
    Parameter(
        "wind_ms", _("Wind over the water"), "m/s", 0.0, 60.0, lognormal(2.5, 0.4), "assumption"
    ),
    Parameter(
        "surface_factor", _("Velocity of what floats over that of the river"), "", 0.8, 1.6,
        between(1.1, 1.2),
        "S. E. Rantz et al. (1982), USGS Water-Supply Paper 2175: floats, 1 / 0.85 to 1 / 0.90",
    ),
    Parameter(
        "evaporating_share", _("Share of the oil that can evaporate"), "", 0.0, 1.0, fixed(0.3),
        "M. Fingas (1996), J. Hazard. Mater. 42:157: medium crude oils; assumption",
    ),
    Parameter(
        "evaporation_per_day", _("First-order evaporation of that share"), "1/d", 0.0, 100.0,
        lognormal(1.0, 0.7), "W. Stiver & D. Mackay (1984), Environ. Sci. Technol. 18:834",
    ),
    Parameter(
        "stranding_per_km", _("Share of the oil that stays on the banks"), "1/km", 0.0, 1.0,
        fixed(0.0), "assumption: all of it is carried on",
    ),
)  # fmt: skip

ABOUT = Description(
    name=NAME,
    version="3",
    says=_("A pollutant released into a river: dissolved, settling or floating."),
    hazards=("river_pollutant",),
    moves="travels",
    intensity=_("concentration"),
    unit="mg/L",
    inputs=(
        Input("reaches", _("Reaches of the river: key, from, to, length, flow, area")),
        Input("sources", _("Where, when and how much is released")),
        Input("targets", _("Points that are watched: key, reach, fraction of its length")),
        Input("thresholds", _("Concentrations that matter"), "mg/L", allowed=">= 0, rising"),
        Input("horizon_hours", _("How far ahead to look"), "h", allowed="> 0 h"),
        Input(
            "form", _("What becomes of it in water"), required=False,
            allowed="dissolved, settling, floating",
        ),
        Input("along", _("How velocity and dilution vary along the river"), required=False),
        Input("cell_km", _("Length of the cells of that variation"), "km", required=False),
    ),
    parameters=PARAMETERS,
    measures=("close_intake", "release_water", "contain"),
    events=("release_begins",),
    source="docs/reference/river-pollutant.md",
)  # fmt: skip
