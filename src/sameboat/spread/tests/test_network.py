import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.spread.network import Channel, RiverRunsInACircle, SharesDoNotAddUp, build_network


def test_channels_are_ordered_as_the_water_runs():
    network = build_network(
        [Channel("c", "2", "3", 1.0), Channel("a", "0", "1", 1.0), Channel("b", "1", "2", 1.0)]
    )

    assert network.keys == ("a", "b", "c")
    assert network.leaving == ((1,), (2,), ())


@given(st.permutations(range(12)))
def test_the_order_given_does_not_matter(order):
    channels = [Channel(f"k{n:02d}", str(n), str(n + 1), 1.0 + n) for n in range(12)]

    network = build_network(channels[n] for n in order)

    assert network.keys == build_network(channels).keys


def test_a_circle_is_refused_by_name():
    channels = [
        Channel("in", "0", "1", 1.0), Channel("a", "1", "2", 1.0), Channel("b", "2", "1", 1.0),
    ]  # fmt: skip

    with pytest.raises(RiverRunsInACircle) as refusal:
        build_network(channels)

    assert refusal.value.facts["channels"] == ["a", "b"]


def test_what_is_not_told_at_a_fork_is_shared_evenly():
    told = [
        Channel("a", "1", "2", 1.0, 0.5), Channel("b", "1", "3", 1.0), Channel("c", "1", "4", 1.0),
    ]  # fmt: skip

    network = build_network(told)

    assert dict(zip(network.keys, network.share, strict=True)) == {"a": 0.5, "b": 0.25, "c": 0.25}


def test_shares_that_are_not_one_are_refused():
    with pytest.raises(SharesDoNotAddUp, match=r"add up to 1\.2"):
        build_network([Channel("a", "1", "2", 1.0, 0.6), Channel("b", "1", "3", 1.0, 0.6)])


@pytest.mark.parametrize("length", [0.0, -5.0, float("nan")])
def test_a_channel_without_length_is_told_the_range(length):
    with pytest.raises(ValueError, match="allowed: > 0"):
        build_network([Channel("a", "1", "2", length)])


def test_two_channels_of_one_name_are_refused():
    with pytest.raises(ValueError, match="keys must differ"):
        build_network([Channel("a", "1", "2", 1.0), Channel("a", "2", "3", 1.0)])
