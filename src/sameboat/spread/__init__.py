"""How harm travels: pure models, one answer for every hazard, the footprint."""
