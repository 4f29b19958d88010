"""What the worker does between one thing and the next."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from sameboat.cli.doctor import _reactions
from sameboat.cli.work import Worker
from sameboat.ground.logbook import delivery, holding, registry
from sameboat.ground.logbook.actions import say

pytestmark = pytest.mark.django_db
NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)


def test_the_doctor_names_the_log_that_is_stopped_and_what_it_waits_for(monkeypatch):
    monkeypatch.setattr(holding, "MOST_HELD", 2)
    for number, after in enumerate(["cn:230800", "cn:230800", "cn:230900"]):
        said = say(kind="alert.issued", place="cn:220200", about=f"cn:220200/alert/{number}",
                   body={}, by="worker", now=NOON)  # fmt: skip
        holding.hold("alerts", said, (after, 7), NOON)

    (found,) = [each for each in _reactions(SimpleNamespace(folder="n")) if "other" in each.facts]

    assert not found.well
    assert found.facts == {"place": "cn:220200", "other": "cn:230800"}


def test_however_much_waits_for_reactions_what_was_said_is_signed_in_between(monkeypatch):
    monkeypatch.setattr(registry, "REACTIONS", {})
    monkeypatch.setattr(delivery, "REACTIONS", registry.REACTIONS)
    monkeypatch.setattr(delivery, "SHARE", 2)
    monkeypatch.setattr(delivery, "ROUND", 2)
    happened = []
    monkeypatch.setattr(Worker, "sign", lambda self, now: happened.append("signed") or False)

    @registry.reacts_to("alert.issued")
    def take(*, entry, now):
        happened.append(entry.index)

    for number in range(5):
        say(kind="alert.issued", place="cn:220200", about=f"cn:220200/alert/{number}", body={},
            by="worker", now=NOON)  # fmt: skip
    worker = Worker()

    while worker.deliver_and_expire():
        pass

    assert happened[:8] == ["signed", 0, 1, "signed", 2, 3, "signed", 4]
    assert happened.count(4) == 1
