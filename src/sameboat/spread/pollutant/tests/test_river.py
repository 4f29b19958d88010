import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.network import Channel, build_network
from sameboat.spread.pollutant.passage import passed_share
from sameboat.spread.pollutant.river import River, Unknowns, constant_river, spill
from sameboat.spread.priors import Prior, between, fixed, lognormal, standard_scores
from sameboat.spread.ways import Point

FLOW, SPEED, DISPERSION, MASS = 200.0, 0.5, 100.0, 1000.0


def one_channel(length=100.0):
    network = build_network([Channel("a", "0", "1", length)])
    return constant_river(network, velocity_ms=SPEED, discharge_m3s=FLOW, dispersion_m2s=DISPERSION)


def release(river, unknowns=None, *, targets=None, duration=0.0, members=1, cell_km=25.0):
    unknowns = unknowns or Unknowns(mass_kg=fixed(MASS))
    prepared = spill(
        river, unknowns, release=Point(0, 0.0), targets=targets or [Point(0, 1.0)],
        duration_hours=duration, cell_km=cell_km,
    )  # fmt: skip
    scores = standard_scores(seed=1, members=members, size=prepared.dimension)
    return prepared.clouds(scores)


def chain(lengths, **more):
    """A chain of channels 0, 1, 2 … with the same water in all."""
    network = build_network(
        Channel(f"{n:03d}", f"{n:03d}", f"{n + 1:03d}", length) for n, length in enumerate(lengths)
    )
    return constant_river(
        network, velocity_ms=SPEED, discharge_m3s=FLOW, dispersion_m2s=DISPERSION, **more
    )


WILD = Unknowns(
    mass_kg=lognormal(MASS, 0.5), discharge_factor=lognormal(0.5, 0.3),
    velocity_factor=lognormal(1.0, 0.2), width_factor=lognormal(1.0, 0.5),
    width_growth=Prior(0.0, 0.1, 0.1, logarithmic=False), skewness=lognormal(0.8, 0.5),
    freeze_hours=between(10, 60, logarithmic=False), ice_factor=between(0.5, 0.7, most=1.0),
    recession_per_hour=between(1e-4, 8e-4, logarithmic=False),
    velocity_along=(0.3, 40.0), discharge_along=(0.2, 40.0),
)  # fmt: skip


def jobson_river(lengths):
    flat = chain(lengths)
    ones = np.ones(len(lengths))
    return River(flat.network, 0.02 * ones, 0.8 * ones, FLOW * ones, FLOW * ones)


def test_a_uniform_reach_is_the_exact_solution_for_a_steady_source():
    seconds = 60 * 3600.0
    mean, shape = 100e3 / SPEED, 100e3**2 / (2 * DISPERSION)
    steady = release(one_channel(), duration=10_000.0)
    per_hour = MASS / 10_000.0

    found = steady.concentrations(0, [seconds / 3600])[0, 0]

    share = passed_share(seconds, mean, shape)
    assert found == pytest.approx(per_hour / (3.6 * FLOW) * share, rel=1e-9)


def test_mass_is_conserved_to_a_billionth_without_decay():
    hours = np.linspace(0, 200, 400_001)
    found = release(one_channel(), duration=6.0).concentrations(0, hours)[:, 0]

    passed = np.sum((found[1:] + found[:-1]) / 2) * (hours[1] - hours[0]) * 3.6 * FLOW

    assert passed == pytest.approx(MASS, rel=1e-9)


def test_mass_is_conserved_when_ice_and_recession_slow_the_river():
    slow = Unknowns(
        mass_kg=fixed(MASS), freeze_hours=fixed(40.0), ice_factor=fixed(0.5),
        recession_per_hour=fixed(5e-4), skewness=fixed(1.0),
    )  # fmt: skip
    clouds = release(one_channel(), slow, duration=6.0)
    hours = np.linspace(0, 900, 900_001)
    found = clouds.concentrations(0, hours)[:, 0]
    rate = np.exp(-0.535 * 5e-4 * hours) * np.where(hours < 40.0, 1.0, 0.5)

    passed = np.sum(found * rate) * (hours[1] - hours[0]) * 3.6 * FLOW

    # The rate has a step where the ice comes: the sum itself is good to a millionth.
    assert passed == pytest.approx(MASS, rel=1e-6)


