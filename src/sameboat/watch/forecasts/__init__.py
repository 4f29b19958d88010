"""Which places a hazard reaches, when, how strongly, how surely."""
