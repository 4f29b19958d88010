import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.cosignature import read_cosignature
from sameboat.proof.faults import BadProof
from sameboat.proof.fork import Fork, NoFork, fork_from_tree, verify_fork
from sameboat.proof.keys import COSIGNER
from sameboat.proof.merkle import EMPTY, consistency_proof, leaf_hash, node_hash, root_of
from sameboat.proof.note import read_line, sign_note
from sameboat.proof.tests.seeded import signer
from sameboat.proof.tests.test_tree import LEAVES, read
from sameboat.proof.witness import (
    LINES_TYPE,
    SIZE_TYPE,
    BadRequest,
    Request,
    Seen,
    answer,
    origin_of,
    read_request,
)

ORIGIN = "log.example/jilin"
LOG = signer(ORIGIN)
WITNESS = signer("harbin.example/witness", COSIGNER)
NOW = 1_700_000_000


def noted(size, leaves=LEAVES, key=LOG, origin=ORIGIN):
    return sign_note(str(Checkpoint(origin, size, root_of(leaves[:size]))), key).to_bytes()


def sent(old, size, *, proof=None, note=None):
    told = tuple(consistency_proof(old, size, read) if proof is None else proof)
    return Request(old, told, note or noted(size)).to_bytes()


def asked(body, recorded=None):
    return answer(body, {ORIGIN: [LOG.verifier]}, recorded or {}, WITNESS, time=NOW)


def seen(size):
    return {ORIGIN: Seen(size, root_of(LEAVES[:size]), noted(size))}


def test_a_tree_that_grows_is_cosigned_and_recorded():
    found = asked(sent(5, 9), seen(5))

    assert found.status == 200
    assert found.seen == seen(9)[ORIGIN]
    line = read_line(found.body.rstrip("\n"))
    text = noted(9).decode().split("\n\n")[0] + "\n"
    assert read_cosignature(text, line, WITNESS.verifier).time == NOW


def test_the_first_tree_needs_no_proof():
    assert asked(sent(0, 3)).status == 200


def test_the_same_tree_again_is_cosigned_again():
    assert asked(sent(9, 9), seen(9)).status == 200