def test_decay_takes_what_first_order_decay_takes():
    rate = 0.01
    hours = np.linspace(0, 200, 200_001)
    found = release(
        one_channel(), Unknowns(mass_kg=fixed(MASS), decay_per_hour=fixed(rate))
    ).concentrations(0, hours)[:, 0]

    passed = np.sum(found) * (hours[1] - hours[0]) * 3.6 * FLOW

    mean, shape = 100e3 / SPEED / 3600, 100e3**2 / (2 * DISPERSION) / 3600
    left = np.exp(shape / mean * (1 - np.sqrt(1 + 2 * rate * mean**2 / shape)))
    assert passed == pytest.approx(MASS * left, rel=1e-6)


def test_more_mass_more_flow_and_more_decay_move_the_peak_as_they_must():
    def peak(**unknowns):
        given = {"mass_kg": fixed(MASS), **unknowns}
        cloud = release(one_channel(), Unknowns(**given))
        return cloud.concentrations(0, np.linspace(0, 120, 2401)).max()

    base = peak()

    assert peak(mass_kg=fixed(2 * MASS)) == pytest.approx(2 * base)
    assert peak(discharge_factor=fixed(2.0)) == pytest.approx(base / 2)
    assert peak(decay_per_hour=fixed(0.01)) < base
    assert peak(width_factor=fixed(2.0)) < base


def test_a_cloud_comes_later_and_thinner_the_further_it_goes():
    points = [Point(n, 1.0) for n in range(6)]
    clouds = release(jobson_river([60.0] * 6), WILD, targets=points, members=40)
    steady = Unknowns(mass_kg=fixed(MASS), skewness=fixed(0.5))
    clouds = release(jobson_river([60.0] * 6), steady, targets=points)

    footprint = clouds.expose(
        list("abcdef"), thresholds=[1e-3], unit="mg/L", horizon_hours=2000, step_hours=1 / 12
    )

    assert (np.diff(footprint.arrival_hours[:, 0, 0]) > 0).all()
    assert (np.diff(footprint.peak[:, 0]) < 0).all()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(1.0, 80.0), min_size=1, max_size=8),
    st.integers(0, 7),
    st.floats(0.05, 0.95),
)
def test_cutting_a_channel_in_two_changes_nothing(lengths, which, fraction):
    which = min(which, len(lengths) - 1)
    cut = [*lengths[:which], lengths[which] * fraction, lengths[which] * (1 - fraction),
           *lengths[which + 1 :]]  # fmt: skip
    hours = np.linspace(1, 900, 60)

    whole = release(jobson_river(lengths), WILD, targets=[Point(len(lengths) - 1, 1.0)], members=5)
    parts = release(jobson_river(cut), WILD, targets=[Point(len(cut) - 1, 1.0)], members=5)

    np.testing.assert_allclose(
        parts.concentrations(0, hours), whole.concentrations(0, hours), rtol=1e-7, atol=1e-12
    )


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_channels_changes_nothing(order):
    lengths = [30.0, 50.0, 10.0, 70.0, 20.0, 40.0]
    channels = [Channel(f"k{n}", str(n), str(n + 1), lengths[n]) for n in order]
    network = build_network(channels)
    water = constant_river(
        network, velocity_ms=SPEED, discharge_m3s=FLOW, dispersion_m2s=DISPERSION
    )
    hours = np.linspace(50, 300, 40)

    found = release(water, targets=[Point(5, 1.0)]).concentrations(0, hours)

    expected = release(chain(lengths), targets=[Point(5, 1.0)]).concentrations(0, hours)
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**40), st.floats(0.0, 30.0))
def test_concentrations_are_never_negative_nor_not_a_number(seed, duration):
    prepared = spill(
        jobson_river([40.0, 80.0]), WILD, release=Point(0, 0.3),
        targets=[Point(0, 0.3), Point(1, 1.0)], duration_hours=duration,
    )  # fmt: skip
    clouds = prepared.clouds(standard_scores(seed=seed, members=8, size=prepared.dimension))

    for target in (0, 1):
        found = clouds.concentrations(target, np.linspace(0, 2000, 500))
        assert (found >= 0).all()
        assert np.isfinite(found).all()


def fork(share):
    return build_network(
        [
            Channel("a", "0", "1", 10.0), Channel("b", "1", "2", 30.0, share),
            Channel("c", "1", "2", 30.0, 1 - share), Channel("d", "2", "3", 10.0),
        ]
    )  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 0.99))
