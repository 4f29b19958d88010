import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.flood.classic import route_classic
from sameboat.spread.flood.order import order_reaches
from sameboat.spread.flood.section import Section, rate
from sameboat.spread.flood.todini import count_pieces, route_network, route_reach

#: The channel and the wave of Todini (2007), section 5: base test.
CHANNEL = Section(15.0, 2.5e-4, 0.035, side=5.0)
RATING = rate(CHANNEL, most_m3s=1500.0)


def wave(step, hours=96.0, base=100.0, peak=900.0, rise=24.0, power=16.0):
    part = np.arange(0, hours * 3600 + 1, step) / (rise * 3600)
    return (base + (peak - base) * (part * np.exp(1 - part)) ** power)[:, None]


def volume(flow, step):
    return np.trapezoid(flow, axis=0) * step


def diffusion_wave(section, slope, inflow, step, cells=100, length=1e5):
    """Route by the Saint-Venant equations without inertia, on a fine grid: another method."""
    from scipy.integrate import solve_ivp
    from scipy.sparse import diags

    size = length / cells
    depths = np.linspace(0, 20, 4001)
    areas, _widths, flows = section.hydraulics(depths)
    times = np.arange(len(inflow)) * step

    def flux(area):
        depth = np.interp(area, areas, depths)
        fall = np.maximum(1 - np.diff(depth) / size / slope, 0.0)
        between = np.interp(0.5 * (depth[1:] + depth[:-1]), depths, flows)
        return between * np.sqrt(fall), np.interp(depth[-1], depths, flows)

    def change(time, area):
        inner, last = flux(area)
        return -np.diff(np.concatenate([[np.interp(time, times, inflow)], inner, [last]])) / size

    solved = solve_ivp(
        change, (0, times[-1]), np.full(cells, np.interp(inflow[0], flows, areas)), "BDF",
        t_eval=times, rtol=1e-5, atol=1e-3, max_step=step,
        jac_sparsity=diags([1.0, 1.0, 1.0], [-1, 0, 1], shape=(cells, cells)),
    )  # fmt: skip
    return np.array([flux(area)[1] for area in solved.y.T])


@pytest.mark.parametrize(("slope", "near"), [(5e-4, 0.005), (1e-3, 0.003), (2e-3, 0.003)])
def test_the_wave_arrives_as_the_diffusion_wave_says(slope, near):
    section = Section(15.0, slope, 0.035, side=5.0)
    inflow = wave(300.0)

    routed = route_reach(
        inflow, rate(section, most_m3s=1500.0), length_m=1e5, step_s=300.0, pieces=100
    )

    exact = diffusion_wave(section, slope, inflow[::6, 0], 1800.0)
    ours = routed.outflow[::6, 0]
    assert ours.max() == pytest.approx(exact.max(), rel=near)
    assert abs(int(ours.argmax()) - int(exact.argmax())) <= 1


@pytest.mark.parametrize("slope", [5e-4, 1e-3, 2e-3])
@pytest.mark.parametrize("step", [900.0, 3600.0])
def test_the_cut_of_the_theory_is_near_the_finest_grid(slope, step):
    rating = rate(Section(15.0, slope, 0.035, side=5.0), most_m3s=1500.0)
    finest = route_reach(wave(300.0), rating, length_m=1e5, step_s=300.0, pieces=100)
    pieces = int(count_pieces(rating, 1e5, slope, step_s=step, flow_m3s=450.0)[0])

    routed = route_reach(wave(step), rating, length_m=1e5, step_s=step, pieces=pieces)

    assert routed.outflow.max() == pytest.approx(finest.outflow.max(), rel=0.004)


def test_the_classical_form_loses_water_where_the_bed_is_mild():
    inflow = wave(1800.0, hours=240.0)

    classic = route_classic(inflow, RATING, length_m=1e5, step_s=1800.0, pieces=50)
    todini = route_reach(inflow, RATING, length_m=1e5, step_s=1800.0, pieces=50)

    came = volume(inflow - 100.0, 1800.0)
    assert volume(classic - 100.0, 1800.0) < 0.97 * came
    assert volume(todini.outflow - 100.0, 1800.0) == pytest.approx(came, rel=1e-6)


