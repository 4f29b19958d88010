"""Joining another place and leaving it: said once, under keys that two officers compared."""

import pytest

from sameboat.ground.logbook.following import due
from sameboat.ground.logbook.models import Entry, Peer
from sameboat.ground.logbook.peers import (
    Invitation,
    IsOurselves,
    NameTaken,
    NotAnInvitation,
    NotAPeer,
    OtherKeyPinned,
    join,
    leave,
    read_invitation,
)
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, invitation, joined

pytestmark = pytest.mark.django_db


def test_joining_is_said_once_and_leaving_too():
    far = FarLog(1)
    joined(far)
    joined(far)

    kinds = list(Entry.objects.filter(origin="cn:220200").values_list("kind", flat=True))
    assert kinds == ["peer.joined"]
    for _twice in range(2):
        left = leave(origin=HARBIN, by="operator", now=NOON)
    assert left.left_at == NOON
    assert due(NOON) == []
    assert Entry.objects.filter(kind="peer.left").count() == 1
    joined(far)
    assert due(NOON)


def test_a_place_under_another_key_is_not_followed_and_nothing_changes():
    far, other = FarLog(1), FarLog(1)
    joined(far)

    with pytest.raises(OtherKeyPinned):
        joined(other)
    leave(origin=HARBIN, by="operator", now=NOON)
    with pytest.raises(OtherKeyPinned):
        joined(other)

    assert Peer.objects.get().verifier == str(far.signer.verifier)


def test_a_node_does_not_join_itself_or_leave_a_stranger():
    with pytest.raises(IsOurselves):
        join(invitation=read_invitation(invitation(FarLog(), place="cn:220200")), by="o", now=NOON)
    with pytest.raises(NotAPeer):
        leave(origin=HARBIN, by="operator", now=NOON)
    assert not Peer.objects.exists()


def test_two_places_under_one_name_are_not_followed():
    joined(FarLog())
    other = invitation(FarLog(), place="cn:230800")

    with pytest.raises(NameTaken, match=r"harbin\.example/log"):
        join(invitation=read_invitation(other), by="operator", now=NOON)
    assert Peer.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"form": "sameboat-invitation@v2"}, {"place": "harbin"}, {"address": "file:///etc/passwd"},
        {"address": "https://" + "x" * 400}, {"key": "x"}, {"witness": None}, {"key": 7},
    ],
)  # fmt: skip
def test_an_invitation_that_was_changed_is_refused(changes):
    with pytest.raises(NotAnInvitation):
        read_invitation(invitation(FarLog(), **changes))


@pytest.mark.parametrize("content", [None, [], "text", {}])
def test_what_is_no_invitation_is_refused(content):
    with pytest.raises(NotAnInvitation):
        read_invitation(content)


def test_both_officers_read_the_same_words_and_other_keys_read_others():
    far = FarLog()
    told = read_invitation(invitation(far))

    assert told.words == Invitation(told.origin, "http://elsewhere", told.verifier,
                                    told.witness).words  # fmt: skip
    assert told.words != read_invitation(invitation(FarLog())).words
    assert len(told.words.split()) == 6
