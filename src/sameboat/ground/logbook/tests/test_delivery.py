from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from sameboat.ground.logbook import delivery, registry
from sameboat.ground.logbook.actions import retry_parked, say
from sameboat.ground.logbook.delivery import FIRST_PAUSE, MAX_FAILURES, deliver
from sameboat.ground.logbook.models import Body, Cursor, Entry, ParkedEntry
from sameboat.ground.logbook.queries import address_of, check_chain, newest_row

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Break(Exception):
    pass


@pytest.fixture
def reactions(monkeypatch):
    monkeypatch.setattr(registry, "REACTIONS", {})
    monkeypatch.setattr(delivery, "REACTIONS", registry.REACTIONS)


@pytest.fixture
def seen(reactions):
    """A reaction that writes a row for each entry it takes, so that a rollback shows."""
    taken = []

    @registry.reacts_to("alert.issued")
    def remember(*, entry, now):
        Body.objects.create(digest=f"seen-{entry.index}", salt=b"", content=b"x")
        taken.append(entry.index)
        if f"break-{entry.index}" in entry.about:
            raise Break(entry.about)

    return taken


def speak(kind="alert.issued", about="cn:220200/alert/1", after=()):
    return say(
        kind=kind, place="cn:220200", about=about, body={}, after=after, by="worker", now=NOON
    )


def test_each_entry_is_taken_once_in_order_and_other_kinds_are_passed_over(seen):
    speak(), speak(kind="forecast.made"), speak()

    assert deliver(now=NOON) == 2
    assert deliver(now=NOON) == 0
    assert seen == [0, 2]


def test_entries_said_later_are_taken_later(seen):
    speak()
    deliver(now=NOON)
    speak()

    deliver(now=NOON)

    assert seen == [0, 1]


def test_a_look_at_what_is_new_takes_it_and_nothing_that_was_seen_before(seen):
    speak()
    seen_up_to = newest_row() + delivery.LOOK_BACK  # as if much had been said since

    assert deliver(now=NOON, after_row=seen_up_to) == 0
    assert deliver(now=NOON, after_row=newest_row() - 1) == 1
    assert deliver(now=NOON, after_row=newest_row()) == 0
    assert seen == [0]


def test_a_look_at_what_is_new_tries_again_what_is_due_however_old(seen):
    speak(about="cn:220200/alert/break-0")
    deliver(now=NOON)
    mend(lambda *, entry, now: None)
    far_on = newest_row() + delivery.LOOK_BACK

    assert deliver(now=NOON + FIRST_PAUSE / 2, after_row=far_on) == 0
    assert deliver(now=NOON + FIRST_PAUSE * 2, after_row=far_on) == 1


def test_a_failing_reaction_leaves_nothing_behind_and_is_tried_again_after_a_pause(seen):
    speak(about="cn:220200/alert/break-0")

    deliver(now=NOON)
    deliver(now=NOON + FIRST_PAUSE / 2)

    assert seen == [0]
    assert not Body.objects.filter(digest="seen-0").exists()
    deliver(now=NOON + FIRST_PAUSE)
    assert seen == [0, 0]


def fail_until_parked(now=NOON):
    for _try in range(MAX_FAILURES):
        deliver(now=now)
        now += timedelta(hours=1)
    return now


def test_after_several_tries_an_entry_is_parked_and_those_behind_it_go_on(seen):
    speak(about="cn:220200/alert/break-0"), speak()

    fail_until_parked()

    parked = ParkedEntry.objects.get()
    assert parked.entry.index == 0
    assert "Break" in parked.problem
    assert seen[-1] == 1
    assert Cursor.objects.get().next_index == 2


def test_only_what_comes_after_a_parked_entry_waits_for_it(seen):
    first = speak(about="cn:220200/alert/break-0")
    speak(after=[address_of(first)])
    speak()

    fail_until_parked()

    waiting = ParkedEntry.objects.get(entry__index=1)
    assert waiting.waits_for == first
    assert seen[-1] == 2
    assert 1 not in seen


def mend(reaction):
    """Put another function in the place of the one reaction there is."""
    name, old = next(iter(registry.REACTIONS.items()))
    registry.REACTIONS[name] = registry.Reaction(name, old.kinds, reaction)


def ask_again(index, now=NOON):
    retry_parked(parked=ParkedEntry.objects.get(entry__index=index), by="operator", now=now)


def test_a_parked_entry_taken_at_last_releases_those_that_waited(seen):
    first = speak(about="cn:220200/alert/break-0")
    speak(after=[address_of(first)])
    now = fail_until_parked()
    mended = []
    mend(lambda *, entry, now: mended.append(entry.index))

    ask_again(0)
    ask_again(0)

    assert deliver(now=now) == 2
    assert mended == [0, 1]
    assert not ParkedEntry.objects.exists()
    assert deliver(now=now) == 0


