import pytest

from sameboat.spread.flood import breach_checks, todini_checks
from sameboat.spread.flood.dam_break import break_dam
from sameboat.spread.tests.tables import published


@pytest.fixture(scope="module")
def tables():
    return published()


@pytest.mark.parametrize("part", [breach_checks, todini_checks], ids=["breach", "todini"])
def test_every_check_holds(part, tables):
    off = [f"{each.key}: {each.ours} for {each.theirs}" for each in part.checks(tables)
           if not each.holds]  # fmt: skip

    assert not off


def test_keys_are_unique(tables):
    keys = [each.key for part in (breach_checks, todini_checks) for each in part.checks(tables)]

    assert len(set(keys)) == len(keys)


def test_water_below_the_dam_slows_the_front():
    fronts = [break_dam(10.0, below).front_ms for below in (0.0, 0.1, 1.0, 5.0)]

    assert fronts == sorted(fronts, reverse=True)


@pytest.mark.parametrize("depths", [(0.0, 0.0), (5.0, 5.0), (5.0, -1.0)])
def test_depths_that_cannot_be_are_refused(depths):
    with pytest.raises(ValueError, match="allowed"):
        break_dam(*depths)
