"""Whatever a person enters is refused by name while drafting, or is valid CAP once issued."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts import actions, queries
from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.cap.shapes import is_simple
from sameboat.watch.alerts.tests.small_province import HARBIN, JILIN, NOW, make_content

pytestmark = pytest.mark.django_db

SQUARE = [[126, 45], [127, 45], [127, 46], [126, 46], [126, 45]]
anything = st.text(st.characters(exclude_categories=()), min_size=1, max_size=30)
said = anything | st.sampled_from(["]]>", "<![CDATA[", "&amp;", "<!DOCTYPE", "警报🌊", "a\r\n\tb"])
points = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)
rings = st.lists(points, min_size=3, max_size=6).map(lambda found: [*found, found[0]])
shapes = st.lists(st.just(SQUARE) | rings, min_size=1, max_size=3)
circles = st.lists(st.tuples(points, st.floats(0, 5000)).map(lambda c: [*c[0], c[1]]), max_size=2)
moments = st.sampled_from(
    [
        "2005-12-01T00:00:00+08:00", "2005-12-31T23:59:59.999-09:30", "20060101T000000Z",
        "0005-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    ]
)  # fmt: skip


def written(text, names, ring_list, circle_list, expires):
    texts = {"headline": text[:160], "description": text * 20, "instruction": text}
    return make_content(
        texts={"zh-CN": texts, "en-US": texts},
        note=text,
        expires=expires,
        areas=[{"code": HARBIN, "names": {"zh-Hans": names, "en": names}, "polygons": ring_list,
                "circles": circle_list}],
    )  # fmt: skip


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.builds(written, said, said, shapes, circles, moments))
@example(written("\ud800", "x", [SQUARE], [], "2005-12-01T00:00:00Z"))
@example(written("x", "\ufffe", [SQUARE], [], "2005-12-01T00:00:00Z"))
def test_any_content_is_refused_while_drafting_or_issued_as_it_was_written(li, wang, content):
    try:
        draft = actions.draft_alert(place=JILIN, content=content, key=uuid4(), by=li, now=NOW)
    except FaultyInput as refusal:
        faults = refusal.faults
    else:
        faults = ()
    if faults:
        assert all(fault.field and fault.in_language("en").encode() for fault in faults)
        return

    queries.preview(draft, now=NOW)
    actions.submit_alert(alert=draft, revision=draft.revision, by=li, now=NOW)
    issued = actions.issue_alert(alert=draft, revision=draft.revision, by=wang, now=NOW)

    found = check_alert(bytes(issued.cap))
    assert found.verdict == "valid"
    for info in found.alert.infos:
        assert info.description == issued.content["texts"][info.language]["description"]
        assert info.areas[0].polygons == tuple(
            tuple((lat, lon) for lon, lat in ring) for ring in content["areas"][0]["polygons"]
        )
        assert all(map(is_simple, info.areas[0].polygons))


def test_an_alert_of_many_places_with_long_borders_can_be_issued(places, li, wang):
    border = [[126 + step * 1e-4, 45 + step % 2 * 1e-3] for step in range(197)]
    ring = [*border, [126.02, 46.0], [126.0, 46.0], border[0]]
    areas = [
        {"code": f"cn:{number}", "names": {"en": "&" * 200}, "polygons": [ring]}
        for number in range(220000, 220049)
    ]
    text = {"headline": "&" * 160, "description": "&" * 6000, "instruction": "&" * 6000}
    content = make_content(areas=areas, texts={"zh-CN": text, "en-US": text})

    draft = actions.draft_alert(place=JILIN, content=content, key=uuid4(), by=li, now=NOW)
    actions.submit_alert(alert=draft, revision=draft.revision, by=li, now=NOW)
    issued = actions.issue_alert(alert=draft, revision=draft.revision, by=wang, now=NOW)

    assert check_alert(bytes(issued.cap)).verdict == "valid"


def test_more_points_than_a_message_holds_are_refused_while_drafting(places, li):
    ring = [[126 + step * 1e-4, 45] for step in range(198)] + [[126, 46], [126, 45]]
    areas = [
        {"code": f"cn:{number}", "names": {"en": "A"}, "polygons": [ring]}
        for number in range(220000, 220051)
    ]

    with pytest.raises(FaultyInput) as refusal:
        actions.draft_alert(
            place=JILIN, content=make_content(areas=areas), key=uuid4(), by=li, now=NOW
        )

    assert [fault.code for fault in refusal.value.faults] == ["too_many_points"]
