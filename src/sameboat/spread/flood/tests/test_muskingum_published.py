import pytest

from sameboat.spread.flood import muskingum_checks
from sameboat.spread.flood.gill import fit_gill, route_gill
from sameboat.spread.tests.tables import published


@pytest.fixture(scope="module")
def tables():
    return published()


def test_every_check_with_a_verdict_holds(tables):
    found = muskingum_checks.checks(tables)

    assert len(found) >= 20
    assert not [f"{each.key}: {each.ours} for {each.theirs}"
                for each in found if not each.reported and not each.holds]  # fmt: skip


def test_checks_without_their_table_are_left_out():
    assert muskingum_checks.checks({}) == []


def test_a_flood_that_the_form_made_is_found_again():
    inflow = [20, 40, 90, 140, 120, 80, 50, 30, 22, 20, 20, 20, 20]
    outflow = route_gill(inflow, storage=0.4, weighting=0.2, power=1.5)

    found = fit_gill(inflow, outflow)

    assert found.squares < 1e-6
    assert found.power == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize("wrong", [{"storage": 0.0}, {"weighting": 1.0}, {"scheme": "other"}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="allowed"):
        route_gill([1.0, 2.0], **{"storage": 1.0, "weighting": 0.2, **wrong})
