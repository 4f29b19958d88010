"""Whether enough others have cosigned our log, by the node's own policy."""

from datetime import UTC, datetime

import pytest

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.models import LogKey
from sameboat.ground.logbook.peers import leave
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.ground.logbook.sufficing import (
    NobodyToCount,
    OtherQuorum,
    first_policy,
    known_logs,
    own_policy,
    revoked_logs,
    standing,
    with_known_witnesses,
)
from sameboat.ground.logbook.tests.far_log import NOON, joined, log_of
from sameboat.ground.logbook.witnessing import keep_cosignature
from sameboat.lib.fault import FaultyInput
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import make_signer
from sameboat.proof.note import read_note
from sameboat.proof.policy import read_policy

pytestmark = pytest.mark.django_db
PLACE, PLACES = "cn:220200", ("cn:230100", "cn:230800", "cn:220700")


class Signed:
    """Our own log, and three peers that cosign it when told to."""

    def __init__(self, folder):
        self.keys = KeyFolder(folder)
        self.signer, _witness = self.keys.make("jilin.example/log", b"open sesame")
        begin_log(origin=PLACE, signer=self.signer, now=NOON)
        self.far = [log_of(place) for place in PLACES]
        self.peers = [joined(far, place=place) for far, place in zip(self.far, PLACES, strict=True)]

    def sign(self):
        say(kind="peer.left", place=PLACE, about=f"{PLACE}/peer/x", body={}, audience=["*"],
            by="operator", now=NOON)  # fmt: skip
        self.point = publish(origin=PLACE, signer=self.signer, keys=self.keys, now=NOON)
        return self.point.size

    def cosign(self, number, seconds):
        text = read_note(bytes(self.point.note)).text
        line = cosign(text, self.far[number].witness, time=int(NOON.timestamp()) + seconds)
        keep_cosignature(point=self.point, peer=self.peers[number], body=f"{line}\n")


@pytest.fixture
def ours(tmp_path):
    return Signed(tmp_path)


def after(seconds):
    return datetime.fromtimestamp(NOON.timestamp() + seconds, UTC)


def test_a_policy_is_met_when_the_last_one_that_is_needed_has_cosigned(ours):
    policy, size = first_policy(quorum=2), ours.sign()

    before = standing(policy)
    ours.cosign(2, seconds=9)
    one = standing(policy)
    ours.cosign(0, seconds=5)
    ours.cosign(1, seconds=60)
    found = standing(policy)

    assert (before.met, before.met_at, before.size) == (False, None, size)
    assert (before.rules[0].lacking, before.rules[0].missing) == (2, PLACES)
    assert (one.met, one.rules[0].lacking, one.rules[0].missing) == (False, 1, PLACES[:2])
    assert (found.met, found.met_at, found.rules[0].lacking) == (True, after(9), 0)
    assert [(each.origin, each.at) for each in found.witnesses] == [
        (PLACES[0], after(5)), (PLACES[1], after(60)), (PLACES[2], after(9))
    ]  # fmt: skip


def test_while_the_newest_checkpoint_lacks_some_the_newest_that_has_enough_is_told(ours):
    policy, first = first_policy(quorum=1), ours.sign()
    ours.cosign(0, seconds=5)
    ours.sign()
    ours.sign()

    found = standing(policy)

    assert not found.met
    assert (found.met_size, found.met_at) == (first, after(5))


def test_before_the_first_checkpoint_no_policy_is_met_and_nobody_is_needed_where_none_says_so(ours):
    nobody = read_policy("quorum none\n")
    assert not standing(nobody).met
    assert not standing(first_policy(quorum=1)).met

    ours.sign()

    assert standing(nobody).met
    assert standing(nobody).met_at == NOON
    assert standing(nobody).rules == ()


def test_what_a_group_of_groups_lacks_is_told_group_by_group(ours):
    ours.sign()
    lines = [f"witness w{number} {far.witness.verifier}" for number, far in enumerate(ours.far)]
    policy = read_policy("\n".join([*lines, "group two any w0 w1", "group all all two w2",
                                    "quorum all"]))  # fmt: skip
    ours.cosign(2, seconds=1)

    found = standing(policy)

    assert [(each.name, each.lacking, each.missing) for each in found.rules] == [
        ("all", 1, ("two",)), ("two", 1, ("w0", "w1"))
    ]  # fmt: skip
    assert found.reachable


