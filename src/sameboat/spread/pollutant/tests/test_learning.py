import numpy as np
import pytest

from sameboat.spread.learning import learn
from sameboat.spread.network import Channel, build_network
from sameboat.spread.pollutant.measurement import Evidence, Measurement
from sameboat.spread.pollutant.river import River, Unknowns, spill
from sameboat.spread.priors import between, fixed, lognormal, standard_scores
from sameboat.spread.ways import Point

UNKNOWN = Unknowns(
    mass_kg=lognormal(20_000.0, 0.5), discharge_factor=lognormal(0.5, 0.4),
    velocity_factor=lognormal(1.0, 0.3), width_factor=lognormal(1.0, 0.4),
    skewness=lognormal(0.8, 0.3), velocity_along=(0.2, 100.0), discharge_along=(0.1, 100.0),
    freeze_hours=fixed(300.0), ice_factor=between(0.5, 0.7, most=1.0),
)  # fmt: skip
HOURS = np.arange(0.0, 1500.0, 1.0)


def gaussian_fit(seen, spread):
    return lambda scores: -0.5 * (((scores[0] + scores[1] - seen) / spread) ** 2)


def test_a_normal_problem_gives_the_normal_answer():
    scores = standard_scores(seed=3, members=3000, size=6)

    learned = learn(scores, gaussian_fit(3.0, 0.5), seed=3)

    total = learned.scores[0] + learned.scores[1]
    variance = 1 / (1 / 2 + 1 / 0.25)
    assert total.mean() == pytest.approx(3.0 * variance / 0.25, abs=0.06)
    assert total.std() == pytest.approx(np.sqrt(variance), rel=0.1)
    assert learned.scores[2:].std() == pytest.approx(1.0, abs=0.05)
    exact = -0.5 * 9 / 2.25 + np.log(0.5 / 1.5)
    assert learned.log_evidence == pytest.approx(exact, abs=0.15)


def test_the_same_seed_learns_the_same():
    scores = standard_scores(seed=3, members=50, size=6)

    twice = [learn(scores, gaussian_fit(2.0, 0.3), seed=5).scores for _ in range(2)]

    np.testing.assert_array_equal(*twice)


def test_too_few_members_and_broken_likelihoods_are_refused():
    with pytest.raises(ValueError, match="allowed: >= 10"):
        learn(np.zeros((3, 9)), gaussian_fit(0.0, 1.0), seed=1)
    with pytest.raises(ValueError, match="not a number"):
        learn(np.zeros((3, 20)), lambda scores: scores[0] * np.nan, seed=1)


def river():
    network = build_network(Channel(str(n), str(n), str(n + 1), 100.0) for n in range(6))
    ones = np.ones(6)
    water = River(network, 0.02 * ones, 0.9 * ones, 500.0 * ones, 500.0 * ones)
    points = [Point(n, 1.0) for n in range(6)]
    return spill(water, UNKNOWN, release=Point(0, 0.0), targets=points, duration_hours=10.0)


@pytest.fixture(scope="module")
def prepared():
    return river()


@pytest.fixture(scope="module")
def truth(prepared):
    """One member that is never in the ensemble; its curve at every point."""
    scores = standard_scores(seed=99, members=1, size=prepared.dimension)
    clouds = prepared.clouds(scores)
    return np.stack([clouds.concentrations(n, HOURS)[:, 0] for n in range(6)])


def taught(prepared, measurements, members=400, doubt=1.0):
    scores = standard_scores(seed=1, members=members, size=prepared.dimension)
    evidence = Evidence(prepared, measurements, doubt)
    return learn(scores, evidence.log_likelihood, seed=1).scores


def peak_hours(prepared, scores, target):
    footprint = prepared.clouds(scores, [target]).expose(
        ["x"], thresholds=[1e-9], unit="mg/L", horizon_hours=3000, step_hours=0.5
    )
    return footprint.peak_hours[0]


