"""A toxic gas or smoke let into the air: how strong it is where and when, as an ensemble.

Gaussian puffs in a wind that changes, with reflection at the ground and the mixing lid, rise,
deposition, washing out and decay; outdoors or indoors, as a concentration or as a toxic load.
"""

from sameboat.spread.air.gas_about import ABOUT
from sameboat.spread.air.gas_input import prepare
from sameboat.spread.air.release import EVENT, AirRelease

__all__ = ["ABOUT", "EVENT", "AirRelease", "prepare"]