def test_who_is_told_and_whom_no_group_counts_does_not_count(ours):
    ours.sign()
    lines = [f"witness w{number} {far.witness.verifier}" for number, far in enumerate(ours.far)]
    policy = read_policy("\n".join([*lines, "quorum w1"]))
    ours.cosign(0, seconds=1)

    found = standing(policy)

    assert [each.name for each in found.witnesses] == ["w1"]
    assert (found.met, found.rules[0].missing) == (False, ("w1",))


def test_a_policy_that_those_who_are_followed_can_never_meet_is_known(ours):
    policy = first_policy(quorum=3)
    assert standing(policy).reachable

    leave(origin=PLACES[1], by="operator", now=NOON)

    found = standing(policy)
    assert not found.reachable
    assert [each.origin for each in found.witnesses] == [PLACES[0], "", PLACES[2]]


def test_a_cosignature_under_another_key_of_the_same_name_counts_for_nothing(ours):
    ours.sign()
    ours.cosign(0, seconds=1)
    other = make_signer(ours.far[0].witness.name, ours.far[0].witness.kind).verifier

    assert not standing(read_policy(f"witness w {other}\nquorum w\n")).met


def test_a_first_policy_is_read_as_it_is_written_and_names_every_log_and_witness(ours):
    found = first_policy(quorum=2)

    assert read_policy(str(found)) == found
    assert found.logs == (ours.signer.verifier, *(far.signer.verifier for far in ours.far))
    assert f"group peers 2 {' '.join(PLACES)}\nquorum peers\n" in str(found)


@pytest.mark.parametrize("quorum", [-1, 0, 4])
def test_a_first_policy_asks_for_no_more_than_there_are(ours, quorum):
    with pytest.raises(OtherQuorum):
        first_policy(quorum=quorum)


def test_without_a_peer_there_is_no_policy_to_write():
    with pytest.raises(NobodyToCount):
        first_policy(quorum=1)


def test_no_policy_is_none_and_a_wrong_one_is_told_by_file_and_line(settings, tmp_path):
    settings.LOG_POLICY = None
    assert own_policy() is None

    settings.LOG_POLICY = tmp_path / "policy.txt"
    with pytest.raises(FaultyInput) as missing:
        own_policy()
    assert missing.value.faults[0].file == str(tmp_path / "policy.txt")

    settings.LOG_POLICY.write_text("# ours\nquorum peers\n")
    with pytest.raises(FaultyInput) as wrong:
        own_policy()
    fault = wrong.value.faults[0]
    assert (fault.line, fault.value, fault.file) == (2, "peers", str(settings.LOG_POLICY))


def test_the_keys_of_a_log_that_is_followed_are_those_of_its_time_and_others_are_the_policys(ours):
    far, stranger = ours.far[0], make_signer("stranger.example/log").verifier
    policy = read_policy(f"log {stranger}\nlog {far.signer.verifier}\nquorum none\n")
    assert revoked_logs(policy) == []
    LogKey.objects.create(
        origin=PLACES[0], verifier=str(far.signer.verifier), made_at=NOON, revoked_index=4
    )

    assert known_logs("jilin.example/log", 9, None) == [ours.signer.verifier]
    assert known_logs(far.signer.name, 9, policy) == []
    assert known_logs(stranger.name, 9, policy) == [stranger]
    assert known_logs(stranger.name, 9, None) == []
    assert revoked_logs(policy) == [PLACES[0]]


def test_witnesses_that_are_followed_are_known_beside_a_policy_and_change_nothing_of_it(ours):
    policy = read_policy(f"witness w {ours.far[0].witness.verifier}\nquorum w\n")

    found = with_known_witnesses(policy)

    assert set(found.witnesses.values()) == {far.witness.verifier for far in ours.far}
    assert len(found.witnesses) == 3
    assert not found.enough([ours.far[1].witness.verifier])
    assert with_known_witnesses(None).enough(())
