"""An alert as others read it: CAP 1.2, plain text, map, entry."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings

from sameboat.ground.places.queries import find_place
from sameboat.lib.language import CAP_TAG, choose
from sameboat.lib.times import parse_moment
from sameboat.proof.canon import canonical
from sameboat.watch.alerts.addressing import MOST_BODY_BYTES, addressed_of, recipients_of
from sameboat.watch.alerts.audience import hearers_of, is_public
from sameboat.watch.alerts.cap import (
    CapAlert,
    CapArea,
    CapInfo,
    Reference,
    check_alert,
    feed,
    write_alert,
)
from sameboat.watch.alerts.cap.alert import Named
from sameboat.watch.alerts.cap.levels import LEVELS, level_parameters
from sameboat.watch.alerts.ground import geojson_of
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.refusals import CapNotValid

#: what CAP wants of a message that is not for everyone
RESTRICTION = "仅供所列地方 / for the places addressed only"
#: digits of a Chinese code -> the standard that gives it; villages have none, only statistics
NATIONAL = {6: "GB/T 2260", 9: "GB/T 10114"}


def build(alert: Alert, *, identifier: str, sent: datetime) -> CapAlert:
    """Return the alert as a CAP 1.2 message: one info per language, every area in each."""
    heard = hearers_of(alert)
    public = is_public(heard)
    return CapAlert(
        identifier=identifier,
        sender=sender_of(alert),
        sent=_here(sent),
        status=alert.status,
        message_type=alert.message_type,
        scope="Public" if public else "Restricted",
        restriction="" if public else RESTRICTION,
        addresses="" if public else " ".join(heard),
        note=alert.content["note"],
        references=_references(alert),
        infos=tuple(_info(alert, tag) for tag in CAP_TAG.values()),
    )


def _references(alert: Alert) -> tuple[Reference, ...]:
    earlier = alert.earlier
    if earlier is None or not earlier.identifier or not earlier.issued_at:
        return ()
    return (Reference(sender_of(earlier), earlier.identifier, _here(earlier.issued_at)),)


def sealed(built: CapAlert) -> bytes:
    """Return the message as XML that passed our own check.

    Raises:
        CapNotValid: it breaks the schema or a rule of CAP 1.2.
    """
    raw = write_alert(built)
    found = check_alert(raw)
    if found.verdict != "valid":
        faults = (found.reason,) if found.reason else found.faults
        raise CapNotValid(problems="; ".join(fault.in_language("en") for fault in faults))
    return raw


def write_feed(
    alerts: Iterable[Alert], *, place: str, link: str, language: str, now: datetime
) -> bytes:
    """Return an Atom feed of issued alerts, titles in one language.

    `place` is the home place whose word it is; `link` the feed's own address, beside which each
    alert's XML lies; without one the feed and its alerts are named by URN.
    """
    rows = [(row, check_alert(bytes(row.cap or b"")).alert) for row in alerts]
    return feed.write_feed(
        title=f"Sameboat {place}",
        address=link or f"urn:sameboat:{place}:alerts",
        author=place,
        updated=max([row.issued_at for row, _read in rows if row.issued_at], default=now),
        entries=[
            feed.Entry(
                read,
                urljoin(link, f"{row.uuid}/cap") if link else f"urn:sameboat:{_address(row)}",
                row.issued_at or now,
            )
            for row, read in rows
            if read is not None
        ],
        language=language,
    )


def sender_of(alert: Alert) -> str:
    """Return the CAP sender: the place that gives its word, as CAP allows it."""
    return alert.place.code.replace(":", ".")


def entry_body(alert: Alert, signature_of: Callable[[Any], str]) -> dict[str, Any]:
    """Return what the entry says of an issued alert: texts and integers only, names by desk."""
    content = alert.content
    body = {
        "identifier": alert.identifier,
        "kind": alert.kind,
        "status": alert.status,
        "message_type": alert.message_type,
        "earlier": _address(alert.earlier) if alert.earlier else None,
        "references": [str(each) for each in _references(alert)],
        "forecast": _forecast_address(alert),
        "category": content["category"],
        "hazard": content["hazard"],
        "urgency": content["urgency"],
        "severity": content["severity"],
        "certainty": content["certainty"],
        "case": content["case"],
        "level": content["level"],
        "origin": content["origin"],
        "onset": content["onset"],
        "expires": content["expires"],
        "headline": {tag: content["texts"][tag]["headline"] for tag in CAP_TAG.values()},
        "areas_total": len(content["areas"]),
        "recipients": recipients_of(alert),
        "cap_sha256": hashlib.sha256(bytes(alert.cap or b"")).hexdigest(),
        "drafted_by": signature_of(alert.author),
        "submitted_by": signature_of(alert.submitted_by),
        "issued_by": signature_of(alert.issued_by),
    }
    body |= _texts_that_fit(content, len(canonical(body)))
    return body | {"addressed": addressed_of(alert, len(canonical(body)))}


def _texts_that_fit(content: Mapping[str, Any], spent: int) -> dict[str, Any]:
    """Return what people read, where the entry has room for it; the CAP message always has it."""
    said = {
        tag: {part: content["texts"][tag][part] for part in ("description", "instruction")}
        for tag in CAP_TAG.values()
    }
    # Without room for the places the alert would be addressed to nobody.
    most = MOST_BODY_BYTES * 3 // 4
    return {"texts": said} if spent + len(canonical(said)) <= most else {}


def plain_texts(alert: Alert) -> dict[str, str]:
    """Return the alert as plain text per CAP language tag, areas named in that language."""
    content = alert.content
    joined = {"zh-CN": "、", "en-US": ", "}
    texts = {}
    for tag, said in content["texts"].items():
        names = joined[tag].join(
            choose(area["names"], tag) or area["code"] for area in content["areas"]
        )
        texts[tag] = "\n\n".join(
            [said["headline"], said["description"], said["instruction"], names]
        )
    return texts


def geojson(alert: Alert) -> dict[str, Any]:
    """Return the alert's areas as a GeoJSON FeatureCollection."""
    return geojson_of(alert.content["areas"])


