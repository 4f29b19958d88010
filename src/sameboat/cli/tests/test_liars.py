"""A peer that lies: two histories of its log, and entries about what never happened."""

import json
import re

import pytest

from sameboat.cli.tests.far_server import says, server
from sameboat.cli.tests.hands import agree, ask_database, check_promises, entries
from sameboat.cli.tests.pairs import Pair
from sameboat.cli.tests.test_peers import folders  # noqa: F401 (fixture)
from sameboat.ground.logbook.tests.far_log import FarLog, entry, invitation

pytestmark = pytest.mark.faults


class Liar:
    """A log on a real server, that answers whatever it is made to hold at the moment."""

    def __init__(self, place):
        self.place = place
        self.far = FarLog(name=f"{place.replace(':', '-')}.example/log")
        self.far.entries = [self.says(number) for number in range(30)]

    def says(self, number, **changes):
        told = {"place": self.place, "about": f"{self.place}/observation/{number}"}
        return entry(number, **told | changes)

    def answer(self, connection, stopping, request):
        path = request.split()[1].decode("latin-1")
        is_file = path.startswith(("/log/checkpoint", "/log/tile/"))
        found = self.far.file(path.removeprefix("/log/")) if is_file else None
        missing = says(b"", status="404 Not Found")
        (missing if found is None else says(found))(connection, stopping, request)


@pytest.fixture(scope="module")
def pair(sameboat, folders, tmp_path_factory):  # noqa: F811
    """Two honest nodes that follow each other."""
    made = Pair(sameboat, folders, tmp_path_factory.mktemp("pair"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(params=["cn:230800"])
def liar(request, pair, tmp_path):
    """A third that both follow; what it has said so far is honest, and both have read it."""
    made = Liar(request.param)
    with server(made.answer) as (port, _came):
        file = tmp_path / "liar.json"
        told = invitation(made.far, place=made.place, address=f"http://127.0.0.1:{port}")
        file.write_text(json.dumps(told))
        for node in pair.nodes:
            joined = node("join", file, "--yes")
            assert joined.returncode == 0, joined.stderr
            node.until(lambda node=node: len(entries(node, made.place)) == len(made.far.entries))
        yield made


def test_who_signs_two_histories_is_named_with_proof_and_the_others_go_on(pair, liar):
    kept = entries(pair.jilin, liar.place)

    # Cut back to twenty, as a cache may answer: nothing is taken back, and nobody is accused.
    whole, liar.far.entries = liar.far.entries, liar.far.entries[:20]
    pair.hand("issue")
    pair.come_to_agree()
    assert entries(pair.jilin, liar.place) == kept
    assert ask_database(pair.jilin, "select * from logbook_fork") == []

    # And then told on otherwise.
    liar.far.entries = [*whole[:20], *(liar.says(number) for number in range(100, 120))]
    forks = f"select count(*) from logbook_fork where name = '{liar.far.signer.name}'"
    for node in pair.nodes:
        node.until(lambda node=node: ask_database(node, forks)[0][0] >= 1)

    told = pair.hand("issue")
    pair.hand("comes_to", f"{told} delivered")
    pair.come_to_agree()
    for node in pair.nodes:
        assert entries(node, liar.place) == kept
        listed = next(each for each in node("peers").stdout.splitlines() if liar.place in each)
        assert "has signed two histories" in listed
        page = pair.hands[node]("peers_page")
        assert liar.far.signer.name in page
        assert re.search("two histories", page, re.IGNORECASE)


@pytest.mark.parametrize("liar", ["cn:222400"], indirect=True)
def test_what_a_peer_makes_up_about_others_changes_no_board(pair, liar):
    jilin, harbin = pair.nodes
    told = pair.hand("issue")
    pair.come_to_agree()
    where = f"select \"index\", about from logbook_entry where about like '%{told}' and kind = "
    ((index, about),) = ask_database(jilin, where + "'alert.issued'")
    issued, mine = f"{jilin.place}/entry/{index}", f"{jilin.place}/alert/"
    before = pair.hand("board", told)
    heard = pair.hands[harbin]("heard")

    never = f"{mine}0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a14"
    nothing = f"{jilin.place}/entry/99999"
    staff = f"{harbin.place}/person/1"
    liar.far.entries += [
        liar.says(1, kind="alert.received", about=never, after=[nothing], body={}),
        liar.says(2, kind="alert.received", about=never, after=[], body={}),
        # of another place's staff, and as if Harbin had said it
        liar.says(3, kind="alert.acknowledged", about=about, after=[issued], body={"by": staff},
            place=harbin.place),
        liar.says(4, kind="alert.cancelled", about=about, after=[issued],
            body={"message_type": "Cancel", "earlier": about, "references": []}),
        liar.says(5, kind="alert.expired", about=about, after=[issued], body={}),
        liar.says(6, kind="alert.refused", about=about, after=[issued], body={"fact": "odd"}),
        liar.says(7, kind="alert.received", about=harbin.place + "/alert/1", after=["x"], body=7),
    ]  # fmt: skip
    for node in pair.nodes:
        node.until(lambda node=node: len(entries(node, liar.place)) == len(liar.far.entries))
    pair.hand("speak", 1)
    pair.come_to_agree()

    board = pair.hand("board", told)
    for each in (board, before):
        each.pop(liar.place, None)
    assert board == before
    assert harbin.place in board
    known = pair.hands[harbin]("heard")
    assert [each for each in known if each[0] in ("delivered", "read")] == heard
    # Our alert still stands: what follows it is delivered like any other.
    later = pair.hand("update", told)
    pair.hand("comes_to", f"{later} delivered")
    assert pair.hand("board", later)[harbin.place][0] == "delivered"
    assert agree(pair.nodes)
    check_promises(pair.hands)
    assert ask_database(harbin, "select * from logbook_parkedentry") == []
