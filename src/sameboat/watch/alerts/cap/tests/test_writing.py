"""What we write is always valid, and reads back equal, whatever the texts and shapes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.lib.address import parse_address
from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts.cap import (
    CapAlert,
    CapArea,
    CapInfo,
    CapResource,
    Reference,
    check_alert,
    write_alert,
)
from sameboat.watch.alerts.cap.alert import moment_text
from sameboat.watch.alerts.cap.grammar import (
    CATEGORIES,
    CERTAINTIES,
    RESPONSE_TYPES,
    SEVERITIES,
    STATUSES,
    URGENCIES,
)

ADDRESS = parse_address("cn:220200/alert/0193f2c4-7d1e-7c1a-9d51-0242ac120002")
SENT = datetime(2005, 11, 18, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
INFO = CapInfo(
    language="zh-CN", categories=("Env",), event="水污染", urgency="Expected", severity="Severe",
    certainty="Likely", headline="松花江水污染", expires=SENT + timedelta(days=3),
    parameters=(("sameboat:level", "II"),),
    areas=(
        CapArea(
            "哈尔滨", polygons=(((45.0, 126.0), (45.0, 127.0), (46.0, 127.0), (45.0, 126.0)),),
            circles=((45.75, 126.65, 12.5),),
            geocodes=(("GB/T 2260", "230100"), ("place", "cn:230100")), altitude=Decimal("0"),
        ),
    ),
)  # fmt: skip
ALERT = CapAlert(
    identifier=ADDRESS.as_cap_identifier(), sender="cn.220200", sent=SENT, status="Actual",
    message_type="Alert", scope="Public", infos=(INFO,),
)  # fmt: skip

text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), max_size=40)
word = text.map(lambda each: f"e{each}")
name = st.from_regex(r"[A-Za-z0-9.:@_-]{1,30}", fullmatch=True)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FIRST, LAST = datetime(1900, 1, 3), datetime(2200, 1, 1)  # noqa: DTZ001
moments = st.datetimes(FIRST, LAST, timezones=zones).map(lambda at: at.replace(microsecond=0))
lat = st.floats(-90, 90, allow_subnormal=False)
lon = st.floats(-180, 180, allow_subnormal=False)
rings = st.lists(st.tuples(lat, lon), min_size=3, max_size=8).map(lambda p: (*p, p[0]))
pairs = st.lists(st.tuples(text, text), max_size=2).map(tuple)
feet = st.decimals(-1000, 100_000, places=1)


def some(values, most=2):
    return st.lists(values, max_size=most).map(tuple)


areas = st.builds(
    CapArea, text, some(rings), some(st.tuples(lat, lon, st.floats(0, 20000))), pairs,
    feet, st.none() | feet,
)  # fmt: skip
resources = st.builds(
    CapResource, text, st.just("image/png"), st.none() | st.integers(0, 10**9),
    st.just("https://city.example/map.png"), st.sampled_from(["", "QUJD"]), st.just(""),
)  # fmt: skip
infos = st.builds(
    CapInfo,
    categories=st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3).map(tuple),
    event=word, urgency=st.sampled_from(URGENCIES), severity=st.sampled_from(SEVERITIES),
    certainty=st.sampled_from(CERTAINTIES), language=st.sampled_from(["zh-CN", "en-US"]),
    response_types=some(st.sampled_from(RESPONSE_TYPES)), audience=text, event_codes=pairs,
    effective=st.none() | moments, onset=st.none() | moments, expires=st.none() | moments,
    sender_name=text, headline=text, description=text, instruction=text,
    web=st.sampled_from(["", "https://city.example/alert?a=1&b=2"]), contact=text,
    parameters=pairs, resources=some(resources, 1), areas=some(areas),
)  # fmt: skip
alerts = st.builds(
    CapAlert, identifier=name, sender=name, sent=moments, status=st.sampled_from(STATUSES),
    message_type=st.just("Update"), scope=st.just("Private"), source=text, restriction=text,
    addresses=word, codes=some(text), note=text,
    references=st.just((Reference("desk@other.example", "Z-1", SENT),)), incidents=text,
    infos=some(infos),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(alerts)
def test_any_alert_written_is_valid_and_reads_back_equal(alert):
    found = check_alert(write_alert(alert))

    assert (found.verdict, found.alert) == ("valid", alert)


def test_the_identifier_is_the_address_with_dots():
    raw = write_alert(ALERT)

    assert b"<identifier>cn.220200.alert.0193f2c4-7d1e-7c1a-9d51-0242ac120002</identifier>" in raw


def test_latitude_comes_first_and_rings_are_closed():
    raw = write_alert(ALERT)

    assert b"<polygon>45,126 45,127 46,127 45,126</polygon>" in raw
    assert b"<circle>45.75,126.65 12.5</circle>" in raw


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (SENT, "2005-11-18T09:00:00+08:00"),
        (SENT.astimezone(UTC), "2005-11-18T01:00:00-00:00"),
        (SENT.replace(microsecond=999_999), "2005-11-18T09:00:00+08:00"),
        (datetime(2020, 1, 1, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
         "2020-01-01T00:00:00-03:30"),
        (datetime(1890, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")), "1889-12-31T15:54:17-00:00"),
    ],
)  # fmt: skip
def test_moments_carry_their_offset_in_digits(moment, written):
    assert moment_text(moment) == written


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (replace(ALERT, identifier="A 7"), "identifier_characters"),
        (replace(ALERT, message_type="Cancel"), "references_missing"),
        (replace(ALERT, scope="Secret"), "not_in_schema"),
        (replace(ALERT, sent=datetime(2005, 11, 18)), "cannot_be_written"),  # noqa: DTZ001
        (replace(ALERT, note="bell \x07"), "cannot_be_written"),
        (replace(ALERT, note="\ufffe"), "cannot_be_written"),
        (replace(ALERT, infos=(replace(INFO, categories=()),)), "not_in_schema"),
        (replace(ALERT, infos=(replace(INFO, areas=(
            CapArea("A", polygons=(((45.0, 126.0), (45.0, 127.0), (46.0, 127.0)),)),)),)),
         "polygon_short"),
        (replace(ALERT, infos=(replace(INFO, areas=(
            CapArea("A", circles=((float("nan"), 126.0, 1.0),)),)),)), "circle_form"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_values_that_break_a_rule_are_not_written(broken, code):
    with pytest.raises(FaultyInput) as refusal:
        write_alert(broken)

    assert code in {fault.code for fault in refusal.value.faults}
