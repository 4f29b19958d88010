"""The key of a log changes by an entry, and an old one is revoked by another."""

import pytest
from django.db import DatabaseError, transaction

from sameboat.ground.logbook import rotating
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.checking import check_log
from sameboat.ground.logbook.models import Checkpoint, Entry, LogKey
from sameboat.ground.logbook.own import (
    open_own,
    open_replaced,
    revoke_own,
    rotate_own,
    sign_staged,
)
from sameboat.ground.logbook.publishing import begin_log
from sameboat.ground.logbook.queries import log_key
from sameboat.ground.logbook.refusals import (
    KeyInUse,
    NoKey,
    NoSuchKey,
    OlderKeySigns,
    RotationNotSigned,
)
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.ground.logbook.tests.far_log import NOON
from sameboat.proof.keys import LOG
from sameboat.proof.note import read_note

PLACE = "cn:220200"
WORD = b"open sesame"
pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(tmp_path, settings):
    settings.LOG_KEYS = tmp_path / "keys"
    settings.LOG_PASSPHRASE = WORD.decode()
    settings.PLACE = PLACE
    (tmp_path / "keys").mkdir()
    found = KeyFolder(tmp_path / "keys")
    own, _witness = found.make("jilin.example/log", WORD)
    begin_log(origin=PLACE, signer=own, now=NOON)
    return found


def speak(count=1):
    for number in range(count):
        say(kind="forecast.made", place=PLACE, about=f"{PLACE}/forecast/{number}",
            body={}, audience=["*"], by="worker", now=NOON)  # fmt: skip


def ids(point):
    return {line.id for line in read_note(bytes(point.note)).lines}


def id_of(signer):
    return signer.verifier.id


def test_a_new_key_signs_from_its_entry_on_and_the_old_one_beside_it(keys):
    speak(3)
    old, first = open_own(), sign_staged(now=NOON)

    row = rotate_own(by="operator", now=NOON)
    second = sign_staged(now=NOON)

    new = open_own()
    assert (row.verifier, row.since_index) == (str(new.verifier), 3)
    assert log_key(PLACE) == str(new.verifier) != str(old.verifier)
    assert new.name == old.name
    assert (ids(first), ids(second)) == ({id_of(old)}, {id_of(old), id_of(new)})
    assert Entry.objects.get(index=3).kind == "key.rotated"
    assert check_log(PLACE) == 4


def test_a_key_is_changed_again_and_again_and_all_that_are_not_revoked_sign(keys):
    signers = [open_own()]
    for _time in range(2):
        rotate_own(by="operator", now=NOON)
        signers.append(open_own())

    point = sign_staged(now=NOON)

    assert ids(point) == set(map(id_of, signers))
    assert check_log(PLACE) == 2


def test_without_a_key_or_its_passphrase_nothing_is_changed(keys, settings):
    settings.LOG_PASSPHRASE = "another"
    with pytest.raises(Exception, match="stays locked"):
        rotate_own(by="operator", now=NOON)
    settings.LOG_PASSPHRASE, settings.LOG_KEYS = WORD.decode(), keys.folder.parent / "none"
    with pytest.raises(NoKey):
        rotate_own(by="operator", now=NOON)

    assert LogKey.objects.count() == 1
    assert not Entry.objects.exists()
    assert not keys.next.exists()


def test_killed_before_the_entry_the_next_start_drops_the_new_key(keys):
    old = open_own()
    keys.make_next(old.name, WORD)

    assert str(open_own().verifier) == str(old.verifier)

    assert not keys.next.exists()
    speak()
    assert sign_staged(now=NOON).size == 1


@pytest.mark.parametrize("moved", [False, True])
def test_killed_after_the_entry_the_next_start_ends_the_change(keys, moved):
    old = open_own()
    made = keys.make_next(old.name, WORD)
    say(kind="key.rotated", place=PLACE, about=f"{PLACE}/key/1", audience=["*"], by="operator",
        body={"key": str(made.verifier), "replaces": str(old.verifier)}, now=NOON)  # fmt: skip
    LogKey.objects.create(origin=PLACE, verifier=str(made.verifier), made_at=NOON)
    if moved:
        (keys.folder / "log.key").replace(keys.replaced(1))

    assert str(open_own().verifier) == str(made.verifier)

    assert [str(each.verifier) for each in open_replaced()] == [str(old.verifier)]
    assert ids(sign_staged(now=NOON)) == {id_of(old), id_of(made)}
    assert check_log(PLACE) == 1


@pytest.mark.parametrize("kept", [False, True])
def test_a_failure_that_may_have_kept_the_entry_loses_no_key_that_was_told(keys, monkeypatch, kept):
    old, say_it = open_own(), rotating._say_rotation

    def fail(*given):
        if kept:
            say_it(*given)
        raise ConnectionError("the line to the database broke")

    monkeypatch.setattr(rotating, "_say_rotation", fail)
    with pytest.raises(ConnectionError):
        rotate_own(by="operator", now=NOON)
    monkeypatch.undo()

    told = str(open_own().verifier)
    assert (told == str(old.verifier)) is not kept
    assert told == log_key(PLACE)
    speak()
    assert sign_staged(now=NOON).size == 1 + kept


def test_a_key_that_is_revoked_signs_no_more_and_its_file_is_erased(keys):
    old = open_own()
    rotate_own(by="operator", now=NOON)
    sign_staged(now=NOON)

    row = revoke_own(key=str(old.verifier), by="operator", now=NOON)
    again = revoke_own(key=str(old.verifier), by="operator", now=NOON)

    assert row.revoked_index == again.revoked_index == 1
    assert Entry.objects.filter(kind="key.revoked").count() == 1
    assert not keys.replaced(1).exists()
    assert ids(sign_staged(now=NOON)) == {id_of(open_own())}
    assert Checkpoint.objects.count() == 2
    assert check_log(PLACE) == 2  # what the old key signed in its time stays signed


def test_a_key_that_is_needed_or_strange_is_not_revoked(keys):
    old = open_own()
    with pytest.raises(KeyInUse):
        revoke_own(key=str(old.verifier), by="operator", now=NOON)
    with pytest.raises(NoSuchKey):
        revoke_own(key="another", by="operator", now=NOON)
    rotate_own(by="operator", now=NOON)
    with pytest.raises(RotationNotSigned):
        revoke_own(key=str(old.verifier), by="operator", now=NOON)

    middle = open_own()
    rotate_own(by="operator", now=NOON)
    with pytest.raises(OlderKeySigns):
        revoke_own(key=str(middle.verifier), by="operator", now=NOON)

    assert keys.replaced(1).exists()
    assert keys.replaced(2).exists()
    assert not LogKey.objects.exclude(revoked_index=None).exists()


@pytest.mark.parametrize("changed", [{"verifier": "another"}, {"since_index": 9}])
def test_the_database_refuses_to_change_or_delete_a_key(keys, changed):
    with pytest.raises(DatabaseError), transaction.atomic():
        LogKey.objects.update(revoked_index=1, **changed)
    with pytest.raises(DatabaseError), transaction.atomic():
        LogKey.objects.all().delete()
    LogKey.objects.update(revoked_index=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        LogKey.objects.update(revoked_index=None)


def test_the_witness_key_stays_the_same(keys):
    before = open_own(4)

    rotate_own(by="operator", now=NOON)

    assert str(open_own(4).verifier) == str(before.verifier)
    assert open_own(LOG).name == "jilin.example/log"
