"""A thing has exactly one owner at every moment, whatever has arrived where."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.ground.logbook import handing
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.handing import ACCEPTED, DECLINED, DONE, OFFERED, WITHDRAWN, Word
from sameboat.ground.logbook.handovers import (
    NoOffer,
    NotTheOwner,
    OfferAccepted,
    OfferOpen,
    accept_handover,
    complete_handover,
    decline_handover,
    holding_of,
    offer_handover,
    withdraw_offer,
)
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.peers import NotAPeer
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
JILIN = "cn:220200"
OURS, THEIRS = f"{JILIN}/alert/0193a1f0", f"{HARBIN}/alert/0193a1f0"
GIVEN = {"by": "operator", "now": NOON}


@pytest.fixture
def harbin(db):
    import_module("sameboat.ground.logbook.reactions")
    far = FarLog()
    far.peer = joined(far)
    return far


def hear(far, kind, about, after=(), **body):
    far.entries.append(entry(0, kind=kind, about=about, after=list(after), body=body))
    follow(peer=far.peer, fetch=far.fetch, now=NOON)
    deliver(now=NOON)
    return f"{HARBIN}/entry/{len(far.entries) - 1}"


def said():
    return [each.kind for each in Entry.objects.filter(origin=JILIN) if "handover" in each.kind]


def test_what_we_offer_stays_ours_until_it_is_accepted_and_is_then_handed_over(harbin):
    assert holding_of(OURS).owner == JILIN
    for _time in range(2):
        held = offer_handover(address=OURS, to=HARBIN, **GIVEN)
    assert (held.owner, held.offer.to) == (JILIN, HARBIN)

    offer = held.offer.word.address
    hear(harbin, ACCEPTED, OURS, [offer], offer=offer)
    deliver(now=NOON)

    held = holding_of(OURS)
    assert (held.owner, held.earlier, held.offer) == (HARBIN, (JILIN,), None)
    assert said() == [OFFERED, DONE]
    with pytest.raises(NotTheOwner, match=HARBIN):
        offer_handover(address=OURS, to=HARBIN, **GIVEN)


def test_an_acceptance_that_is_for_us_alone_moves_nothing(harbin):
    """The others could not read it, and would go on to name us as the owner."""
    offer = offer_handover(address=OURS, to=HARBIN, **GIVEN).offer.word.address
    told = {"kind": ACCEPTED, "about": OURS, "after": [offer], "body": {"offer": offer}}
    harbin.entries.append(entry(0, **told, audience=[JILIN]))
    follow(peer=harbin.peer, fetch=harbin.fetch, now=NOON)
    deliver(now=NOON)

    assert holding_of(OURS).owner == JILIN
    assert said() == [OFFERED]


def test_killed_between_the_acceptance_and_our_word_it_is_still_ours_and_then_handed_over(
    harbin, monkeypatch
):
    offer = offer_handover(address=OURS, to=HARBIN, **GIVEN).offer.word.address

    def die(**_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("sameboat.ground.logbook.handovers"), "say", die)
    with pytest.raises(KeyboardInterrupt):
        hear(harbin, ACCEPTED, OURS, [offer], offer=offer)
    assert holding_of(OURS).owner == JILIN
    assert holding_of(OURS).offer.accepted is not None

    monkeypatch.undo()
    deliver(now=NOON)
    assert holding_of(OURS).owner == HARBIN
    complete_handover(address=OURS, **GIVEN)
    assert said() == [OFFERED, DONE]


def test_an_offer_is_withdrawn_until_it_is_accepted_and_not_after(harbin):
    first = offer_handover(address=OURS, to=HARBIN, **GIVEN).offer.word.address
    for _time in range(2):
        assert withdraw_offer(address=OURS, **GIVEN).offer is None

    hear(harbin, ACCEPTED, OURS, [first], offer=first)
    assert holding_of(OURS).owner == JILIN
    assert said() == [OFFERED, WITHDRAWN]

    second = offer_handover(address=OURS, to=HARBIN, **GIVEN).offer.word.address
    harbin.entries.append(
        entry(0, kind=ACCEPTED, about=OURS, after=[second], body={"offer": second})
    )
    follow(peer=harbin.peer, fetch=harbin.fetch, now=NOON)
    with pytest.raises(OfferAccepted):
        withdraw_offer(address=OURS, **GIVEN)


def test_what_is_declined_stays_and_can_be_offered_again(harbin):
    offer = offer_handover(address=OURS, to=HARBIN, **GIVEN).offer.word.address

    hear(harbin, DECLINED, OURS, [offer], offer=offer, because="no boats")

    assert (holding_of(OURS).owner, holding_of(OURS).offer) == (JILIN, None)
    assert offer_handover(address=OURS, to=HARBIN, **GIVEN).offer.word.address != offer


def test_it_is_offered_to_one_at_a_time_and_only_to_whom_we_can_hear(harbin):
    far = FarLog(name="jiamusi.example/log")
    joined(far, place="cn:230800")
    with pytest.raises(NotAPeer):
        offer_handover(address=OURS, to="cn:231200", **GIVEN)
    offer_handover(address=OURS, to=HARBIN, **GIVEN)

    with pytest.raises(OfferOpen, match=HARBIN):
        offer_handover(address=OURS, to="cn:230800", **GIVEN)

    assert said() == [OFFERED]


def test_what_they_offer_is_ours_when_they_say_so(harbin):
    with pytest.raises(NoOffer):
        accept_handover(address=THEIRS, **GIVEN)
    offer = hear(harbin, OFFERED, THEIRS, to=JILIN)
    for _time in range(2):
        assert accept_handover(address=THEIRS, **GIVEN).owner == HARBIN
    with pytest.raises(OfferAccepted):
        decline_handover(address=THEIRS, because="", **GIVEN)
    accepted = holding_of(THEIRS).offer.accepted.address
    assert holding_of(THEIRS).offer.word.address == offer

    done = hear(harbin, DONE, THEIRS, [accepted], to=JILIN, accepted=accepted)

    assert (holding_of(THEIRS).owner, holding_of(THEIRS).since.address) == (JILIN, done)
    assert accept_handover(address=THEIRS, **GIVEN).owner == JILIN
    assert said() == [ACCEPTED]


def test_declined_by_us_it_is_not_ours_to_accept_any_more(harbin):
    hear(harbin, OFFERED, THEIRS, to=JILIN)

    decline_handover(address=THEIRS, because="no boats", **GIVEN)

    with pytest.raises(NoOffer):
        accept_handover(address=THEIRS, **GIVEN)
    assert said() == [DECLINED]


def test_nobody_takes_a_thing_by_saying_that_it_is_theirs(harbin):
    hear(harbin, ACCEPTED, OURS, offer="cn:220200/entry/0")
    hear(harbin, DONE, OURS, to=HARBIN, accepted=f"{HARBIN}/entry/0")
    offer = offer_handover(address=OURS, to=HARBIN, **GIVEN).offer.word.address
    hear(harbin, DONE, OURS, [offer], to=HARBIN, accepted=offer)

    assert holding_of(OURS).owner == JILIN


# ---- the fold alone: any history, any order ---------------------------------------------------
PLACES = [JILIN, HARBIN, "cn:230800", "cn:231200", "org:songhua-joint"]


class History:
    """Honest places that hand one thing around, each by what it has heard so far."""

    def __init__(self):
        self.words, self.heard = [], {place: set() for place in PLACES}

    def view(self, place):
        return handing.fold(
            JILIN, [word for word in self.words if word.address in self.heard[place]]
        )

    def say(self, place, kind, after, **body):
        index = sum(word.origin == place for word in self.words)
        self.words.append(Word(place, index, kind, tuple(after), body, NOON))
        self.heard[place].add(self.words[-1].address)

    def act(self, place, to, deed):
        held = self.view(place)
        tenure = {"tenure": held.since.address} if held.since else {}
        offer = held.offer
        if held.owner == place and deed == "offer" and offer is None and to != place:
            self.say(place, OFFERED, [], to=to, **tenure)
        elif held.owner == place and offer and offer.accepted and deed == "done":
            accepted = offer.accepted.address
            self.say(place, DONE, [accepted], to=offer.to, accepted=accepted, **tenure)
        elif held.owner == place and offer and not offer.accepted and deed == "withdraw":
            self.say(place, WITHDRAWN, [], offer=offer.word.address, **tenure)
        elif offer and offer.to == place and not offer.accepted and deed in ("accept", "decline"):
            kind = ACCEPTED if deed == "accept" else DECLINED
            self.say(place, kind, [], offer=offer.word.address)

    def hear(self, place, other):
        """The place takes all that another's log says, in whatever order the logs are read."""
        self.heard[place] |= {word.address for word in self.words if word.origin == other}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(PLACES), st.sampled_from(PLACES),
        st.sampled_from(["offer", "accept", "done", "done", "withdraw", "decline", "hear", "hear",
                         "hear"]),
    ),
    max_size=120,
)  # fmt: skip


@given(STEPS, st.randoms(use_true_random=False))
def test_no_two_places_ever_think_they_own_it_and_all_agree_in_the_end(steps, random):
    history = History()
    for place, other, deed in steps:
        if deed == "hear":
            history.hear(place, other)
        else:
            history.act(place, other, deed)
        owners = [each for each in PLACES if history.view(each).owner == each]
        assert len(owners) <= 1

    told = handing.fold(JILIN, history.words)
    for _node in PLACES:
        arrived = history.words + random.sample(history.words, len(history.words) // 2)
        random.shuffle(arrived)
        assert handing.fold(JILIN, arrived) == told
