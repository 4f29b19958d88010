"""One idea per file, no tables, the standard library only."""
