"""A long catch-up: over a cut line, while the log grows, and while it signs another history."""

from contextlib import suppress

import pytest

from sameboat.ground.logbook.checking import check_log
from sameboat.ground.logbook.following import PeerForked, PeerLies, follow
from sameboat.ground.logbook.forks import read_fork
from sameboat.ground.logbook.models import Entry, Fork, Peer
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined
from sameboat.proof.fork import verify_fork

pytestmark = pytest.mark.django_db


def taken(far, peer, **given):
    return follow(peer=peer, fetch=far.fetch, now=NOON, **given)


def mine():
    return list(Entry.objects.filter(origin=HARBIN).order_by("index"))


def corrupt(far, what):
    """Return the way to fetch, with one file that is not what it was."""

    def fetch(path, most):
        found = far.fetch(path, most)
        if found is not None and path.startswith(what):
            return found[:-1] + bytes([found[-1] ^ 1])
        return found

    return fetch


@pytest.mark.parametrize("more", [0, 1])
def test_another_history_in_the_middle_of_a_long_catch_up_is_kept_as_proof(more):
    far = FarLog(1000)
    peer = joined(far)
    taken(far, peer, bundles=1)
    far.entries[700] = entry(700, about=f"{HARBIN}/observation/another")
    far.entries += [entry(1000 + number) for number in range(more)]

    with pytest.raises(PeerForked, match="their first 1000 entries"):
        taken(far, Peer.objects.get())

    proved = verify_fork(read_fork(Fork.objects.get()), [far.signer.verifier])
    assert (proved.first.size, proved.second.size) == (1000, 1000 + more)
    assert len(mine()) == 256


def test_a_log_that_grows_during_a_long_catch_up_is_taken_to_its_end():
    far = FarLog(600)
    peer = joined(far)
    for _pass in range(3):
        taken(far, peer, bundles=1)
        far.entries += [entry(len(far.entries) + number) for number in range(50)]
    taken(far, peer)

    assert [bytes(each.canonical) for each in mine()] == far.entries
    assert Peer.objects.get().begun is None
    assert check_log(HARBIN) == len(far.entries)


def test_a_tile_that_was_changed_on_the_way_is_no_proof_of_another_history():
    far = FarLog(40)
    peer = joined(far)
    taken(far, peer)
    far.entries += [entry(number) for number in range(40, 600)]

    with pytest.raises(PeerLies, match="not of this tree"):
        follow(peer=peer, fetch=corrupt(far, "tile/0/000"), now=NOON)

    assert not Fork.objects.exists()
    assert taken(far, peer) == 560


def test_thousands_of_entries_over_a_line_that_is_cut_again_and_again_are_each_taken_once():
    far = FarLog(3000)
    peer = joined(far)
    bundles = []
    for _try in range(20):
        left = 4  # files until the line is cut

        def fetch(path, most):
            nonlocal left
            if left == 0:
                raise OSError("the line was cut")
            left -= 1
            bundles.extend([path] if "entries" in path else [])
            return far.fetch(path, most)

        with suppress(OSError):
            follow(peer=peer, fetch=fetch, now=NOON)

    assert [bytes(each.canonical) for each in mine()] == far.entries
    assert len(bundles) == len(set(bundles)) == 12
    assert check_log(HARBIN) == 3000
