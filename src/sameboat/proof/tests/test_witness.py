import pytest

from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.cosignature import cosign, read_cosignature
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from sameboat.proof.note import read_line, sign_note
from sameboat.proof.policy import BadPolicy, read_policy
from sameboat.proof.receipt import BadReceipt, Receipt, read_receipt, verify_receipt
from sameboat.proof.tests.test_tree import LEAVES, read
from sameboat.proof.witness import SIZE_TYPE, Request, Seen, answer, read_request

ORIGIN = "log.example/jilin"
LOG = make_signer(ORIGIN)
WITNESS = make_signer("harbin.example/witness", COSIGNER)
NOW = 1_700_000_000


def noted(size, leaves=LEAVES, signer=LOG, origin=ORIGIN):
    return sign_note(str(Checkpoint(origin, size, root_of(leaves[:size]))), signer).to_bytes()


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
        (b"old 1\n", {}, 400),
        (b"old 01\n\n" + noted(3), {}, 400),
        (sent(5, 5).replace(b"old 5", b"old 6"), seen(5), 400),
        (sent(0, 3, note=noted(3, origin="log.example/else")), {}, 404),
        (sent(0, 3, note=noted(3, signer=make_signer(ORIGIN))), {}, 403),
        (sent(4, 9), seen(5), 409),
        (sent(5, 9, proof=[bytes(32)] * 3), seen(5), 422),
        (sent(0, 3, proof=[bytes(32)]), {}, 422),
    ],
)
def test_what_is_wrong_is_told_by_its_number_and_nothing_is_recorded(body, recorded, status):
    found = asked(body, recorded)

    assert found.status == status
    assert found.seen is None
    assert found.body.endswith("\n")


def test_who_does_not_know_the_size_is_told_it():
    assert asked(sent(4, 9), seen(5)).body == "5\n"
    assert SIZE_TYPE == "text/x.tlog.size"


def test_two_roots_of_one_size_are_kept_as_proof_of_a_fork():
    other = noted(5, [leaf_hash(b"rewritten"), *LEAVES[1:]])

    for old in (5, 0):
        found = asked(sent(old, 5, proof=[], note=other), seen(5))
        assert found.status in (409, 422)
        assert found.fork == (noted(5), other)
        assert found.seen is None


def test_a_request_is_read_as_it_is_written():
    request = Request(5, (bytes(32), bytes(range(32))), noted(9))

    assert read_request(request.to_bytes()) == request


def policy(quorum="g", second=None):
    other = second or make_signer("jiamusi.example/witness", COSIGNER)
    return read_policy(
        f"log {LOG.verifier}\nwitness a {WITNESS.verifier}\nwitness b {other.verifier} https://b\n"
        f"group g 1 a b\nquorum {quorum}\n"
    )


def receipt(index=3, size=9, cosigned=True):
    text = noted(size).decode()
    line = cosign(text.split("\n\n")[0] + "\n", WITNESS, time=NOW)
    note = (text + f"{line}\n" if cosigned else text).encode()
    return Receipt(index, tuple(inclusion_proof(index, size, read)), note, b"beside")


def test_a_receipt_proves_its_entry_with_public_keys_alone():
    raw = receipt().to_bytes()

    found = verify_receipt(read_receipt(raw), b"3", [LOG.verifier], policy())

    assert read_receipt(raw) == receipt()
    assert (found.index, found.checkpoint.size, found.log) == (3, 9, LOG.verifier)
    assert [each.time for each in found.cosignatures] == [NOW]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: (receipt(), b"4", [LOG.verifier], policy()), "not number 3"),
        (lambda: (receipt(), b"3", [make_signer(ORIGIN).verifier], None), "None of the known"),
        (lambda: (receipt(cosigned=False), b"3", [LOG.verifier], policy()), "too few"),
        (lambda: (receipt(), b"3", [LOG.verifier], policy("b")), "too few"),
    ],
)
def test_a_receipt_that_proves_something_else_is_refused(wrong, says):
    with pytest.raises(BadReceipt, match=says):
        verify_receipt(*wrong())


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"c2sp.org/tlog-proof@v2\nindex 1\n\n", b"c2sp.org/tlog-proof@v1\nindex 01\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n",
        b"c2sp.org/tlog-proof@v1\nextra A\nindex 1\n\n",
        b"c2sp.org/tlog-proof@v1\n\n",
    ],
)  # fmt: skip
def test_a_receipt_of_another_form_is_refused(raw):
    with pytest.raises(BadReceipt):
        read_receipt(raw)


def test_a_quorum_counts_groups_of_groups():
    keys = [make_signer(f"w{number}", COSIGNER).verifier for number in range(4)]
    lines = [f"witness w{number} {key}" for number, key in enumerate(keys)]
    found = read_policy("\n".join([*lines, "group a all w0 w1", "group b any w2 w3",
                                   "group c all a b", "quorum c"]))  # fmt: skip

    assert found.enough(keys)
    assert found.enough({keys[0], keys[1], keys[3]})
    assert not found.enough({keys[0], keys[2], keys[3]})
    assert read_policy("quorum none\n").enough(())


@pytest.mark.parametrize(
    "text",
    [
        "", "quorum w\n", "witness none KEY\nquorum none", "group g any w\nquorum none",
        "witness w KEY\ngroup g 2 w\nquorum g",
        "witness w KEY\ngroup g any w\ngroup h any w\nquorum g",
        "witness w KEY\nwitness v KEY\nquorum none", "quorum none\nquorum none",
        "trust w\nquorum none",
        "witness w KEY\ngroup g ٢ w\nquorum g", "log KEY\nquorum none",
    ],
)  # fmt: skip
def test_a_policy_that_says_nothing_clear_is_refused_by_its_line(text):
    with pytest.raises(BadPolicy, match=r"line|quorum"):
        read_policy(text.replace("KEY", str(WITNESS.verifier)))
