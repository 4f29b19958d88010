"""Another place's log is taken as it was signed, or not at all."""

from datetime import timedelta

import pytest

from sameboat.ground.logbook import delivery, following, registry
from sameboat.ground.logbook.checking import LogBroken, check_log
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import (
    PeerForked,
    PeerLies,
    PeerSilent,
    due,
    follow,
    note_answer,
    note_failure,
)
from sameboat.ground.logbook.forks import read_fork
from sameboat.ground.logbook.models import Checkpoint, Entry, Fork, Peer
from sameboat.ground.logbook.peers import (
    leave,
)
from sameboat.ground.logbook.queries import body_of
from sameboat.ground.logbook.reading import UNREADABLE
from sameboat.ground.logbook.registry import reacts_to
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined
from sameboat.proof.fork import verify_fork

pytestmark = pytest.mark.django_db


def taken(far, peer, **given):
    return follow(peer=peer, fetch=far.fetch, now=NOON, **given)


def mine():
    return list(Entry.objects.filter(origin=HARBIN).order_by("index"))


def test_what_a_peer_said_is_taken_in_order_and_can_be_checked():
    far = FarLog(600)

    assert taken(far, joined(far)) == 600

    assert [bytes(each.canonical) for each in mine()] == far.entries
    assert mine()[7].about == f"{HARBIN}/observation/7"
    assert body_of(mine()[7]) == {"number": 7}
    assert check_log(HARBIN) == 600


def test_twice_is_once_and_only_what_is_new_is_fetched():
    far, peer = FarLog(300), None
    peer = joined(far)
    taken(far, peer)
    far.asked.clear()

    assert taken(far, peer) == 0
    assert not [path for path in far.asked if "entries" in path]

    far.entries += [entry(number) for number in range(300, 310)]
    assert taken(far, peer) == 10
    assert [path for path in far.asked if "entries" in path] == ["tile/entries/001.p/54"]
    assert check_log(HARBIN) == 310


def test_a_long_absence_is_made_up_in_bounded_passes():
    far = FarLog(1000)
    peer = joined(far)

    assert [taken(far, peer, bundles=1) for _pass in range(5)] == [256, 256, 256, 232, 0]
    assert check_log(HARBIN) == 1000


def test_a_line_that_is_cut_at_any_file_loses_nothing_and_takes_nothing_twice():
    far = FarLog(600)
    peer = joined(far)
    cuts = 0
    while True:
        count = 0

        def fetch(path, most, stop=cuts):
            nonlocal count
            count += 1
            if count > stop:
                raise OSError("the line was cut")
            return far.fetch(path, most)

        try:
            follow(peer=peer, fetch=fetch, now=NOON)
            break
        except OSError:
            cuts += 1
    assert cuts > 4
    assert [bytes(each.canonical) for each in mine()] == far.entries
    assert check_log(HARBIN) == 600


def test_a_partial_file_that_is_gone_is_the_beginning_of_the_full_one():
    far = FarLog(300)
    peer = joined(far)
    note = far.note()
    far.entries += [entry(number) for number in range(300, 520)]

    def fetch(path, most):
        if path == "checkpoint":
            return note
        return None if ".p/44" in path else far.fetch(path, most)

    assert follow(peer=peer, fetch=fetch, now=NOON) == 300
    assert check_log(HARBIN) == 300


def test_an_older_checkpoint_takes_nothing_back():
    far = FarLog(30)
    peer = joined(far)
    taken(far, peer)
    old = far.note(10)

    assert follow(peer=peer, fetch=lambda _path, _most: old, now=NOON) == 0
    assert len(mine()) == 30


@pytest.mark.parametrize("size", [10, 39])
def test_a_shorter_tree_of_another_history_is_kept_as_proof(size):
    far = FarLog(40)
    peer = joined(far)
    taken(far, peer)
    far.entries[7] = entry(7, about=f"{HARBIN}/observation/another")
    other = far.note(size)

    with pytest.raises(PeerForked):
        follow(peer=peer, fetch=lambda _path, _most: other, now=NOON)

    proved = verify_fork(read_fork(Fork.objects.get()), [far.signer.verifier])
    assert (proved.first.size, proved.second.size) == (size, 40)
    assert len(mine()) == 40


