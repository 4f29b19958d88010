"""The areas of an alert as the server's own map."""

from typing import Any

from sameboat.console.drawing import Drawing, draw
from sameboat.console.templatetags.console import reader
from sameboat.ground.places.queries import places_of
from sameboat.lib.language import choose


def drawing_of(areas: dict[str, Any]) -> Drawing | None:
    """Return the map of the areas, each in the colour of its probability; None without ground."""
    features = [
        {
            **each,
            "properties": {
                "kind": "place",
                "code": each["properties"].get("code", ""),
                "name": choose(each["properties"].get("names") or {}, reader()),
                "p": each["properties"].get("p_reached"),
            },
        }
        for each in areas["features"]
        if each.get("geometry")
    ]
    # It is shown at half its width, beside the text.
    return draw({"features": features, "hours": []}, letters=2.0) if features else None


def attribution_of(areas: list[dict[str, Any]]) -> list[str]:
    """Return the words of the licences under which the outlines of the areas are known."""
    words = dict.fromkeys(
        licence["attribution"]
        for version in places_of(area["code"] for area in areas).values()
        for licence in version.load.licences
        if licence["id"] == version.licence
    )
    return list(words)
