"""CAP: messages judged per second on one core, beside lxml with the schema alone.

Known figures of others, on other machines: lxml and the OASIS schema alone about 18,000 a second,
capparselib 1,300, Google's Java library 240.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import etree

from sameboat.watch.alerts.cap import CapAlert, CapArea, CapInfo, check_alert, write_alert
from sameboat.watch.alerts.cap.grammar import VERSION_OF
from sameboat.watch.alerts.cap.schema import compiled
from sameboat.watch.alerts.cap.shapes import rings_of, shape_of_circle, shapes_of

CORPORA = Path(os.environ.get("CORPORA", "../shared/corpora"))
GOAL = 5_000  #: alerts a second and core, with geometry
RUNS = 7


def messages() -> tuple[str, list[bytes]]:
    """Return the corpus of CAP 1.2 and 1.1 where it is there, else messages of our own."""
    paths = sorted(
        path for folder in ("valid", "invalid", "valid-cap11-suite")
        for path in (CORPORA / "cap" / folder).glob("*.xml")
    )  # fmt: skip
    if paths:
        return "messages of the corpus", [path.read_bytes() for path in paths]
    return "messages of our own (no corpora here)", [our_own(number) for number in range(800)]


def our_own(number: int) -> bytes:
    sent = datetime(2005, 11, 18, tzinfo=UTC) + timedelta(hours=number)
    lat, lon = 45 + number % 10 / 10, 126 + number % 7 / 10
    info = CapInfo(
        language="zh-CN", categories=("Env",), event="水污染", urgency="Expected",
        severity="Severe", certainty="Likely", onset=sent + timedelta(days=1),
        expires=sent + timedelta(days=9), headline="松花江水污染", description="监测中。" * 60,
        instruction="停止取水。", parameters=(("sameboat:level", "II"),),
        areas=(
            CapArea(
                "哈尔滨", polygons=rings_of(shape_of_circle((lat, lon, 20.0))),
                circles=((lat, lon, 12.5),), geocodes=(("GB/T 2260", "230100"),),
            ),
        ),
    )  # fmt: skip
    return write_alert(
        CapAlert(
            f"cn.220200.alert.{number}", "cn.220200", sent, "Actual", "Alert", "Public",
            infos=(info, replace(info, language="en-US")),
        )
    )  # fmt: skip


def judged(raw: bytes) -> None:
    check_alert(raw)


def judged_and_drawn(raw: bytes) -> None:
    alert = check_alert(raw).alert
    if alert is not None:
        for info in alert.infos:
            for area in info.areas:
                shapes_of(area)


def schema_alone(raw: bytes) -> None:
    try:
        root = etree.fromstring(raw)
    except etree.XMLSyntaxError:
        return
    compiled(VERSION_OF.get(etree.QName(root).namespace or "", "1.2")).validate(root)


def best(work: Callable[[bytes], None], raws: list[bytes]) -> float:
    """Return the seconds of the quickest of some runs over all messages."""
    times = []
    for _run in range(RUNS):
        began = time.perf_counter()
        for raw in raws:
            work(raw)
        times.append(time.perf_counter() - began)
    return min(times)


def cap_check() -> list[dict[str, object]]:
    what, raws = messages()
    peer = best(schema_alone, raws)
    rows: list[dict[str, object]] = []
    for name, work, steps in (
        ("cap-check", judged, "gate, parse, schema, rules, coordinates"),
        ("cap-geometry", judged_and_drawn, "the same and every area as a valid map shape"),
    ):
        ours = best(work, raws)
        rate = len(raws) / ours
        rows.append(
            {
                "name": name,
                "work_unit": f"{len(raws)} {what}: {steps}; {rate:,.0f} a second",
                "ours_s": ours,
                "peer": f"lxml and schema alone, {len(raws) / peer:,.0f} a second",
                "peer_s": peer,
                "ratio": peer / ours,
                "goal": f"{GOAL:,} a second and core",
                "holds": rate >= GOAL,
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    return rows


BENCHMARKS = {"cap": cap_check}
