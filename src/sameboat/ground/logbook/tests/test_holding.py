"""What came too early is held until what it comes after is here; then it is applied, once."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.ground.logbook import delivery, holding, registry
from sameboat.ground.logbook.delivery import MAX_FAILURES, deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.holding import count_held, list_stopped
from sameboat.ground.logbook.models import HeldEntry, ParkedEntry
from sameboat.ground.logbook.queries import address_of
from sameboat.ground.logbook.tests.far_log import NOON, entry, joined, log_of

pytestmark = pytest.mark.django_db
PLACES = ["cn:230100", "cn:230800", "cn:231200", "cn:220700", "org:songhua-joint"]


@pytest.fixture
def taken(monkeypatch):
    """What one reaction took, in order; it fails at what is about a thing called broken."""
    monkeypatch.setattr(registry, "REACTIONS", {})
    monkeypatch.setattr(delivery, "REACTIONS", registry.REACTIONS)
    found = []

    @registry.reacts_to("alert.issued", foreign=True)
    def remember(*, entry, now):
        if entry.about.endswith("/broken"):
            raise ArithmeticError("broken")
        found.append(address_of(entry))

    return found


class Cities:
    """Several places' logs, which this node follows."""

    def __init__(self, places=PLACES):
        self.logs = {place: log_of(place) for place in places}
        self.peers = {place: joined(self.logs[place], place=place) for place in places}

    def say(self, place, *after, audience=("*",), about="alert/1", **content):
        far = self.logs[place]
        told = {"kind": "alert.issued", "about": f"{place}/{about}", "place": place}
        far.entries.append(entry(0, **told, after=list(after), audience=list(audience), **content))
        return f"{place}/entry/{len(far.entries) - 1}"

    def hear(self, place, now=NOON):
        follow(peer=self.peers[place], fetch=self.logs[place].fetch, now=now)
        deliver(now=now)


def test_an_answer_that_came_before_its_question_waits_for_it(taken):
    cities = Cities(PLACES[:2])
    question = cities.say(PLACES[0])
    answer = cities.say(PLACES[1], question)
    alone = cities.say(PLACES[1])

    cities.hear(PLACES[1])
    assert taken == [alone]
    assert count_held() == 1

    cities.hear(PLACES[0])
    deliver(now=NOON)
    assert taken == [alone, question, answer]
    assert count_held() == 0
    deliver(now=NOON)
    assert len(taken) == 3


def test_what_comes_after_something_held_is_held_too(taken):
    cities = Cities(PLACES[:2])
    question = cities.say(PLACES[0])
    answer = cities.say(PLACES[1], question)
    second = cities.say(PLACES[1], answer)

    cities.hear(PLACES[1])
    assert taken == []
    cities.hear(PLACES[0])
    deliver(now=NOON)

    assert taken == [question, answer, second]


def test_what_is_not_meant_for_this_place_reaches_no_reaction(taken):
    cities = Cities(PLACES[:1])
    cities.say(PLACES[0], audience=[])
    cities.say(PLACES[0], audience=["cn:230800"])
    ours = cities.say(PLACES[0], audience=["cn:230800", "cn:220200"])

    cities.hear(PLACES[0])

    assert taken == [ours]


def test_a_reference_that_is_no_entry_is_not_waited_for(taken):
    cities = Cities(PLACES[:1])
    said = cities.say(PLACES[0], "cn:220200/alert/7", "nonsense", "cn:220200/entry/007")

    cities.hear(PLACES[0])

    assert taken == [said]


def test_a_reference_to_what_never_comes_is_never_applied(taken):
    cities = Cities(PLACES[:1])
    cities.say(PLACES[0], "cn:231200/entry/5")

    for day in range(3):
        cities.hear(PLACES[0], NOON + timedelta(days=day))

    assert taken == []
    assert HeldEntry.objects.count() == 1


