"""Whatever one peer's log holds, the others do not wait for it."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from sameboat.cli import federation
from sameboat.cli.tests.far_server import says, server
from sameboat.ground.logbook.bodies import list_wanted
from sameboat.ground.logbook.following import entries_of, follow
from sameboat.ground.logbook.own import key_folder
from sameboat.ground.logbook.peers import join, list_peers, read_invitation
from sameboat.ground.logbook.publishing import begin_log
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, invitation
from sameboat.proof.canon import canonical, read_canonical

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
#: Each peer is read in a thread of its own, which sees what was committed.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_log_that_makes_something_fail_is_put_off_and_the_next_is_read(monkeypatch):
    logs = {}
    for place, name in (("cn:110000", "a.example/log"), (HARBIN, "harbin.example/log")):
        far = FarLog(5, name)
        address = f"https://{name}"
        told = invitation(far, place=place, address=address)
        join(invitation=read_invitation(told), by="operator", now=NOON)
        logs[address] = far
    logs["https://a.example/log"].fetch = lambda _path, _most: 1 / 0

    @contextmanager
    def reading(address, origin="", pin=""):
        yield logs[address].fetch

    monkeypatch.setattr(federation, "reading", reading)

    assert federation.follow_peers(NOON) == 5

    assert entries_of(HARBIN) == 5
    odd = next(peer for peer in list_peers() if peer.origin == "cn:110000")
    assert (odd.failures, odd.problem) == (1, "division by zero")
    assert odd.retry_at > NOON


@pytest.fixture
def keyed(settings, tmp_path):
    """This node has keys; without them it can ask for no body."""
    settings.LOG_KEYS, settings.LOG_PASSPHRASE = tmp_path / "keys", "a passphrase for tests"
    settings.LOG_KEYS.mkdir()
    own, _witness = key_folder().make("jilin.example/log", b"a passphrase for tests")
    begin_log(origin=settings.PLACE, signer=own, now=NOON)


def harbin_with_bodies(address, count):
    """Follow a log of which so many entries have a body beside it that is for us."""
    far = FarLog(0)
    for number in range(count):
        told = read_canonical(entry(number, audience=["cn:220200"], digest=f"{number:064x}"))
        del told["body"]
        far.entries.append(canonical(told))
    peer = join(invitation=read_invitation(invitation(far, address=address)), by="x", now=NOON)
    follow(peer=peer, fetch=far.fetch, now=NOON)
    return peer


def test_of_a_dead_line_one_body_is_asked_for_and_of_a_living_one_each(keyed):
    missing = says(b"", status="404 Not Found")
    with server(missing) as (port, came):
        peer = harbin_with_bodies(f"http://127.0.0.1:{port}", 3)
        assert federation.fetch_bodies(peer, NOON) == 0
        assert len(came) == 3
    assert [each.failures for each in list_wanted()] == [1, 1, 1]

    federation.fetch_bodies(peer, NOON + timedelta(hours=2))  # nobody listens there any more

    assert [each.failures for each in list_wanted()] == [2, 1, 1]


def test_who_gives_bodies_slowly_keeps_the_others_waiting_for_a_few_of_them_at_most(
    keyed, monkeypatch
):
    clock = [0.0]

    def drip(*_asked, **_pinned):
        clock[0] += 6.0
        raise federation.Unreachable("it gave another answer, in the end")

    monkeypatch.setattr(federation, "monotonic", lambda: clock[0])
    monkeypatch.setattr(federation, "ask_body", drip)
    peer = harbin_with_bodies("https://harbin.example", 5)

    assert federation.fetch_bodies(peer, NOON) == 0
    assert [each.failures for each in list_wanted()] == [1, 1, 0, 0, 0]

    for _pass in range(2):
        federation.fetch_bodies(peer, NOON)
    assert [each.failures for each in list_wanted()] == [1] * 5
