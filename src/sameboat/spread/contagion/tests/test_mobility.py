import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.contagion import mobility as ways

#: Four towns on a line, 10 km apart: worked by hand.
PEOPLE = np.array([100.0, 300.0, 200.0, 400.0])
LINE = np.abs(np.arange(4.0)[:, None] - np.arange(4.0)) * 10.0


def test_radiation_is_the_formula_of_simini_by_hand():
    # From the first town: s is 0, 300 and 500; from the second the first and third are as far.
    first = np.array(
        [0, 100 * 300 / (100 * 400), 100 * 200 / (400 * 600), 100 * 400 / (600 * 1000)]
    )
    second = np.array(
        [300 * 100 / (500 * 600), 0, 300 * 200 / (400 * 600), 300 * 400 / (600 * 1000)]
    )

    share = ways.radiation_shares(PEOPLE, LINE)

    assert first.sum() == pytest.approx(1 - 100 / 1000)  # 1 - m/M: Masucci et al. (2013)
    assert share[0] == pytest.approx(first / first.sum())
    assert share[1] == pytest.approx(second / second.sum())


def test_radiation_only_knows_the_order_of_distances():
    random = np.random.default_rng(1)
    east, north = random.uniform(0, 100, (2, 12))
    apart = np.hypot(east[:, None] - east, north[:, None] - north)

    one = ways.radiation_shares(np.arange(1.0, 13.0), apart)
    other = ways.radiation_shares(np.arange(1.0, 13.0), apart**3)

    assert one == pytest.approx(other)


def test_gravity_is_products_over_powers_by_hand():
    raw = np.array([300 / 20**2, 200 / 30**2, 400 / 40**2])

    share = ways.gravity_shares(PEOPLE, LINE, exponent=2.0, offset_km=10.0)

    assert share[0, 1:] == pytest.approx(raw / raw.sum())
    assert not np.diag(share).any()


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.floats(0, 1e3), st.floats(0, 1e3)),
             min_size=2, max_size=12),
    st.floats(0, 4),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_rows_of_both_laws_sum_to_one(places, exponent):
    people, east, north = (np.array(each, float) for each in zip(*places, strict=True))
    apart = np.hypot(east[:, None] - east, north[:, None] - north)

    for share in (
        ways.gravity_shares(people, apart, exponent=exponent, offset_km=1.0),
        ways.radiation_shares(people, apart),
    ):
        assert share.sum(axis=1) == pytest.approx(np.ones(len(people)))
        assert (share >= 0).all()
        assert not np.diag(share).any()


def test_places_without_residents_or_distance_are_refused():
    with pytest.raises(ValueError, match="residents"):
        ways.radiation_shares(np.array([0.0, 1.0]), np.ones((2, 2)))
    with pytest.raises(ValueError, match="residents"):
        ways.gravity_shares(np.array([0.0, 1.0]), np.ones((2, 2)))
    with pytest.raises(ValueError, match="one point"):
        ways.gravity_shares(np.ones(2), np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("shares", "says"),
    [([[0.9, 0.2], [0, 1]], "row 0 sums to 1.1"), ([[1.2, -0.2], [0, 1]], "outside"),
     ([[1.0, 0.0]], "shape")],
)  # fmt: skip
def test_a_matrix_that_cannot_be_is_refused(shares, says):
    with pytest.raises(ValueError, match=says):
        ways.from_shares(np.array(shares, float))


def test_table_and_list_hold_the_same_links():
    random = np.random.default_rng(2)
    share = random.random((40, 40)) * (random.random((40, 40)) < 0.1) / 40
    np.fill_diagonal(share, 0)
    home, there = np.nonzero(share)

    listed = ways.mobility_of(40, home, there, share[home, there])
    full = ways.from_shares(share + np.diag(1 - share.sum(axis=1)))

    assert not listed.dense
    assert listed.links == full.links == len(home)
    assert listed.away() == pytest.approx(share.sum(axis=1), abs=1e-7)


def test_balanced_traffic_sends_as_many_as_it_brings():
    share = 0.01 * ways.gravity_shares(PEOPLE, LINE, offset_km=10.0)

    flow = ways.balanced(share, PEOPLE) * PEOPLE[:, None]

    assert flow == pytest.approx(flow.T)
    assert flow.sum() == pytest.approx((share * PEOPLE[:, None]).sum())


def test_a_degree_of_latitude_is_111_km():
    apart = ways.great_circle_km(np.array([10.0, 10.0, 11.0]), np.array([0.0, 1.0, 0.0]))

    assert apart[0, 1] == pytest.approx(111.195, abs=0.001)
    assert apart[0, 2] == pytest.approx(111.195, abs=0.001)
