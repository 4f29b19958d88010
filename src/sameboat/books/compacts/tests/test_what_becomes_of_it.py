"""The fold: the same entries give the same compact, in whatever order they came."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.books.compacts.terms import DECLINED, LEFT, PROPOSED, SIGNED, Said, fold, read_terms
from sameboat.lib.fault import FaultyInput

JILIN, HARBIN, JIAMUSI, SUIHUA, BODY = (
    "cn:220200", "cn:230100", "cn:230800", "cn:231200", "org:songhua-joint",
)  # fmt: skip
NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)


def terms(*members, body="", amends="", led="beside"):
    return {
        "names": {"en": "Songhua", "zh-Hans": "松花江"}, "purpose": {"en": "Warn each other."},
        "members": list(members), "coordinating_body": body, "led_from": led, "amends": amends,
    }  # fmt: skip


class Logs:
    """What several places say of one compact, each in its own log."""

    def __init__(self):
        self.said = []

    def say(self, origin, kind, **body):
        index = sum(each.origin == origin for each in self.said)
        at = NOON + timedelta(minutes=len(self.said))
        self.said.append(Said(origin, index, kind, body, at))
        return f"{origin}/entry/{index}"

    def propose(self, origin, *members, **told):
        return self.say(origin, PROPOSED, **terms(*members, **told))

    def sign(self, proposal, *places):
        told = next(each.body for each in self.said if each.address == proposal)
        signed = read_terms(told)
        for place in places:
            self.say(place, SIGNED, proposal=proposal, digest=signed.digest, amends=signed.amends)

    def states(self, said=None):
        return {each.address: each.state for each in fold(JILIN, said or self.said)}


def test_it_is_in_force_when_the_log_of_every_member_and_of_the_body_says_so():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN, body=BODY)
    logs.sign(first, JILIN, HARBIN)
    assert logs.states() == {first: "proposed"}
    assert fold(JILIN, logs.said)[0].in_force_at is None

    logs.sign(first, BODY)

    assert logs.states() == {first: "in_force"}
    assert fold(JILIN, logs.said)[0].in_force_at == logs.said[-1].said_at


def test_one_who_declines_ends_a_proposal_and_the_first_word_counts():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN)
    logs.sign(first, JILIN)
    logs.say(HARBIN, DECLINED, proposal=first, because="not yet")
    logs.sign(first, HARBIN)

    assert logs.states() == {first: "declined"}


def test_whoever_is_no_signatory_changes_nothing():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN)
    logs.sign(first, JILIN, SUIHUA)
    logs.say(SUIHUA, DECLINED, proposal=first)
    logs.say(SUIHUA, PROPOSED, **terms(SUIHUA, JIAMUSI))
    logs.say(SUIHUA, PROPOSED, **terms(SUIHUA, HARBIN, amends=first))
    logs.say(SUIHUA, LEFT, proposal=first)

    (version,) = fold(JILIN, logs.said)
    assert (version.state, set(version.answers), version.left) == ("proposed", {JILIN}, set())


def test_a_signature_of_other_terms_does_not_count():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN)
    logs.sign(first, JILIN)
    logs.say(HARBIN, SIGNED, proposal=first, digest="0" * 64)

    assert logs.states() == {first: "proposed"}


def test_an_amendment_needs_those_who_stay_and_those_who_come():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN)
    logs.sign(first, JILIN, HARBIN)
    second = logs.propose(HARBIN, JILIN, JIAMUSI, amends=first)
    logs.sign(second, JILIN, JIAMUSI)
    assert logs.states() == {first: "in_force", second: "proposed"}

    logs.sign(second, HARBIN)

    assert logs.states() == {first: "amended", second: "in_force"}
    assert [each.number for each in fold(JILIN, logs.said)] == [1, 2]


def test_of_two_amendments_of_one_version_a_place_signs_one():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN)
    logs.sign(first, JILIN, HARBIN)
    second = logs.propose(JILIN, JILIN, HARBIN, SUIHUA, amends=first)
    third = logs.propose(HARBIN, JILIN, HARBIN, JIAMUSI, amends=first)
    logs.sign(second, JILIN, HARBIN, SUIHUA)
    logs.sign(third, HARBIN, JILIN, JIAMUSI)

    assert logs.states() == {first: "amended", second: "in_force", third: "overtaken"}


def test_who_leaves_is_not_asked_any_more_and_the_last_cannot_go_on_alone():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN, JIAMUSI)
    logs.sign(first, JILIN, HARBIN, JIAMUSI)
    logs.say(JIAMUSI, LEFT, proposal=first)
    second = logs.propose(JILIN, JILIN, HARBIN, SUIHUA, amends=first)
    logs.sign(second, JILIN, HARBIN, SUIHUA)
    assert logs.states() == {first: "amended", second: "in_force"}

    logs.say(HARBIN, LEFT, proposal=second)
    logs.say(SUIHUA, LEFT, proposal=second)
    assert logs.states()[second] == "ended"

    logs.say(JILIN, LEFT, proposal=second)
    alone = logs.propose(JILIN, JILIN, JIAMUSI, amends=second)
    logs.sign(alone, JILIN, JIAMUSI)
    assert logs.states()[alone] == "proposed"


def agreed(logs, *members):
    """Return a text that all have signed, and an amendment that all have signed."""
    first = logs.propose(JILIN, *members)
    logs.sign(first, *members)
    second = logs.propose(JILIN, *members, SUIHUA, amends=first)
    logs.sign(second, *members, SUIHUA)
    return first, second


def test_who_leaves_the_text_before_takes_back_no_amendment_that_was_in_force():
    logs = Logs()
    first, second = agreed(logs, JILIN, HARBIN, JIAMUSI)
    began = fold(JILIN, logs.said)[1].in_force_at

    for place in (HARBIN, JILIN, JIAMUSI):
        logs.say(place, LEFT, proposal=first)

    told = fold(JILIN, logs.said)[1]
    assert logs.states() == {first: "amended", second: "ended"}
    assert (told.signed_by_all, told.in_force_at) == (True, began)
    assert told.left == {HARBIN, JILIN, JIAMUSI}  # they meant the text that they had signed


def test_who_comes_and_goes_before_all_have_signed_has_left_what_comes_into_force():
    """It left the text that was in force then, on its node, and its signature stands."""
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN, JIAMUSI)
    logs.sign(first, JILIN, HARBIN, JIAMUSI)
    second = logs.propose(JILIN, JILIN, HARBIN, JIAMUSI, amends=first)
    logs.sign(second, JIAMUSI)
    logs.say(JIAMUSI, LEFT, proposal=first)

    logs.sign(second, JILIN, HARBIN)

    assert logs.states() == {first: "amended", second: "in_force"}
    assert fold(JILIN, logs.said)[1].left == {JIAMUSI}


def test_who_signed_one_amendment_and_leaves_lets_no_other_come_in_without_it():
    """Or both could be in force: each signed by those whom the other lacks."""
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN, JIAMUSI)
    logs.sign(first, JILIN, HARBIN, JIAMUSI)
    second = logs.propose(JILIN, JILIN, HARBIN, SUIHUA, amends=first)
    third = logs.propose(HARBIN, JIAMUSI, BODY, amends=first)
    logs.sign(second, JILIN, HARBIN, SUIHUA)
    logs.say(JILIN, LEFT, proposal=first)
    logs.say(HARBIN, LEFT, proposal=first)

    logs.sign(third, JIAMUSI, BODY)

    assert logs.states() == {first: "ended", second: "proposed", third: "proposed"}
    logs.say(JIAMUSI, LEFT, proposal=first)  # it stays bound to the third
    assert "in_force" not in logs.states().values()


def test_what_somebody_has_declined_binds_nobody_who_signed_it():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN, JIAMUSI)
    logs.sign(first, JILIN, HARBIN, JIAMUSI)
    second = logs.propose(JILIN, JILIN, HARBIN, SUIHUA, amends=first)
    logs.sign(second, JILIN, JIAMUSI)
    logs.say(JIAMUSI, LEFT, proposal=first)
    logs.say(HARBIN, DECLINED, proposal=second)

    third = logs.propose(JILIN, JILIN, HARBIN, amends=first)
    logs.sign(third, JILIN, HARBIN)

    assert logs.states() == {first: "amended", second: "declined", third: "in_force"}


def test_what_a_place_declined_before_it_left_stays_declined():
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN, JIAMUSI)
    logs.sign(first, JILIN, HARBIN, JIAMUSI)
    second = logs.propose(JILIN, JILIN, HARBIN, amends=first)
    logs.say(JIAMUSI, DECLINED, proposal=second)
    logs.say(JIAMUSI, LEFT, proposal=first)
    logs.sign(second, JILIN, HARBIN)

    assert logs.states() == {first: "in_force", second: "declined"}


def test_which_of_two_a_place_has_signed_is_known_without_the_other_text():
    """Its own log tells: a node that has not heard of the first is not told another story."""
    logs = Logs()
    first = logs.propose(JILIN, JILIN, HARBIN)
    logs.sign(first, JILIN, HARBIN)
    second = logs.propose(HARBIN, JILIN, HARBIN, SUIHUA, amends=first)
    third = logs.propose(JILIN, JILIN, HARBIN, amends=first)
    logs.sign(second, HARBIN)
    logs.sign(third, JILIN, HARBIN)

    without = [each for each in logs.said if each.address != second]

    assert logs.states(without) == {first: "in_force", third: "proposed"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"members": [JILIN]}, "members"),
        ({"members": [JILIN, JILIN]}, "members"),
        ({"members": [JILIN, "Harbin"]}, "members"),
        ({"members": "all"}, "members"),
        ({"members": [JILIN, HARBIN, 7]}, "members"),
        ({"coordinating_body": JILIN}, "coordinating_body"),
        ({"coordinating_body": None}, "coordinating_body"),
        ({"led_from": "above"}, "led_from"),
        ({"led_from": "below"}, "led_from"),
        ({"names": {}}, "names"),
        ({"names": None}, "names"),
        ({"names": ["x"]}, "names"),
        ({"names": {"en": " "}}, "names.en"),
        ({"names": {"fr": "Songhua"}}, "names"),
        ({"purpose": {"en": "x" * 4001}}, "purpose.en"),
        ({"amends": 7}, "amends"),
    ],
)
def test_terms_that_are_none_are_refused_by_field(changes, field):
    with pytest.raises(FaultyInput) as refused:
        read_terms(terms(JILIN, HARBIN) | changes)

    (fault,) = refused.value.faults
    assert fault.field == field
    assert fault.allowed


PLACES = [JILIN, HARBIN, JIAMUSI, SUIHUA, BODY]


@st.composite
def histories(draw):
    """Any quarrel: proposals, signatures, refusals and leavings by anybody, in any order."""
    logs = Logs()
    proposals = [logs.propose(JILIN, *draw(st.sets(st.sampled_from(PLACES[1:4]), min_size=1)),
                              JILIN, body=draw(st.sampled_from(["", BODY])))]  # fmt: skip
    if draw(st.booleans()):
        logs.sign(proposals[0], *PLACES)
    for _step in range(draw(st.integers(0, 30))):
        place = draw(st.sampled_from(PLACES))
        about = draw(st.sampled_from(proposals))
        deed = draw(st.sampled_from(["sign", "sign", "all sign", "all sign", "decline", "leave",
                                     "all leave", "amend", "amend"]))  # fmt: skip
        if deed in ("sign", "all sign"):
            logs.sign(about, *(PLACES if deed == "all sign" else [place]))
        elif deed == "amend":
            members = draw(st.sets(st.sampled_from(PLACES[:4]), min_size=2))
            proposals.append(logs.propose(place, *members, amends=about))
        else:
            kind = DECLINED if deed == "decline" else LEFT
            for each in PLACES[:4] if deed == "all leave" else [place]:
                logs.say(each, kind, proposal=about)
    return logs


@settings(deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_and_one_text_at_most(logs, random):
    expected = [(each.address, each.state, each.left, set(each.answers))
                for each in fold(JILIN, logs.said)]  # fmt: skip
    for _node in range(5):
        arrived = logs.said + random.sample(logs.said, len(logs.said) // 2)
        random.shuffle(arrived)
        again = fold(JILIN, arrived)
        assert [(each.address, each.state, each.left, set(each.answers))
                for each in again] == expected  # fmt: skip

    assert [state for _address, state, *_rest in expected].count("in_force") <= 1
    for version in fold(JILIN, logs.said):
        signed = {place for place, said in version.answers.items() if said.kind == SIGNED}
        if version.state in ("in_force", "amended", "ended"):
            assert version.terms.signatories <= signed


@settings(deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_what_all_have_signed_stays_so_on_every_node_however_slowly_the_logs_arrive(logs, random):
    """Each node has of each log a beginning, one longer than another's."""
    by_origin = {place: [each for each in logs.said if each.origin == place] for place in PLACES}
    final = logs.states()
    for _node in range(6):
        turns = [each.origin for each in logs.said]
        random.shuffle(turns)
        signed = {}
        for count in sorted({*random.sample(range(len(turns)), min(6, len(turns))), len(turns)}):
            here = [each for place in PLACES
                    for each in by_origin[place][: turns[:count].count(place)]]  # fmt: skip
            random.shuffle(here)
            versions = fold(JILIN, here)
            now = {each.address: each.in_force_at for each in versions if each.signed_by_all}
            assert signed.items() <= now.items()
            assert [each.state for each in versions].count("in_force") <= 1
            signed = now
        assert {each.address: each.state for each in versions} == final


def test_a_long_chain_of_amendments_is_read_to_its_end():
    logs = Logs()
    last = logs.propose(JILIN, JILIN, HARBIN)
    logs.sign(last, JILIN, HARBIN)
    for _each in range(1200):
        last = logs.propose(JILIN, JILIN, HARBIN, amends=last)
        logs.sign(last, JILIN, HARBIN)

    assert logs.states()[last] == "in_force"
