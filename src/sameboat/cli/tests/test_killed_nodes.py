"""Two real nodes that are killed in the middle of something, and do it once."""

import pytest

from sameboat.cli.tests.hands import (
    Hand,
    check_honest,
    entries,
)
from sameboat.cli.tests.pairs import Pair
from sameboat.cli.tests.test_peers import folders  # noqa: F401 (fixture)

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def pair(sameboat, folders, tmp_path_factory):  # noqa: F811
    """The two of them, running; one pair for all that happens to a node."""
    made = Pair(sameboat, folders, tmp_path_factory.mktemp("pair"))
    made.start()
    yield made
    made.stop()


def kills(node, path, *, answered):
    """Kill a node, server and worker, when somebody asks for a path: before or after it is done."""

    def fault(line, request):
        if not request.split(b" ", 2)[1].startswith(path) or node.server is None:
            return line.ask(request)
        found = line.ask(request) if answered else b""
        node.stop(kill=True)
        return found

    return fault


@pytest.mark.parametrize(
    ("who", "line", "path", "answered"),
    [
        # On the line to Jilin Harbin asks, so that it is killed while it follows, or Jilin while
        # it answers; on the line to Harbin Jilin asks.
        (1, 0, b"/log/tile", True), (0, 0, b"/log/tile", False),
        (0, 1, b"/witness/add-checkpoint", True), (1, 1, b"/witness/add-checkpoint", True),
        (0, 1, b"/log/tile", True),
    ],
    ids=["follows", "hands out", "is cosigned", "cosigns", "reads receipts"],
)  # fmt: skip
def test_a_node_that_is_killed_while_it_does_something_does_it_once(
    pair, who, line, path, answered
):
    killed, bad = pair.nodes[who], pair.lines[line]
    before = len(entries(pair.harbin, pair.jilin.place))

    with bad.bad(kills(killed, path, answered=answered)):
        pair.hand("issue")
        pair.hand("speak", 20)
        killed.until(lambda: killed.server is None)
    check_honest(pair.hand, {pair.harbin.place: pair.harbin})
    killed.start()

    pair.come_to_agree()
    assert len(entries(pair.harbin, pair.jilin.place)) >= before + 21


def test_a_process_that_is_killed_while_it_speaks_leaves_nothing_half_said(pair):
    before = len(entries(pair.jilin, pair.jilin.place))
    speaker = Hand(pair.jilin)
    speaker.begin("speak", 5000)
    pair.jilin.until(lambda: len(entries(pair.jilin, pair.jilin.place)) > before + 20)

    speaker.end(kill=True)
    pair.jilin.stop(kill=True)
    pair.jilin.start()

    pair.come_to_agree()
    assert before + 20 < len(entries(pair.harbin, pair.jilin.place)) < before + 5000
