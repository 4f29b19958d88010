import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from sameboat.ground.logbook import actions, queries
from sameboat.ground.logbook.actions import MAX_ENTRY_BYTES, erase_body, say
from sameboat.ground.logbook.models import Body, Entry
from sameboat.ground.logbook.refusals import EntryTooLarge, NotSayable, UnknownEntry

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
ABOUT = "cn:220200/forecast/0107"


def speak(**changes):
    given = {
        "kind": "forecast.made",
        "place": "cn:220200",
        "about": ABOUT,
        "body": {"members": 500},
        "audience": ["*"],
        "by": "worker",
        "now": NOON,
    }
    return say(**given | changes)


@pytest.mark.django_db
def test_an_entry_has_exactly_its_fields_in_canonical_form():
    entry = speak()

    raw = bytes(entry.canonical)
    assert json.loads(raw) == {
        "v": 1,
        "kind": "forecast.made",
        "place": "cn:220200",
        "said_at": "2005-11-13T05:00:00.000Z",
        "about": ABOUT,
        "after": [],
        "audience": ["*"],
        "body": {"members": 500},
    }
    assert raw.startswith(b'{"about":')
    assert queries.address_of(entry) == "cn:220200/entry/0"


@pytest.mark.django_db
def test_entries_count_from_zero_and_each_links_to_the_one_before():
    first, second = speak(), speak(body={"members": 501})

    assert (first.index, second.index) == (0, 1)
    assert first.chain != second.chain
    assert queries.check_chain("cn:220200") is None
    assert queries.head("cn:220200") == (1, second.chain)


@pytest.mark.django_db
def test_who_hears_it_is_nobody_unless_said():
    entry = say(
        kind="forecast.made", place="cn:220200", about=ABOUT, body={}, by="worker", now=NOON
    )

    assert entry.audience == []


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{"p": 0.5}, {"n": 2**60}, {"t": NOON}])
def test_what_has_no_one_text_is_refused_and_nothing_is_said(body):
    with pytest.raises(NotSayable):
        speak(body=body)

    assert Entry.objects.count() == 0


@pytest.mark.django_db
def test_an_entry_comes_after_entries_that_are_here():
    first = speak()

    second = speak(after=[queries.address_of(first)])

    assert second.after == ["cn:220200/entry/0"]
    with pytest.raises(UnknownEntry):
        speak(after=["cn:220200/entry/7"])
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_a_large_body_goes_beside_the_entry_and_is_found_by_its_salted_digest():
    body = {"text": "水" * MAX_ENTRY_BYTES}

    entry = speak(body=body)

    content = json.loads(bytes(entry.canonical))
    assert "body" not in content
    assert content["digest"] == entry.digest
    assert len(bytes(entry.canonical)) < MAX_ENTRY_BYTES
    assert queries.body_of(entry) == body


@pytest.mark.django_db
def test_a_confidential_body_can_be_erased_and_its_entry_stays():
    first = speak(body={"name": "x"}, confidential=True)
    second = speak(body={"name": "x"}, confidential=True)

    erase_body(digest=first.digest, by="worker", now=NOON)
    erase_body(digest=first.digest, by="worker", now=NOON)

    assert first.digest != second.digest
    assert queries.body_of(first) is None
    assert queries.body_of(second) == {"name": "x"}
    assert queries.check_chain("cn:220200") is None
    erased = Body.objects.get(pk=first.digest)
    assert (erased.erased_at, bytes(erased.salt), erased.content) == (NOON, b"", None)


@pytest.mark.django_db
@pytest.mark.parametrize("audience", [[], ["cn:230100"], ["cn:230100/desk/1"]])
@pytest.mark.django_db
def test_a_body_that_is_not_for_everyone_lies_beside_its_entry(audience):
    entry = speak(body={"name": "x"}, audience=audience)

    assert set(json.loads(bytes(entry.canonical))) == {
        "v", "kind", "place", "said_at", "about", "after", "audience", "digest"
    }  # fmt: skip
    assert queries.body_of(entry) == {"name": "x"}


@pytest.mark.django_db
def test_an_entry_too_large_without_its_body_is_refused():
    with pytest.raises(EntryTooLarge):
        speak(audience=[f"cn:{n:06d}" for n in range(3000)])

    assert Entry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda entry: Entry.objects.filter(pk=entry.pk).update(kind="other"),
        lambda entry: entry.delete(),
        lambda entry: connection.cursor().execute("DELETE FROM logbook_entry"),
        lambda entry: connection.cursor().execute("UPDATE logbook_entry SET chain = ''"),
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_an_entry(act):
    entry = speak()

    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        act(entry)

    assert Entry.objects.get().kind == "forecast.made"


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's own")
def test_an_entry_is_not_replaced_either():
    entry = speak()
    columns = "origin, kind, place, said_at, about, audience, after, canonical, chain, stored_at"
    changed = columns.replace("kind", repr("other.kind"))
    other = f'INSERT OR REPLACE INTO logbook_entry ("index", {columns}) ' \
            f'SELECT "index", {changed} FROM logbook_entry'  # fmt: skip

    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(other)

    assert Entry.objects.get() == entry
    assert queries.check_chain("cn:220200") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda body: Body.objects.filter(pk=body.pk).update(content=b"{}"),
        lambda body: Body.objects.filter(pk=body.pk).update(digest="0" * 64, content=None),
        lambda body: body.delete(),
    ],
)
def test_a_body_is_erased_or_stays_as_it_is(act):
    entry = speak(confidential=True)

    with pytest.raises(DatabaseError, match="may be erased"), transaction.atomic():
        act(Body.objects.get())

    assert queries.body_of(entry) == {"members": 500}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "Forecast made"),
        ("kind", "forecast"),
        ("kind", "a." + "b" * 70),
        ("place", "Jilin"),
        ("about", "the forecast"),
        ("about", "cn:220200/forecast"),
        ("about", "cn:220200/forecast/" + "a" * 150),
        ("audience", "cn:230100"),
        ("audience", ["*", "cn:230100"]),
        ("audience", ["everyone"]),
        ("body", "text"),
        ("body", None),
        ("now", datetime(2005, 11, 13, 5)),  # noqa: DTZ001
    ],
)
def test_a_field_that_is_not_of_its_form_is_refused_and_nothing_is_said(field, value):
    with pytest.raises(NotSayable, match=field if field != "now" else "zone") as refusal:
        speak(**{field: value})

    assert refusal.value.facts["problem"]
    assert Entry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["cn:220200/entry/00", "cn:220200/entry/" + "9" * 40, "x", ""])
