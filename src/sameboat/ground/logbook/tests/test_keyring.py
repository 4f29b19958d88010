"""A peer's new key is taken from its own verified log, whatever came when."""

import pytest

from sameboat.ground.logbook.bodies import NoRequest, give_body
from sameboat.ground.logbook.checking import check_log
from sameboat.ground.logbook.following import PeerLies, follow
from sameboat.ground.logbook.models import Entry, Fork, LogKey, Peer
from sameboat.ground.logbook.peers import NotAPeer, OtherKeyPinned, read_invitation
from sameboat.ground.logbook.replacing import NotContinued, replace
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, invitation, joined
from sameboat.ground.logbook.tests.test_bodies import asked_by, say_to
from sameboat.ground.logbook.tests.test_witnessing import cosigned
from sameboat.proof.keys import COSIGNER, make_signer

pytestmark = pytest.mark.django_db


def taken(far, **given):
    return follow(peer=Peer.objects.get(), fetch=far.fetch, now=NOON, **given)


@pytest.fixture
def far():
    found = FarLog(9)
    joined(found)
    return found


def pinned():
    return Peer.objects.get().verifier


def test_a_peer_that_was_there_and_one_that_was_away_take_the_new_key(far):
    taken(far)
    old = far.signer
    new = far.rotate()
    far.entries += [entry(number) for number in range(300)]

    while taken(far, bundles=1):
        pass

    assert pinned() == str(new.verifier)
    rows = LogKey.objects.filter(origin=HARBIN).values_list("verifier", "since_index")
    assert list(rows) == [(str(old.verifier), 0), (str(new.verifier), 9)]
    assert check_log(HARBIN) == 310


def test_two_changes_in_one_bundle_are_followed_and_a_revocation_too(far):
    first = far.signer
    second, third = far.rotate(), far.rotate()
    assert taken(far) == 11
    far.revoke(first)

    assert taken(far) == 1

    assert pinned() == str(third.verifier)
    revoked = LogKey.objects.get(origin=HARBIN, verifier=str(first.verifier))
    assert revoked.revoked_index == 11
    assert LogKey.objects.get(verifier=str(second.verifier)).revoked_index is None
    assert check_log(HARBIN) == 12


def test_who_was_away_for_the_change_and_the_revocation_is_not_led_on_by_a_stranger(far):
    taken(far)
    old = far.signer
    far.rotate()
    far.revoke(old)

    with pytest.raises(PeerLies, match="known keys"):
        taken(far)

    assert pinned() == str(old.verifier)
    assert check_log(HARBIN) == 9


def test_after_the_change_the_old_key_alone_is_not_believed(far):
    old = far.signer
    new = far.rotate()
    taken(far)
    far.entries.append(entry(77))
    far.signer, far.replaced = old, []

    with pytest.raises(PeerLies, match="replaced"):
        taken(far)

    assert pinned() == str(new.verifier)
    assert check_log(HARBIN) == 10


def test_a_new_key_that_does_not_sign_the_note_over_its_entry_is_not_taken(far):
    far.rotate(signs=False)

    with pytest.raises(PeerLies, match="known keys"):
        taken(far)

    assert pinned() == str(far.signer.verifier)
    assert not LogKey.objects.filter(origin=HARBIN).exists()


@pytest.mark.parametrize("wrong", ["name", "kind", "replaces", "form"])
def test_what_is_no_key_of_this_log_is_kept_as_what_was_said(far, wrong):
    made = make_signer(
        "other.example/log" if wrong == "name" else far.signer.name,
        COSIGNER if wrong == "kind" else 1,
    )
    replaces = made if wrong == "replaces" else far.signer
    key = "nonsense" if wrong == "form" else str(made.verifier)
    far.say("key.rotated", key=key, replaces=str(replaces.verifier))
    far.say("key.rotated")
    far.say("key.revoked", key=str(far.signer.verifier))

    assert taken(far) == 12

    assert pinned() == str(far.signer.verifier)
    assert not LogKey.objects.filter(origin=HARBIN).exists()
    far.entries.append(entry(88))
    assert taken(far) == 1


