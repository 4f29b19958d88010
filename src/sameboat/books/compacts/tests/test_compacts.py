"""Compacts on a node: said by us, heard from others, and who is meant by one."""

import hashlib
from datetime import timedelta
from importlib import import_module
from uuid import UUID, uuid4

import pytest

from sameboat.books.compacts import rebuilding
from sameboat.books.compacts.actions import (
    decline_compact,
    leave_compact,
    propose_compact,
    sign_compact,
)
from sameboat.books.compacts.models import CompactVersion
from sameboat.books.compacts.queries import (
    audience_of,
    compact_by_address,
    members_of,
    version_of,
    waiting_for_us,
)
from sameboat.books.compacts.refusals import (
    AlreadyAnswered,
    NotAMember,
    NotFollowed,
    NotInForce,
    NotOpen,
    SignedAnother,
    TermsTooLarge,
    UnknownCompact,
)
from sameboat.books.compacts.terms import read_terms
from sameboat.ground.logbook.bodies import keep_body, list_wanted
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import Body, Entry
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined, log_of
from sameboat.lib.fault import FaultyInput
from sameboat.proof.canon import canonical, read_canonical

pytestmark = pytest.mark.django_db
JILIN = "cn:220200"
KEY = UUID("0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a11")
THEIRS = f"{HARBIN}/compact/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a12"
TERMS = {
    "names": {"en": "Songhua", "zh-Hans": "松花江"}, "purpose": {"en": "Warn each other."},
    "members": [JILIN, HARBIN],
}  # fmt: skip


@pytest.fixture
def harbin():
    import_module("sameboat.books.compacts.reactions")
    far = FarLog()
    far.peer = joined(far)
    return far


def propose(key=KEY, by="operator", **changes):
    return propose_compact(**TERMS | changes, key=key, by=by, now=NOON)


def hear(far, kind, about, **body):
    """Let the other place say something; return the address of its entry."""
    far.entries.append(entry(0, kind=kind, about=about, body=body))
    follow(peer=far.peer, fetch=far.fetch, now=NOON)
    deliver(now=NOON)
    return f"{HARBIN}/entry/{len(far.entries) - 1}"


def hear_signed(far, version):
    told = {"proposal": version.proposal, "digest": version.digest, "amends": version.amends}
    return hear(
        far, "compact.signed", version.compact.address, **told, by=f"{HARBIN}/desk/leader#1"
    )


def theirs(far, **changes):
    told = {"coordinating_body": "", "led_from": "beside", "amends": "", "key": "k"}
    return hear(far, "compact.proposed", THEIRS, **TERMS | told | changes)


def said():
    return list(Entry.objects.filter(origin=JILIN).values_list("kind", flat=True))


def test_what_we_propose_is_in_force_once_both_logs_have_signed(harbin):
    version = propose()
    assert (version.state, version.number) == ("proposed", 1)
    assert audience_of(version.compact.address) == []

    sign_compact(proposal=version.proposal, by="operator", now=NOON)
    assert version_of(version.proposal).state == "proposed"
    hear_signed(harbin, version)

    signed = version_of(version.proposal)
    assert signed.state == "in_force"
    assert {each.place: each.by for each in signed.answers.all()} == {
        JILIN: "operator", HARBIN: f"{HARBIN}/desk/leader#1",
    }  # fmt: skip
    assert members_of(version.compact.address) == audience_of(version.compact.address)
    assert audience_of(version.compact.address) == [JILIN, HARBIN]


def test_what_they_propose_waits_for_us_and_our_signature_is_said_once(harbin):
    proposal = theirs(harbin)
    assert [each.proposal for each in waiting_for_us()] == [proposal]

    for _time in range(2):
        sign_compact(proposal=proposal, by="operator", now=NOON)

    assert said() == ["peer.joined", "compact.signed"]
    assert waiting_for_us() == []
    (answer,) = version_of(proposal).answers.all()
    last = Entry.objects.filter(origin=JILIN).last()
    assert (answer.entry, last.after) == (f"{JILIN}/entry/1", [proposal])


def test_proposed_twice_is_once_and_faulty_terms_are_not_said(harbin):
    assert propose() == propose()
    with pytest.raises(FaultyInput, match="members"):
        propose(uuid4(), members=[JILIN])
    with pytest.raises(NotAMember):
        propose(uuid4(), members=[HARBIN, "cn:230800"])
    with pytest.raises(NotFollowed, match="cn:230800"):
        propose(uuid4(), members=[JILIN, "cn:230800"])
    with pytest.raises(NotInForce):
        propose(uuid4(), amends=f"{JILIN}/entry/1")

    assert said() == ["peer.joined", "compact.proposed"]
    assert CompactVersion.objects.count() == 1


def test_declined_is_final_and_is_told_to_whoever_would_sign(harbin):
    proposal = theirs(harbin)

    for _time in range(2):
        declined = decline_compact(proposal=proposal, because="too soon", by="op", now=NOON)

    assert declined.state == "declined"
    with pytest.raises(AlreadyAnswered, match="declined"):
        sign_compact(proposal=proposal, by="op", now=NOON)
    assert said() == ["peer.joined", "compact.declined"]


