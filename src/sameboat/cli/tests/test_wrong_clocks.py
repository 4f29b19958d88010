"""Two real nodes whose clocks are ten minutes wrong: nothing stops, and nobody is called a liar."""

import tomllib
from datetime import UTC, datetime, timedelta

import pytest

from sameboat.cli.tests.hands import Hand, ask_database, check_promises, entries
from sameboat.cli.tests.pairs import Pair
from sameboat.cli.tests.test_compact import proposed
from sameboat.cli.tests.test_peers import folders  # noqa: F401 (fixture)

pytestmark = pytest.mark.faults

SKEW = timedelta(minutes=10)


@pytest.fixture
def pair(sameboat, folders, tmp_path):  # noqa: F811
    """The two of them, running."""
    made = Pair(sameboat, folders, tmp_path / "pair")
    made.start()
    yield made
    made.stop()


def skew(pair, skews):
    """Set the clock of each node, and start it anew."""
    for node, by in zip(pair.nodes, skews, strict=True):
        node.stop()
        pair.hands[node].end()
        file, now = node.folder / "sameboat.toml", datetime.now(UTC)
        kept = [each for each in file.read_text().splitlines()
                if not each.startswith(("demo", "clock_"))]  # fmt: skip
        clock = ["demo = true", f"clock_starts_at = {(now + by).isoformat()}",
                 f"clock_set_at = {now.isoformat()}"]  # fmt: skip
        file.write_text("\n".join([*clock, *kept]) + "\n")
        assert tomllib.loads(file.read_text())["demo"]
        pair.hands[node] = Hand(node)
        node.start()
    pair.hand = pair.hands[pair.jilin]


@pytest.mark.parametrize("skews", [(SKEW, -SKEW), (-SKEW, SKEW)], ids=["ahead", "behind"])
def test_clocks_that_are_wrong_stop_nothing_and_make_nobody_a_liar(pair, skews):
    jilin, harbin = pair.nodes
    skew(pair, skews)
    address, _proposal = proposed(jilin)
    for node in pair.nodes:
        node.until(lambda node=node: node("compact", "sign", address).returncode == 0
                   or "in force" in node("compact", "show", address).stdout)  # fmt: skip

    asked = pair.hand("ask")  # for Harbin alone: its body lies beside the log
    pair.hand("comes_to", f"{asked} delivered")
    told = pair.hand("issue")
    pair.hand("comes_to", f"{told} delivered")

    size = len(entries(jilin, jilin.place))
    cosigned = (
        "select count(*) from logbook_cosignature join logbook_checkpoint on checkpoint_id = "
        f"logbook_checkpoint.id where origin = '{jilin.place}' and size >= {size}"
    )
    jilin.until(lambda: ask_database(jilin, cosigned)[0][0])
    assert ask_database(harbin, "select count(*) from logbook_wantedbody") == [(0,)]
    check_promises(pair.hands)
    for node in pair.nodes:
        audit = node("audit", "--compact", address)
        assert audit.returncode == 0, audit.stderr
        assert "Nothing late, missing or contradictory." in audit.stdout, audit.stdout
