"""A fork is told to all peers; each believes the proof, and nobody's word."""

from base64 import b64encode

import pytest

from sameboat.ground.logbook import forks
from sameboat.ground.logbook.following import PeerForked, follow
from sameboat.ground.logbook.forks import read_fork, take_told_fork
from sameboat.ground.logbook.models import Entry, Fork, Peer
from sameboat.ground.logbook.queries import body_of
from sameboat.ground.logbook.reactions import look_at_fork
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined
from sameboat.proof.fork import verify_fork

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """What this node says when Harbin's log has forked; Harbin's log."""
    far = FarLog(9)
    peer = joined(far)
    follow(peer=peer, fetch=far.fetch, now=NOON)
    far.entries[3] = entry(99)
    far.entries += [entry(number) for number in range(3)]
    for _time in range(2):
        with pytest.raises(PeerForked):
            follow(peer=peer, fetch=far.fetch, now=NOON)
    return far


def said():
    return Entry.objects.get(kind="log.forked")


def test_a_fork_that_is_found_is_said_once_to_everybody_with_its_proof(told):
    assert said().audience == ["*"]
    assert body_of(said())["name"] == told.signer.name
    assert Fork.objects.count() == 1


def test_who_is_told_verifies_it_and_keeps_it_and_tells_nobody(told):
    entry_told = said()
    Fork.objects.all().delete()  # as on another node

    look_at_fork(entry=entry_told, now=NOON)
    look_at_fork(entry=entry_told, now=NOON)

    kept = Fork.objects.get()
    assert verify_fork(read_fork(kept), [told.signer.verifier]).log == told.signer.verifier
    assert Entry.objects.filter(kind="log.forked").count() == 1


@pytest.mark.parametrize("wrong", ["no notes", "one history", "a stranger", "form", "nothing"])
def test_an_accusation_that_proves_nothing_changes_nothing(told, wrong):
    body = body_of(said())
    Fork.objects.all().delete()
    if wrong == "a stranger":
        stranger = FarLog(5, name=told.signer.name)  # its name, and not its key
        follow_key = stranger.note(5), stranger.note(4)
        body["notes"] = [b64encode(each).decode() for each in follow_key]
    changes = {"no notes": {"notes": []}, "one history": {"notes": body["notes"][:1] * 2},
               "a stranger": {}, "form": {"earlier": 7}, "nothing": {}}  # fmt: skip

    accused = None if wrong == "nothing" else body | changes[wrong]

    assert take_told_fork(told=accused, now=NOON) is None
    assert not Fork.objects.exists()
    assert HARBIN not in said().about


@pytest.fixture
def over_keys():
    """What a node says that has found a fork across a change of key; Harbin's log, its old key.

    The smaller tree is signed by the old key alone, the larger, another history, by the new one.
    """
    far = FarLog(9)
    peer = joined(far)
    follow(peer=peer, fetch=far.fetch, now=NOON)
    old = far.signer
    far.rotate()
    follow(peer=peer, fetch=far.fetch, now=NOON)
    lies = FarLog(8)
    lies.signer, lies.entries[3] = old, entry(99)
    with pytest.raises(PeerForked):
        follow(peer=peer, fetch=lies.fetch, now=NOON)
    body = body_of(said())
    # As a liar would: the old key is left out of the larger note.
    far.replaced = []
    body["notes"][1] = b64encode(far.note()).decode()
    Fork.objects.all().delete()
    return body, far, old


def test_a_fork_across_a_change_of_key_is_verified_by_each_with_the_keys_of_their_time(over_keys):
    body, _far, _old = over_keys

    take_told_fork(told=body, now=NOON)
    take_told_fork(told=body, now=NOON)

    assert Fork.objects.count() == 1


def test_with_a_key_that_was_replaced_a_thief_accuses_nobody_of_what_is_over_the_change(over_keys):
    """The honest note carries the old key's signature too, until that is revoked."""
    body, far, old = over_keys
    far.replaced = [old]
    lies = FarLog(len(far.entries))
    lies.signer, lies.entries[3] = old, entry(99)
    notes = [b64encode(each.note()).decode() for each in (lies, far)]

    assert (
        take_told_fork(told=body | {"notes": notes, "earlier": "", "proof": ""}, now=NOON) is None
    )
    assert not Fork.objects.exists()


def test_with_a_key_that_is_revoked_a_thief_accuses_nobody(over_keys):
    body, far, old = over_keys
    far.replaced = [old]
    far.revoke(old)
    follow(peer=Peer.objects.get(), fetch=far.fetch, now=NOON)

    assert take_told_fork(told=body, now=NOON) is None
    assert not Fork.objects.exists()


def test_who_has_not_read_the_change_of_key_cannot_verify_such_a_fork_yet(over_keys, monkeypatch):
    body, _far, old = over_keys
    # As on a node that was away.
    monkeypatch.setattr(forks, "trusted_at", lambda *_asked: [old.verifier])

    assert take_told_fork(told=body, now=NOON) is None
    assert not Fork.objects.exists()


def test_one_history_across_a_change_of_key_is_no_fork(over_keys):
    body, far, old = over_keys
    honest = FarLog()
    honest.signer, honest.entries = old, far.entries
    body["notes"][0] = b64encode(honest.note(8)).decode()

    assert take_told_fork(told=body, now=NOON) is None