@pytest.mark.parametrize("step", [300.0, 1800.0, 3600.0])
@pytest.mark.parametrize("pieces", [25, 50, 100])
def test_peak_and_time_do_not_hang_on_the_grid(step, pieces):
    # Todini (2007), section 5: the result is insensitive to the steps in space and time.
    finest = route_reach(wave(300.0), RATING, length_m=1e5, step_s=300.0, pieces=100)

    routed = route_reach(wave(step), RATING, length_m=1e5, step_s=step, pieces=pieces)

    assert routed.outflow.max() == pytest.approx(finest.outflow.max(), rel=0.002)
    assert routed.outflow.argmax() * step == pytest.approx(
        finest.outflow.argmax() * 300.0, abs=step
    )


@pytest.mark.parametrize("pieces", [1, 10, 50])
def test_what_comes_in_goes_out_or_stays(pieces):
    inflow = wave(1800.0) * np.array([1.0, 0.3, 2.0])

    routed = route_reach(inflow, RATING, length_m=1e5, step_s=1800.0, pieces=pieces)

    lost = volume(inflow, 1800.0) - volume(routed.outflow, 1800.0) - routed.stored_m3
    assert np.abs(lost / volume(inflow, 1800.0)).max() < 1e-12


def test_steady_flow_stays_steady():
    inflow = np.full((200, 3), [0.5, 100.0, 1400.0])

    routed = route_reach(inflow, RATING, length_m=2e4, step_s=900.0, pieces=5)

    assert routed.outflow == pytest.approx(inflow, rel=1e-12)


def test_what_joins_along_the_way_comes_out_below():
    side = np.full(400, 20.0)

    routed = route_reach(
        np.full((400, 1), 50.0), RATING, length_m=2e4, step_s=900.0, pieces=4, lateral=side
    )

    assert routed.outflow == pytest.approx(70.0, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    flows=st.lists(st.floats(0.0, 3000.0), min_size=4, max_size=40),
    length=st.floats(50.0, 1e5), step=st.floats(60.0, 86400.0), slope=st.floats(1e-5, 0.05),
    pieces=st.integers(1, 6),
)  # fmt: skip
def test_no_flow_is_negative_and_no_water_lost_whatever_comes(flows, length, step, slope, pieces):
    rating = rate(Section(20.0, slope, 0.04, side=1.0, bank_m=3.0, plain_m=150.0), most_m3s=2000.0)
    inflow = np.array(flows)[:, None]

    routed = route_reach(inflow, rating, length_m=length, step_s=step, pieces=pieces)

    came = volume(inflow, step)[0]
    assert routed.outflow.min() >= 0
    lost = came - volume(routed.outflow, step)[0] - routed.stored_m3[0]
    held = float(rating.area[0, -1]) * length
    assert abs(lost) <= 1e-9 * (came + held)


def test_a_rougher_channel_is_slower():
    routed = route_reach(
        np.repeat(wave(1800.0), 3, axis=1), RATING, length_m=5e4, step_s=1800.0, pieces=20,
        conveyance=[0.7, 1.0, 1.4],
    )  # fmt: skip

    assert (np.diff(routed.outflow.argmax(axis=0)) < 0).all()


def test_a_factor_of_conveyance_is_another_roughness():
    rougher = rate(Section(15.0, 2.5e-4, 0.05, side=5.0), most_m3s=1500.0 * 0.7)

    other = route_reach(wave(1800.0), rougher, length_m=5e4, step_s=1800.0, pieces=20)
    factor = route_reach(
        wave(1800.0), RATING, length_m=5e4, step_s=1800.0, pieces=20, conveyance=0.7
    )

    assert factor.outflow == pytest.approx(other.outflow, rel=1e-4)


def test_members_do_not_depend_on_their_neighbours():
    inflow = wave(900.0) * np.linspace(0.5, 1.5, 9)
    rough = np.linspace(0.6, 1.4, 9)

    whole = route_reach(inflow, RATING, length_m=3e4, step_s=900.0, pieces=8, conveyance=rough)
    part = route_reach(
        inflow[:, 4:6], RATING, length_m=3e4, step_s=900.0, pieces=8, conveyance=rough[4:6]
    )

    assert (whole.outflow[:, 4:6] == part.outflow).all()


def tree(reaches, seed=1):
    random = np.random.default_rng(seed)
    into = np.array(
        [-1] + [int(random.integers(max(0, row - 6), row)) for row in range(1, reaches)]
    )
    return into


def network(reaches=60):
    into = tree(reaches)
    random = np.random.default_rng(2)
    section = Section(random.uniform(3, 20, reaches), random.uniform(2e-4, 5e-3, reaches), side=1.0)
    rating = rate(section, most_m3s=800.0)
    pulse = 0.5 + 8 * np.exp(-(((np.arange(200) - 50) / 8.0) ** 2))
    lateral = random.uniform(0.2, 1.0, reaches)[:, None] * pulse
    return into, rating, random.uniform(500, 4000, reaches), lateral


