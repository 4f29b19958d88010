"""Two real nodes on a line that cuts, delays, repeats, changes and mixes up what goes through."""

import pytest

from sameboat.cli.tests import bad_line
from sameboat.cli.tests.hands import ask_database, entries
from sameboat.cli.tests.pairs import Pair
from sameboat.cli.tests.test_peers import folders  # noqa: F401 (fixture)

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def pair(sameboat, folders, tmp_path_factory):  # noqa: F811
    """The two of them, running; one pair for all faults of a line."""
    made = Pair(sameboat, folders, tmp_path_factory.mktemp("pair"))
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (bad_line.cuts(0), 2), (bad_line.cuts(40), 2), (bad_line.cuts(400), 3),
        (bad_line.refuses(), 2), (bad_line.forgets(), 3), (bad_line.delays(0.7), 4),
        (bad_line.asks_twice(), 8), (bad_line.answers_twice(), 8), (bad_line.flips(17), 3),
        (bad_line.answers_old(), 4), (bad_line.out_of_order(), 8),
    ],
    ids=["cut at once", "cut in the head", "cut in the middle", "not passed on", "answer lost",
         "late", "asked twice", "answered twice", "a bit turned over", "an old checkpoint",
         "checkpoints mixed up"],
)  # fmt: skip
def test_whatever_a_line_does_all_arrives_once_when_it_is_well_again(pair, fault, times):
    before = {node.place: entries(node, node.place) for node in pair.nodes}

    pair.meet(fault, times)
    pair.come_to_agree()

    for node in pair.nodes:  # what was said before is what it was, and 20 and an alert more
        assert entries(node, node.place)[: len(before[node.place])] == before[node.place]
    assert len(entries(pair.harbin, pair.jilin.place)) >= len(before[pair.jilin.place]) + 21
    for node in pair.nodes:  # a bad line makes nobody a liar
        assert ask_database(node, "select * from logbook_fork") == []
