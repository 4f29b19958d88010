"""Failures that travel along needs: power, water, telecom, health and information."""

from sameboat.spread.cascade.about import ABOUT
from sameboat.spread.cascade.prepare import prepare

__all__ = ["ABOUT", "prepare"]