def test_a_network_is_its_reaches_one_after_the_other():
    into, rating, length, lateral = network()
    pieces = np.random.default_rng(3).integers(1, 4, len(into))

    flood = route_network(
        into, rating, length_m=length, step_s=300.0, lateral=lateral, base_m3s=0.3,
        pieces=pieces, keep=True,
    )  # fmt: skip

    inflow = np.full((len(into), 200), 0.3)
    for reach in range(len(into) - 1, -1, -1):  # every reach stands after the one it runs into
        out = route_reach(
            inflow[reach][:, None], rating, reach=reach, length_m=float(length[reach]),
            step_s=300.0, pieces=int(pieces[reach]), lateral=lateral[reach],
        ).outflow[:, 0]  # fmt: skip
        assert flood.flows[reach] == pytest.approx(out, rel=1e-5)
        assert flood.peak_m3s[reach] == pytest.approx(out.max(), rel=1e-12)
        if into[reach] >= 0:
            inflow[into[reach]] += out
    assert abs(flood.imbalance) < 1e-12


def test_a_network_loses_no_water():
    into, rating, length, lateral = network(500)

    flood = route_network(into, rating, length_m=length, step_s=300.0, lateral=lateral)

    came = volume(lateral.T, 300.0).sum()
    left = flood.volume_m3[into < 0].sum()
    assert came - left - flood.stored_m3.sum() == pytest.approx(0.0, abs=1e-9 * came)
    assert abs(flood.imbalance) < 1e-12


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 80), st.integers(0, 1000))
def test_upstream_comes_first_and_rows_are_never_shared(reaches, seed):
    random = np.random.default_rng(seed)
    into = np.array([int(random.integers(-1, row)) if row else -1 for row in range(reaches)])
    mixed = random.permutation(reaches)
    mixed_into = np.full(reaches, -1)
    mixed_into[mixed] = np.where(into >= 0, mixed[into], -1)

    order, slots, rows = order_reaches(mixed_into)

    place = np.argsort(order)
    assert sorted(order) == list(range(reaches))
    has = mixed_into >= 0
    assert (place[has] < place[mixed_into[has]]).all()
    # Of two reaches whose water waits at the same time, none uses the row of the other.
    waiting = {}
    for reach in order:
        waiting.pop(slots[reach], None) if waiting.get(slots[reach]) == reach else None
        assert slots[reach] not in waiting
        below = mixed_into[reach]
        if below >= 0:
            assert waiting.get(slots[below], below) == below
            waiting[slots[below]] = below
    assert rows <= 2 + int(np.log2(reaches)) + 1


def test_a_circle_is_named():
    with pytest.raises(ValueError, match="reach 1 runs in a circle"):
        order_reaches(np.array([-1, 2, 1, 0]))


def test_the_cut_follows_the_rule_of_ponce_and_theurer():
    flow = 500.0

    pieces = count_pieces(RATING, 1e5, 2.5e-4, step_s=300.0, flow_m3s=flow)[0]

    depth = CHANNEL.normal_depth(flow)
    _area, width, _flow = CHANNEL.hydraulics(depth)
    areas, _widths, flows = CHANNEL.hydraulics(depth + np.array([-1e-4, 1e-4]))
    celerity = float((flows[1] - flows[0]) / (areas[1] - areas[0]))
    longest = 0.5 * (celerity * 300 + flow / (float(width) * 2.5e-4 * celerity))
    assert longest > celerity * 300
    assert abs(pieces - 1e5 / longest) <= 1.5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"length_m": 0.0}, "length_m"),
        ({"step_s": -1.0}, "step_s"),
        ({"pieces": 0}, "pieces"),
        ({"conveyance": 0.0}, "conveyance"),
        ({"lateral": np.full(193, -1.0)}, "lateral"),
    ],
)
def test_what_cannot_be_is_refused(change, told):
    given = {"length_m": 1e4, "step_s": 1800.0}

    with pytest.raises(ValueError, match=told):
        route_reach(wave(1800.0), RATING, **{**given, **change})


def test_a_negative_inflow_is_refused():
    with pytest.raises(ValueError, match="inflow"):
        route_reach(wave(1800.0) - 200.0, RATING, length_m=1e4, step_s=1800.0)
