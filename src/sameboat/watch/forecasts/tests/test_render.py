"""The table of a forecast for a terminal."""

import pytest

from sameboat.watch.forecasts.render import as_table

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
