"""Epidemics between places: stochastic, with mobility, reports and counter-measures."""

from sameboat.spread.contagion.about import ABOUT
from sameboat.spread.contagion.prepare import prepare

__all__ = ["ABOUT", "prepare"]
