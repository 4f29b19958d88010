"""Pollutants carried down rivers: dissolved, settling or floating."""

from sameboat.spread.pollutant.about import ABOUT
from sameboat.spread.pollutant.prepare import prepare

__all__ = ["ABOUT", "prepare"]