def test_two_equal_arms_carry_what_one_carries(share):
    network = fork(share)
    parts = np.array([1.0, *(network.share[1:3]), 1.0])
    water = constant_river(
        network, velocity_ms=SPEED, discharge_m3s=FLOW * parts, dispersion_m2s=DISPERSION
    )
    hours = np.linspace(5, 80, 60)
    arms = [Point(1, 0.5), Point(2, 0.5), Point(3, 1.0)]

    forked = release(water, targets=arms)

    single = release(chain([10.0, 30.0, 10.0]), targets=[Point(1, 0.5), Point(2, 1.0)])
    for arm in (0, 1):
        np.testing.assert_allclose(
            forked.concentrations(arm, hours),
            single.concentrations(0, hours),
            rtol=1e-9,
            atol=1e-12,
        )
    np.testing.assert_allclose(
        forked.concentrations(2, hours), single.concentrations(1, hours), rtol=1e-9, atol=1e-12
    )


def test_a_slow_arm_brings_a_second_cloud():
    network = fork(0.5)
    water = constant_river(
        network, velocity_ms=[0.5, 1.0, 0.1, 0.5], discharge_m3s=FLOW, dispersion_m2s=20.0
    )

    clouds = release(water, targets=[Point(3, 1.0)])

    footprint = clouds.expose(
        ["end"], thresholds=[1e-3], unit="mg/L", horizon_hours=400, step_hours=1 / 12
    )
    fast, slow = 20 / 1.8 + 30 / 3.6, 20 / 1.8 + 30 / 0.36
    said = footprint.summary("end")
    assert said.peak_hours.p50 == pytest.approx(fast, abs=2.0)
    assert said.arrival_hours.p50 < fast < slow < said.cleared_hours.p50


def test_braids_beyond_number_keep_all_of_the_mass():
    rungs = [Channel(f"{n:02d}{arm}", str(n), str(n + 1), 5.0) for n in range(9) for arm in "xyz"]
    network = build_network(rungs)
    water = constant_river(
        network, velocity_ms=SPEED, discharge_m3s=FLOW, dispersion_m2s=DISPERSION
    )

    clouds = release(water, targets=[Point(len(rungs) - 1, 1.0)])

    assert clouds.parts[0, 0, :, 0].sum() * 3.6 * FLOW * 3 == pytest.approx(MASS)


def test_exceedances_are_those_of_the_curve_itself():
    clouds = release(jobson_river([60.0] * 3), WILD, targets=[Point(2, 1.0)], members=60,
                     duration=8.0)  # fmt: skip
    hours = np.arange(0, 1080 * 12 + 1) / 12
    curves = clouds.concentrations(0, hours)

    footprint = clouds.expose(
        ["end"], thresholds=[0.01, 0.05], unit="mg/L", horizon_hours=1080, step_hours=1 / 12
    )

    np.testing.assert_allclose(footprint.peak[0], curves.max(axis=0), rtol=1e-5)
    for row, limit in enumerate((0.01, 0.05)):
        above = curves > limit
        reached = above.any(axis=0)
        assert (np.isfinite(footprint.arrival_hours[0, row]) == reached).all()
        first = hours[above.argmax(axis=0)][reached]
        assert np.abs(footprint.arrival_hours[0, row][reached] - first).max() < 0.09


def test_a_point_above_the_release_is_never_reached():
    prepared = spill(
        chain([10.0, 10.0]), Unknowns(mass_kg=fixed(MASS)), release=Point(1, 0.5),
        targets=[Point(0, 0.5), Point(1, 0.2), Point(1, 0.9)],
    )  # fmt: skip
    clouds = prepared.clouds(standard_scores(seed=1, members=3, size=prepared.dimension))

    footprint = clouds.expose(
        ["above", "beside", "below"], thresholds=[1e-6], unit="mg/L", horizon_hours=100,
        step_hours=0.1,
    )  # fmt: skip

    assert footprint.p_reached() == {"above": 0.0, "beside": 0.0, "below": 1.0}


def test_a_member_is_the_same_alone_in_a_crowd_and_in_pieces(monkeypatch):
    river = jobson_river([60.0] * 4)
    prepared = spill(river, WILD, release=Point(0, 0.0), targets=[Point(3, 1.0)])
    scores = standard_scores(seed=7, members=30, size=prepared.dimension)
    crowd = prepared.clouds(scores).parts

    monkeypatch.setattr("sameboat.spread.pollutant.river._HELD", 40)
    pieces = prepared.clouds(scores).parts
    alone = standard_scores(seed=7, members=1, size=prepared.dimension, first=12)

    np.testing.assert_array_equal(pieces, crowd)
    np.testing.assert_array_equal(prepared.clouds(alone).parts[0, 0], crowd[0, 12])


