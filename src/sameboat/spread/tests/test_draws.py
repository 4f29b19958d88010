import numpy as np
import pytest
from scipy.special import ndtr

from sameboat.spread.draws import draw, member_streams, quasi_scores, streams_of
from sameboat.spread.tests.tide import tide


def test_a_member_is_the_same_whichever_others_are_drawn_beside_it():
    whole = draw(tide(), seed=7, members=100)

    part = draw(tide(), seed=7, members=13, first=40)

    np.testing.assert_array_equal(part.scores, whole.scores[:, 40:53])
    np.testing.assert_array_equal(part.streams, whole.streams[40:53])


def test_another_seed_draws_other_members():
    one, other = draw(tide(), seed=1, members=50), draw(tide(), seed=2, members=50)

    assert not (one.scores == other.scores).any()
    assert not np.isin(one.streams, other.streams).any()


@pytest.mark.parametrize("first", [0, 64, 1024])
def test_even_scores_have_one_member_in_each_slice_of_probability(first):
    scores = quasi_scores(seed=3, members=64, size=9, first=first)

    slices = np.sort(np.floor(ndtr(scores) * 64).astype(int), axis=1)
    np.testing.assert_array_equal(slices, np.tile(np.arange(64), (9, 1)))


def test_even_scores_of_one_block_fill_pairs_of_dimensions_evenly():
    scores = ndtr(quasi_scores(seed=5, members=256, size=4))

    for one in range(4):
        for other in range(one):
            cells = np.floor(scores[one] * 16) * 16 + np.floor(scores[other] * 16)
            counts = np.bincount(cells.astype(int), minlength=256)
            assert counts.max() <= 4, "256 members in 256 cells of a Sobol pair"


def test_even_scores_of_different_blocks_are_not_tied():
    scores = quasi_scores(seed=5, members=4096, size=12)

    tied = np.corrcoef(scores) - np.eye(12)
    assert np.abs(tied).max() < 4 / np.sqrt(4096), "no more than chance"
    np.testing.assert_allclose(scores.mean(axis=1), 0.0, atol=0.01)
    np.testing.assert_allclose(scores.std(axis=1), 1.0, atol=0.01)


def test_even_scores_know_a_mean_better_than_random_ones():
    from sameboat.spread.priors import standard_scores

    def error(drawn):
        means = [np.exp(drawn(seed)).prod(axis=0).mean() for seed in range(20)]
        return np.std(means)

    even = error(lambda seed: 0.3 * quasi_scores(seed=seed, members=256, size=3))
    plain = error(lambda seed: 0.3 * standard_scores(seed=seed, members=256, size=3))

    assert even < plain / 3


def test_streams_differ_between_members_and_neighbouring_seeds():
    streams = np.concatenate([member_streams(seed=seed, members=2000) for seed in range(20)])

    assert len(np.unique(streams)) == len(streams)
    assert len(np.unique(streams >> np.uint64(40))) > 0.99 * len(streams) * (1 - 40_000 / 2**25)


def test_chances_are_drawn_afresh_when_their_score_moves():
    scores = np.array([0.1, 0.1 + 1e-15, -0.1])

    streams = streams_of(scores)

    assert len(set(streams.tolist())) == 3
    np.testing.assert_array_equal(streams, streams_of(scores.copy()))


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"first": -1}, "first"), ({"members": 0}, "members"), ({"seed": -1}, "seed")],
)
def test_numbers_out_of_range_are_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        draw(tide(), **{"seed": 1, "members": 3, **changes})


def test_events_are_cut_with_their_members():
    drawn = draw(tide(), seed=1, members=6)
    drawn = type(drawn)(drawn.scores, drawn.streams, {"gate_fails": np.arange(6.0)})

    assert drawn.part(2, 4).when("gate_fails").tolist() == [2.0, 3.0]
    assert drawn.take(np.array([5, 5])).when("gate_fails").tolist() == [5.0, 5.0]
    assert np.isnan(drawn.when("dam_breaks")).all()
