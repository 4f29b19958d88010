"""Agreements between places: who belongs, what for, signed by every member's own log."""
