"""A draft from a forecast of any hazard: CAP's category, severity by level, both languages."""

import pytest

from sameboat.ground.places.tests.small_pack import EAST, FAR, LOWER, UPPER, WEST
from sameboat.watch.alerts import drafting, rules
from sameboat.watch.alerts.content import check_content
from sameboat.watch.forecasts.tests.conftest import (  # noqa: F401
    add_person,
    ask,
    load,
    make,
    now,
    wang,
)
from sameboat.watch.forecasts.tests.questions import CHAIN, EPIDEMIC, GAS, GRID

ALL = {"epidemic": EPIDEMIC, "air_release": GAS, "cascade": GRID, "compound": CHAIN}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hazard", "category", "event"),
    [
        ("epidemic", "Health", "传染病"), ("air_release", "CBRNE", "有毒气体"),
        ("cascade", "Infra", "设施停供"), ("compound", "Infra", "设施停供"),
    ],
)  # fmt: skip
def test_a_draft_from_any_hazard_has_its_category_and_both_languages(
    ask,  # noqa: F811
    make,  # noqa: F811
    now,  # noqa: F811
    hazard,
    category,
    event,
):
    forecast = make(ask(scenario=ALL[hazard], scenario_key="drill", members=30))

    content = drafting.content_from(forecast, kind="Alert", status="Exercise", now=now)

    assert (content["category"], content["event"]["zh-CN"]) == (category, event)
    assert content["severity"] in {"Minor", "Moderate", "Severe", "Extreme"}
    assert {area["code"] for area in content["areas"]} <= {UPPER, LOWER, WEST, EAST, FAR}
    for said in content["texts"].values():
        assert not [text for text in said.values() if "{" in text]
    assert check_content(content)["category"] == category


@pytest.mark.parametrize(
    ("probabilities", "severity"),
    [
        ([[0.4], [0.1]], "Minor"), ([[0.6, 0.2], [0.1, 0.0]], "Moderate"),
        ([[0.9], [0.6], [0.4]], "Severe"), ([[0.9], [0.6], [0.51], [0.51]], "Extreme"),
        ([], "Minor"),
    ],
)  # fmt: skip
def test_severity_follows_the_levels_exceeded_more_probably_than_not(probabilities, severity):
    assert rules.severity_by_level(probabilities) == severity
