"""What the epidemic model says of itself."""

from sameboat.lib.language import mark as _
from sameboat.spread.description import Description, Input, Parameter
from sameboat.spread.priors import fixed, lognormal

#: What a footprint counts -> (its name, its unit).
COUNTS = {
    "prevalence": (_("infectious persons per 100,000 residents"), "per 100,000"),
    "infections": (_("persons infected so far"), "persons"),
    "reported": (_("cases reported so far"), "cases"),
}
_LI = "assumption, around Li et al. (2020), Science 368:489"
_OURS = "assumption: this project, docs/reference/epidemic.md"

ABOUT = Description(
    name="epidemic",
    version="1",
    says=_("An infection that travellers carry: which places it reaches, when, how hard."),
    hazards=("epidemic",),
    moves="travels",
    intensity=_("infectious persons per 100,000 residents"),
    unit="per 100,000",
    inputs=(
        Input("places", _("places with their residents and where they lie"), allowed=">= 1"),
        Input("seeds", _("who brings the infection: place, day, persons"), allowed=">= 0"),
        Input("mobility", _("who spends the day where"), required=False),
        Input("counts", _("what the thresholds count"), required=False, allowed=", ".join(COUNTS)),
        Input("thresholds", _("from when on a place is reached"), allowed="> 0"),
        Input("horizon_days", _("days to look ahead"), "d", allowed="1 … 1000 d"),
        Input("steps_per_day", _("steps of computation in a day"), "1/d", False, "1 … 24"),
        Input("report_stages", _("stages on the way to a report"), "", False, "1 … 10"),
    ),
    parameters=(
        Parameter("r0", _("persons whom one infects where all are susceptible"), "", 0.0, 30.0,
                  lognormal(2.5, 0.2, 30.0), _LI),
        Parameter("latent_days", _("days from infection to being infectious"), "d", 0.01, 100.0,
                  lognormal(3.7, 0.15, 100.0, 0.01), _LI),
        Parameter("infectious_days", _("days of being infectious"), "d", 0.01, 1000.0,
                  lognormal(3.5, 0.2, 1000.0, 0.01), _LI),
        Parameter("report_share", _("part of the infections that is ever reported"), "", 0.0, 1.0,
                  lognormal(0.14, 0.4, 1.0), _LI),
        Parameter("report_days", _("days from being infectious to the report"), "d", 0.01, 100.0,
                  lognormal(8.0, 0.3, 100.0, 0.01), _LI),
        Parameter("mobility_factor", _("travel, as a multiple of what is given"), "", 0.0, 100.0,
                  lognormal(1.0, 0.3, 100.0), _OURS),
        Parameter("seed_factor", _("persons who bring it, as a multiple of what is given"), "",
                  0.0, 1e6, fixed(1.0), _OURS),
    ),
    measures=("restrict_travel", "reduce_contacts"),
    source="Balcan et al. (2009), PNAS 106:21484; Allen (2008), LNM 1945",
)  # fmt: skip
