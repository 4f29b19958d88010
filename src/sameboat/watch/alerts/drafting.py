"""What a draft says: from a forecast by the stated rules, or that an earlier alert is cancelled."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from sameboat.ground.places.queries import names_of
from sameboat.lib.codes import prefecture_of
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import CAP_TAG, choose, translate
from sameboat.lib.language import mark as _
from sameboat.lib.times import as_utc_text
from sameboat.watch.alerts import rules, wording
from sameboat.watch.alerts.cap.levels import level_of
from sameboat.watch.alerts.content import MAX_AREAS
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.refusals import ForecastNotMade, NothingReached
from sameboat.watch.forecasts.models import Forecast, ForecastTarget
from sameboat.watch.forecasts.queries import (
    hazard_shown,
    substances_in,
    targets_of,
    thresholds_of,
)

MOST_NAMED = 12  #: places named in the text; all of them are areas
_MARKED = {
    "Actual": "{headline}",
    "Exercise": _("EXERCISE: {headline}"),
    "Test": _("TEST: {headline}"),
}
REACHED = 0.1  #: a place is warned from this probability on (DESIGN section 5)
LONGEST_REASON = 2000


def content_from(forecast: Forecast, *, kind: str, status: str, now: datetime) -> dict[str, Any]:
    """Return what an alert from this forecast says, by `rules` and the node's templates.

    Raises:
        ForecastNotMade, NothingReached: there is nothing to warn of.
        FaultyInput: a template has faults.
    """
    targets = leaves_reached(forecast)
    threshold = thresholds_of(forecast)[0]
    onset = min((t.arrival_p10 for t in targets if t.arrival_p10), default=None)
    expires = rules.expiry_of((t.cleared_p90 for t in targets), now)
    hazard = hazard_shown(forecast)
    category, response_types = rules.ANSWERS.get(hazard, ("Other", ("Monitor",)))
    words = {
        tag: wording.word(
            hazard,
            tag,
            _words(forecast, targets, threshold, language, now),
            folder=settings.HOME.templates,
        )
        for language, tag in CAP_TAG.items()
    }
    known = [t.population for t in targets if t.population is not None]
    return {
        "category": category,
        "hazard": forecast.hazard,
        "event": {tag: said["event"] for tag, said in words.items()},
        "response_types": list(response_types),
        "urgency": rules.urgency_of(onset, now),
        "severity": _severity(forecast, targets, threshold),
        "certainty": rules.certainty_of(t.p_reached for t in targets),
        "onset": as_utc_text(onset) if onset and onset < expires else None,
        "expires": as_utc_text(expires),
        "texts": {
            tag: {
                "headline": translate(_MARKED[status], tag).format(headline=said["headline"])[:160],
                "description": said["description"],
                "instruction": said["instruction"],
            }
            for tag, said in words.items()
        },
        "areas": [_area(target) for target in targets[:MAX_AREAS]],
        "origin": forecast.origin.code,
        "case": forecast.case,
        "level": level_of(forecast.origin.code, (t.code for t in targets)).numeral,
        "threshold": None
        if threshold["value"] is None or not threshold["unit"]
        else {"value": threshold["value"], "unit": threshold["unit"]},
        "population": sum(known) if known else None,
        "note": "",
    }


def content_of_cancel(alert: Alert, *, because: str) -> dict[str, Any]:
    """Return what a Cancel says: the same areas, the reason, and that the warning has ended.

    Raises:
        FaultyInput: no reason, or one too long.
    """
    because = checked_reason(because, "because")
    texts = {}
    for language, tag in CAP_TAG.items():
        headline = translate(_("Cancelled: {headline}"), language)
        earlier = alert.content["texts"][tag]["headline"]
        texts[tag] = {
            "headline": headline.format(headline=earlier)[:160],
            "description": because,
            "instruction": translate(
                _("This alert is no longer in force. Follow your local authority."), language
            ),
        }
    return {
        **alert.content,
        "texts": texts,
        "note": because,
        "response_types": ["AllClear"],
        "urgency": "Past",
    }


def checked_reason(because: str, field: str) -> str:
    """Return the reason without spaces around it.

    Raises:
        FaultyInput: it is empty or longer than LONGEST_REASON characters.
    """
    because = because.strip()
    if 1 <= len(because) <= LONGEST_REASON:
        return because
    raise FaultyInput(
        [
            Fault(
                "too_long" if because else "missing",
                _("A reason is needed, and not a long one."),
                field=field,
                value=because,
                allowed=f"1-{LONGEST_REASON}",
            )
        ]
    )


def leaves_reached(forecast: Forecast) -> list[ForecastTarget]:
    """Return the lowest places reached with REACHED or more, in order of arrival.

    A parent is the union of its children: warning both would tell people twice.

    Raises:
        ForecastNotMade: it has no answer yet, or failed.
        NothingReached: no place reaches REACHED.
    """
    if forecast.state != "made":
        raise ForecastNotMade(state=forecast.state)
    reached = list(targets_of(forecast, "place").filter(p_reached__gte=REACHED))
    if not reached:
        raise NothingReached(percent=round(REACHED * 100))
    above = forecast.load.place_versions.filter(
        place__in=[target.place_id for target in reached], parent__isnull=False
    ).values_list("parent_id", flat=True)
    parents = set(above)
    return [target for target in reached if target.place_id not in parents]


def _severity(forecast: Forecast, targets: list[ForecastTarget], threshold: dict[str, Any]) -> str:
    """Return the severity: of a spill by how far its peak exceeds the limit, else by levels."""
    if forecast.hazard == "river_pollutant":
        return rules.severity_of((t.peak_p50 for t in targets), threshold["value"])
    codes = [target.code for target in targets]
    return rules.severity_by_level(
        targets_of(forecast, "place", level)
        .filter(code__in=codes)
        .values_list("p_reached", flat=True)
        for level in range(len(thresholds_of(forecast)))
    )


def _area(target: ForecastTarget) -> dict[str, Any]:
    arrivals = {
        f"arrival_{p}": as_utc_text(at) if (at := getattr(target, f"arrival_{p}")) else None
        for p in ("p10", "p50", "p90")
    }
    return {
        "code": target.code,
        "p_reached": target.p_reached,
        **arrivals,
        "peak": target.peak_p50,
    }


def _words(
    forecast: Forecast,
    targets: list[ForecastTarget],
    threshold: dict[str, Any],
    language: str,
    now: datetime,
) -> dict[str, str]:
    """Return the words that templates may use, in one language."""
    codes = [target.code for target in targets]
    names = names_of([forecast.origin.code, *codes], language)
    home = prefecture_of(forecast.origin.code)
    # What the origin knows already is not news, nor what has happened by now: the headline names
    # the first place beyond it that is still to be reached.
    beyond = [t for t in targets if prefecture_of(t.code) != home] or targets
    ahead = (t for t in beyond if t.arrival_p50 is None or t.arrival_p50 > now)
    first = next(ahead, beyond[0])
    known = [target.population for target in targets if target.population is not None]
    listed = (", " if language == "en" else "、").join(names[code] for code in codes[:MOST_NAMED])
    more = translate(_("{places} and others"), language) if len(codes) > MOST_NAMED else "{places}"
    return {
        "substance": _substance(forecast, language),
        "origin": names[forecast.origin.code],
        "first": names[first.code],
        "first_at": _shown(first.arrival_p50, language),
        "places": more.format(places=listed),
        "count": str(len(codes)),
        "people": f"{sum(known):,}" if known else translate(_("not known"), language),
        "limit": _limit(threshold, language),
    }


def _substance(forecast: Forecast, language: str) -> str:
    """Return what spreads, in words: the substance, or what the hazard's intensity is."""
    if forecast.hazard != "river_pollutant":
        result = forecast.result or {}
        return choose(result.get("intensity") or {}, language)
    substance = str(forecast.scenario["substance"]["key"])
    row = substances_in(forecast.load).filter(key=substance).first()
    return choose(row.names, language) if row else substance


def _limit(threshold: dict[str, Any], language: str) -> str:
    """Return the threshold as people read it: what it is called, or its value."""
    if threshold["value"] is None:
        return choose(threshold["name"], language)
    return f"{threshold['value']:g} {threshold['unit']}".strip()


def _shown(moment: datetime | None, language: str) -> str:
    if moment is None:
        return translate(_("a time not known"), language)
    here = moment.astimezone(ZoneInfo(settings.TIME_ZONE))
    if language == "en":
        return f"{here.day} {here:%B %Y, %H:%M}"
    return f"{here.year}年{here.month}月{here.day}日{here:%H:%M}"
