"""What was said is signed: in order, once, never in two versions."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction

from sameboat.ground.logbook import publishing
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.checking import check_log
from sameboat.ground.logbook.models import Checkpoint, Entry, LogTile
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.refusals import (
    KeyExists,
    KeyLocked,
    LogInUse,
    LogRewound,
    NoKey,
    OtherKey,
)
from sameboat.ground.logbook.signing import Head, KeyFolder
from sameboat.ground.logbook.trees import hashes_of, leaves_of, root_of_log
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.keys import COSIGNER, LOG, make_signer
from sameboat.proof.merkle import inclusion_proof, leaf_hash, root_of, verify_inclusion
from sameboat.proof.note import open_note

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
PLACE = "cn:220200"
pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(tmp_path):
    return KeyFolder(tmp_path / "keys")


@pytest.fixture
def signer(keys):
    keys.folder.mkdir()
    made, _witness = keys.make("jilin.example/log", b"open sesame")
    begin_log(origin=PLACE, signer=made, now=NOON)
    return made


@pytest.fixture
def sign(signer, keys):
    def sign(**changes):
        return publish(**{"origin": PLACE, "signer": signer, "keys": keys, "now": NOON} | changes)

    return sign


def speak(count=1, first=0):
    for number in range(first, first + count):
        say(
            kind="forecast.made", place=PLACE, about=f"{PLACE}/forecast/{number}",
            body={"number": number}, audience=["*"], by="worker", now=NOON,
        )  # fmt: skip


def test_what_was_said_is_signed_and_each_entry_can_be_proved(sign, signer):
    speak(5)

    made = sign()

    note, _signed = open_note(bytes(made.note), [signer.verifier])
    point = read_checkpoint(note.text)
    assert (point.origin, point.size) == ("jilin.example/log", 5)
    for entry in Entry.objects.all():
        proof = inclusion_proof(entry.index, 5, hashes_of(PLACE, 5))
        leaf = leaf_hash(bytes(entry.canonical))
        assert verify_inclusion(leaf, entry.index, 5, proof, point.root)
    check_log(PLACE)


def test_nothing_new_is_nothing_to_sign_and_twice_is_once(sign):
    speak(2)

    assert sign().size == 2
    assert sign() is None
    assert Checkpoint.objects.count() == 1


def test_the_tree_grows_across_tiles_as_one_that_is_made_at_once(sign):
    speak(3)
    sign()
    speak(600, first=3)
    sizes = []
    while made := sign(batch=250):
        sizes.append(made.size)

    assert sizes == [253, 503, 603]
    assert root_of_log(PLACE, 603) == root_of(leaves_of(PLACE, 0, 603))
    assert root_of_log(PLACE, 253) == root_of(leaves_of(PLACE, 0, 253))
    assert LogTile.objects.filter(level=1).count() == 1
    check_log(PLACE)


def test_a_log_without_a_key_signs_nothing_and_says_what_to_do(keys):
    speak()

    with pytest.raises(NoKey, match="sameboat log init"):
        publish(origin=PLACE, signer=make_signer("x"), keys=keys, now=NOON)
    with pytest.raises(NoKey):
        keys.open(LOG, b"open sesame")
    assert not Checkpoint.objects.exists()


def test_keys_are_made_once_locked_and_open_with_their_passphrase(keys, signer):
    with pytest.raises(KeyExists):
        keys.make("jilin.example/log", b"another")
    for wrong in (None, b"", b"wrong"):
        with pytest.raises(KeyLocked, match="SAMEBOAT_LOG_PASSPHRASE"):
            keys.open(LOG, wrong)

    assert keys.open(LOG, b"open sesame").verifier == signer.verifier
    assert keys.open(COSIGNER, b"open sesame").name == "jilin.example/log/witness"
    assert (keys.folder / "log.key").stat().st_mode & 0o077 == 0


def test_another_key_in_the_folder_is_refused_and_nothing_is_signed(sign):
    speak()
    other = make_signer("jilin.example/log")

    with pytest.raises(OtherKey):
        sign(signer=other)
    with pytest.raises(OtherKey):
        begin_log(origin=PLACE, signer=other, now=NOON)

    assert published(PLACE) is None


@pytest.mark.parametrize("line", ["grow", "note_head", "sign_note", "create"])
@pytest.mark.parametrize("kept", [False, True], ids=["failed", "done and forgot"])
def test_a_fault_at_any_line_is_made_up_for_by_the_next_pass(sign, keys, monkeypatch, line, kept):
    speak(3)
    sign()
    speak(2, first=3)
    owner, name = {
        "grow": (publishing, "grow"), "note_head": (KeyFolder, "note_head"),
        "sign_note": (publishing, "sign_note"), "create": (Checkpoint.objects, "create"),
    }[line]  # fmt: skip
    real = getattr(owner, name)

    def fails(*args, **given):
        if kept:
            real(*args, **given)
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(owner, name, fails)
        with pytest.raises(OSError, match="disk is full"):
            sign()
    check_log(PLACE)
    assert published(PLACE).size == 3

    speak(1, first=5)
    assert sign().size == 6
    check_log(PLACE)
    assert keys.head().size == 6


def test_a_database_put_back_to_yesterday_is_noticed_and_nothing_is_signed(sign):
    speak(3)
    sign()
    with suppress(ZeroDivisionError), transaction.atomic():
        speak(2, first=3)
        sign()
        raise ZeroDivisionError  # what was written is gone; the file beside the key is not

    with pytest.raises(LogRewound, match="old database was put back"):
        sign()
    speak(4, first=100)  # said after the loss: other entries in the same places
    with pytest.raises(LogRewound):
        sign()
    with pytest.raises(LogRewound):
        sign(batch=1)
    assert published(PLACE).size == 3


def test_a_head_that_says_another_root_is_noticed(sign, keys):
    speak(3)
    sign()
    keys.note_head(Head(3, "00" * 32))

    with pytest.raises(LogRewound):
        sign()


def test_one_process_at_a_time_signs(sign, keys):
    speak()
    with keys.alone(), pytest.raises(LogInUse):
        sign()

    assert sign().size == 1


@pytest.mark.django_db(transaction=True)
def test_two_that_sign_at_the_same_moment_sign_one_history(sign):
    speak(20)

    def pass_over(_number):
        try:
            with suppress(LogInUse):
                return sign(batch=3)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(pass_over, range(12)))
    while sign():
        pass

    check_log(PLACE)
    assert published(PLACE).size == 20


def test_a_checkpoint_is_never_changed_or_deleted(sign):
    speak()
    made = sign()

    for wrong in (
        lambda: Checkpoint.objects.filter(pk=made.pk).update(size=9),
        lambda: Checkpoint.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(Exception, match="never changed"), transaction.atomic():
            wrong()


def test_a_process_killed_while_it_signs_lets_the_next_one_in(tmp_path):
    """The lock goes with the process that held it."""
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from sameboat.ground.logbook.signing import KeyFolder\n"
        "with KeyFolder(Path(sys.argv[1])).alone():\n"
        "    print('held', flush=True); signal.pause()\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "sameboat.config.settings"}
    command = [sys.executable, "-c", f"import django; django.setup()\n{program}", str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LogInUse), KeyFolder(tmp_path).alone():
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    with KeyFolder(tmp_path).alone():
        pass
