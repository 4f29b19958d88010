"""Spreading faults, networks that need each other, inoperability: against theory and tables."""

import numpy as np
import pytest

from sameboat.spread.cascade.checks import MATRIX, checks
from sameboat.spread.cascade.independent import build_links
from sameboat.spread.cascade.inoperability import (
    SectorsFeedOnEachOther,
    clip_inoperability,
    solve_inoperability,
    trace_inoperability,
)
from sameboat.spread.cascade.percolation import EdgeOutsideTheNetwork, pair_networks
from sameboat.spread.draws import member_streams
from sameboat.spread.tests.tables import published


def test_every_published_figure_is_met():
    found = checks(published())

    assert len(found) == 21
    assert [each.key for each in found if not each.reported and not each.holds] == []


def test_a_link_passes_as_often_as_its_probability_says():
    links = build_links(2, [0], [1], 0.3)

    reached = links.rounds([0], member_streams(seed=1, members=20_000))[1] == 1

    assert reached.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 20_000))


def test_the_chance_to_be_reached_is_that_of_two_ways():
    links = build_links(4, [0, 0, 1, 2], [1, 2, 3, 3], 0.5)

    reached = links.rounds([0], member_streams(seed=2, members=40_000))[3] == 2

    assert reached.mean() == pytest.approx(1 - 0.75**2, abs=4 * np.sqrt(0.25 / 40_000))


def test_a_member_spreads_alike_in_any_word():
    random = np.random.default_rng(1)
    ends = random.integers(0, 300, (2, 1500))
    links = build_links(300, ends[0], ends[1], 0.3)
    streams = member_streams(seed=5, members=150)

    whole = links.rounds([0, 1], streams)
    part = links.rounds([0, 1], streams[37:111])

    assert (whole[:, 37:111] == part).all()


def test_rounds_are_distances_along_the_links_that_are_live():
    random = np.random.default_rng(2)
    ends = random.integers(0, 200, (2, 500))

    found = build_links(200, ends[0], ends[1], 1.0).rounds([3], member_streams(seed=1, members=1))

    distance = np.full(200, 65535)
    distance[3] = 0
    for _round in range(200):
        np.minimum.at(distance, ends[1], np.minimum(distance[ends[0]] + 1, 65535))
    assert (found[:, 0] == distance).all()


@pytest.mark.parametrize("chance", [-0.1, 1.1, np.nan])
def test_a_probability_out_of_range_is_refused(chance):
    with pytest.raises(ValueError, match="0 … 1"):
        build_links(2, [0], [1], chance)


def test_the_mutual_component_is_the_one_found_step_by_step():
    random = np.random.default_rng(4)
    first, second = random.integers(0, 60, (2, 120, 2))
    alive = random.random(60) < 0.9

    left, _rounds = pair_networks(60, first, second).mutual(alive)

    expected = set(np.flatnonzero(alive).tolist())
    while True:
        smaller = _largest(_largest(expected, first), second)
        if smaller == expected:
            break
        expected = smaller
    assert set(np.flatnonzero(left).tolist()) == expected


def _largest(nodes, edges):
    parts = [{n} for n in sorted(nodes)]
    for a, b in edges.tolist():
        if a in nodes and b in nodes:
            one = next(part for part in parts if a in part)
            other = next(part for part in parts if b in part)
            if one is not other:
                one |= other
                parts.remove(other)
    return max(parts, key=len, default=set())


def test_nobody_left_is_an_answer():
    left, _rounds = pair_networks(5, [[0, 1]], [[1, 2]]).mutual(np.zeros(5, bool))

    assert not left.any()


def test_an_edge_outside_is_named():
    with pytest.raises(EdgeOutsideTheNetwork, match="0 to 4"):
        pair_networks(5, [[0, 5]], [[0, 1]])


def test_sectors_that_multiply_a_loss_are_refused():
    with pytest.raises(SectorsFeedOnEachOther):
        solve_inoperability([[0.0, 1.2], [1.1, 0.0]], [0.1, 0.0])


