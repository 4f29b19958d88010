"""How harm travels: every hazard answers the same question.  Pure: no clock, disk or network."""

from sameboat.spread.compound import Rule, chain
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import cost_of, run
from sameboat.spread.evidence import Seen, known_by
from sameboat.spread.measures import Measure
from sameboat.spread.models import MODELS, model
from sameboat.spread.options import compare
from sameboat.spread.teaching import learn_from

__all__ = [
    "MODELS",
    "Measure",
    "Rule",
    "Seen",
    "chain",
    "compare",
    "cost_of",
    "draw",
    "known_by",
    "learn_from",
    "model",
    "run",
]
