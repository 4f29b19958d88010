"""Tests of how harm travels."""
