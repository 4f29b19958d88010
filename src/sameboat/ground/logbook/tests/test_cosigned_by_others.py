"""What witnesses say of a peer's log is kept with our copy of it, and proves its entries."""

from datetime import timedelta

import pytest

from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import Checkpoint, Cosignature, Entry, Witnessed
from sameboat.ground.logbook.proving import note_of, receipt_of
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined, log_of
from sameboat.ground.logbook.witnessing import keep_told, witness
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.note import read_note
from sameboat.proof.policy import Policy
from sameboat.proof.receipt import read_receipt, verify_receipt
from sameboat.proof.witness import Request

pytestmark = pytest.mark.django_db
JIAMUSI = "cn:230800"


@pytest.fixture
def ours(tmp_path, settings):
    settings.LOG_KEYS = str(tmp_path)
    settings.PLACE = "cn:220200"
    return KeyFolder(tmp_path).make("jilin.example/log", b"open sesame")[1]


@pytest.fixture
def harbin(ours):
    far = FarLog(3)
    far.peer = joined(far)
    far.below = ""
    return far


@pytest.fixture
def jiamusi(ours):
    far = log_of(JIAMUSI)
    joined(far, place=JIAMUSI)
    return far.witness


def line_of(far, signer, seconds):
    time = int(NOON.timestamp()) + seconds
    return f"{cosign(read_note(far.note()).text, signer, time=time)}\n"


def take(far):
    def fetch(path, most):
        found = far.fetch(path, most)
        return found + far.below.encode() if path == "checkpoint" else found

    return follow(peer=far.peer, fetch=fetch, now=NOON)


def told():
    rows = Cosignature.objects.filter(checkpoint__origin=HARBIN).order_by("time")
    return [(row.witness, (row.time - NOON).total_seconds()) for row in rows]


def ask(far, ours, seconds):
    body = Request(0, (), far.note()).to_bytes()
    return witness(request=body, signer=ours, now=NOON + timedelta(seconds=seconds))


def test_what_stands_below_a_note_is_kept_if_we_know_who_said_it(harbin, jiamusi):
    stranger = make_signer("stranger.example/witness", COSIGNER)
    harbin.below = line_of(harbin, jiamusi, 5) + line_of(harbin, stranger, 6)

    assert take(harbin) == 3

    assert told() == [(jiamusi.name, 5)]
    note = note_of(Checkpoint.objects.get(origin=HARBIN)).decode()
    assert note.count(jiamusi.name) == 1  # it stands there once


def test_who_comes_later_to_the_same_note_is_kept_too_and_the_first_word_counts(harbin, jiamusi):
    take(harbin)
    assert told() == []

    for seconds in (5, 9):
        harbin.below = line_of(harbin, jiamusi, seconds)
        assert take(harbin) == 0

    assert told() == [(jiamusi.name, 5)]
    assert jiamusi.name in note_of(Checkpoint.objects.get(origin=HARBIN)).decode()


def test_a_line_that_does_not_verify_or_is_of_another_tree_is_not_kept(harbin, jiamusi):
    liar = make_signer(jiamusi.name, COSIGNER)
    harbin.below = line_of(harbin, liar, 5)
    take(harbin)
    point = Checkpoint.objects.get(origin=HARBIN)
    harbin.entries.append(entry(3))

    keep_told(point=point, note=harbin.note() + line_of(harbin, jiamusi, 5).encode())

    assert told() == []


@pytest.mark.parametrize("first", ["witnessed", "followed"])
def test_our_own_cosignature_is_kept_with_our_copy_whichever_came_first(harbin, ours, first):
    if first == "followed":
        take(harbin)
    assert ask(harbin, ours, 7).status == 200
    if first == "witnessed":
        assert told() == []
        take(harbin)

    assert told() == [(ours.name, 7)]
    assert ours.name in bytes(Witnessed.objects.get().note).decode()


def test_the_receipt_of_a_peers_entry_meets_a_policy(harbin, jiamusi, ours):
    harbin.below = line_of(harbin, jiamusi, 5)
    take(harbin)
    ask(harbin, ours, 7)
    harbin.entries.append(entry(3))  # to the newest nobody has come yet
    harbin.below = ""
    take(harbin)
    witnesses = {"a": jiamusi.verifier, "b": ours.verifier}
    policy = Policy((harbin.signer.verifier,), witnesses, {}, "b")

    raw = receipt_of(Entry.objects.get(origin=HARBIN, index=1))

    proved = verify_receipt(raw, read_receipt(raw).extra, policy.logs, policy)
    assert {each.witness.name for each in proved.cosignatures} == {jiamusi.name, ours.name}