@pytest.mark.parametrize(
    ("body", "recorded", "status"),
    [
        (b"", {}, 400), (b"old 1\n", {}, 400),
        *((f"old{old}\n\n".encode() + noted(3), {}, 400)
          for old in (" 01", " -5", " 5 ", " +5", " 0x5", "  5",
                      "", " 99999999999999999999", " ٥", " 1_0")),
        (b"OLD 0\n\n" + noted(3), {}, 400),
        (sent(0, 3).replace(b"\n", b"\r\n"), {}, 400), (sent(0, 3)[:-1], {}, 400),
        (sent(0, 3).split(b"\n\n\xe2")[0] + b"\n\n", {}, 400),
        (sent(0, 3, proof=[bytes(32)] * 64), {}, 400), (sent(0, 3, proof=[b"short"]), {}, 400),
        (b"old 0\nnot base64!\n\n" + noted(3), {}, 400), (b"A" * 600_000, {}, 400),
        (sent(5, 5).replace(b"old 5", b"old 6"), seen(5), 400),
        (sent(0, 3, note=sign_note("text\n", LOG).to_bytes()), {}, 400),
        (sent(0, 3, note=noted(3, origin="log.example/else")), {}, 404),
        (sent(0, 3, note=noted(3, origin="log.example/else", key=signer("x"))), {}, 404),
        (sent(0, 3, note=noted(3, key=signer(ORIGIN, seed=2))), {}, 403),
        (sent(5, 9).replace(b"\n9\n", b"\n8\n"), seen(5), 403),
        (sent(6, 3, proof=[], note=noted(3, key=signer(ORIGIN, seed=2))), seen(5), 403),
        (sent(6, 3, proof=[]), seen(5), 400),
        (sent(4, 9), seen(5), 409), (sent(6, 9), seen(5), 409), (sent(0, 3), seen(5), 409),
        (sent(5, 9, proof=[bytes(32)] * 3), seen(5), 422), (sent(5, 9, proof=[]), seen(5), 422),
        (sent(5, 9, proof=consistency_proof(5, 9, read)[1:]), seen(5), 422),
        (sent(5, 9, proof=[*consistency_proof(5, 9, read), EMPTY]), seen(5), 422),
        (sent(0, 3, proof=[bytes(32)]), {}, 422), (sent(5, 5, proof=[EMPTY]), seen(5), 422),
        (sent(0, 0, note=sign_note(f"{Checkpoint(ORIGIN, 0, bytes(32))}", LOG).to_bytes()), {},
         422),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_number_and_nothing_is_recorded(body, recorded, status):
    found = asked(body, recorded)

    assert found.status == status
    assert found.seen is None
    assert found.body.endswith("\n")


def test_who_does_not_know_the_size_is_told_it():
    assert asked(sent(4, 9), seen(5)).body == "5\n"
    assert asked(sent(4, 9), seen(5)).content_type == SIZE_TYPE == "text/x.tlog.size"
    assert asked(sent(5, 9), seen(5)).content_type == LINES_TYPE


FORKED = [*LEAVES[:2], leaf_hash(b"rewritten"), *LEAVES[3:40]]


def read_forked(level, index):
    if level == 0:
        return FORKED[index]
    return node_hash(read_forked(level - 1, 2 * index), read_forked(level - 1, 2 * index + 1))


def test_two_roots_of_one_size_are_kept_as_proof_of_a_fork():
    other = noted(5, FORKED)

    for old in (5, 0):
        found = asked(sent(old, 5, proof=[], note=other), seen(5))
        assert found.status in (409, 422)
        assert found.fork == Fork(noted(5), other)
        assert found.seen is None
        proved = verify_fork(found.fork, [LOG.verifier])
        assert (proved.log, proved.first.size, proved.second.size) == (LOG.verifier, 5, 5)


def test_a_proof_from_another_history_is_kept_as_proof_of_a_fork():
    other = noted(30, FORKED)
    found = asked(sent(5, 30, proof=consistency_proof(5, 30, read_forked), note=other), seen(5))

    assert (found.status, found.seen) == (422, None)
    proved = verify_fork(found.fork, [signer("x").verifier, LOG.verifier])
    assert (proved.first.size, proved.second.size) == (5, 30)


@given(st.data(), st.integers(1, 40))
def test_who_holds_the_larger_tree_proves_every_fork_and_no_other(data, size):
    old = data.draw(st.integers(0, size))
    first, second = noted(old), noted(size, FORKED)
    fork = fork_from_tree(first, second, read_forked)

    if old <= 2:
        assert fork is None
    else:
        assert verify_fork(fork, [LOG.verifier]).second.size == size
    assert fork_from_tree(noted(old, FORKED), second, read_forked) is None


def true_fork():
    return fork_from_tree(noted(5), noted(30, FORKED), read_forked)


@pytest.mark.parametrize(
    ("fork", "keys", "code"),
    [
        (lambda: Fork(noted(5), noted(5)), [LOG], "no_fork"),
        (lambda: Fork(noted(5), noted(9)), [LOG], "no_fork"),
        (lambda: Fork(noted(5), noted(9), root_of(LEAVES[:5]),
                      tuple(consistency_proof(5, 9, read))), [LOG], "no_fork"),
        (lambda: Fork(noted(5), noted(9), EMPTY, tuple(consistency_proof(5, 9, read))),
         [LOG], "no_fork"),
        (lambda: Fork(noted(0), noted(9), EMPTY, ()), [LOG], "no_fork"),
        (lambda: Fork(noted(9), noted(5, FORKED)), [LOG], "other_order"),
        (lambda: Fork(noted(5), noted(5, FORKED, key=signer("x"))),
         [LOG, signer("x")], "other_logs"),
        (lambda: Fork(noted(5, origin="x"), noted(5, FORKED)), [LOG], "other_logs"),
        (true_fork, [signer("x")], "nobody_known"),
        (lambda: Fork(noted(5, key=signer(ORIGIN, seed=2)), noted(5, FORKED)),
         [LOG, signer(ORIGIN, seed=2)], "other_logs"),
    ],
)  # fmt: skip
def test_what_proves_no_fork_accuses_nobody(fork, keys, code):
    with pytest.raises(BadProof) as refusal:
        verify_fork(fork(), [each.verifier for each in keys])

    assert refusal.value.code == code
    assert code == "nobody_known" or isinstance(refusal.value, NoFork)


def test_an_honest_log_is_accused_by_nothing_that_is_sent():
    for old in range(10):
        for size in range(old, 10):
            for proof in (consistency_proof(old, size, read), [EMPTY], []):
                for known in range(1, 10):
                    body = Request(old, tuple(proof), noted(size)).to_bytes()
                    assert asked(body, seen(known)).fork is None


def test_a_request_is_read_as_it_is_written():
    request = Request(5, (bytes(32), bytes(range(32))), noted(9))

    assert read_request(request.to_bytes()) == request
    assert origin_of(request.to_bytes()) == ORIGIN
    assert origin_of(b"old 1\n\nnothing") is None


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_every_request_is_read_as_it_is_written(old, proof):
    request = Request(old, tuple(proof), noted(9))

    assert read_request(request.to_bytes()) == request


@given(st.data())
def test_a_request_with_a_changed_byte_moves_nothing(data):
    body = bytearray(sent(5, 9))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= 1 << data.draw(st.integers(0, 7))
    found = asked(bytes(body), seen(5))

    assert found.status != 200
    assert found.seen is None
    assert found.fork is None


def test_lines_of_unknown_keys_do_not_keep_a_witness_from_signing():
    text = noted(9).decode().split("\n\n")[0] + "\n"
    note = sign_note(text, signer("x"), LOG, signer(ORIGIN, seed=2)).to_bytes()

    assert asked(sent(5, 9, note=note), seen(5)).status == 200


def test_a_request_is_refused_with_what_is_wrong():
    with pytest.raises(BadRequest) as refusal:
        read_request(b"old 01\n\nx")

    assert (refusal.value.code, refusal.value.fault.field) == ("not_decimal", "old")