def test_no_sector_is_more_than_wholly_inoperable():
    loss = np.array([[0.9, 0.1], [0.9, 0.0], [0.8, 0.0]])

    linear, clipped = solve_inoperability(MATRIX, loss), clip_inoperability(MATRIX, loss)

    assert linear[:, 0].max() > 1
    assert clipped.max() == 1
    np.testing.assert_allclose(np.minimum(MATRIX @ clipped + loss, 1), clipped, atol=1e-11)
    np.testing.assert_array_equal(clipped[:, 1], linear[:, 1])


def test_the_clipped_answer_is_found_where_the_linear_one_does_not_exist():
    found = clip_inoperability([[0.0, 1.2], [1.1, 0.0]], [0.1, 0.0])

    assert found.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("loss", [1e-3, 1e-6, 1e-13])
def test_a_loss_that_keeps_coming_back_ends_in_a_standstill_however_small(loss):
    # 1 and 2 need each other wholly; 3 needs a part of 2; nothing comes to 4 but from itself.
    matrix = [[0, 1.0, 0, 0], [1.0, 0, 0, 0], [0, 0.4, 0.2, 0], [0, 0, 0, 1.0]]

    found = clip_inoperability(matrix, [loss, 0, 0, 0])

    np.testing.assert_allclose(found, [1.0, 1.0, 0.5, 0.0], atol=1e-12)


def test_a_loss_that_nearly_comes_back_is_clipped_to_the_last_digits():
    matrix = np.array([[0.5, 0.5 - 1e-6, 0.0], [0.5 - 1e-6, 0.5, 0.0], [0.3, 0.3, 0.0]])

    found = clip_inoperability(matrix, [[1e-3, 1e-7], [0.0, 0.0], [0.0, 0.9]])

    other = (0.5 - 1e-6) / 0.5
    assert found[:, 0].tolist() == pytest.approx([1.0, other, 0.3 + 0.3 * other], abs=1e-9)
    small = solve_inoperability(matrix, [1e-7, 0.0, 0.0])[:2]
    assert found[:, 1].tolist() == pytest.approx(
        [*small, min(0.9 + 0.3 * small.sum(), 1)], abs=1e-9
    )


def test_random_losses_are_clipped_as_a_long_iteration_has_it():
    random = np.random.default_rng(5)
    for radius in (0.5, 0.95, 1.0, 1.3):
        matrix = random.random((9, 9)) * (random.random((9, 9)) < 0.4)
        matrix *= radius / np.abs(np.linalg.eigvals(matrix)).max()
        loss = random.random((9, 6)) * (random.random((9, 6)) < 0.4)

        found = clip_inoperability(matrix, loss)

        slow = np.zeros_like(loss)
        for _round in range(20_000):
            slow = np.minimum(matrix @ slow + loss, 1.0)
        np.testing.assert_allclose(found, slow, atol=1e-6)


def test_the_dynamic_answer_ends_at_the_static_one():
    loss = np.array([0.1, 0.1, 0.1])

    found = trace_inoperability(MATRIX, loss, resilience=[0.2, 0.3, 0.5], steps=500)

    assert (np.diff(found, axis=0) >= -1e-15).all()
    np.testing.assert_allclose(found[-1], solve_inoperability(MATRIX, loss), atol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: solve_inoperability([[0.1, 0.2]], [0.1]),
        lambda: solve_inoperability([[-0.1]], [0.1]),
        lambda: solve_inoperability([[0.1]], [1.1]),
        lambda: trace_inoperability([[0.1]], [0.1], resilience=[1.5], steps=3),
        lambda: trace_inoperability([[0.1]], [0.1], resilience=[0.5], steps=0),
    ],
)
def test_a_number_out_of_range_is_refused(call):
    with pytest.raises(ValueError, match=r"allowed|must|holds"):
        call()
