"""Joining another place and leaving it: said once, under keys that two officers compared."""

import pytest

from sameboat.ground.logbook.following import due, follow, note_hint, take_hints
from sameboat.ground.logbook.models import Entry, Peer
from sameboat.ground.logbook.peers import (
    IsOurselves,
    NameTaken,
    NoReason,
    NotAnInvitation,
    NotAPeer,
    OtherKeyPinned,
    expel,
    expelled_by,
    join,
    leave,
    read_invitation,
)
from sameboat.ground.logbook.queries import body_of
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, invitation, joined
from sameboat.ground.logbook.witnessing import witness
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.witness import Request

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


CERTIFICATE = "ab" * 32
COMPACT = "cn:220000/compact/01937c1e-0000-7000-8000-000000000001"


def test_both_officers_read_the_same_words_and_whatever_was_changed_reads_others():
    far = FarLog()
    content = invitation(far, address="https://harbin.example", certificate=CERTIFICATE)
    words = read_invitation(content).words
    changed = (
        {"address": "https://elsewhere.example"}, {"certificate": "ac" * 32}, {"certificate": ""},
        {"place": "cn:230800"}, {"key": invitation(FarLog())["key"]}, {"compact": COMPACT},
    )  # fmt: skip

    assert words == read_invitation(read_invitation(content).as_dict()).words
    assert len(words.split()) == 6
    for change in changed:
        assert read_invitation(content | change).words != words


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate": "AB" * 32}, {"certificate": "ab"}, {"certificate": 7},
        {"certificate": None},
        {"address": "http://harbin.example"}, {"compact": "the pact"}, {"compact": 7},
        {"compact": "cn:220000/alert/01937c1e-0000-7000-8000-000000000001"},
        {"compact": "cn:220000/compact/7"}, {"compact": COMPACT.upper()},
        {"address": "https://169.254.169.254"}, {"address": "https://user:word@harbin.example"},
    ],
)  # fmt: skip
def test_an_invitation_with_a_certificate_or_compact_that_is_none_is_refused(changes):
    content = invitation(FarLog(), address="https://harbin.example", certificate=CERTIFICATE)

    with pytest.raises(NotAnInvitation):
        read_invitation(content | changes)


def test_a_new_certificate_is_pinned_by_joining_again_and_by_nothing_else():
    far = FarLog()
    content = invitation(far, address="https://harbin.example", certificate=CERTIFICATE)
    join(invitation=read_invitation(content), by="operator", now=NOON)
    assert Peer.objects.get().certificate == CERTIFICATE

    renewed = read_invitation(content | {"certificate": "cd" * 32})
    join(invitation=renewed, by="operator", now=NOON)

    assert Peer.objects.get().certificate == "cd" * 32
    assert Entry.objects.filter(kind="peer.joined").count() == 1


def expelled(because="It forged a receipt."):
    return expel(origin=HARBIN, because=because, by="operator", now=NOON)


def test_expelling_is_said_once_with_the_reason_and_leaving_after_it_says_nothing():
    joined(FarLog(1))

    for _twice in range(2):
        assert expelled().left_at == NOON
    assert expelled("Another reason.").expelled_because == "It forged a receipt."
    leave(origin=HARBIN, by="operator", now=NOON)

    said = Entry.objects.get(kind="peer.expelled")
    assert said.audience == ["*"]
    assert body_of(said) == {"place": HARBIN, "because": "It forged a receipt."}
    assert not Entry.objects.filter(kind="peer.left").exists()


def test_whoever_left_can_still_be_expelled():
    joined(FarLog(1))
    leave(origin=HARBIN, by="operator", now=NOON)

    assert expelled().expelled_because
    assert Entry.objects.filter(kind="peer.expelled").count() == 1


def test_an_expelled_place_is_not_followed_not_witnessed_and_its_hints_count_for_nothing():
    far, own = FarLog(1), make_signer("jilin.example/log/witness", COSIGNER)
    joined(far)
    assert note_hint(origin=HARBIN)
    request = Request(0, (), far.note()).to_bytes()
    assert witness(request=request, signer=own, now=NOON).status == 200

    expelled()

    assert due(NOON) == []
    assert not note_hint(origin=HARBIN)
    assert take_hints() == []
    assert witness(request=request, signer=own, now=NOON).status == 404


def test_an_expelled_place_comes_back_by_joining_again_and_only_under_its_key():
    far = FarLog(1)
    joined(far)
    expelled()

    with pytest.raises(OtherKeyPinned):
        joined(FarLog(1))
    assert due(NOON) == []
    joined(far)

    assert [peer.expelled_because for peer in due(NOON)] == [""]
    assert Entry.objects.filter(kind="peer.joined").count() == 2
    expelled()
    assert Entry.objects.filter(kind="peer.expelled").count() == 2


@pytest.mark.parametrize("because", ["", "  ", "x" * 401])
def test_nobody_is_expelled_without_a_reason(because):
    joined(FarLog(1))

    with pytest.raises(NoReason):
        expelled(because)
    assert due(NOON)
    assert not Entry.objects.filter(kind="peer.expelled").exists()


def test_a_stranger_is_not_expelled():
    with pytest.raises(NotAPeer):
        expelled()
    assert not Entry.objects.exists()


def test_whoever_is_expelled_reads_it_and_why_until_it_is_joined_again():
    far = FarLog()
    about = f"{HARBIN}/peer/cn-220200"
    said = {"place": "cn:220200", "because": "It forged\x1b[2J a receipt."}
    told = []
    for kind in ("peer.joined", "peer.expelled", "peer.joined"):
        far.entries.append(entry(0, kind=kind, about=about, body=said))
        follow(peer=joined(far), fetch=far.fetch, now=NOON)
        told.append(expelled_by(HARBIN))

    assert told == ["", "It forged [2J a receipt.", ""]
