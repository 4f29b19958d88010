import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.network import Channel, build_network
from sameboat.spread.pollutant.river import River, Unknowns, spill
from sameboat.spread.priors import Prior, between, fixed, lognormal, standard_scores
from sameboat.spread.ways import Point, find_ways

MASS, FREEZE, ICE, RECESSION = 5e4, 130.0, 0.55, 4e-4
#: Widths, skewness and both fields as in a real run; what would hide the mass is held fixed.
LIVELY = Unknowns(
    mass_kg=fixed(MASS), discharge_factor=fixed(0.4), velocity_factor=lognormal(1.0, 0.2),
    width_factor=lognormal(1.0, 0.4), width_growth=Prior(0.0, 0.1, 0.1, logarithmic=False),
    skewness=lognormal(0.8, 0.3), freeze_hours=fixed(FREEZE), ice_factor=fixed(ICE),
    recession_per_hour=fixed(RECESSION), velocity_along=(0.3, 60.0),
)  # fmt: skip
WILD = Unknowns(
    mass_kg=lognormal(MASS, 0.5), discharge_factor=lognormal(0.5, 0.3),
    velocity_factor=lognormal(1.0, 0.2), skewness=lognormal(0.8, 0.5),
    freeze_hours=between(10, 200, logarithmic=False), ice_factor=between(0.5, 0.7, most=1.0),
    velocity_along=(0.3, 40.0), discharge_along=(0.2, 40.0),
)  # fmt: skip
# A stem that gains water, forks into a short and a long arm, and joins again into a larger river.
FORKED = [
    Channel("stem", "0", "1", 120.0), Channel("short", "1", "2", 40.0, 0.3),
    Channel("long", "1", "2", 70.0, 0.7), Channel("mouth", "2", "3", 150.0),
]  # fmt: skip
FLOW = {"stem": (300, 450), "short": (135, 135), "long": (315, 315), "mouth": (450, 900)}


def forked_river():
    network = build_network(FORKED)
    ones = np.ones(len(network.keys))
    start, end = np.array([FLOW[key] for key in network.keys], dtype=float).T
    return River(network, 0.02 * ones, 0.8 * ones, start, end)


def passed(concentration, discharge, until):
    """Integrate Q C by Gauss and Legendre; Q falls with the velocity, with a step at freezing."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    total = 0.0
    for begin, end in ((0.0, FREEZE), (FREEZE, until)):
        edges = np.linspace(begin, end, int((end - begin) * 2) + 1)
        half = np.diff(edges)[:, None] / 2
        hours = (edges[:-1, None] + half + half * nodes).ravel()
        rate = np.exp(-0.535 * RECESSION * hours) * (1.0 if end == FREEZE else ICE)
        flux = 3.6 * discharge * rate * concentration(hours)
        total += float((flux * (half * weights).ravel()).sum())
    return total


@pytest.mark.parametrize("duration", [0.0, 36.0])
def test_all_of_the_mass_passes_every_station_diluted_split_and_joined_again(duration):
    river = forked_river()
    row = river.network.index
    points = [
        Point(row("stem"), 0.3), Point(row("stem"), 1.0), Point(row("short"), 0.5),
        Point(row("long"), 0.5), Point(row("mouth"), 0.2), Point(row("mouth"), 1.0),
    ]  # fmt: skip
    prepared = spill(
        river, LIVELY, release=Point(row("stem"), 0.0), targets=points, duration_hours=duration
    )
    clouds = prepared.clouds(standard_scores(seed=3, members=1, size=prepared.dimension))

    found = [
        passed(
            lambda hours, at=at: clouds.concentrations(at, hours)[:, 0],
            0.4 * np.interp(point.fraction, [0, 1], FLOW[river.network.keys[point.channel]]),
            4000.0,
        )
        for at, point in enumerate(points)
    ]

    assert found[:2] == pytest.approx([MASS, MASS], rel=1e-9)
    assert found[2:4] == pytest.approx([0.3 * MASS, 0.7 * MASS], rel=1e-9)
    assert found[4:] == pytest.approx([MASS, MASS], rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(1e-6, 10.0), min_size=2, max_size=5, unique=True),
    st.integers(0, 1000),
    st.floats(0.0, 60.0),
)
def test_a_higher_threshold_is_reached_later_and_left_earlier(limits, seed, duration):
    river = forked_river()
    prepared = spill(
        river, WILD, release=Point(0, 0.0), targets=[Point(3, 1.0)], duration_hours=duration
    )
    clouds = prepared.clouds(standard_scores(seed=seed, members=8, size=prepared.dimension))

    told = clouds.expose(
        ["mouth"], thresholds=sorted(limits), unit="mg/L", horizon_hours=2000, step_hours=0.25
    )

    arrival, cleared = told.arrival_hours[0], told.cleared_hours[0]
    reached = np.isfinite(arrival)
    assert (reached[1:] <= reached[:-1]).all()
    both = reached[1:]
    assert (arrival[1:][both] >= arrival[:-1][both] - 1e-3).all()
    assert (cleared[1:][both] <= cleared[:-1][both] + 1e-3).all()
    assert (told.peak_hours[0][reached[0]] >= arrival[0][reached[0]] - 0.25).all()


@st.composite
def braided(draw):
    """A river that parts and joins at random: nodes in a row, channels only downwards."""
    nodes = draw(st.integers(3, 8))
    channels = []
    for node in range(nodes - 1):
        ways = draw(st.integers(1, 3))
        for way in range(ways):
            to = draw(st.integers(node + 1, nodes - 1))
            length = draw(st.floats(2.0, 90.0))
            channels.append(Channel(f"{node}.{way}", str(node), str(to), length))
    return [*channels, Channel("mouth", str(nodes - 1), "sea", 10.0)]


@settings(max_examples=40, deadline=None)
@given(braided(), st.randoms())
def test_a_braided_river_brings_all_of_the_mass_in_whatever_order_it_is_told(channels, random):
    def at_the_mouth(told):
        network = build_network(told)
        ones = np.ones(len(network.keys))
        river = River(network, 0.02 * ones, 0.8 * ones, 300 * ones, 300 * ones)
        release, mouth = Point(network.index("0.0"), 0.0), Point(network.index("mouth"), 1.0)
        prepared = spill(river, WILD, release=release, targets=[mouth], duration_hours=5.0)
        scores = standard_scores(seed=5, members=3, size=prepared.dimension)
        ways = find_ways(network, release, [mouth], cell_km=25.0)
        return sum(ways.shares[0]), prepared.clouds(scores).concentrations(
            0, np.linspace(1, 600, 200)
        )

    told = channels.copy()
    random.shuffle(told)
    share, first = at_the_mouth(channels)
    _, second = at_the_mouth(told)

    assert share == pytest.approx(1.0, rel=1e-12)
    assert first.min() >= 0
    np.testing.assert_array_equal(first, second)


def test_watching_some_targets_alone_changes_nothing_there():
    river = forked_river()
    points = [Point(0, 0.5), Point(3, 0.1), Point(3, 1.0)]
    prepared = spill(river, WILD, release=Point(0, 0.0), targets=points, duration_hours=5.0)
    scores = standard_scores(seed=2, members=4, size=prepared.dimension)

    near = prepared.only([1])

    assert near.dimension < prepared.dimension
    np.testing.assert_array_equal(
        near.clouds(scores[: near.dimension]).parts[0], prepared.clouds(scores).parts[1]
    )