def test_peaks_behind_sharpen_the_forecast_ahead(prepared, truth):
    seen = [
        Measurement(n, HOURS[truth[n].argmax()], "peak", float(truth[n].max()), 1e-3)
        for n in range(3)
    ]

    scores = taught(prepared, seen)

    before = peak_hours(prepared, standard_scores(seed=1, members=400, size=prepared.dimension), 5)
    after = peak_hours(prepared, scores, 5)
    right = HOURS[truth[5].argmax()]
    low, middle, high = np.quantile(after, [0.1, 0.5, 0.9])
    assert high - low < 0.5 * np.subtract(*np.quantile(before, [0.9, 0.1]))
    assert low <= right <= high
    assert middle == pytest.approx(right, rel=0.15)


@pytest.mark.parametrize("kind", ["front", "detected"])
def test_what_is_there_earlier_than_thought_moves_the_forecast_earlier(prepared, kind):
    scores = standard_scores(seed=1, members=400, size=prepared.dimension)
    early = float(np.quantile(peak_hours(prepared, scores, 2), 0.1))

    learned = taught(prepared, [Measurement(2, early, kind, None, 0.01)])

    assert np.median(peak_hours(prepared, learned, 5)) < np.median(peak_hours(prepared, scores, 5))


def test_what_is_not_there_yet_moves_the_forecast_later(prepared):
    scores = standard_scores(seed=1, members=400, size=prepared.dimension)
    # Looked for again and again, so that it cannot have slipped by in between.
    looked = np.quantile(peak_hours(prepared, scores, 2), np.linspace(0.02, 0.5, 8))

    learned = taught(
        prepared, [Measurement(2, float(hour), "not_detected", None, 1e-3) for hour in looked]
    )

    assert (peak_hours(prepared, learned, 2) > looked[-1]).mean() > 0.9
    assert np.median(peak_hours(prepared, learned, 5)) > np.median(peak_hours(prepared, scores, 5))


def test_a_higher_peak_behind_raises_the_peaks_ahead(prepared):
    scores = standard_scores(seed=1, members=400, size=prepared.dimension)
    hour = float(np.median(peak_hours(prepared, scores, 1)))

    def peak(of, target):
        found = prepared.clouds(of, [target]).expose(
            ["x"], thresholds=[1], unit="mg/L", horizon_hours=3000, step_hours=0.5
        )
        return float(np.median(found.peak[0]))

    learned = taught(prepared, [Measurement(1, hour, "peak", 4 * peak(scores, 1), 1e-3, 0.01)])

    assert peak(learned, 5) > 1.5 * peak(scores, 5)


def test_doubt_keeps_the_forecast_wider(prepared, truth):
    seen = [Measurement(1, HOURS[truth[1].argmax()], "peak", float(truth[1].max()), 1e-3)]

    sure, unsure = (
        np.subtract(*np.quantile(peak_hours(prepared, taught(prepared, seen, doubt=d), 1),
                                 [0.9, 0.1]))
        for d in (1.0, 4.0)
    )  # fmt: skip

    assert unsure > 1.5 * sure


def test_shared_errors_do_not_favour_clouds_that_are_wide(prepared):
    """Told twice on one day, the distance counts less than twice, the spread in full."""
    scores = standard_scores(seed=4, members=1, size=prepared.dimension)
    own_top = float(peak_hours(prepared, scores, 1)[0])
    seen = [Measurement(1, own_top, "peak", None, 1e-3)] * 2

    sure, unsure = (Evidence(prepared, seen, doubt).log_likelihood(scores) for doubt in (1.0, 2.0))

    # Next to no distance is left to count, so only the spread of each of the two does.
    assert sure - unsure == pytest.approx(2 * np.log(2.0), abs=0.06)


def test_residuals_are_nought_where_a_bound_is_kept(prepared):
    scores = standard_scores(seed=1, members=20, size=prepared.dimension)
    evidence = Evidence(prepared, [Measurement(5, 0.5, "not_detected", None, 0.01)])

    misfit = evidence.misfit(scores)

    assert (misfit.residuals == 0).all()
    assert misfit.log_likelihood == pytest.approx(np.zeros(20), abs=1e-3)


def test_an_unknown_kind_and_a_limit_of_nought_are_told_what_is_allowed():
    with pytest.raises(ValueError, match="allowed: value, front"):
        Measurement(0, 1.0, "guess", None, 0.1)
    with pytest.raises(ValueError, match="allowed: > 0 mg/L"):
        Measurement(0, 1.0, "detected", None, 0.0)