def test_a_longer_river_leaves_the_nearer_stations_as_they_were():
    short = release(jobson_river([60.0, 60.0]), WILD, targets=[Point(1, 1.0)], members=6)
    longer = release(
        jobson_river([60.0, 60.0, 90.0]), WILD, targets=[Point(1, 1.0), Point(2, 1.0)], members=6
    )

    np.testing.assert_allclose(longer.parts[0], short.parts[0], rtol=1e-12)


def test_a_number_out_of_its_range_is_told_the_range():
    river = one_channel()
    known = Unknowns(mass_kg=fixed(MASS))
    with pytest.raises(ValueError, match="duration_hours is -1"):
        spill(river, known, release=Point(0, 0.0), targets=[], duration_hours=-1)
    with pytest.raises(ValueError, match="fraction 0 … 1"):
        spill(river, known, release=Point(0, 1.5), targets=[])
    with pytest.raises(ValueError, match="cell_km is 0"):
        spill(river, known, release=Point(0, 0.0), targets=[], cell_km=0)
    with pytest.raises(ValueError, match="velocity must be > 0"):
        constant_river(river.network, velocity_ms=0.0, discharge_m3s=1.0, dispersion_m2s=1.0)
    with pytest.raises(ValueError, match="discharge_start_m3s must be finite and > 0"):
        constant_river(river.network, velocity_ms=1.0, discharge_m3s=-1.0, dispersion_m2s=1.0)
    with pytest.raises(ValueError, match="median is -3"):
        lognormal(-3.0, 0.5)
    with pytest.raises(ValueError, match="allowed: ascending"):
        between(5.0, 4.0)
    with pytest.raises(ValueError, match="seed is -1"):
        standard_scores(seed=-1, members=1, size=1)
    with pytest.raises(ValueError, match="step_hours is 0"):
        release(river).expose(["a"], thresholds=[1], unit="", horizon_hours=10, step_hours=0)
    with pytest.raises(ValueError, match="thresholds are"):
        release(river).expose(["a"], thresholds=[-1], unit="", horizon_hours=10, step_hours=1)


@pytest.mark.parametrize("duration", [0.0, 24.0])
def test_two_passages_with_a_gap_between_them_count_without_the_gap(duration):
    network = build_network([
        Channel("stem", "0", "1", 50.0), Channel("fast", "1", "2", 40.0, 0.4),
        Channel("slow", "1", "2", 40.0, 0.6), Channel("mouth", "2", "3", 20.0),
    ])  # fmt: skip
    speed = [{"fast": 0.8, "slow": 0.08}.get(key, 0.5) for key in network.keys]
    river = constant_river(network, velocity_ms=speed, discharge_m3s=FLOW, dispersion_m2s=20.0)
    members = Unknowns(
        mass_kg=lognormal(MASS, 0.5), velocity_factor=lognormal(1.0, 0.2),
        width_factor=lognormal(1.0, 0.5),
    )  # fmt: skip
    mouth = [Point(network.index("mouth"), 1.0)]
    clouds = release(river, members, targets=mouth, duration=duration, members=40)

    told = clouds.expose(
        ["mouth"], thresholds=[1e-4, 1e-2, 0.05], unit="mg/L", horizon_hours=300,
        step_hours=1 / 12,
    )  # fmt: skip

    step = 1 / 120
    fine = clouds.concentrations(0, np.arange(0.0, 300.0, step) + step / 2)
    for row, limit in enumerate(told.thresholds):
        above = (fine > limit).sum(axis=0) * step
        np.testing.assert_allclose(told.duration_hours[0, row], above, rtol=2e-3, atol=0.05)
    span = told.cleared_hours[0, 1] - told.arrival_hours[0, 1]
    assert np.nanmedian(span - told.duration_hours[0, 1]) > 24.0


def test_a_cloud_that_stays_counts_up_to_the_last_hour():
    told = release(one_channel(), duration=1e4).expose(
        ["a"], thresholds=[1e-6], unit="mg/L", horizon_hours=200.0, step_hours=0.5
    )

    assert told.cleared_hours[0, 0, 0] == np.inf
    assert told.duration_hours[0, 0, 0] == pytest.approx(200.0 - told.arrival_hours[0, 0, 0])
