import numpy as np
import pytest

from sameboat.spread.pollutant import jobson
from sameboat.spread.tests.tables import rows_of

ROWS = rows_of("jobson1996_evaluations.csv")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['Da_m2']:g}m2-{row['Q_m3s']:g}m3s")
def test_every_row_of_the_published_evaluations_is_met(row):
    area, mean, flow, slope = (row[name] for name in ("Da_m2", "Qa_m3s", "Q_m3s", "slope"))
    hours = row["L_m"] / jobson.peak_velocity(area, mean, flow, slope) / 3600
    relative = flow / mean

    found = {
        "Da_prime": jobson.relative_area(area, mean),
        "Vp_slope": jobson.peak_velocity(area, mean, flow, slope),
        "Vmp_slope": jobson.fastest_velocity(area, mean, flow, slope),
        "Vp_noslope": jobson.peak_velocity(area, mean, flow),
        "Vmp_noslope": jobson.fastest_velocity(area, mean, flow),
        "Tp_h": hours,
        "Tl_h": jobson.LEADING_EDGE * hours,
        "Cup_1e-6_per_s": jobson.unit_peak(hours, relative),
        "Td10_h": jobson.passage_hours(hours, relative),
        "Cp_mg_per_L_for_1000kg": jobson.unit_peak(hours, relative) / flow,
    }

    assert found == pytest.approx({name: row[name] for name in found}, rel=1e-4)


def test_velocity_scale_is_equation_14_at_any_part_of_the_mean_flow():
    area, mean = 389_800e6, 1291.0
    for part in (0.1, 0.35, 1.0, 2.0):
        scaled = 0.020 + jobson.velocity_scale(area, mean) * part**0.535

        assert scaled == pytest.approx(jobson.peak_velocity(area, mean, part * mean), rel=1e-9)


def test_the_width_of_a_cloud_gives_back_its_unit_peak():
    top = 1 / (np.sqrt(2 * np.pi) * jobson.spread_hours(100.0, 0.5) * 3600)

    assert top * 1e6 == pytest.approx(jobson.unit_peak(100.0, 0.5))


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_what_is_not_above_zero_is_told_its_range(bad):
    with pytest.raises(ValueError, match="allowed: finite and > 0"):
        jobson.peak_velocity(bad, 10.0, 5.0)
    with pytest.raises(ValueError, match="travel_hours"):
        jobson.unit_peak(bad, 1.0)
