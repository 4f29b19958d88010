import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.flood.carry import stages_needed, weights
from sameboat.spread.flood.routing import (
    build_reaches,
    route_members,
    route_muskingum,
    route_one,
    stability,
)

HOUR = 3600.0


def tree(reaches=300, seed=1, longest=3.0):
    random = np.random.default_rng(seed)
    upper = np.arange(reaches)
    lower = np.array([max(0, row - 1 - int(random.integers(8))) for row in range(reaches)])
    lower[0] = reaches
    order = random.permutation(reaches)
    held = random.uniform(0.05, longest, reaches)
    weighting = random.uniform(0.0, 0.5, reaches)
    return build_reaches(upper[order], lower[order], held, weighting)


def rain(reaches, steps=240, seed=2):
    random = np.random.default_rng(seed)
    return random.gamma(0.5, 0.1, (len(reaches), steps)).astype(np.float32)


@settings(max_examples=300, deadline=None)
@given(st.floats(1e-3, 200.0), st.floats(0.0, 0.5))
def test_no_weight_is_below_nothing_and_all_add_up_to_one(storage, weighting):
    stages = stages_needed(storage, weighting)
    found = weights(storage / stages, weighting)

    assert min(found) >= 0
    assert sum(found) == pytest.approx(1.0)
    # A straight rise comes K later, whichever of the solutions was taken.
    first, _second, kept = found
    assert (1 - first) / (1 - kept) == pytest.approx(storage / stages, rel=1e-6)


def test_each_reach_comes_after_all_that_bring_it_water():
    reaches = tree()
    place = {int(node): at for at, node in enumerate(reaches.upper)}

    for at, node in enumerate(reaches.lower):
        assert place.get(int(node), len(reaches)) > at


def test_a_circle_is_refused():
    with pytest.raises(ValueError, match="circle"):
        build_reaches([0, 1, 2], [1, 2, 0], 1.0)
    with pytest.raises(ValueError, match="circle"):
        build_reaches([0, 1, 2, 3], [1, 2, 1, 4], 1.0)


@pytest.mark.parametrize(
    ("name", "held", "x", "share"),
    [("storage_hours", 0.0, 0.2, 1), ("weighting", 1.0, 0.6, 1), ("share", 1.0, 0.2, 1.5)],
)
def test_what_cannot_be_is_refused_by_name(name, held, x, share):
    with pytest.raises(ValueError, match=name):
        build_reaches([0], [1], held, x, share)


def test_every_flow_is_above_nothing_and_every_reach_keeps_its_water():
    reaches = tree()
    lateral = rain(reaches)

    flows = route_one(reaches, lateral, step_hours=1.0).astype(np.float64)

    assert flows.min() >= 0
    came = lateral.astype(np.float64)
    comes = np.zeros((reaches.nodes, flows.shape[1]))
    for at in range(len(reaches)):
        comes[reaches.lower[at]] += flows[at]
    for at in range(len(reaches)):
        storage, x = reaches.storage_hours[at], reaches.weighting[at]
        if stages_needed(storage, x) > 1:
            continue
        inflow = comes[reaches.upper[at]]
        first, _second, kept = weights(storage, x)
        outer = 0.5 * (1 + kept) / (1 - kept)
        inner = 0.5 - first * (outer + 0.5)
        stored = inner * inflow[-1] + outer * flows[at, -1]
        balance = (
            inflow.sum() - inflow[-1] / 2 + came[at].sum() - flows[at].sum() + flows[at, -1] / 2
        )
        assert balance - stored == pytest.approx(0, abs=1e-5 * (inflow.sum() + came[at].sum()))


