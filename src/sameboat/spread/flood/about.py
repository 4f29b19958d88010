"""What the flood model says of itself."""

from math import log

from sameboat.lib.language import mark as _
from sameboat.spread.description import Description, Input, Parameter
from sameboat.spread.flood.breach import FORMATION_ERROR_LOG10, PEAK_ERROR_LOG10
from sameboat.spread.priors import Prior, lognormal, uniform

PARAMETERS = (
    Parameter(
        "travel_time_factor", _("Factor of the travel time of every reach"), "", 0.1, 10.0,
        lognormal(1.0, 0.25),
        "this project: kinematic celerity from slope, width and roughness is known to about 25 %",
    ),
    Parameter(
        "weighting", _("Weighting X of inflow in the storage of a reach"), "", 0.0, 0.5,
        uniform(0.05, 0.35),
        "Chow, Maidment & Mays (1988), Applied Hydrology, section 8.4: 0 to 0.3 in natural streams",
    ),
    Parameter(
        "source_factor", _("Factor of the sources' flow"), "", 0.01, 100.0, lognormal(1.0, 0.2),
        "this project: error of a forecast hydrograph's volume, where none is given",
    ),
    Parameter(
        "source_delay_hours", _("How much later the sources' water comes"), "h", -240.0, 240.0,
        Prior(0.0, 1.0, 1.0, logarithmic=False),
        "this project: error of a forecast hydrograph's timing, where none is given",
    ),
    Parameter(
        "lateral_factor", _("Factor of the inflow along the reaches"), "", 0.01, 100.0,
        lognormal(1.0, 0.3),
        "this project: error of ungauged inflow, where none is given",
    ),
    Parameter(
        "base_flow_factor", _("Factor of the flow before the event"), "", 0.01, 100.0,
        lognormal(1.0, 0.1),
        "this project: error of a rated discharge, about 10 %",
    ),
    Parameter(
        "breach_peak_factor", _("Factor of the peak outflow of a breach"), "", 0.01, 100.0,
        lognormal(1.0, PEAK_ERROR_LOG10 * log(10.0)),
        "Wahl (2004), J. Hydraul. Eng. 130:389: +-0.32 log10 cycles are two standard errors",
    ),
    Parameter(
        "breach_time_factor", _("Factor of the time in which a breach forms"), "", 0.01, 100.0,
        lognormal(1.0, FORMATION_ERROR_LOG10 * log(10.0)),
        "Wahl (2004), J. Hydraul. Eng. 130:389: +-0.64 log10 cycles are two standard errors",
    ),
)  # fmt: skip

INPUTS = (
    Input(
        "reaches",
        _(
            "Reaches of the river: key, from_node, to_node, length_km, and travel_hours, or "
            "celerity_ms, or slope, width_m, roughness and flow_m3s; side, bank_m, plain_m and "
            "plain_roughness of the channel; share at a bifurcation; weighting; base_inflow_m3s "
            "along it"
        ),
    ),
    Input(
        "targets",
        _(
            "Places on the river: key, reach, fraction of its length, and their own warning, "
            "alert and danger flow (_m3s) or stage (_m); rating: stage_m and flow_m3s, or bed_m "
            "of the reach's channel"
        ),
    ),
    Input("horizon_hours", _("How far ahead"), "h", allowed="> 0 … 8760 h"),
    Input("step_hours", _("Time step"), "h", required=False, allowed="> 0 … 24 h"),
    Input(
        "sources",
        _("Water that comes in: key, node or reach, hours, flow_m3s beside the base flow"),
        required=False,
    ),
    Input(
        "lateral",
        _("Inflow along reaches: key, reach, hours, flow_m3s beside the base inflow"),
        required=False,
    ),
    Input("base_flow", _("Flow before the event: node, flow_m3s"), required=False),
    Input(
        "reservoirs",
        _(
            "Reservoirs: key, node, levels_m, storage_m3, level_m at the start, spillway and gate "
            "outflow at each level (spill_m3s, gate_m3s), rule curve (target_hours, target_m), "
            "response_hours, least_release_m3s"
        ),
        required=False,
    ),
    Input(
        "basins",
        _(
            "Detention basins: key, node, capacity_m3, inlet_m3s, threshold_m3s above which they "
            "are opened, drain_m3s, drain_below_m3s, from_hours, until_hours; threshold_stage_m "
            "with a rating"
        ),
        required=False,
    ),
    Input(
        "dams",
        _(
            "Dams that may break: key, node, volume_m3, height_m of the water, breaks_hours; "
            "peak_m3s and formation_hours where they are known"
        ),
        required=False,
    ),
    Input(
        "levees",
        _(
            "Levees that may break: key, node, top_m, bottom_m, width_m and formation_hours of the "
            "breach, capacity_m3 of the land behind, rating; breaks_hours, breaks_above_m"
        ),
        required=False,
    ),
    Input(
        "routing", _("How the wave is taken through the reaches: todini needs their channels"),
        required=False, allowed="muskingum, todini",
    ),
    Input(
        "intensity", _("What is told of each target"), required=False, allowed="discharge, stage"
    ),
)  # fmt: skip

ABOUT = Description(
    name="river-flood",
    version="1",
    says=_("A flood wave goes down a river network, through reservoirs, basins and breaches."),
    hazards=("flood",),
    moves="travels",
    intensity=_("discharge"),
    unit="m3/s",
    inputs=INPUTS,
    parameters=PARAMETERS,
    measures=("open_basin", "set_gate", "release_water", "raise_levee"),
    events=("dam_breaks", "levee_breaks"),
    source="McCarthy (1938); Chow, Maidment & Mays (1988), Applied Hydrology; Todini (2007)",
)
