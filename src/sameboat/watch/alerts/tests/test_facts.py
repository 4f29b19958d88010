"""The facts of an audit: late, missing, contradictory, withdrawn; never from what is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.watch.alerts.facts import (
    FACTS,
    Foresight,
    Line,
    Records,
    Report,
    Rules,
    facts_of,
    lies_in,
)

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
JILIN, HARBIN, JIAMUSI = "cn:220200", "cn:230100", "cn:230800"
RULES = Rules()


def after(**length):
    return NOON + timedelta(**length)


def line(origin=JILIN, index=5, kind="alert.issued", at=NOON, **more):
    body = {"hazard": "river_pollutant", "severity": "Severe", "status": "Actual", "level": "",
            "areas": [{"place": HARBIN}]} | more.pop("body", {})  # fmt: skip
    return Line(origin, index, kind, at, f"{origin}/alert/{index}", body, **more)


def report(*, knew=None, receipt=None, to=(HARBIN,), **more):
    ends = {name: more.pop(name) for name in ("ends_at", "withdrawn_by") if name in more}
    said = line(**more)
    forecast = (line(said.origin, 1, "forecast.made", knew),) if knew else ()
    answers = {}
    if receipt:
        answers = {to[0]: {"alert.received": line(to[0], 9, "alert.received", receipt)}}
    return Report(said, to, forecast, answers, **ends)


def codes(*reports, **more):
    return [fact.code for fact in facts_of(Records(reports, **more))]


def test_in_time_and_received_in_time_there_is_nothing_to_say():
    assert codes(report(knew=after(minutes=-60), receipt=after(hours=3))) == []


def test_said_long_after_it_was_known_is_late_with_both_entries():
    (fact,) = facts_of(Records([report(knew=after(minutes=-61), receipt=NOON)]))

    assert (fact.code, fact.group, fact.numbers["minutes"]) == ("said_late", "late", 61)
    assert fact.proofs == (f"{JILIN}/entry/5", f"{JILIN}/entry/1")


def test_when_the_source_knew_is_not_told_it_is_not_late():
    assert codes(report(receipt=NOON)) == []


@pytest.mark.parametrize(
    ("took", "found"),
    [
        (timedelta(hours=3, minutes=20), []),  # as much as two clocks may differ
        (timedelta(hours=3, minutes=21), ["received_late"]),
        (timedelta(minutes=-20), []),
        (timedelta(minutes=-21), ["answered_before"]),
    ],
)
def test_a_receipt_is_late_only_beyond_what_two_clocks_may_differ(took, found):
    assert codes(report(receipt=NOON + took)) == found


@pytest.mark.parametrize(
    ("read", "found"),
    [
        ({}, []),
        ({HARBIN: after(hours=3)}, []),
        ({HARBIN: after(hours=3, minutes=21)}, ["not_received"]),
        ({JILIN: after(days=9)}, []),
    ],
)
def test_a_receipt_is_missing_only_where_the_log_was_read_beyond_the_time(read, found):
    assert codes(report(), read_until=read) == found


def test_who_has_acknowledged_has_it_whatever_the_receipt():
    told = {HARBIN: {"alert.acknowledged": line(HARBIN, 9, "alert.acknowledged")}}

    assert codes(replace(report(), answers=told), read_until={HARBIN: after(days=1)}) == []


def foresaw(at=NOON, index=3):
    return Foresight(line(index=index, kind="forecast.made", at=at), (HARBIN, JIAMUSI))


def test_who_foresaw_and_said_nothing_is_named_once_for_each_who_was_not_told():
    told = Records([report(to=(HARBIN,), receipt=NOON)], [foresaw(), foresaw(after(hours=1), 4)],
                   read_until={JILIN: after(hours=9)})  # fmt: skip

    (fact,) = facts_of(told)

    assert (fact.code, fact.places) == ("said_nothing", (JILIN, JIAMUSI))
    assert fact.proofs == (f"{JILIN}/entry/3",)


@pytest.mark.parametrize(
    ("said", "read", "found"),
    [
        ((), {JILIN: after(minutes=60)}, 0),  # its log is not known beyond the time
        ((), {}, 0),
        ((), {JILIN: after(minutes=61)}, 2),
        ((report(to=(HARBIN, JIAMUSI), at=after(minutes=60)),), {JILIN: after(hours=9)}, 0),
        ((report(to=(HARBIN, JIAMUSI), at=after(minutes=61)),), {JILIN: after(hours=9)}, 2),
        ((report(to=(HARBIN, JIAMUSI), index=1, at=after(days=-1)),), {JILIN: after(hours=9)}, 0),
        ((report(to=(HARBIN, JIAMUSI), index=1, at=after(days=-1), ends_at=after(hours=-1)),),
         {JILIN: after(hours=9)}, 2),
    ],
)  # fmt: skip
def test_silence_is_only_what_is_known_to_be(said, read, found):
    told = Records([], [foresaw()], context=said, read_until=read)

    assert [fact.code for fact in facts_of(told)] == ["said_nothing"] * found


def test_two_that_say_different_things_of_one_hazard_in_one_place_disagree():
    other = report(origin=HARBIN, to=(JILIN,), receipt=after(hours=1), at=after(hours=1),
                   body={"severity": "Minor"})  # fmt: skip

    (fact,) = facts_of(Records([report(receipt=NOON), other]))

    assert (fact.code, fact.told["first"], fact.told["second"]) == ("disagree", "Severe", "Minor")
    assert fact.proofs == (f"{JILIN}/entry/5", f"{HARBIN}/entry/5")


@pytest.mark.parametrize(
    "changes",
    [
        {"body": {"severity": "Severe"}},
        {"body": {"severity": "Minor", "hazard": "ash_fall"}},
        {"body": {"severity": "Minor", "status": "Exercise"}},
        {"body": {"severity": "Minor", "areas": [{"place": JIAMUSI}]}},
        {"body": {"severity": None}},
        {"body": {"severity": "Minor", "areas": "everywhere"}},
        {"body": {"severity": "Minor"}, "kind": "alert.cancelled"},
    ],
)
def test_what_does_not_speak_of_the_same_does_not_disagree(changes):
    other = report(origin=HARBIN, to=(JILIN,), receipt=after(hours=1), at=after(hours=1), **changes)

    assert codes(report(receipt=NOON), other) == []


def test_what_has_ended_disagrees_with_nothing():
    first = report(receipt=NOON, ends_at=after(minutes=30))
    other = report(index=6, receipt=after(hours=1), at=after(hours=1), body={"severity": "Minor"})

    assert codes(first, other) == []


def test_of_many_that_say_the_same_each_other_is_held_against_one():
    """Reports without end would else take time, and paper, without end."""
    same = [report(index=number, at=after(seconds=number), ends_at=after(hours=number))
            for number in range(1, 2000)]  # fmt: skip
    other = report(origin=HARBIN, to=(JILIN,), at=after(hours=1), body={"severity": "Minor"})

    facts = facts_of(Records([*same, other]))

    assert [fact.proofs for fact in facts] == [(f"{JILIN}/entry/1999", f"{HARBIN}/entry/5")]


def test_the_one_that_is_still_in_force_is_not_hidden_by_a_later_one_that_has_ended():
    longer = report(index=1, ends_at=after(hours=9))
    shorter = report(index=2, at=after(minutes=1), ends_at=after(minutes=5))
    other = report(origin=HARBIN, to=(JILIN,), at=after(hours=1), body={"severity": "Minor"})

    (fact,) = facts_of(Records([longer, shorter, other]))

    assert fact.proofs == (f"{JILIN}/entry/1", f"{HARBIN}/entry/5")


@pytest.mark.parametrize(
    ("told", "by"),
    [
        (f"{HARBIN}/desk/duty#7", f"{HARBIN}/desk/duty#7"),
        (f"{JILIN}/desk/leader#1", ""),
        ("the mayor", ""),
        (7, ""),
    ],
)
def test_a_place_speaks_for_its_own_desks_alone(told, by):
    said = line(HARBIN, body={"by": told})

    assert said.by == by
    assert said.as_dict()["by"] == (by or None)


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ({"seen_at": after(minutes=-20)}, []),
        ({"seen_at": after(minutes=-20, seconds=-1)}, []),  # it tells whole seconds
        ({"seen_at": after(minutes=-21)}, ["said_after_seen"]),
        ({"unseen_at": after(minutes=20)}, []),
        ({"unseen_at": after(minutes=21)}, ["backdated"]),
        ({"kept_at": after(days=7)}, []),  # we were away: nothing against who said it
    ],
)
def test_a_time_that_a_cosignature_speaks_against_is_named(seen, found):
    assert codes(report(receipt=NOON, **seen)) == found


def test_a_withdrawn_report_is_a_fact_with_both_entries():
    gone = line(index=6, kind="alert.cancelled", at=after(minutes=20))

    (fact,) = facts_of(Records([report(receipt=NOON, withdrawn_by=gone)]))

    assert (fact.code, fact.numbers["minutes"]) == ("withdrawn", 20)
    assert fact.proofs[1] == f"{JILIN}/entry/6"


def test_a_log_that_signed_two_histories_is_named():
    (fact,) = facts_of(Records([], forks=[(HARBIN, "harbin.example/log")]))

    assert "harbin.example/log" in fact.in_language("en")


def test_every_fact_is_a_sentence_in_both_languages():
    gone = line(index=6, kind="alert.cancelled")
    records = Records(
        [report(index=4, receipt=after(hours=-1)),
         report(knew=after(hours=-9), receipt=after(hours=9), seen_at=after(hours=-1),
                unseen_at=after(hours=1), withdrawn_by=gone),
         report(index=7, body={"severity": "Minor"})],
        [Foresight(line(index=8, kind="forecast.made"), (JIAMUSI,))],
        read_until={HARBIN: after(days=1), JILIN: after(days=1)},
        forks=[(HARBIN, "harbin.example/log")],
    )  # fmt: skip

    found = facts_of(records)

    assert {fact.code for fact in found} == set(FACTS)
    for fact in found:
        told = fact.as_dict()
        assert told["en"] != told["zh"]
        assert "{" not in told["en"] + told["zh"]
        assert "Harbin" in fact.in_language("en", {HARBIN: "Harbin", JILIN: "Harbin"})


@pytest.mark.parametrize(
    ("code", "member", "lies"),
    [
        ("cn:230102", "cn:230100", True),
        ("cn:230102001", "cn:230102", True),
        ("cn:230100", "cn:230000", True),
        ("cn:230800", "cn:230100", False),
        ("cn:230100", "cn:230102", False),
        ("iso:RU-KHA", "iso:RU", False),
        ("org:songhua", "org:songhua", True),
        ("cn:230100", "org:songhua", False),
    ],
)
def test_a_place_lies_in_another_by_its_digits(code, member, lies):
    assert lies_in(code, member) is lies


@given(st.lists(st.tuples(
    st.sampled_from([JILIN, HARBIN]), st.integers(0, 9), st.integers(-9, 9),
    st.none() | st.integers(-9, 9), st.none() | st.integers(-9, 9),
), max_size=8), st.randoms(use_true_random=False))  # fmt: skip
def test_the_same_records_give_the_same_facts_in_any_order(told, chance):
    reports = list({
        (origin, index): report(
            origin=origin, index=index, at=after(hours=at), to=(JIAMUSI,),
            knew=None if knew is None else after(hours=knew),
            receipt=None if got is None else after(hours=got),
            body={"severity": ["Minor", "Severe"][index % 2]},
        )
        for origin, index, at, knew, got in told
    }.values())  # fmt: skip
    shuffled = chance.sample(reports, len(reports))

    def found(each):
        return {(fact.code, fact.places, fact.proofs) for fact in facts_of(
            Records(each, read_until={JIAMUSI: after(hours=5)}))}  # fmt: skip

    assert found(reports) == found(shuffled)


@given(st.lists(st.integers(-99, 99), max_size=6))
def test_without_a_receipt_and_a_log_read_beyond_nobody_is_late(hours):
    reports = [report(index=n, at=after(hours=each)) for n, each in enumerate(hours)]

    assert {fact.code for fact in facts_of(Records(reports))} <= {"disagree"}
