"""The table of a forecast for a terminal."""

import pytest

from sameboat.watch.forecasts.render import as_table
from sameboat.watch.forecasts.wording import change, number

TIMES = dict.fromkeys(("p10", "p50", "p90"), "2005-12-21T09:24+08:00")


@pytest.fixture
def result():
    place = {
        "place": "iso:RU-KHA",
        "name": {"zh-Hans": "哈巴罗夫斯克边疆区", "en": "Khabarovsk Krai"},
        "p_reached": 0.784, "population": 24_073_453,
        "arrival_at": TIMES, "peak_at": TIMES, "cleared_at": TIMES,
        "peak": {"p10": 0.0502, "p50": 0.0555, "p90": 0.143},
    }  # fmt: skip
    return {
        "threshold": {"value": 0.017, "unit": "mg/L"}, "title": {"zh-Hans": "泄漏", "en": "Spill"},
        "case": "I", "members": 5, "seed": 1, "notices": [], "sites": [], "places": [place],
        "totals": [{"people": {"p10": 0, "p50": 0, "p90": 0}}],
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_no_name_and_no_number_of_a_table_is_cut(result, language):
    text = as_table(result, language)

    assert "24,073,453" in text
    assert "0.0555 (0.0502 … 0.143)" in text
    assert " …" not in "".join(line.split("│")[1] for line in text.splitlines() if "│" in line)


@pytest.mark.parametrize(
    ("p10", "p90", "told"),
    [
        ("2005-12-21T06:10+08:00", "2005-12-21T11:00+08:00", "12-21 09:24 (06:10 … 11:00)"),
        ("2005-12-20T22:10+08:00", "2005-12-21T11:00+08:00", "12-21 09:24 (-11 h … +2 h)"),
        ("2005-12-11T06:10+08:00", "2005-12-29T11:00+08:00", "12-21 09:24 (12-11 … 12-29)"),
        (None, "2005-12-29T11:00+08:00", "12-21 09:24 (– … 12-29)"),
    ],
)
def test_a_band_is_told_by_the_clock_in_hours_or_over_weeks_by_days(result, p10, p90, told):
    result["places"][0]["arrival_at"] = {**TIMES, "p10": p10, "p90": p90}

    assert told in as_table(result, "en")


def test_a_peak_is_never_written_with_an_exponent(result):
    result["places"][0]["peak"] = {"p10": 12.3, "p50": 999.7, "p90": 123_456.0}

    assert "1,000 (12.3 … 123,000)" in as_table(result, "en")


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (999.7, "m3/s", "1,000"), (4251.0, "m3/s", "4,250"), (4.71234, "mg/m3", "4.71"),
        (5e-5, "mg/L", "0"), (0.0, "", "0%"), (0.516, "", "52%"), (0.004, "", "< 1%"),
        (None, "m3/s", "–"),
    ],
)  # fmt: skip
def test_a_number_is_told_as_a_person_reads_it(value, unit, told):
    assert number(value, unit) == told


def test_a_change_is_told_with_its_error_and_its_range():
    told = {"change": -638.2, "error": 21.94, "low": -853.0, "high": 0.0}

    assert change(told, "m3/s") == "−638 ± 21.9 (−853 … 0)"
    assert change(dict.fromkeys(told), "m3/s") == "–"
    assert change(dict.fromkeys(told, 0.0)) == "0"
