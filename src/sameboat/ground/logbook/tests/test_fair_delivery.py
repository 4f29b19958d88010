"""A long log that was fetched at last does not keep the others' entries waiting."""

import pytest

from sameboat.ground.logbook import delivery, registry
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.delivery import deliver, deliver_round
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import HeldEntry
from sameboat.ground.logbook.queries import address_of, newest_row
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, entry, joined, log_of

pytestmark = pytest.mark.django_db
JILIN, JIAMUSI, YILAN = "cn:220200", "cn:230800", "cn:230123"


@pytest.fixture
def taken(monkeypatch):
    """What one reaction took, in order; shares and rounds are small."""
    monkeypatch.setattr(registry, "REACTIONS", {})
    monkeypatch.setattr(delivery, "REACTIONS", registry.REACTIONS)
    monkeypatch.setattr(delivery, "SHARE", 3)
    monkeypatch.setattr(delivery, "ROUND", 6)
    found = []

    @registry.reacts_to("alert.issued", foreign=True)
    def remember(*, entry, now):
        found.append(address_of(entry))

    return found


def heard(place, count, *after):
    """Follow a place that has said so many entries; return their addresses."""
    far = log_of(place)
    told = {"kind": "alert.issued", "place": place, "after": list(after)}
    far.entries = [entry(0, **told, about=f"{place}/alert/{number}") for number in range(count)]
    follow(peer=joined(far, place=place), fetch=far.fetch, now=NOON)
    return [f"{place}/entry/{number}" for number in range(count)]


def speak():
    said = say(
        kind="alert.issued", place=JILIN, about=f"{JILIN}/alert/1", body={}, by="worker", now=NOON
    )
    return address_of(said)


def test_a_long_log_lets_the_others_have_their_turn_and_is_taken_in_order(taken):
    long, short = heard(HARBIN, 20), heard(JIAMUSI, 1)
    own = speak()

    assert deliver(now=NOON) == 22

    assert taken[0] == own
    assert taken.index(short[0]) <= 1 + 3
    assert [each for each in taken if each.startswith(HARBIN)] == long
    assert deliver(now=NOON) == 0


def test_what_arrives_while_a_long_log_is_taken_does_not_wait_for_its_end(taken):
    long = heard(HARBIN, 20)
    said = []

    @registry.reacts_to("alert.issued", foreign=True)
    def speak_once(*, entry, now):
        if entry.index == 4 and not said:
            said.append(speak())

    deliver(now=NOON)

    assert taken.index(said[0]) < taken.index(long[9])


def test_a_round_ends_however_much_is_left_and_the_next_goes_on(taken):
    logs = [heard(place, 10) for place in (HARBIN, JIAMUSI, YILAN)]

    done, rounds = deliver_round(now=NOON), 1
    assert done.more
    assert len(taken) <= delivery.ROUND + delivery.SHARE
    while done.more:
        seen = len(taken)
        done, rounds = deliver_round(now=NOON, after_row=newest_row(), left=done.left), rounds + 1
        assert len(taken) - seen <= delivery.ROUND + delivery.SHARE

    assert rounds >= 30 / (delivery.ROUND + delivery.SHARE)
    assert sorted(taken) == sorted(each for log in logs for each in log)
    for log in logs:
        assert [each for each in taken if each in log] == log


def test_rounds_that_are_filled_with_news_leave_a_share_to_who_waits(taken):
    heard(HARBIN, 12)
    left = deliver_round(now=NOON).left
    assert [origin for _reaction, origin in left] == [HARBIN]
    row = newest_row()
    for place in (JIAMUSI, YILAN, "cn:231200"):
        heard(place, 3)

    deliver_round(now=NOON, after_row=row + delivery.LOOK_BACK - 9, left=left)

    assert f"{HARBIN}/entry/5" in taken


def test_a_round_that_was_cut_off_loses_nothing_to_one_that_looks_everywhere(taken):
    long = heard(HARBIN, 8)
    deliver_round(now=NOON)  # and the process died: nobody knows what it left

    assert deliver(now=NOON) == 5
    assert taken == long


def test_what_is_set_free_at_once_is_taken_a_share_at_a_time(taken):
    waiting = heard(JIAMUSI, 8, f"{HARBIN}/entry/0")
    deliver(now=NOON)
    assert (taken, HeldEntry.objects.count()) == ([], 8)
    first = heard(HARBIN, 1)

    done = deliver_round(now=NOON)
    assert done.more
    assert taken == first + waiting[: len(taken) - 1]
    assert len(taken) < 1 + 8

    deliver(now=NOON)
    assert taken == first + waiting
