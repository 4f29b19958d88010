import csv
from importlib import resources

import numpy as np
import pytest
from scipy import stats

from sameboat.spread.contagion import checks as published
from sameboat.spread.contagion.checks import household_sizes
from sameboat.spread.contagion.households import reed_frost
from sameboat.spread.contagion.skill import area_under_curve, score_arrivals, spearman
from sameboat.spread.contagion.winter import first_days, prefecture_people, winter_checks


def closed_forms():
    file = resources.files("sameboat.spread") / "tables" / published.CLOSED
    return list(csv.DictReader(file.read_text().splitlines()))


@pytest.mark.parametrize("r0", ["1.5", "2.5", "4"])
def test_the_final_size_is_the_closed_form(r0):
    row = next(row for row in closed_forms() if row["R0"] == r0)

    assert published._final_size(row).holds


def test_every_growth_rate_of_the_table_is_the_formulas():
    assert all(published._formula(row).holds for row in closed_forms())


def test_the_growth_of_the_ensemble_is_the_closed_form():
    row = next(row for row in closed_forms() if row["R0"] == "2.5")

    assert published._growth(row).holds


def test_an_infection_of_one_dies_out_as_often_as_it_should():
    row = next(row for row in closed_forms() if row["R0"] == "3")

    assert published._extinction(row).holds


def test_the_exact_chain_of_a_household_of_three_by_hand():
    # One infectious, two susceptible, each escapes with q: none, one (then escaping once), two.
    q = 0.6

    found = reed_frost(2, 1, q)

    none, one = q**2, 2 * (1 - q) * q * q
    assert found == pytest.approx([none, one, 1 - none - one])


def test_final_sizes_in_households_are_those_of_the_exact_chain():
    ours, exact = household_sizes(100)

    count = 200 * 100
    assert stats.chisquare(ours * count, exact * count).pvalue > 1e-4


@pytest.mark.parametrize("wrong", [(-1, 1, 0.5), (1, 0, 0.5), (1, 1, 1.5)])
def test_households_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="allowed"):
        reed_frost(*wrong)


def test_ranks_and_areas_are_those_of_scipy():
    random = np.random.default_rng(1)
    one, other = random.integers(0, 9, (2, 50)).astype(float)
    happened = random.random(50) < 0.4

    area = stats.mannwhitneyu(one[happened], one[~happened]).statistic

    assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other)[0])
    assert area_under_curve(one, happened) == pytest.approx(
        area / (happened.sum() * (~happened).sum())
    )


def test_a_forecast_of_censored_arrivals_is_scored_by_hand():
    nan = np.nan
    forecast = np.array([
        [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        [20.0, 21, 22, 23, 24, 25, 26, nan, nan, nan],
        [nan] * 10,
        [2.0, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    ])  # fmt: skip
    observed = np.array([4.0, nan, nan, 9.0])

    skill = score_arrivals(forecast, observed, until_day=15.0)

    assert skill.hits == 0.75  # the last came later than any member said
    assert skill.auc == 1.0
    assert skill.late_days == pytest.approx(3.0)
    assert skill.rank_correlation == pytest.approx(
        stats.spearmanr([5, 24, 99, 2], [4, 99, 99, 9])[0]
    )


def test_skill_needs_a_place_and_shapes_that_fit():
    for forecast in (np.empty((0, 3)), np.empty((2, 3)), np.empty(2)):
        with pytest.raises(ValueError, match="one row for each place"):
            score_arrivals(forecast, np.empty(0), until_day=1.0)


def test_the_winter_is_scored_where_its_tables_are_at_hand_and_left_out_elsewhere():
    random = np.random.default_rng(1)
    codes = ["420100", *(f"42{row:02d}00" for row in range(2, 14))]
    prefectures = [
        {"code": code, "lon": str(114 + random.normal()), "lat": str(30 + random.normal())}
        for code in codes
    ]
    census = [{"code": code[:4] + "01", "pop": "2000000"} for code in codes]
    cases = [
        {"code": code, "date": "2020-02-04", "cum_confirmed": str(row % 3 * 8)}
        for row, code in enumerate(codes)
    ]
    tables = {"epidemic_2020.csv": cases, "prefectures.csv": prefectures,
              "population_2020.csv": census}  # fmt: skip

    found = winter_checks(tables)

    assert len(found) == 10
    assert all(check.reported for check in found)
    assert winter_checks({**tables, "prefectures.csv": []}) == []


def test_tables_of_the_winter_are_read_as_they_are_written():
    rows = [
        {"code": "a", "date": "2020-01-21", "cum_confirmed": "1"},
        {"code": "a", "date": "2020-01-20", "cum_confirmed": ""},
        {"code": "b", "date": "2020-02-01", "cum_confirmed": "0"},
    ]

    assert first_days(rows, 1.0) == {"a": 51.0}
    assert prefecture_people([
        {"code": "500101", "pop": "10"}, {"code": "500229", "pop": "5"}, {"code": "1", "pop": ""},
    ]) == {"500100": 15}  # fmt: skip
