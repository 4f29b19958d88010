"""However much a place says of an alert, an answer and a page read no more than the states need."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of, body_of
from sameboat.ground.logbook.tests.far_log import FarLog, joined
from sameboat.proof.canon import canonical
from sameboat.watch.alerts import conversation, linking
from sameboat.watch.alerts.answering import answer_arrival
from sameboat.watch.alerts.conversation import ISSUED_KINDS, MOST_IN_THREAD, TOO_LONG, fold
from sameboat.watch.alerts.deliveries import deliveries_of
from sameboat.watch.alerts.foreign import foreign_of, life_of
from sameboat.watch.alerts.linking import link_threads
from sameboat.watch.alerts.models import ThreadLink
from sameboat.watch.alerts.queries import address_of as alert_address
from sameboat.watch.alerts.tests.small_province import HARBIN, JILIN, NOW
from sameboat.watch.alerts.threads import conversation_of, said_of

BIG = HARBIN + "/alert/big"


def row(origin, index, kind, about, after=(), audience=("*",), **body):
    """Return an entry as it is stored, without its log being signed."""
    after, audience = list(after), list(audience)
    return Entry(
        origin=origin, index=index, kind=f"alert.{kind}", place=origin, said_at=NOW, about=about,
        audience=audience, after=after, chain="0" * 64, stored_at=NOW,
        canonical=canonical({"body": body, "after": after, "about": about}),
    )  # fmt: skip


def chain_of(length):
    """Let Harbin issue an alert and then update the last update, again and again."""
    Entry.objects.bulk_create(
        row(HARBIN, index, "updated" if index else "issued", f"{HARBIN}/alert/u{index}",
            [f"{HARBIN}/entry/{index - 1}"] if index else [],
            **({"earlier": f"{HARBIN}/alert/u{index - 1}"} if index else {}))
        for index in range(length)
    )  # fmt: skip
    return list(Entry.objects.filter(origin=HARBIN))


def queries_of(act):
    with CaptureQueriesContext(connection) as caught:
        act()
    return len(caught)


def test_a_thread_without_end_is_refused_from_a_stated_length_on(places):
    entries = chain_of(MOST_IN_THREAD + 100)

    answers = [answer_arrival(entry=entries[at], by="worker", now=NOW)
               for at in (0, MOST_IN_THREAD - 1, MOST_IN_THREAD, MOST_IN_THREAD + 99)]  # fmt: skip

    assert [each.kind for each in answers] == [
        "alert.received", "alert.received", "alert.refused", "alert.refused",
    ]  # fmt: skip
    assert {body_of(each)["fact"] for each in answers[2:]} == {TOO_LONG}
    assert fold(map(said_of, entries)).lives[address_of(entries[-1])].refusal == TOO_LONG


def test_what_an_answer_looks_up_does_not_grow_with_the_thread(places, li):
    entries = chain_of(3 * MOST_IN_THREAD)
    link_threads()

    answered = [queries_of(lambda each=each: answer_arrival(entry=each, by="worker", now=NOW))
                for each in (entries[MOST_IN_THREAD + 1], entries[-1])]  # fmt: skip
    shown = [queries_of(lambda each=each: life_of(each)) for each in (entries[3], entries[-1])]

    assert len(set(answered)) == 1
    assert max(answered) < 25
    assert max(shown) < 10
    assert len(conversation_of(entries[3]).lives) == MOST_IN_THREAD
    assert len(conversation_of(entries[-1]).lives) == 1


def test_thousands_that_follow_one_alert_are_not_read_for_each_answer(places):
    Entry.objects.bulk_create([
        row(HARBIN, 0, "issued", BIG),
        *(row(HARBIN, index, "cancelled", f"{HARBIN}/alert/c{index}", [f"{HARBIN}/entry/0"],
              earlier="another") for index in range(1, 3000)),
    ])  # fmt: skip

    last = Entry.objects.get(origin=HARBIN, index=2999)

    assert body_of(answer_arrival(entry=last, by="worker", now=NOW))["fact"] == TOO_LONG
    assert len(conversation_of(last).lives) == 1


def test_a_place_that_answers_ten_thousand_times_is_read_twice_of_each_kind(issued):
    joined(FarLog(), NOW)
    ours = Entry.objects.get(origin=JILIN, kind="alert.issued")
    about, after = alert_address(issued), [address_of(ours)]
    kinds = ["received", "acting", "unable"]
    said = [row(HARBIN, 0, "received", about, [f"{HARBIN}/entry/9"])]  # after something else
    said += [row(HARBIN, at, kinds[at % 3], about, after, text=f"for the {at}th time")
             for at in range(1, 10_001)]  # fmt: skip
    few = deliveries_after(issued, said[:6])
    many = deliveries_after(issued, said[6:])

    assert few[1] == many[1]
    (board,) = many[0]
    assert (board.state, board.text) == ("acting", "for the 10000th time")
    assert {each.state: each.entry.index for each in board.proofs} == {
        "delivered": 3, "acting": 10_000, "unable": 9_998,
    }  # fmt: skip


def deliveries_after(alert, entries):
    Entry.objects.bulk_create(entries)
    board = []
    count = queries_of(lambda: board.extend(deliveries_of(alert, "en", now=NOW)))
    return board, count


def test_an_alert_said_a_thousand_times_over_is_shown_with_our_answer_to_each(places, li):
    Entry.objects.bulk_create(row(HARBIN, index, "issued", BIG) for index in range(1000))
    entries = list(Entry.objects.filter(origin=HARBIN))
    for each in entries[-3:]:
        answer_arrival(entry=each, by="worker", now=NOW)

    shown = [foreign_of(li, address_of(each), "en", now=NOW) for each in entries[-4:]]

    assert [each.state for each in shown] == ["queued", "delivered", "delivered", "delivered"]
    counts = {
        queries_of(lambda e=e: foreign_of(li, address_of(e), "en", now=NOW)) for e in entries[-3:]
    }
    assert len(counts) == 1


def test_what_is_for_others_alone_takes_its_number_in_the_thread_too(places, monkeypatch):
    monkeypatch.setattr(conversation, "MOST_IN_THREAD", 3)
    Entry.objects.bulk_create([
        row(HARBIN, 0, "issued", BIG),
        *(row(HARBIN, at, "updated", f"{HARBIN}/alert/{at}", [f"{HARBIN}/entry/0"],
              audience=["cn:230800"]) for at in (1, 2)),
        row(HARBIN, 3, "cancelled", f"{HARBIN}/alert/3", [f"{HARBIN}/entry/0"]),
    ])  # fmt: skip

    answer = answer_arrival(entry=Entry.objects.get(origin=HARBIN, index=3), by="worker", now=NOW)

    assert body_of(answer)["fact"] == TOO_LONG


def test_each_entry_is_put_into_its_thread_once_in_passes_that_go_on(places, monkeypatch):
    entries = chain_of(25)
    monkeypatch.setattr(linking, "MOST_IN_PASS", 10)
    monkeypatch.setattr(linking, "_AT_ONCE", 4)

    assert [link_threads() for _pass in range(4)] == [10, 10, 5, 0]
    assert list(ThreadLink.objects.order_by("index").values_list("index", "root", "number")) == [
        (at, 0, at + 1) for at in range(25)
    ]  # fmt: skip
    assert queries_of(lambda: conversation_of(entries[-1])) < 12


ORIGINS, LIFE = (HARBIN, "cn:230800"), ("issued", "updated", "cancelled", "expired", "made")


@st.composite
def logs(draw):
    """Return the entries of two places that issue and follow at random, also without sense."""
    said, length = [], dict.fromkeys(ORIGINS, 0)
    for _step in range(draw(st.integers(1, 14))):
        origin = draw(st.sampled_from(ORIGINS))
        befores = draw(st.lists(st.sampled_from(said), max_size=2)) if said else []
        about = f"{draw(st.sampled_from(ORIGINS))}/alert/{draw(st.integers(0, 5))}"
        body = {"earlier": befores[0].about} if befores and draw(st.booleans()) else {}
        after = [address_of(each) for each in befores] + draw(
            st.sampled_from(([], [f"{origin}/entry/{length[origin] + 1}"], ["nothing"]))
        )
        said.append(row(origin, length[origin], draw(st.sampled_from(LIFE)), about, after, **body))
        length[origin] += 1
    return said


@pytest.mark.django_db
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(logs(), st.integers(1, 5), st.booleans())
def test_a_thread_read_by_its_links_has_the_states_of_all_logs_read_whole(
    monkeypatch, said, most, linked
):
    monkeypatch.setattr(conversation, "MOST_IN_THREAD", most)
    monkeypatch.setattr(linking, "_AT_ONCE", 3)
    with transaction.atomic():
        Entry.objects.bulk_create(said)
        whole = fold(map(said_of, said)).lives
        if linked:
            link_threads()
        found = {address_of(each): conversation_of(each).lives[address_of(each)]
                 for each in said if each.kind in ISSUED_KINDS}  # fmt: skip
        transaction.set_rollback(True)

    for address, life in found.items():
        expected = whole[address]
        assert (life.refusal, life.earlier) == (expected.refusal, expected.earlier)
        assert (life.state, life.ended_by) == (expected.state, expected.ended_by)
