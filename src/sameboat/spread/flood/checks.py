"""The flood's checks against published figures."""

from sameboat.spread.checking import Check, Tables
from sameboat.spread.flood import breach_checks, muskingum_checks, todini_checks


def checks(tables: Tables) -> list[Check]:
    """Return every check of the flood whose table is there.

    Source: this project, docs/reference/river-flood.md, "How well it does".
    """
    parts = (muskingum_checks, breach_checks, todini_checks)
    return [check for part in parts for check in part.checks(tables)]
