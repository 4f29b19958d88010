"""Tests of pollutants in rivers."""
