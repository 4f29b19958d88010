"""What the model of failing infrastructure says of itself."""

from sameboat.lib.language import mark as _
from sameboat.spread.description import Description, Input, Parameter
from sameboat.spread.priors import fixed, lognormal

ABOUT = Description(
    name="cascade",
    version="1",
    says=_("How one failing facility takes others with it, and who is left without service."),
    hazards=("power_failure", "water_failure", "telecom_failure", "cyber_fault"),
    moves="stays",
    intensity=_("people without the service, as a share (a facility: 1 = down)"),
    unit="",
    inputs=(
        Input(
            "nodes",
            _("The facilities: key, kind, place, buffer, backup and repair hours"),
            "h",
            allowed=_("key, kind, repair_hours > 0; place, buffer_hours, backup_hours, priority"),
        ),
        Input(
            "needs",
            _("Who needs whom, and which share of the need each supplier carries alone"),
            required=False,
            allowed=_("from, to; kind, share > 0 … 1"),
        ),
        Input(
            "serves",
            _("How many people at which place have their service from a facility"),
            required=False,
            allowed=_("node, place, people >= 0; kind"),
        ),
        Input(
            "faults",
            _("Which facilities fail at first, and when"),
            required=False,
            allowed=_("node; hours >= 0, probability 0 … 1"),
        ),
        Input(
            "outbreak",
            _("A fault that spreads along data links, such as a worm"),
            required=False,
            allowed=_("start, links (from, to, probability 0 … 1); hours >= 0"),
        ),
        Input(
            "crews",
            _("How many facilities of a kind can be repaired at once"),
            required=False,
            allowed=_("kind = number >= 1; a kind left out: as many as fail"),
        ),
        Input("horizon_hours", _("How far to look"), "h", allowed="> 0, <= 87600 h"),
        Input(
            "thresholds",
            _("Shares of people without above which a place counts as reached"),
            required=False,
            allowed=">= 0, < 1",
        ),
    ),
    parameters=(
        Parameter(
            "repair_factor", _("Factor on all repair times of one event"), "", 0.05, 20.0,
            lognormal(1.0, 0.3, most=20.0),
            "assumption: crews, roads and weather slow or speed all repairs of one event together",
        ),
        Parameter(
            "mobilise_hours", _("Time from when a crew is free until it begins"), "h", 0.0, 720.0,
            fixed(0.0), "assumption: the repair times given include the way",
        ),
        Parameter(
            "buffer_factor", _("Factor on all buffers: how full they are"), "", 0.0, 2.0,
            fixed(1.0), "assumption: tanks and batteries are as full as stated",
        ),
        Parameter(
            "backup_starts", _("Probability that a backup starts"), "", 0.0, 1.0,
            fixed(1.0), "assumption: backups start; give what your own tests found",
        ),
        Parameter(
            "pass_factor", _("Factor on the probability of every data link to pass a fault"), "",
            0.0, 10.0, fixed(1.0), "assumption: the probabilities given hold",
        ),
        Parameter(
            "round_hours", _("Time a spreading fault takes from one node to the next"), "h",
            0.0, 8760.0, lognormal(1.0, 0.5, most=8760.0),
            "assumption: an hour, give or take; a worm may take seconds, a supplier's update days",
        ),
    ),
    measures=("repair_first", "add_backup", "close_road", "close_intake"),
    events=("fails",),
    source="S. M. Rinaldi, J. P. Peerenboom & T. K. Kelly (2001), Identifying, understanding, and "
    "analyzing critical infrastructure interdependencies, IEEE Control Syst. Mag. 21(6):11",
)  # fmt: skip
