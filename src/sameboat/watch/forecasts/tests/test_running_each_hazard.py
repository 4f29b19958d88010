"""A scenario of any hazard, run: its answer, its options, its reasons, what it learns."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from sameboat.ground.places.tests.small_pack import (
    CONTENT,
    EAST,
    LOWER,
    STARTED_AT,
    UPPER,
    WEST,
    make_pack,
)
from sameboat.lib.fault import FaultyInput
from sameboat.packs.records import Observation
from sameboat.spread import teaching
from sameboat.spread.ensemble import TooManyMembers
from sameboat.watch.forecasts.checking import check_scenario
from sameboat.watch.forecasts.render import as_csv, as_geojson, as_table
from sameboat.watch.forecasts.simulate import simulate
from sameboat.watch.forecasts.tests.questions import (
    ALL,
    CHAIN,
    EPIDEMIC,
    FLOOD,
    GRID,
    scenario_of,
    with_inputs,
)


@pytest.fixture(scope="module")
def pack():
    return make_pack()


def row(result, code):
    return next(each for each in result["places"] if each["place"] == code)


@pytest.mark.parametrize("name", ALL)
def test_every_hazard_gives_the_same_kind_of_answer(pack, name):
    run = simulate(pack, scenario_of(ALL[name]), bands=False)

    result = json.loads(json.dumps(run.result, allow_nan=False))
    assert result["unit"] == run.unit
    assert result["members"] == 40
    assert {"zh", "en"} == set(result["intensity"])
    for each in result["places"]:
        assert 0 <= each["p_reached"] <= 1
        assert {"p_error", "duration_hours", "arrival_at", "peak", "population"} <= set(each)
    assert all(each["source"] and each["unit"] is not None for each in result["parameters"])
    assert result["totals"][0]["people"]["p50"] is not None


@pytest.mark.parametrize("name", ALL)
def test_threads_change_nothing(pack, name):
    with ThreadPoolExecutor(2) as threads:
        together = simulate(pack, scenario_of(ALL[name]), executor=threads, workers=2)

    alone = simulate(pack, scenario_of(ALL[name]))

    assert together.footprint.digest() == alone.footprint.digest()
    assert together.result == alone.result
    assert together.series == alone.series


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_hazard_can_be_printed(pack, name, language):
    run = simulate(pack, scenario_of(ALL[name]), bands=False)

    table = as_table(run.result, language)
    features = json.loads(as_geojson(run, pack))["features"]

    assert "40" in table
    assert as_csv(run.result).count("\n") > len(run.places)
    assert {each["id"] for each in features} >= {f"place:{code}" for code in run.places}


def test_options_are_compared_with_the_same_members(pack):
    run = simulate(pack, scenario_of(EPIDEMIC), compare=True, bands=False)

    told = run.result["options"]
    rows = {(each["option"], each["place"]): each for each in told["places"]}
    assert [each["key"] for each in told["options"]] == ["nothing", "stay"]
    assert told["options"][1]["measures"][0]["from_hours"] == 24.0
    assert rows["nothing", LOWER]["peak"]["change"] == 0.0
    assert rows["stay", LOWER]["peak"]["change"] < 0
    assert rows["stay", LOWER]["peak"]["error"] > 0
    alone = simulate(pack, scenario_of(EPIDEMIC), options=("stay",), bands=False)
    assert row(alone.result, LOWER)["p_reached"] == rows["stay", LOWER]["reached"]["outcome"]


@pytest.mark.parametrize("name", ["cascade", "compound"])
def test_options_say_what_service_they_spare(pack, name):
    content = ALL[name] | {"option": ALL["cascade"]["option"]}
    if name == "compound":
        option = json.loads(json.dumps(content["option"]))
        option[0]["measure"][0]["at"] = "grid/S2"
        content["option"] = option

    run = simulate(pack, scenario_of(content), compare=True, bands=False)

    losses = {(row["option"], row["place"]): row["person_hours"]
              for row in run.result["options"]["losses"] if row["service"] == "water"}  # fmt: skip
    before, after = losses["nothing", WEST], losses["generator", WEST]
    assert before["change"] == before["error"] == 0.0
    assert after["outcome"] == pytest.approx(before["outcome"] + after["change"], rel=1e-3)
    assert after["low"] <= after["high"] <= 0
    assert after["change"] < 0
    assert after["better"] > 0 == after["worse"]
    table = as_table(run.result, "en")
    assert "Service lost under each option" in table
    assert "A generator" in table


def test_options_that_reach_the_same_places_say_so_in_place_of_an_empty_table(pack):
    run = simulate(pack, scenario_of(GRID), compare=True, bands=False)
    for each in run.result["options"]["places"]:
        for outcome in ("reached", "peak"):
            each[outcome] |= {"better": 0.0, "worse": 0.0}

    table = as_table(run.result, "en")

    assert "No option changes which place is reached" in table
    assert "Options, place by place" not in table


def test_a_share_is_told_as_a_threshold_in_words(pack):
    run = simulate(pack, scenario_of(GRID), bands=False)

    assert run.result["thresholds"][1]["name"]["en"] == "more than 50% without the service"
    assert "Threshold more than 0% without the service ·" in as_table(run.result, "en")


def test_an_option_that_is_not_there_is_named_with_those_that_are(pack):
    with pytest.raises(FaultyInput) as refusal:
        simulate(pack, scenario_of(EPIDEMIC), options=("go",))

    (fault,) = refusal.value.faults
    assert (fault.field, fault.value, fault.allowed) == ("option", "go", "nothing, stay")


def gated(*options):
    """Return a flood with a basin, and options that open it: (key, measures)."""
    basin = {"key": "B", "node": "N2", "capacity_m3": 1e8, "inlet_m3s": 500, "threshold_m3s": 900}
    return with_inputs(FLOOD, basins=[basin]) | {
        "option": [
            {"key": key, "name": {"zh-Hans": key, "en": key},
             "measure": [{"kind": "open_basin", "at": "B", **each} for each in measures]}
            for key, measures in options
        ]
    }  # fmt: skip


def test_a_wrong_measure_is_named_by_its_place_in_the_file_before_anything_is_computed(pack):
    told = []
    scenario = scenario_of(gated(("open", [{"amount": -5.0}])))

    with pytest.raises(FaultyInput) as refusal:
        simulate(pack, scenario, compare=True, progress=lambda step, part: told.append(step))

    (fault,) = refusal.value.faults
    assert (fault.field, fault.allowed) == ("option[0].measure[0].amount", ">= 0 m3/s")
    assert set(told) == {"question"}


def test_options_that_contradict_each_other_are_not_taken_together(pack):
    scenario = scenario_of(gated(("open", [{"amount": 500.0}]), ("shut", [{"amount": 0.0}])))

    with pytest.raises(FaultyInput) as refusal:
        simulate(pack, scenario, options=("open", "shut"))

    (fault,) = refusal.value.faults
    assert (fault.field, fault.value) == ("option", "open + shut")
    assert "contradicts an earlier order for B" in fault.in_language("en")
    assert simulate(pack, scenario, options=("open",), bands=False).result["option"] == ["open"]


def test_members_that_would_not_fit_are_refused_before_the_first(pack):
    told = []

    with pytest.raises(TooManyMembers) as refusal:
        simulate(pack, scenario_of(EPIDEMIC), members=10**9,
                 progress=lambda step, part: told.append(step))  # fmt: skip

    assert set(told) == {"question"}
    assert "GB" in refusal.value.in_language("en")


def test_reasons_lead_from_the_plume_to_the_tap_in_both_languages(pack):
    run = simulate(pack, scenario_of(CHAIN), bands=False)

    causes = {each["target"]: each for each in run.result["causes"]}
    assert run.result["unit"] == ""
    assert [each["stage"] for each in run.result["stages"]] == ["plume", "grid"]
    assert any("Substation" in line for line in causes[WEST]["en"])
    assert any("变电站" in line for line in causes[WEST]["zh"])
    assert any("Bayan Gang" in line or "S3" in line for line in causes[WEST]["en"])


@pytest.mark.parametrize("content", [GRID, CHAIN])
def test_the_parts_that_the_reasons_tell_are_those_of_the_table(pack, content):
    run = simulate(pack, scenario_of(content), members=400, bands=False)

    causes = {each["target"]: each["en"][0] for each in run.result["causes"]}
    told = {code: f": {row(run.result, code)['p_reached']:.0%} of" for code in (WEST, EAST)}
    assert all(told[code] in causes[code] for code in told if code in causes)
    assert causes.keys() & told.keys()


def test_a_failing_substation_is_the_reason_for_a_dry_tap(pack):
    run = simulate(pack, scenario_of(GRID), bands=False)

    (facility,) = run.result["facilities"]
    assert (facility["facility"], facility["place"]) == ("GRID", WEST)
    assert row(run.result, EAST)["p_reached"] == 1.0
    lost = {(each["place"], each["service"]): each for each in run.result["losses"]}
    # Down from hour 5 (3 h of buffer) until the substation works again and it has been repaired.
    assert lost[WEST, "water"]["person_hours"]["p50"] > 100_000
    assert run.result["causes"]


def seen(code, days, value, kind="value", quantity="prevalence", known_days=None):
    at = STARTED_AT + timedelta(days=days)
    known = at if known_days is None else STARTED_AT + timedelta(days=known_days)
    return Observation(code, at, quantity, value, None, "", kind, None, known, 2)


def test_what_is_counted_in_a_place_teaches_and_what_is_not_yet_known_does_not(pack, monkeypatch):
    monkeypatch.setattr(teaching, "FEWEST_MEMBERS", 60)
    monkeypatch.setattr(teaching, "MOST_MEMBERS", 60)
    scenario = scenario_of(EPIDEMIC)
    early, late = seen(UPPER, 20, 400.0), seen(UPPER, 40, 5.0, known_days=50)

    before = simulate(pack, scenario, bands=False)
    honest = simulate(pack, scenario, observations=[early], bands=False)
    peeking = simulate(
        pack, scenario, observations=[late, early], until=STARTED_AT + timedelta(days=21),
        bands=False,
    )  # fmt: skip

    assert honest.result["learning"]["used"] == 1
    assert honest.footprint.digest() != before.footprint.digest()
    assert peeking.footprint.digest() == honest.footprint.digest()
    assert {each["name"] for each in peeking.notices} - {
        each["name"] for each in honest.notices
    } == {"NotYetKnown"}


def test_what_cannot_teach_is_said(pack):
    observations = [
        seen(UPPER, -1, 4.0), seen(UPPER, 90, 4.0), seen("S1", 3, 4.0),
        replace(seen(UPPER, 3, 4.0), quantity="stage"),
    ]  # fmt: skip

    run = simulate(pack, scenario_of(EPIDEMIC), observations=observations, bands=False)

    assert {each["name"] for each in run.notices} == {
        "BeforeTheStart", "BeyondTheHorizon", "NotATarget", "OtherQuantity",
    }  # fmt: skip
    assert run.result["learning"]["used"] == 0


SPILL = CONTENT | {
    "option": [
        {"key": "close", "name": {"zh-Hans": "停止取水", "en": "Close the intake"},
         "measure": [{"kind": "close_intake", "at": "S2"}]},
        {"key": "hold", "name": {"zh-Hans": "截流", "en": "Hold back"},
         "measure": [{"kind": "contain", "at": "S1", "amount": 0.5}]},
    ]
}  # fmt: skip


def test_a_spill_keeps_its_numbers_and_its_options_are_compared(pack):
    alone = simulate(pack, scenario_of(CONTENT), bands=False)
    beside = simulate(pack, scenario_of(SPILL), bands=False)
    compared = simulate(pack, scenario_of(SPILL), compare=True, bands=False)

    rows = {(each["option"], each["site"]): each for each in compared.result["options"]["sites"]}
    assert beside.footprint.digest() == alone.footprint.digest()
    assert rows["close", "S2"]["peak"]["outcome"] == 0.0
    assert rows["close", "S3"]["peak"]["change"] == 0.0
    assert rows["hold", "S3"]["peak"]["change"] < 0
    for place in alone.result["places"]:
        other = row(compared.result, place["place"])
        assert other["p_reached"] == pytest.approx(place["p_reached"], abs=0.15)


def test_an_option_that_a_spill_does_not_understand_is_named(pack):
    content = SPILL | {"option": [SPILL["option"][0] | {
        "measure": [{"kind": "close_intake", "at": "S9"}]}]}  # fmt: skip

    (fault,) = check_scenario(pack, scenario_of(content))

    assert (fault.field, fault.value) == ("option[0].measure[0].at", "S9")