def test_what_a_log_says_later_is_not_waited_for(taken):
    """Backwards, entry by entry, a whole log would be released one by one."""
    cities = Cities(PLACES[:1])
    said = [cities.say(PLACES[0], f"{PLACES[0]}/entry/{number + 1}") for number in range(4)]

    cities.hear(PLACES[0])

    assert taken == said
    assert count_held() == 0


def test_behind_a_parked_entry_a_released_one_is_parked(taken):
    cities = Cities(PLACES[:2])
    broken = cities.say(PLACES[0], about="alert/broken")
    cities.say(PLACES[1], broken)
    cities.hear(PLACES[1])

    for hour in range(MAX_FAILURES + 1):
        cities.hear(PLACES[0], NOON + timedelta(hours=hour))

    assert taken == []
    assert count_held() == 0
    assert [each.waits_for is None for each in ParkedEntry.objects.order_by("pk")] == [True, False]


def test_a_log_full_of_what_comes_after_nothing_stops_itself_and_no_other(taken, monkeypatch):
    monkeypatch.setattr(holding, "MOST_HELD", 3)
    cities = Cities(PLACES[:3])
    early = [cities.say(PLACES[0], f"{PLACES[2]}/entry/0") for _number in range(5)]
    behind = cities.say(PLACES[0])
    other = cities.say(PLACES[1])

    cities.hear(PLACES[0])
    cities.hear(PLACES[1])

    assert taken == [other]
    assert HeldEntry.objects.count() == 3
    assert not ParkedEntry.objects.exists()
    assert list_stopped() == [(PLACES[0], PLACES[2])]

    late = cities.say(PLACES[2])
    cities.hear(PLACES[2])

    assert taken == [other, late, *early, behind]
    assert list_stopped() == []


def test_two_logs_that_answer_each_other_never_stop_each_other(taken, monkeypatch):
    monkeypatch.setattr(holding, "MOST_HELD", 1)
    cities = Cities(PLACES[:2])
    said = [cities.say(PLACES[0])]
    for number in range(1, 12):
        said.append(cities.say(PLACES[number // 2 % 2], said[-1]))

    cities.hear(PLACES[1])
    assert taken == []
    cities.hear(PLACES[0])

    assert taken == said


@st.composite
def stories(draw):
    """Entries of five places that refer to each other, and an order in which they arrive."""
    said: list[tuple[str, list[int]]] = []
    for _number in range(draw(st.integers(1, 14))):
        place = draw(st.sampled_from(PLACES))
        earlier = st.lists(st.integers(0, len(said) - 1), max_size=2, unique=True)
        said.append((place, draw(earlier) if said else []))
    arrivals = draw(st.lists(st.sampled_from(PLACES), min_size=5, max_size=20))
    return said, arrivals, draw(st.sampled_from([1, 2, holding.MOST_HELD]))


@settings(deadline=None, max_examples=40)
@given(stories())
def test_in_any_order_of_arrival_each_is_applied_once_and_after_what_it_comes_after(story):
    said, arrivals, most_held = story
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(registry, "REACTIONS", {})
        patch.setattr(delivery, "REACTIONS", registry.REACTIONS)
        patch.setattr(holding, "MOST_HELD", most_held)
        found = []

        @registry.reacts_to("alert.issued", foreign=True)
        def remember(*, entry, now):
            found.append(address_of(entry))

        cities, told = Cities(), []
        for place in arrivals:
            # They speak in the order of the story; in between, one log or another is read.
            if len(told) < len(said):
                speaker, after = said[len(told)]
                told.append(cities.say(speaker, *(told[each] for each in after)))
            cities.hear(place)
        for speaker, after in said[len(told) :]:
            told.append(cities.say(speaker, *(told[each] for each in after)))
        for place in reversed(PLACES):
            cities.hear(place)
        deliver(now=NOON)

        assert sorted(found) == sorted(told)
        for number, (_place, after) in enumerate(said):
            for each in after:
                assert found.index(told[each]) < found.index(told[number])
        transaction.set_rollback(True)