def test_an_entry_has_one_address_and_no_other(address):
    speak()

    assert queries.read_address("cn:220200/entry/0") is not None
    assert queries.read_address(address) is None


@pytest.mark.django_db
def test_the_column_says_the_millisecond_that_the_bytes_say():
    entry = speak(now=NOON.replace(microsecond=123999))

    assert json.loads(bytes(entry.canonical))["said_at"] == "2005-11-13T05:00:00.123Z"
    assert entry.said_at.microsecond == 123000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "x.y"), ("about", "x"), ("canonical", b"{}"), ("chain", "0" * 64), ("index", 7)],
)
def test_a_row_changed_from_outside_is_found(column, value):
    speak(), speak(), speak()
    with connection.cursor() as cursor:
        lift = {
            "sqlite": "DROP TRIGGER logbook_entry_no_update",
            "postgresql": "DROP TRIGGER logbook_entry_no_update ON logbook_entry",
        }
        cursor.execute(lift[connection.vendor])
        cursor.execute(f'UPDATE logbook_entry SET "{column}" = %s WHERE "index" = 1', [value])

    assert queries.check_chain("cn:220200") == 1


@pytest.mark.django_db
def test_nothing_is_said_when_the_action_around_it_fails():
    def say_and_lose_power():
        with transaction.atomic():
            speak()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        say_and_lose_power()

    assert queries.head("cn:220200")[0] == -1


@pytest.mark.django_db(transaction=True)
def test_many_speakers_at_the_same_moment_leave_no_gap_and_no_fork():
    def one(number):
        try:
            speak(body={"number": number})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(20)))

    assert list(Entry.objects.values_list("index", flat=True)) == list(range(20))
    assert queries.check_chain("cn:220200") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"note": "call 13912345678"}, "mobile"),
        ({"note": "打 +86 13912345678 找他"}, "mobile"),
        ({"deep": [{"number": 13912345678}]}, "mobile"),
        ({"note": "Call 13912345678."}, "mobile"),
        ({"note": "Tel.13912345678-"}, "mobile"),
        ({"id": "11010519491231002X"}, "resident"),
        ({"by": "someone@jilin.example"}, "e-mail"),
        ({"someone@jilin.example": 1}, "e-mail"),
    ],
)
def test_what_looks_like_personal_data_is_refused_and_nothing_is_said(body, says):
    with pytest.raises(NotSayable, match=says):
        speak(body=body)
    with pytest.raises(NotSayable, match=says):
        speak(body=body, confidential=True)  # its digest would still stand for it

    assert not Entry.objects.exists()
    assert not Body.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        {"by": "cn:220200/desk/duty#7"}, {"sha256": "1" * 64}, {"id": "110105194912310021"},
        {"uuid": "0107e2f9-7c80-7553-8747-1d93f16b80a2"}, {"hotline": "12345", "tel": "0432-6201"},
        {"volume_m3": 139123456780, "flow": "13912345678.5"}, {"at": "2005-11-13T05:00:00.000Z"},
    ],
)  # fmt: skip
def test_what_only_resembles_it_is_said(body):
    assert speak(body=body).index == 0


def test_an_entry_comes_after_a_bounded_number_of_others(db):
    first = queries.address_of(speak())

    speak(after=[first] * 64)
    with pytest.raises(NotSayable, match="allowed: 64"):
        speak(after=[first] * 65)


@pytest.mark.django_db
def test_an_entry_said_is_what_is_read_from_its_row():
    said = say(kind="alert.issued", place="cn:220200", about="cn:220200/alert/1",
               body={"text": "苯"}, audience=["cn:230100"], by="worker", now=NOON)  # fmt: skip

    read = Entry.objects.get(pk=said.pk)

    names = [field.attname for field in Entry._meta.concrete_fields]
    assert [getattr(read, name) for name in names] == [getattr(said, name) for name in names]
    assert Body.objects.filter(digest=said.digest).exists()


@pytest.mark.django_db
def test_what_is_refused_leaves_the_callers_transaction_as_it_was():
    with transaction.atomic():
        for about in ("cn:220200/alert/1", "none", "cn:220200/alert/2"):
            with suppress(NotSayable):
                say(kind="alert.issued", place="cn:220200", about=about, body={}, by="worker",
                    now=NOON)  # fmt: skip

    assert [each.about[-1] for each in Entry.objects.order_by("index")] == ["1", "2"]


@pytest.mark.django_db
def test_what_the_database_refuses_undoes_the_callers_transaction(monkeypatch):
    def refuse(entry):
        raise IntegrityError("entry_index_is_taken_once")

    monkeypatch.setattr(actions, "insert_entry", refuse)

    with transaction.atomic(), suppress(IntegrityError):
        say(kind="alert.issued", place="cn:220200", about="cn:220200/alert/1", body={},
            audience=["cn:230100"], by="worker", now=NOON)  # fmt: skip

    assert not Entry.objects.exists()
    assert not Body.objects.exists()
