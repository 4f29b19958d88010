"""Parameters whose own prior never leaves the range that may be given."""

from dataclasses import replace

from sameboat.spread.description import Parameter
from sameboat.spread.priors import Prior


def bounded(
    key: str, says: str, unit: str, low: float, high: float, prior: Prior, source: str
) -> Parameter:
    """Return a parameter whose prior is cut off at its range.

    Source: this project, docs/reference/models.md.
    """
    return Parameter(key, says, unit, low, high, replace(prior, least=low, most=high), source)