def test_what_another_has_declined_is_not_open(harbin):
    version = propose()
    hear(harbin, "compact.declined", version.compact.address,
         proposal=version.proposal, because="no")  # fmt: skip

    with pytest.raises(NotOpen, match="declined"):
        sign_compact(proposal=version.proposal, by="op", now=NOON)


def test_a_compact_between_others_is_known_and_not_ours_to_answer(harbin):
    proposal = theirs(harbin, members=[HARBIN, "cn:230800"])

    for deed in (
        lambda: sign_compact(proposal=proposal, by="op", now=NOON),
        lambda: decline_compact(proposal=proposal, because="", by="op", now=NOON),
    ):
        with pytest.raises(NotAMember):
            deed()
    with pytest.raises(UnknownCompact):
        sign_compact(proposal=f"{HARBIN}/entry/99", by="op", now=NOON)
    with pytest.raises(UnknownCompact):
        leave_compact(address=f"{HARBIN}/compact/9", because="", by="op", now=NOON)
    with pytest.raises(NotInForce):
        leave_compact(address=THEIRS, because="", by="op", now=NOON)
    assert said() == ["peer.joined"]


def in_force(far):
    version = propose()
    sign_compact(proposal=version.proposal, by="operator", now=NOON)
    hear_signed(far, version)
    return version_of(version.proposal)


def test_an_amendment_takes_its_place_when_all_have_signed_it(harbin):
    first = in_force(harbin)
    second = propose(uuid4(), amends=first.proposal, names={"en": "Songhua and Nen"})
    third = propose(uuid4(), amends=first.proposal, names={"en": "Another"})
    sign_compact(proposal=second.proposal, by="operator", now=NOON)
    with pytest.raises(SignedAnother):
        sign_compact(proposal=third.proposal, by="operator", now=NOON)
    assert version_of(first.proposal).state == "in_force"

    hear_signed(harbin, second)

    versions = compact_by_address(first.compact.address).versions.all()
    assert [(each.number, each.state) for each in versions] == [
        (1, "amended"), (2, "in_force"), (2, "overtaken"),
    ]  # fmt: skip


def test_another_amendment_can_be_signed_once_the_one_that_was_is_declined(harbin):
    first = in_force(harbin)
    second = propose(uuid4(), amends=first.proposal, names={"en": "Songhua and Nen"})
    third = propose(uuid4(), amends=first.proposal, names={"en": "Another"})
    sign_compact(proposal=second.proposal, by="operator", now=NOON)
    hear(harbin, "compact.declined", first.compact.address, proposal=second.proposal, because="")

    sign_compact(proposal=third.proposal, by="operator", now=NOON)
    hear_signed(harbin, third)

    assert version_of(third.proposal).state == "in_force"


def test_whoever_leaves_is_no_longer_meant(harbin):
    first = in_force(harbin)

    for _time in range(2):
        leave_compact(address=first.compact.address, because="", by="op", now=NOON)

    assert said().count("compact.left") == 1
    assert version_of(first.proposal).state == "ended"
    assert audience_of(first.compact.address) == []


def test_only_who_may_decide_for_the_place_signs(harbin):
    from sameboat.ground.people.actions import add_person
    from sameboat.ground.people.refusals import NotAllowed

    proposal = theirs(harbin)
    wang = add_person(username="wang", number=7, desk="duty", password="a long enough password",
                      by="operator", now=NOON - timedelta(days=1))  # fmt: skip

    with pytest.raises(NotAllowed):
        sign_compact(proposal=proposal, by=wang, now=NOON)
    with pytest.raises(NotAllowed):
        propose(by=wang)
    assert said() == ["peer.joined"]


def test_what_is_signed_is_the_digest_of_the_terms(harbin):
    version = version_of(theirs(harbin))

    assert (
        version.digest
        == read_terms(TERMS | {"coordinating_body": "", "led_from": "beside", "amends": ""}).digest
    )


def beside(far, audience=("*",), **content):
    """Let the other place say something whose body lies beside its log; return its raw body."""
    body = content.pop("body")
    raw = b"s" * 16 + canonical(body)
    told = read_canonical(entry(0, audience=list(audience), **content, digest=sha256(raw)))
    del told["body"]
    far.entries.append(canonical(told))
    follow(peer=far.peer, fetch=far.fetch, now=NOON)
    deliver(now=NOON)
    return raw


def sha256(raw):
    return hashlib.sha256(raw).hexdigest()


def test_a_signature_that_is_for_us_alone_counts_for_nobody(harbin):
    """Else it would be in force here, and not for the other members."""
    version = propose()
    sign_compact(proposal=version.proposal, by="operator", now=NOON)

    told = {"proposal": version.proposal, "digest": version.digest}
    raw = beside(harbin, (JILIN,), kind="compact.signed", about=version.compact.address, body=told)
    keep_body(wanted=list_wanted()[0], raw=raw, now=NOON)
    deliver(now=NOON)
    assert version_of(version.proposal).state == "proposed"

    hear_signed(harbin, version)
    assert version_of(version.proposal).state == "in_force"