def test_a_shorter_tree_of_another_history_is_refused_while_ours_is_not_whole():
    far = FarLog(600)
    peer = joined(far)
    taken(far, peer, bundles=1)
    far.entries[7] = entry(7, about=f"{HARBIN}/observation/another")
    other = far.note(100)

    with pytest.raises(PeerLies, match="took back"):
        follow(peer=peer, fetch=lambda _path, _most: other, now=NOON)
    assert len(mine()) == 256


def corrupt(far, what):
    """Return the way to fetch, with one file that is not what it was."""

    def fetch(path, most):
        found = far.fetch(path, most)
        if found is not None and path.startswith(what):
            return found[:-1] + bytes([found[-1] ^ 1])
        return found

    return fetch


@pytest.mark.parametrize("what", ["checkpoint", "tile/0", "tile/entries"])
def test_a_byte_that_was_changed_on_the_way_is_noticed_and_nothing_is_taken(what):
    far = FarLog(300)
    peer = joined(far)

    with pytest.raises(PeerLies):
        follow(peer=peer, fetch=corrupt(far, what), now=NOON)

    assert mine() == []
    assert not Checkpoint.objects.filter(origin=HARBIN).exists()
    assert taken(far, peer) == 300


def test_a_few_new_entries_need_no_tiles_and_are_verified_all_the_same():
    far = FarLog(300)
    peer = joined(far)
    taken(far, peer)
    far.entries += [entry(number) for number in range(300, 305)]
    far.asked.clear()

    with pytest.raises(PeerLies):
        follow(peer=peer, fetch=corrupt(far, "tile/entries"), now=NOON)
    assert len(mine()) == 300
    far.asked.clear()
    assert taken(far, peer) == 5

    assert far.asked == ["checkpoint", "tile/entries/001.p/49"]
    assert check_log(HARBIN) == 305
    far.asked.clear()
    assert taken(far, peer) == 0
    assert far.asked == ["checkpoint"]


def test_another_key_is_not_the_peer():
    far, other = FarLog(5), FarLog(5)
    peer = joined(far)

    with pytest.raises(PeerLies, match="None of the known keys"):
        taken(other, peer)
    assert mine() == []


def test_a_log_that_took_something_back_is_refused_with_proof_and_what_was_taken_stays():
    far = FarLog(40)
    peer = joined(far)
    taken(far, peer)
    before = [bytes(each.canonical) for each in mine()]
    far.entries[7] = entry(7, about=f"{HARBIN}/observation/another")
    far.entries.append(entry(41))

    with pytest.raises(PeerForked, match="their first 40 entries"):
        taken(far, peer)

    assert [bytes(each.canonical) for each in mine()] == before
    assert check_log(HARBIN) == 40
    proved = verify_fork(read_fork(Fork.objects.get()), [far.signer.verifier])
    assert (proved.first.size, proved.second.size) == (40, 41)


def test_two_histories_of_one_length_are_kept_as_proof():
    far = FarLog(40)
    peer = joined(far)
    taken(far, peer)
    first = far.note()
    far.entries[7] = entry(7, about=f"{HARBIN}/observation/another")

    for _twice in range(2):
        with pytest.raises(PeerForked, match="two histories"):
            taken(far, peer)

    (fork,) = Fork.objects.all()
    assert (bytes(fork.first), bytes(fork.second)) == (first, far.note())
    assert verify_fork(read_fork(fork), [far.signer.verifier]).first.size == 40
    assert len(mine()) == 40


def test_a_node_without_a_log_says_so():
    far = FarLog(3)
    peer = joined(far)

    with pytest.raises(PeerSilent, match="no signed log"):
        follow(peer=peer, fetch=lambda _path, _most: None, now=NOON)


