"""What an alert may say, field by field."""

import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts.content import check_content
from sameboat.watch.alerts.tests.small_province import HARBIN, make_content

AREA = {"code": HARBIN}


def faults_of(content):
    with pytest.raises(FaultyInput) as refusal:
        check_content(content)
    return {(fault.field, fault.code) for fault in refusal.value.faults}


def test_good_content_comes_back_whole_with_moments_in_utc():
    checked = check_content(make_content())

    assert checked["expires"] == "2005-11-30T16:00:00.000Z"
    assert checked["note"] == ""
    assert [area["code"] for area in checked["areas"]] == [HARBIN, "cn:220700"]


def test_checking_twice_changes_nothing_more():
    once = check_content(make_content())

    assert check_content(once) == once


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("category", "Rain", "not_allowed"),
        ("category", None, "not_allowed"),
        ("urgency", ["Expected"], "not_allowed"),
        ("severity", 3, "not_allowed"),
        ("certainty", "likely", "not_allowed"),
        ("case", "IV", "not_allowed"),
        ("response_types", "Avoid", "wrong_type"),
        ("onset", "2005-11-15T00:00:00", "not_a_moment"),
        ("onset", 5, "not_a_moment"),
        ("expires", None, "missing"),
        ("expires", "soon", "not_a_moment"),
        ("expires", "0005-01-01T00:00:00Z", "out_of_range"),
        ("expires", "9999-12-31T23:59:59Z", "out_of_range"),
        ("expires", "9999-12-31T23:59:59-10:00", "not_a_moment"),
        ("origin", "220200", "not_a_code"),
        ("population", -1, "out_of_range"),
        ("population", True, "wrong_type"),
        ("threshold", 0.017, "wrong_type"),
        ("note", "x" * 2001, "too_long"),
        *[
            ("note", f"a{each}b", "control_character")
            for each in ("\0", "\r", "\x1f", "\x85", "\ud800", "\ufffe")
        ],
        ("event", "Water pollution", "missing"),
        ("texts", None, "missing"),
        ("areas", [], "missing"),
        ("areas", [AREA] * 401, "missing"),
        ("mood", "calm", "unknown_field"),
    ],
)
def test_a_bad_field_is_named(field, value, code):
    assert (field, code) in faults_of(make_content(**{field: value}))


def test_every_missing_text_is_named():
    texts = {"zh-CN": {"headline": "", "description": "说明", "instruction": "撤离"}}

    assert faults_of(make_content(texts=texts)) == {
        ("texts.zh-CN.headline", "missing"),
        ("texts.en-US", "missing"),
    }


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"code": "harbin"}, "areas[0].code", "not_a_code"),
        ({"p_reached": 1.2}, "areas[0].p_reached", "out_of_range"),
        ({"p_reached": float("nan")}, "areas[0].p_reached", "out_of_range"),
        ({"arrival_p50": "tomorrow"}, "areas[0].arrival_p50", "not_a_moment"),
        ({"names": "Harbin"}, "areas[0].names", "wrong_type"),
        ({"names": {"en\ud800": "Harbin"}}, "areas[0].names", "wrong_type"),
        ({"polygons": [[[1, 2], [3, 4]]]}, "areas[0].polygons", "not_a_polygon"),
        ({"polygons": [[[1, 2], [3, 4], [5, 6], [7, 8]]]}, "areas[0].polygons[0]", "open_ring"),
        ({"names": {"en": "a\x01b"}}, "areas[0].names.en", "control_character"),
        ({"names": {"en": "x" * 201}}, "areas[0].names.en", "too_long"),
        ({"names": {"": "Harbin"}}, "areas[0].names", "wrong_type"),
        ({"polygons": [[[1, 1], [2, 2], [1, 2], [2, 1], [1, 1]]]}, "areas[0].polygons[0]",
         "crosses_itself"),
        ({"polygons": [[[1, 1], [2, 2], [3, 3], [1, 1]]]}, "areas[0].polygons[0]",
         "crosses_itself"),
        ({"polygons": [[[1, 1]] * 4]}, "areas[0].polygons[0]", "crosses_itself"),
        ({"polygons": [[[181, 2], [3, 4], [5, 6]]]}, "areas[0].polygons", "not_a_polygon"),
        ({"circles": [[126, 45, -1]]}, "areas[0].circles", "not_a_circle"),
        ({"colour": "red"}, "areas[0].colour", "unknown_field"),
    ],
)  # fmt: skip
def test_a_bad_area_is_named(change, field, code):
    assert (field, code) in faults_of(make_content(areas=[{**AREA, **change}]))


def test_a_place_is_named_once():
    assert ("areas[1].code", "twice") in faults_of(make_content(areas=[AREA, AREA]))


def test_the_onset_lies_before_the_end():
    late = make_content(onset="2005-12-02T00:00:00Z")

    assert ("onset", "onset_after_end") in faults_of(late)


@pytest.mark.parametrize("content", [None, [], "text", 5])
def test_content_is_an_object(content):
    assert faults_of(content) == {("content", "wrong_type")}