def test_what_lies_beside_the_log_is_no_proposal_whenever_it_comes(harbin):
    """Who holds a body back from some would show them another compact than the others."""
    told = {"coordinating_body": "", "led_from": "beside", "amends": "", "key": "early"}
    raw = beside(harbin, kind="compact.proposed", about=THEIRS, body=TERMS | told)
    second = theirs(harbin)
    sign_compact(proposal=second, by="operator", now=NOON)
    hear_signed(harbin, version_of(second))

    keep_body(wanted=list_wanted()[0], raw=raw, now=NOON)
    deliver(now=NOON)
    rebuilding.rebuild(address=THEIRS)

    found = compact_by_address(THEIRS)
    assert [(each.proposal, each.state) for each in found.versions.all()] == [(second, "in_force")]


def test_a_signature_beside_the_log_counts_for_nobody(harbin):
    version = propose()
    sign_compact(proposal=version.proposal, by="operator", now=NOON)
    told = {"proposal": version.proposal, "digest": version.digest, "amends": ""}

    raw = beside(harbin, kind="compact.signed", about=version.compact.address, body=told)
    keep_body(wanted=list_wanted()[0], raw=raw, now=NOON)
    deliver(now=NOON)
    rebuilding.rebuild(address=version.compact.address)

    assert version_of(version.proposal).state == "proposed"


def test_terms_that_do_not_fit_into_the_log_are_refused_with_the_size_that_does(harbin):
    with pytest.raises(TermsTooLarge) as refused:
        propose(purpose={"zh-Hans": "江" * 4000, "en": "x" * 4000})
    assert said() == ["peer.joined"]
    assert not Body.objects.exists()

    over = refused.value.facts["bytes"] - refused.value.facts["limit"]
    with pytest.raises(TermsTooLarge):
        propose(purpose={"zh-Hans": "江" * 4000, "en": "x" * (4000 - over + 1)})
    propose(purpose={"zh-Hans": "江" * 4000, "en": "x" * (4000 - over)})

    assert Entry.objects.get(kind="compact.proposed").digest is None


def test_what_outsiders_say_of_a_compact_is_not_read_each_time(harbin, monkeypatch):
    version = propose()
    deliver(now=NOON)
    jiamusi = log_of("cn:230800")
    peer = joined(jiamusi, place="cn:230800")
    told = {"proposal": version.proposal, "digest": version.digest}
    raw = entry(0, kind="compact.signed", about=version.compact.address, body=told)
    jiamusi.entries += [raw] * 3
    read = []
    reactions = import_module("sameboat.books.compacts.reactions")
    monkeypatch.setattr(reactions, "rebuild", lambda *, address: read.append(address))

    follow(peer=peer, fetch=jiamusi.fetch, now=NOON)
    deliver(now=NOON)
    assert read == []

    hear_signed(harbin, version)
    assert read == [version.compact.address]


def test_of_what_one_place_says_of_a_compact_the_beginning_counts(harbin, monkeypatch):
    """Who talks without end makes nobody read without end."""
    monkeypatch.setattr(rebuilding, "MOST_SAID", 2)
    version = propose()
    sign_compact(proposal=version.proposal, by="operator", now=NOON)
    for _each in range(2):
        hear(harbin, "compact.declined", version.compact.address, proposal="none")

    hear_signed(harbin, version)

    assert version_of(version.proposal).state == "proposed"


def test_what_counts_no_more_is_not_read_for_and_what_is_known_is_not_written_again(
    harbin, monkeypatch, django_assert_max_num_queries
):
    """Each word costs the same, however many texts there are and however much was said."""
    monkeypatch.setattr(rebuilding, "MOST_SAID", 20)
    terms = TERMS | {"coordinating_body": "", "led_from": "beside"}
    first = hear(harbin, "compact.proposed", THEIRS, **terms, amends="")
    for _each in range(18):
        hear(harbin, "compact.proposed", THEIRS, **terms, amends=first)
    last = Entry.objects.get(origin=HARBIN, index=hear_index(harbin, THEIRS))

    with django_assert_max_num_queries(12):
        rebuilding.rebuild(address=THEIRS)
    assert rebuilding.concerns(last)

    beyond = Entry.objects.get(origin=HARBIN, index=hear_index(harbin, THEIRS))
    assert not rebuilding.concerns(beyond)


def hear_index(harbin, about):
    """Hear one more word that changes nothing; return its index."""
    hear(harbin, "compact.left", about, proposal="none")
    return len(harbin.entries) - 1


def test_a_place_signs_with_its_own_desks_alone(harbin):
    version = propose()
    told = {"proposal": version.proposal, "digest": version.digest}
    hear(harbin, "compact.signed", version.compact.address, **told, by=f"{JILIN}/desk/leader#1")

    assert [each.by for each in version_of(version.proposal).answers.all()] == [""]