def test_an_entry_in_another_form_is_kept_and_no_reaction_cares():
    far = FarLog()
    far.entries = [
        b"not JSON", b"[]", entry(1, v=2), entry(2, place="nowhere"), entry(3, said_at="noon"),
        entry(4, audience="*"), entry(5, more=1), entry(6, about="x" * 161), b"\xff", b"",
        entry(7, after=[1]), entry(7, after=["cn:230100/entry/0"] * 65), b'{"v":1}',
        entry(3, said_at="0001-01-01T00:00:00+23:59"),
        entry(3, said_at="9999-12-31T23:59:59-23:59"), entry(3, said_at=7), entry(6, about="x"),
        entry(4, audience=["\0"]), entry(6, kind="a\0b"), entry(8),
    ]  # fmt: skip

    assert taken(far, joined(far)) == len(far.entries)

    assert [each.kind for each in mine()[:-1]] == [UNREADABLE] * (len(far.entries) - 1)
    assert mine()[-1].kind == "observation.recorded"
    assert [bytes(each.canonical) for each in mine()] == far.entries


def test_what_others_say_wakes_only_reactions_that_ask_for_it(monkeypatch):
    reactions = {}
    for module in (registry, delivery):
        monkeypatch.setattr(module, "REACTIONS", reactions)
    heard = []

    @reacts_to("observation.recorded")
    def at_home(*, entry, now):
        heard.append(("home", entry.index))

    @reacts_to("observation.recorded", foreign=True)
    def anywhere(*, entry, now):
        heard.append(("anywhere", entry.index))

    far = FarLog(3)
    taken(far, joined(far))
    deliver(now=NOON)
    deliver(now=NOON)

    assert heard == [("anywhere", 0), ("anywhere", 1), ("anywhere", 2)]


def test_a_peer_that_answers_every_second_is_not_written_down_every_second():
    peer = joined(FarLog(1))
    seen = []
    for second in range(25):
        peer.refresh_from_db()
        note_answer(peer=peer, now=NOON + timedelta(seconds=second))
        peer.refresh_from_db()
        seen.append(peer.answered_at)

    assert len(set(seen)) == 3
    note_failure(peer=peer, problem="no route", now=NOON, jitter=0.0)
    peer.refresh_from_db()
    note_answer(peer=peer, now=NOON + timedelta(seconds=25))
    peer.refresh_from_db()
    assert (peer.problem, peer.failures) == ("", 0)


def test_who_does_not_answer_is_asked_less_often_and_at_once_again_when_well():
    far = FarLog(1)
    peer = joined(far)
    pauses = []
    for _failure in range(12):
        peer.refresh_from_db()
        note_failure(peer=peer, problem="no route", now=NOON, jitter=0.5)
        peer.refresh_from_db()
        pauses.append(peer.retry_at - NOON)
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=1)
    assert pauses[-1] == following.LONGEST_PAUSE
    assert due(NOON) == []
    assert due(NOON + timedelta(hours=1)) == [peer]

    note_answer(peer=peer, now=NOON)

    assert due(NOON) == [peer]


def test_checkpoints_of_a_log_without_a_key_do_not_hold():
    far = FarLog(3)
    peer = joined(far)
    taken(far, peer)
    Peer.objects.all().delete()

    with pytest.raises(LogBroken, match="without a key"):
        check_log(HARBIN)


def test_a_hint_is_one_look_however_often_it_is_given_and_a_strangers_is_none():
    far = FarLog(1)
    peer = joined(far)
    note_failure(peer=peer, problem="no route", now=NOON, jitter=0.0)

    assert following.take_hints() == []
    for _often in range(3):
        assert following.note_hint(origin=HARBIN)
    assert not following.note_hint(origin="cn:999999")

    assert following.take_hints() == [peer]
    assert following.take_hints() == []
    leave(origin=HARBIN, by="operator", now=NOON)
    assert not following.note_hint(origin=HARBIN)


def test_a_clock_that_was_put_back_makes_nobody_wait():
    far = FarLog(3)
    peer = joined(far)
    note_failure(peer=peer, problem="silent", now=NOON, jitter=1.0)

    assert due(NOON) == []
    assert due(NOON - timedelta(minutes=10)) == [peer]
