"""Small CAP messages written for these tests; one part is changed at a time."""

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

HEAD = {
    "identifier": "A-7",
    "sender": "duty@city.example",
    "sent": "2005-11-18T09:00:00+08:00",
    "status": "Actual",
    "msgType": "Alert",
    "source": "",
    "scope": "Public",
    "restriction": "",
    "addresses": "",
    "note": "",
    "references": "",
}
INFO = {
    "language": "en-US",
    "category": "Env",
    "event": "Water pollution",
    "urgency": "Expected",
    "severity": "Severe",
    "certainty": "Likely",
    "expires": "2005-11-30T09:00:00+08:00",
    "web": "",
    "resource": "",
}
AREA = "<areaDesc>Harbin</areaDesc><polygon>45,126 45,127 46,127 45,126</polygon>"
RESOURCE = {"resourceDesc": "map", "mimeType": "image/png", "size": "", "uri": "", "derefUri": ""}


def _elements(parts: dict[str, str]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text)


def info(area: str = AREA, **changes: str) -> str:
    return f"<info>{_elements(INFO | changes)}<area>{area}</area></info>"


def message(infos: str | None = None, *, namespace: str = NAMESPACE, **changes: str) -> bytes:
    """Return a valid message, or one with these elements of its head changed or left out ("")."""
    head = _elements(HEAD | changes)
    body = info() if infos is None else infos
    return f'<?xml version="1.0"?>\n<alert xmlns="{namespace}">{head}{body}</alert>'.encode()


def with_area(area: str) -> bytes:
    return message(info(area))


def with_resource(**changes: str) -> bytes:
    return message(info(resource=_elements(RESOURCE | changes)))


OLDEST = b"""<alert xmlns="http://www.incident.com/cap/1.0">
<identifier>K7</identifier><sender>coast@island.example</sender>
<sent>2003-06-11T20:56:00-00:00</sent><status>Actual</status><msgType>Alert</msgType>
<info><category>Met</category><event>Gale</event><urgency>Expected</urgency>
<severity>Severe</severity><certainty>Very Likely</certainty><eventCode>local=GAL</eventCode>
<area><areaDesc>North coast</areaDesc><circle>54.5,-3.1 20</circle><geocode>zone=12</geocode></area>
</info></alert>"""
