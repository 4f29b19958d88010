"""The states of alerts between places: any order, any repetition, the same on every node."""

from hypothesis import given
from hypothesis import strategies as st

from sameboat.watch.alerts.conversation import (
    ALREADY_ENDED,
    FOLLOWS_NOTHING,
    OTHER_ALERT,
    UNKNOWN_ALERT,
    Said,
    fold,
)

JILIN, HARBIN, JIAMUSI = "cn:220200", "cn:230100", "cn:230800"
A, B, C = (f"{JILIN}/alert/{name}" for name in "abc")


class Log:
    """What one place says, one entry after the other."""

    def __init__(self, origin):
        self.origin, self.entries = origin, []

    def say(self, kind, about, *after, **more):
        said = Said(self.origin, len(self.entries), f"alert.{kind}", about,
                    tuple(each.address for each in after), **more)  # fmt: skip
        self.entries.append(said)
        return said


def told():
    """Return a warning that Harbin has and acts on, updated, and a cancel of the update."""
    jilin, harbin = Log(JILIN), Log(HARBIN)
    first = jilin.say("issued", A)
    update = jilin.say("updated", B, first, earlier=A)
    cancel = jilin.say("cancelled", C, update, earlier=B)
    for kind in ("received", "read", "acknowledged", "unable", "acting"):
        harbin.say(kind, A, first)
    harbin.say("received", B, update)
    return jilin, harbin, (first, update, cancel)


def states(entries):
    talk = fold(entries)
    return (
        {entry: (life.state, life.refusal, life.earlier) for entry, life in talk.lives.items()},
        {
            (entry, place): talk.answer(entry, place).state
            for entry in talk.lives for place in (HARBIN, JIAMUSI)
        },
    )  # fmt: skip


def test_a_warning_is_answered_updated_and_cancelled():
    jilin, harbin, (first, update, cancel) = told()

    lives, answers = states(jilin.entries + harbin.entries)

    assert [lives[each.address][0] for each in (first, update, cancel)] == [
        "updated", "cancelled", "issued",
    ]  # fmt: skip
    assert [answers[each.address, HARBIN] for each in (first, update, cancel)] == [
        "acting", "delivered", "queued",
    ]  # fmt: skip
    assert answers[first.address, JIAMUSI] == "queued"


def test_of_acting_and_not_able_the_last_that_a_place_said_counts():
    jilin, harbin = Log(JILIN), Log(HARBIN)
    first = jilin.say("issued", A)

    for kind in ("acting", "unable", "acting", "unable"):
        last = harbin.say(kind, A, first)
        answer = fold(jilin.entries + harbin.entries).answer(first.address, HARBIN)

        assert (answer.state, answer.proofs[kind]) == (kind, last)
    assert harbin.say("read", A, first)
    assert fold(jilin.entries + harbin.entries).answer(first.address, HARBIN).state == "unable"


def test_an_update_is_not_delivered_before_what_it_updates():
    jilin, harbin = Log(JILIN), Log(HARBIN)
    first = jilin.say("issued", A)
    update = jilin.say("updated", B, first)
    harbin.say("received", B, update)
    before = fold(jilin.entries + harbin.entries).answer(update.address, HARBIN)

    harbin.say("received", A, first)
    after = fold(jilin.entries + harbin.entries).answer(update.address, HARBIN)

    assert (before.state, before.held) == ("queued", True)
    assert (after.state, after.held) == ("delivered", False)


def test_what_matches_nothing_says_why_and_ends_nothing():
    jilin, harbin = Log(JILIN), Log(HARBIN)
    first = jilin.say("issued", A)
    theirs = harbin.say("issued", f"{HARBIN}/alert/x")
    other = jilin.say("made", f"{JILIN}/forecast/x")
    expected = {
        jilin.say("cancelled", f"{JILIN}/alert/d"): FOLLOWS_NOTHING,
        jilin.say("cancelled", f"{JILIN}/alert/e", theirs): FOLLOWS_NOTHING,
        jilin.say("updated", f"{JILIN}/alert/f", other): UNKNOWN_ALERT,
        jilin.say("updated", f"{JILIN}/alert/g", first, earlier=B): OTHER_ALERT,
        jilin.say("cancelled", f"{JILIN}/alert/h", first, references=("x",)): OTHER_ALERT,
    }
    assert fold(jilin.entries + harbin.entries).lives[first.address].state == "issued"
    cancel = jilin.say("cancelled", C, first, references=("cn.220200.alert.a",))
    expected[jilin.say("updated", B, first)] = ALREADY_ENDED
    expected[jilin.say("updated", f"{JILIN}/alert/i", cancel)] = ALREADY_ENDED

    lives = fold(jilin.entries + harbin.entries).lives

    assert {said: lives[said.address].refusal for said in expected} == expected
    assert lives[first.address].ended_by == cancel.address


def test_what_has_expired_is_not_cancelled_and_what_was_refused_is_not_followed():
    jilin = Log(JILIN)
    first = jilin.say("issued", A)
    over = jilin.say("expired", A, first)
    late = jilin.say("cancelled", B, over)
    after = jilin.say("updated", C, late)

    lives = fold(jilin.entries).lives

    assert lives[first.address].state == "expired"
    assert lives[late.address].refusal == ALREADY_ENDED
    assert lives[after.address].refusal == UNKNOWN_ALERT


def test_an_answer_counts_only_after_the_alert_itself_and_in_anothers_log():
    jilin, harbin = Log(JILIN), Log(HARBIN)
    first, second = jilin.say("issued", A), jilin.say("issued", B)
    jilin.say("received", A, first)
    harbin.say("received", A, second)
    harbin.say("received", A)

    talk = fold(jilin.entries + harbin.entries)

    assert talk.answer(first.address, HARBIN).state == "queued"
    assert talk.answer(first.address, JILIN).state == "queued"


KINDS = ("issued", "updated", "cancelled", "expired")
ANSWERS = ("received", "read", "acknowledged", "acting", "unable", "refused")


@st.composite
def logs(draw):
    """Return the entries of three places that issue, follow and answer at random."""
    places = [Log(origin) for origin in (JILIN, HARBIN, JIAMUSI)]
    said = []
    for _step in range(draw(st.integers(1, 25))):
        log = draw(st.sampled_from(places))
        kind = draw(st.sampled_from(KINDS + ANSWERS))
        before = [draw(st.sampled_from(said))] if said and draw(st.booleans()) else []
        new = f"{log.origin}/alert/{len(log.entries)}"
        keeps = before and (kind in ANSWERS or kind == "expired")
        said.append(log.say(kind, before[0].about if keeps else new, *before))
    return said


@given(logs(), st.data())
def test_shuffled_and_repeated_entries_give_the_same_states(entries, data):
    expected = states(entries)
    again = data.draw(st.lists(st.sampled_from(entries), max_size=10))

    shuffled = data.draw(st.permutations(entries + again))

    assert states(shuffled) == expected


@given(logs())
def test_what_comes_later_never_takes_a_delivery_back(entries):
    shown = set()
    for count in range(1, len(entries) + 1):
        _lives, answers = states(entries[:count])
        there = {key for key, state in answers.items() if state not in {"queued", "refused"}}
        assert shown <= there
        shown = there
