import numpy as np
import pytest

from sameboat.spread.ensemble import run
from sameboat.spread.footprint import Footprint
from sameboat.spread.tests.tide import tide


@pytest.fixture(scope="module")
def footprint():
    return run(tide(), members=100, seed=1)


def test_the_table_says_what_the_summary_says(footprint):
    row = next(
        each for each in footprint.table() if each["target"] == "town" and each["threshold"] == "2"
    )

    said = footprint.summary("town", 1)

    assert row["p_reached"] == pytest.approx(said.p_reached)
    assert row["p_error"] == pytest.approx(np.sqrt(said.p_reached * (1 - said.p_reached) / 100))
    assert row["arrival_p50"] == said.arrival_hours.p50
    assert row["duration_p90"] == said.duration_hours.p90
    assert row["peak_p10"] == said.peak.p10


def test_a_place_that_is_never_reached_has_no_times():
    rows = Footprint.empty(("a",), (1.0,), "m", 5).table()

    assert rows[0]["p_reached"] == 0.0
    assert rows[0]["arrival_p50"] is None
    assert rows[0]["peak_p50"] == 0.0


def test_geojson_holds_the_targets_that_have_a_geometry(footprint):
    found = footprint.geojson({"town": {"type": "Point", "coordinates": [117.0, 39.0]}}, 1)

    (feature,) = found["features"]
    assert feature["geometry"]["coordinates"] == [117.0, 39.0]
    assert feature["properties"]["limit"] == 2.0


def test_xarray_has_the_same_numbers(footprint):
    pytest.importorskip("xarray")

    data = footprint.to_xarray()

    assert dict(data.sizes) == {"target": 3, "threshold": 2, "member": 100}
    np.testing.assert_array_equal(data.peak.sel(target="gate"), footprint.peak[0])
    assert data.peak.attrs["units"] == "m"


def test_the_picture_has_a_row_for_each_target_that_is_reached(footprint):
    figure = footprint.plot()

    labels = [each.get_text() for each in figure.axes[0].get_yticklabels()]
    assert [label.split()[0] for label in labels] == ["gate", "town", "village"]
    assert "hours" in figure.axes[0].get_xlabel()


def test_limits_of_their_own_and_labels_survive_the_file():
    whole = Footprint.empty(
        ("a", "b"), (1.0, 2.0), "m3/s", 4, np.array([[10.0, 20.0], [np.nan, 30.0]]),
        ("warning", "danger"),
    )  # fmt: skip

    again = Footprint.from_bytes(whole.to_bytes())

    np.testing.assert_array_equal(again.limits, whole.limits)
    assert again.labels == ("warning", "danger")
    assert [row["limit"] for row in again.table()] == [10.0, 20.0, None, 30.0]
    assert again.select(("b",)).limits[0, 1] == 30.0
