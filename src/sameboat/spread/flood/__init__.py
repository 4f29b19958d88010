"""Floods: a wave down a river network, through reservoirs, basins and breaches."""

from sameboat.spread.flood.about import ABOUT
from sameboat.spread.flood.prepare import prepare

__all__ = ["ABOUT", "prepare"]
