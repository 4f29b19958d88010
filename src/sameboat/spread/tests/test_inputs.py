import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread.priors import uniform
from sameboat.spread.tests.tide import prepare


def faults(inputs):
    with pytest.raises(FaultyInput) as faulty:
        prepare(inputs)
    return {fault.field: fault for fault in faulty.value.faults}


def test_every_fault_is_named_at_once():
    found = faults({"thresholds": [2.0, 1.0], "tides": 3, "parameters": {"height": -1, "moon": 2}})

    assert set(found) == {"thresholds[1]", "tides", "parameters.height", "parameters.moon"}
    assert found["parameters.height"].allowed == "0.1 … 20 m"
    assert found["parameters.moon"].allowed == "gust, height, hour"


@pytest.mark.parametrize(
    ("given", "at_zero"),
    [
        (3.0, 3.0),
        ({"value": 3.0, "source": "told"}, 3.0),
        ({"value": 300, "unit": "cm"}, None),
        ({"value": 0.003, "unit": "km"}, 3.0),
        ({"low": 2.0, "high": 8.0}, 4.0),
        ({"low": 2.0, "likely": 3.0, "high": 8.0}, 3.0),
        ({"median": 3.0, "spread": 0.5}, 3.0),
    ],
)
def test_a_parameter_is_given_in_one_of_its_forms(given, at_zero):
    inputs = {"thresholds": [1.0], "parameters": {"height": given}}
    if at_zero is None:
        assert faults(inputs)["parameters.height.unit"].allowed == "km, m"
        return

    prior = prepare(inputs).priors[0]

    assert prior.at(np.zeros(1))[0] == pytest.approx(at_zero)
    assert prior.at(np.array([9.0]))[0] <= 20.0, "no member leaves the allowed range"
    assert prior.at(np.array([-9.0]))[0] >= 0.1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"low": 5.0, "high": 2.0}, "parameters.height"),
        ({"low": 5.0}, "parameters.height"),
        ({"value": 5.0, "low": 2.0}, "parameters.height"),
        ({"low": 1.0, "high": 99.0}, "parameters.height.high"),
        ({"median": 3.0, "spread": -0.5}, "parameters.height.spread"),
        ({"value": float("nan")}, "parameters.height.value"),
        ({"value": "much"}, "parameters.height.value"),
        ({"value": True}, "parameters.height.value"),
        ({"valu": 3.0}, "parameters.height.valu"),
        ("much", "parameters.height"),
        (float("nan"), "parameters.height"),
        (None, "parameters.height"),
    ],
)
def test_a_parameter_in_no_form_is_told(given, field):
    found = faults({"thresholds": [1.0], "parameters": {"height": given}})

    assert field in found


@pytest.mark.parametrize("inputs", [None, [], "tide", {}, {"thresholds": []}, {"thresholds": "x"}])
def test_inputs_that_are_none_are_refused(inputs):
    assert faults(inputs)


def test_a_uniform_prior_holds_every_value_alike():
    prior = uniform(0.05, 0.35)

    values = prior.at(np.linspace(-6, 6, 1001))

    assert prior.at(np.zeros(1))[0] == pytest.approx(0.2)
    assert values.min() >= 0.05
    assert values.max() <= 0.35
    with pytest.raises(ValueError, match="ascending"):
        uniform(2.0, 1.0)


def test_a_number_of_any_kind_is_taken_to_the_models_unit():
    for kind in (np.int64, np.float32, np.float64):
        given = {"value": kind(1), "unit": "km"}

        found = faults({"thresholds": [1.0], "parameters": {"height": given}})

        assert found["parameters.height.value"].value == 1000.0, "1 km is too high in metres"


def test_a_number_that_cannot_be_one_is_a_fault_and_no_crash():
    for wrong in (10**400, True, np.complex128(1), float("inf"), [1.0]):
        for given in (wrong, {"value": wrong, "unit": "km"}, {"median": wrong, "spread": 0.1}):
            found = faults({"thresholds": [1.0], "parameters": {"height": given}})

            assert len(found) == 1, (wrong, given)
            assert next(iter(found)).startswith("parameters.height")


def test_a_unit_that_is_no_text_is_a_fault():
    given = {"value": 1.0, "unit": ["m"]}

    assert set(faults({"thresholds": [1.0], "parameters": {"height": given}})) == {
        "parameters.height.unit"
    }


def test_a_spread_without_a_median_is_not_silently_left_out():
    given = {"value": 3.0, "spread": 0.5}

    assert set(faults({"thresholds": [1.0], "parameters": {"height": given}})) == {
        "parameters.height.spread"
    }


@pytest.mark.parametrize("wrong", [["1", "2"], [True, False], [10**400], [1j], ["2020-01-01"]])
def test_a_list_of_anything_but_numbers_is_a_fault(wrong):
    assert "thresholds" in {each.partition("[")[0] for each in faults({"thresholds": wrong})}
