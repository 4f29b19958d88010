"""Whatever one peer's log holds, the others do not wait for it."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from sameboat.cli import federation
from sameboat.ground.logbook.following import entries_of
from sameboat.ground.logbook.peers import join, list_peers, read_invitation
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, invitation

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
