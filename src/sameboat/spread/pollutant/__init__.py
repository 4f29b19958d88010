"""Pollutants carried down rivers."""