def test_an_earlier_tree_may_be_signed_by_the_old_key_until_that_is_revoked(far):
    old_note = far.note(5)
    old = far.signer
    far.rotate()
    taken(far)
    assert follow(peer=Peer.objects.get(), fetch=lambda *_: old_note, now=NOON) == 0
    far.revoke(old)
    taken(far)

    with pytest.raises(PeerLies, match="revoked"):
        follow(peer=Peer.objects.get(), fetch=lambda *_: old_note, now=NOON)

    assert check_log(HARBIN) == 11


def test_who_holds_a_revoked_key_proves_no_fork_with_it(far):
    old = far.signer
    far.rotate()
    taken(far)
    far.revoke(old)
    taken(far)
    thief = FarLog(4)
    thief.signer = old
    thief.entries[2] = entry(99)

    with pytest.raises(PeerLies):
        follow(peer=Peer.objects.get(), fetch=thief.fetch, now=NOON)

    assert not Fork.objects.exists()


@pytest.fixture
def away(far):
    """A log that has a new key and has revoked the old one, which is all that we know."""
    taken(far)
    old = far.signer
    far.rotate()
    far.revoke(old)
    return far


def replaced(far, **changes):
    told = read_invitation(invitation(far, **changes))
    return replace(invitation=told, fetch=far.fetch, by="operator", now=NOON)


def test_after_the_words_were_compared_the_new_key_is_pinned_and_followed(away):
    told = Entry.objects.filter(kind="peer.joined").count()

    replaced(away)
    replaced(away)

    assert pinned() == str(away.signer.verifier)
    assert Entry.objects.filter(kind="peer.joined").count() == told + 1
    assert taken(away) == 2
    assert check_log(HARBIN) == 11
    assert LogKey.objects.get(origin=HARBIN, since_index=0).revoked_index == 10


@pytest.mark.parametrize("wrong", ["another entry", "fewer", "another name", "another key"])
def test_a_log_that_does_not_go_on_from_what_is_here_is_not_pinned(away, wrong):
    before = Peer.objects.values().get()
    key = away.signer
    if wrong == "another entry":
        away.entries[3] = entry(99)
    elif wrong == "fewer":
        away.entries = away.entries[:5]
    elif wrong == "another name":
        key = away.signer = make_signer("other.example/log")
    else:
        key = make_signer(away.signer.name)

    with pytest.raises((NotContinued, OtherKeyPinned)):
        replaced(away, key=str(key.verifier))

    assert Peer.objects.values().get() == before
    assert not LogKey.objects.filter(origin=HARBIN).exists()


def test_a_key_that_was_replaced_is_not_pinned_again_and_a_stranger_not_at_all(far):
    old = far.signer
    far.rotate()
    taken(far)
    with pytest.raises(OtherKeyPinned):
        replaced(far, key=str(old.verifier))
    with pytest.raises(NotAPeer):
        replaced(far, place="cn:230800")

    assert pinned() == str(far.signer.verifier)


def test_a_witness_wants_the_key_of_the_time(far):
    old = far.signer
    assert cosigned(far, 0, 9).status == 200
    new = far.rotate()
    far.entries.append(entry(5))
    # It has not read the entry yet, and knows the old key only: what is wrong is the proof.
    assert cosigned(far, 9, 11).status == 422
    taken(far)

    far.signer, far.replaced = old, []
    assert cosigned(far, 9, 11).status == 403
    far.signer = new
    assert cosigned(far, 9, 11).status == 422


def test_a_body_is_asked_for_with_the_new_key_and_the_old_one_alone_gets_nothing(far):
    said = say_to(HARBIN)
    old = far.signer
    new = far.rotate()
    taken(far)

    far.signer = new
    assert give_body(request=asked_by(far, said), now=NOON) is not None
    far.signer = old
    with pytest.raises(NoRequest):
        give_body(request=asked_by(far, said), now=NOON)