def _info(alert: Alert, tag: str) -> CapInfo:
    content, said = alert.content, alert.content["texts"][tag]
    home = find_place(alert.place.code)
    return CapInfo(
        language=tag,
        categories=(content["category"],),
        event=content["event"][tag],
        response_types=tuple(content["response_types"]),
        urgency=content["urgency"],
        severity=content["severity"],
        certainty=content["certainty"],
        onset=_moment(content["onset"]),
        expires=_moment(content["expires"]),
        sender_name=choose(home.names, tag) if home else alert.place.code,
        headline=said["headline"],
        description=said["description"],
        instruction=said["instruction"],
        parameters=_parameters(alert),
        areas=tuple(_area(area, tag) for area in content["areas"]),
    )


def _parameters(alert: Alert) -> tuple[Named, ...]:
    content = alert.content
    limit = content["threshold"]
    said = {
        "kind": alert.kind,
        "hazard": content["hazard"],
        "case": content["case"],
        "level": content["level"],
        "origin": content["origin"],
        "threshold": f"{limit['value']:g} {limit['unit']}" if limit else "",
    }
    parameters = tuple((f"sameboat:{name}", value) for name, value in said.items() if value)
    level = LEVELS.get(content["level"])
    return parameters + (level_parameters(level) if level else ())


def _area(area: Mapping[str, Any], tag: str) -> CapArea:
    code: str = area["code"]
    scheme, _colon, digits = code.partition(":")
    standard = NATIONAL.get(len(digits)) if scheme == "cn" else None
    national = ((standard, digits),) if standard else ()
    return CapArea(
        description=choose(area["names"], tag) or code,
        polygons=tuple(tuple((lat, lon) for lon, lat in ring) for ring in area["polygons"]),
        circles=tuple((lat, lon, radius_km) for lon, lat, radius_km in area["circles"]),
        geocodes=(*national, ("place", code)),
    )


def _moment(text: str | None) -> datetime | None:
    return _here(parse_moment(text)) if text else None


def _here(moment: datetime) -> datetime:
    """Return the moment by the clock of the home place, as its readers expect it."""
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE))


def _address(alert: Alert) -> str:
    return f"{alert.place.code}/alert/{alert.uuid}"


def _forecast_address(alert: Alert) -> str | None:
    if alert.forecast is None:
        return None
    return f"{alert.forecast.place.code}/forecast/{alert.forecast.uuid}"
