"""From what a forecast says to CAP's words, by rules that are written down and have no exception.

The same rules stand in docs/city-staff/alerts.md; CAP 1.2 (2010) section 3.2.2 defines the words.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

#: ratio of the median peak to the threshold -> severity; the first bound that holds
SEVERITY = ((100.0, "Extreme"), (10.0, "Severe"), (1.0, "Moderate"), (0.0, "Minor"))
#: time to the first arrival (10th percentile) -> urgency; the first bound that holds
URGENCY = ((timedelta(hours=1), "Immediate"), (timedelta(hours=24), "Expected"))
#: where thresholds are levels: how many a place exceeds more probably than not -> severity
SEVERITY_BY_LEVEL = ("Minor", "Moderate", "Severe", "Extreme")
#: hazard -> CAP category and what people are asked to do
ANSWERS = {
    "river_pollutant": ("Env", ("Avoid", "Prepare", "Monitor")),
    "river_flood": ("Met", ("Prepare", "Avoid", "Monitor")),
    "air_release": ("CBRNE", ("Shelter", "Avoid", "Monitor")),
    "ash_fall": ("Geo", ("Shelter", "Prepare", "Monitor")),
    "epidemic": ("Health", ("Prepare", "Monitor")),
    "cascade": ("Infra", ("Prepare", "Monitor")),
}
LIKELY = 0.5  #: CAP: "Likely" is more probable than not
LEAST_LIFE = timedelta(hours=24)  #: an alert lives at least as long
MOST_LIFE = timedelta(days=60)  #: … and at most


def severity_of(peaks: Iterable[float | None], threshold: float) -> str:
    """Return the severity of the worst place; Unknown where no peak is known."""
    known = [peak for peak in peaks if peak is not None]
    if not known or threshold <= 0:
        return "Unknown"
    ratio = max(known) / threshold
    return next(word for bound, word in SEVERITY if ratio >= bound)


def severity_by_level(probabilities: Iterable[Iterable[float]]) -> str:
    """Return the severity by the levels that the worst place exceeds more probably than not.

    Args: probabilities: for each level, lowest first, that of each place.
    """
    exceeded = sum(max(level, default=0.0) > LIKELY for level in probabilities)
    return SEVERITY_BY_LEVEL[min(exceeded, len(SEVERITY_BY_LEVEL) - 1)]


def certainty_of(probabilities: Iterable[float]) -> str:
    """Return Likely where one place is reached more probably than not, else Possible."""
    return "Likely" if max(probabilities) > LIKELY else "Possible"


def urgency_of(onset: datetime | None, now: datetime) -> str:
    """Return how soon people must act; Unknown where no arrival is known."""
    if onset is None:
        return "Unknown"
    return next((word for bound, word in URGENCY if onset - now <= bound), "Future")


def expiry_of(ends: Iterable[datetime | None], now: datetime) -> datetime:
    """Return when the last place is clear (90th percentile), within LEAST_LIFE and MOST_LIFE."""
    known = [end for end in ends if end is not None]
    return min(max([*known, now + LEAST_LIFE]), now + MOST_LIFE)