def test_members_side_by_side_are_what_one_is_alone():
    reaches = tree()
    lateral = rain(reaches)
    factor = np.linspace(0.5, 2.0, 40)

    watched = route_members(
        reaches, step_hours=1.0, steps=240, members=40, lateral=lateral, lateral_factor=factor
    )

    alone = route_one(reaches, lateral * np.float32(factor[7]), step_hours=1.0)
    np.testing.assert_allclose(watched.peak[:, 7], alone.max(axis=1), rtol=2e-5)
    np.testing.assert_allclose(watched.peak_hours[:, 7], alone.argmax(axis=1), atol=1)
    volume = alone.sum(axis=1, dtype=np.float64) * HOUR
    np.testing.assert_allclose(watched.volume_m3[:, 7], volume, rtol=1e-5)


def test_no_water_is_lost_in_a_network_of_any_step():
    reaches = tree(longest=20.0)
    lateral = rain(reaches, steps=150)
    came = lateral.sum(dtype=np.float64)

    for step in (0.1, 1.0, 24.0):
        watched = route_members(reaches, step_hours=step, steps=150, members=3, lateral=lateral)
        found = (watched.left_m3 + watched.stored_m3) / (came * step * HOUR)
        np.testing.assert_allclose(found, 1.0, rtol=2e-6)


def test_which_members_share_a_call_changes_no_bit():
    reaches = tree()
    random = np.random.default_rng(3)
    storage, weighting = np.exp(0.3 * random.standard_normal(70)), random.uniform(0, 0.4, 70)
    flow = np.r_[np.full(24, 900.0), np.zeros(100)]
    source = [(int(reaches.upper[0]), flow)]

    def run(chosen):
        return route_members(
            reaches, step_hours=1.0, steps=124, members=len(chosen), sources=source,
            storage_factor=storage[chosen], weighting=weighting[chosen], limit_m3s=10.0,
        )  # fmt: skip

    whole, part = run(np.arange(70)), run(np.arange(11, 60))

    for name in ("peak", "peak_hours", "arrival_hours", "volume_m3"):
        np.testing.assert_array_equal(getattr(whole, name)[:, 11:60], getattr(part, name))


def test_only_what_lies_below_a_source_is_touched():
    reaches = tree()
    node = int(reaches.upper[40])

    watched = route_members(
        reaches, step_hours=1.0, steps=100, members=1,
        sources=[(node, np.full(100, 50.0))],
    )  # fmt: skip

    below = reaches.below([node])
    assert (watched.peak[below, 0] > 0).any()
    assert (watched.peak[~below] == 0).all()
    assert np.isnan(watched.arrival_hours[~below]).all()


def test_a_fork_shares_the_water():
    reaches = build_reaches([0, 1, 1, 2], [1, 2, 2, 3], 1.0, 0.2, [1.0, 0.3, 0.7, 1.0])

    watched = route_members(
        reaches, step_hours=1.0, steps=400, members=1, sources=[(0, np.full(400, 100.0))]
    )

    by_row = dict(zip(reaches.row.tolist(), watched.peak[:, 0], strict=True))
    assert by_row[1] == pytest.approx(30, rel=1e-5)
    assert by_row[2] == pytest.approx(70, rel=1e-5)
    assert by_row[3] == pytest.approx(100, rel=1e-5)


def test_arrival_is_the_first_step_above_the_limit():
    reaches = build_reaches([0], [1], 2.0, 0.2)
    flow = np.r_[0.0, np.full(60, 100.0)]

    watched = route_members(
        reaches, step_hours=1.0, steps=61, members=1, sources=[(0, flow)], limit_m3s=50.0
    )

    routed = route_muskingum(flow, storage_hours=2.0, weighting=0.2, step_hours=1.0)
    assert watched.arrival_hours[0, 0] == np.argmax(routed > 50.0)


def test_stability_tells_what_was_done():
    reaches = build_reaches([0, 1, 2], [1, 2, 3], [1.0, 10.0, 0.1], 0.2)

    found = stability(reaches, step_hours=1.0)

    assert (found.whole, found.cut, found.exact, found.stages) == (1, 1, 1, 6)


def test_the_textbook_form_refuses_a_step_that_swings():
    with pytest.raises(ValueError, match="allowed"):
        route_muskingum([1.0, 2.0], storage_hours=10.0, weighting=0.3, step_hours=1.0)