def test_a_parked_entry_stays_where_it_is_until_somebody_asks(seen):
    speak(about="cn:220200/alert/break-0")
    now = fail_until_parked()
    tries = len(seen)

    deliver(now=now + timedelta(days=9))

    assert len(seen) == tries


def test_another_try_that_fails_leaves_the_entry_parked_with_the_new_problem(seen):
    speak(about="cn:220200/alert/break-0"), speak()
    now = fail_until_parked()

    def fail(*, entry, now):
        raise Break("the disk is full")

    mend(fail)

    ask_again(0)
    deliver(now=now)
    deliver(now=now)

    parked = ParkedEntry.objects.get()
    assert parked.problem == "Break: the disk is full"
    assert (parked.failures, parked.retry_at) == (MAX_FAILURES + 1, None)


def test_an_entry_that_came_after_two_parked_ones_waits_for_both(seen):
    first = speak(about="cn:220200/alert/break-0")
    second = speak(about="cn:220200/alert/break-1")
    speak(after=[address_of(first), address_of(second)])
    now = fail_until_parked()
    now = fail_until_parked(now)
    mended = []
    mend(lambda *, entry, now: mended.append(entry.index))

    ask_again(0)
    deliver(now=now)

    assert mended == [0]
    assert ParkedEntry.objects.get(entry__index=2).waits_for == second
    ask_again(1)
    deliver(now=now)
    assert mended == [0, 1, 2]
    assert not ParkedEntry.objects.exists()


def test_what_waits_for_a_parked_entry_is_not_taken_before_it_even_if_asked(seen):
    first = speak(about="cn:220200/alert/break-0")
    speak(after=[address_of(first)])
    now = fail_until_parked()

    ask_again(1)
    deliver(now=now)

    assert 1 not in seen
    assert ParkedEntry.objects.count() == 2


def test_a_break_between_the_reaction_and_its_cursor_undoes_both(seen, monkeypatch):
    speak()

    def die(cursor, next_index):
        raise Break("killed here")

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "_advance", die)
        deliver(now=NOON)
    assert not Body.objects.filter(digest="seen-0").exists()

    deliver(now=NOON + FIRST_PAUSE)

    assert Body.objects.filter(digest="seen-0").count() == 1


def test_a_long_log_of_other_kinds_is_passed_over(seen, monkeypatch):
    monkeypatch.setattr(delivery, "STRIDE", 3)
    for _number in range(7):
        speak(kind="forecast.made")

    assert deliver(now=NOON) == 0
    assert Cursor.objects.get().next_index == 7
    speak()
    assert deliver(now=NOON) == 1
    assert seen == [7]


def test_one_reaction_that_fails_does_not_keep_the_others_waiting(seen):
    others = []

    @registry.reacts_to("alert.issued")
    def other(*, entry, now):
        others.append(entry.index)

    speak(about="cn:220200/alert/break-0"), speak()

    deliver(now=NOON)

    assert seen == [0]
    assert others == [0, 1]


def test_what_a_reaction_says_is_taken_in_the_same_pass_or_the_next(seen):
    @registry.reacts_to("forecast.made")
    def warn(*, entry, now):
        speak(after=[address_of(entry)])

    speak(kind="forecast.made")

    deliver(now=NOON)
    deliver(now=NOON)

    assert seen == [1]


def test_a_break_at_any_statement_undoes_the_step_and_the_next_pass_does_it_once(reactions):
    @registry.reacts_to("alert.issued")
    def answer(*, entry, now):
        speak(kind="alert.updated", about=f"cn:220200/answer/{entry.index}")

    broken_at, now = 0, NOON
    while True:
        question = speak(about=f"cn:220200/alert/{broken_at}")
        statements = iter(range(broken_at, -1, -1))

        def fail(execute, sql, params, many, context, statements=statements):
            if next(statements, None) == 0:
                raise Break(sql)
            return execute(sql, params, many, context)

        broke = False
        with connection.execute_wrapper(fail):
            try:
                deliver(now=now)
            except Break:  # between two steps: the worker logs it and goes on
                broke = True
        finished = next(statements, None) is not None
        now += timedelta(hours=1)
        deliver(now=now)
        answers = Entry.objects.filter(about=f"cn:220200/answer/{question.index}")
        assert answers.count() == 1, f"broken at statement {broken_at} ({broke})"
        if finished:
            break
        broken_at += 1

    assert broken_at > 10
    assert check_chain("cn:220200") is None
    assert not ParkedEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_take_each_entry_once(reactions):
    @registry.reacts_to("alert.issued")
    def answer(*, entry, now):
        speak(kind="alert.updated", about=f"cn:220200/answer/{entry.index}")

    for _number in range(20):
        speak()

    def work(_number):
        try:
            return deliver(now=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        taken = sum(pool.map(work, range(3)))

    answers = Entry.objects.filter(kind="alert.updated").values_list("about", flat=True)
    assert taken == 20
    assert sorted(answers) == sorted(f"cn:220200/answer/{index}" for index in range(20))
    assert not ParkedEntry.objects.exists()
