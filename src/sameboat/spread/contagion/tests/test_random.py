import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sameboat.spread.contagion.random import binomial, binomials, place_key, step_key, uniform

DRAWS = 200_000


def keys(size=DRAWS, seed=1):
    return np.random.default_rng(seed).integers(0, 2**63, size).astype(np.uint64)


@pytest.mark.parametrize(
    ("n", "p"),
    [(1, 0.3), (7, 0.5), (40, 0.2), (49, 0.2), (51, 0.2), (1_000, 0.002), (1_000, 0.6),
     (10_000, 0.28), (2_000_000, 2e-6), (2_000_000, 1e-4), (2_000_000_000, 0.37)],
)  # fmt: skip
def test_binomials_have_the_moments_of_the_binomial(n, p):
    drawn = binomials(np.full(DRAWS, n), np.full(DRAWS, p), keys()).astype(np.float64)

    variance = n * p * (1 - p)
    assert abs(drawn.mean() - n * p) < 4.5 * np.sqrt(variance / DRAWS)
    assert drawn.var() == pytest.approx(variance, rel=0.02)
    skewness = ((drawn - n * p) ** 3).mean() / variance**1.5
    assert skewness == pytest.approx((1 - 2 * p) / np.sqrt(variance), abs=0.04)


@pytest.mark.parametrize(("n", "p"), [(5, 0.4), (30, 0.31), (40, 0.25), (60, 0.2), (200, 0.9)])
def test_binomials_have_the_frequencies_of_the_binomial(n, p):
    drawn = binomials(np.full(DRAWS, n), np.full(DRAWS, p), keys(seed=2))

    expected = stats.binom.pmf(np.arange(n + 1), n, p) * DRAWS
    kept = expected > 10
    seen = np.bincount(drawn, minlength=n + 1)
    statistic = ((seen - expected)[kept] ** 2 / expected[kept]).sum()
    assert stats.chi2.sf(statistic, kept.sum() - 1) > 1e-4


@given(n=st.integers(0, 2**31 - 1), p=st.floats(0, 1), key=st.integers(0, 2**64 - 1))
@settings(max_examples=300, deadline=None)
def test_a_binomial_is_never_below_nothing_or_above_all(n, p, key):
    log_rest = np.log1p(-p) if p < 1 else -np.inf
    assert 0 <= binomial(n, p, log_rest, np.uint64(key)) <= n


@pytest.mark.parametrize(("n", "p", "found"), [(0, 0.5, 0), (9, 0.0, 0), (9, 1.0, 9)])
def test_what_is_certain_needs_no_chance(n, p, found):
    assert binomial(n, p, 0.0, np.uint64(1)) == found


def key_of(stream, step, place, kind):
    # What is compiled hands back a plain number, and takes one with its width.
    return np.uint64(place_key(np.uint64(step_key(np.uint64(stream), step)), place, kind))


def grid(streams=8, steps=16, places=40, kinds=8):
    return np.array(
        [
            uniform(key_of(stream, step, place, kind), 0)
            for stream in range(streams) for step in range(steps)
            for place in range(places) for kind in range(kinds)
        ]
    ).reshape(streams, steps, places, kinds)  # fmt: skip


def test_names_that_follow_each_other_make_numbers_that_do_not():
    # The hardest case: small whole numbers in every coordinate.
    drawn = grid()

    flat = drawn.ravel()
    assert stats.kstest(flat, "uniform").pvalue > 1e-4
    for axis in range(4):
        one = np.take(drawn, range(drawn.shape[axis] - 1), axis).ravel()
        other = np.take(drawn, range(1, drawn.shape[axis]), axis).ravel()
        assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(len(one)), axis
        cells = np.histogram2d(one, other, bins=16, range=[[0, 1], [0, 1]])[0].ravel()
        assert stats.chisquare(cells).pvalue > 1e-4, axis


def test_our_numbers_are_spread_like_those_of_philox():
    philox = np.random.Generator(np.random.Philox(key=1)).random(40_960)

    assert stats.ks_2samp(grid().ravel(), philox).pvalue > 1e-4


def test_every_bit_of_a_name_changes_half_of_the_bits_of_its_key():
    changed = []
    for stream in keys(64, seed=3):
        before = int(key_of(stream, 5, 9, 1))
        for bit in range(64):
            after = int(key_of(stream ^ np.uint64(1 << bit), 5, 9, 1))
            changed.append(bin(before ^ after).count("1"))

    assert np.mean(changed) == pytest.approx(32, abs=0.3)
    assert min(changed) > 8


def test_the_numbers_of_one_key_do_not_hang_together():
    first = np.array([[uniform(key, turn) for turn in range(4)] for key in keys(4_000, seed=4)])

    assert np.abs(np.corrcoef(first.T) - np.eye(4)).max() < 4.5 / np.sqrt(4_000)


def test_no_two_names_of_a_run_share_a_key():
    found = {
        int(key_of(stream, step, place, kind))
        for stream in range(4) for step in range(50) for place in range(50) for kind in range(32)
    }  # fmt: skip

    assert len(found) == 4 * 50 * 50 * 32
