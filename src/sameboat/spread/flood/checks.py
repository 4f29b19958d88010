"""Every published check of the river flood."""

from sameboat.spread.checking import Check, Tables
from sameboat.spread.flood import breach_checks, todini_checks


def checks(tables: Tables) -> list[Check]:
    """Return the checks of routing, breaches and dam breaks.

    Source: this project, docs/reference/validation.md.
    """
    return [*breach_checks.checks(tables), *todini_checks.checks(tables)]
