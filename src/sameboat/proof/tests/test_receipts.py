import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.cosignature import cosign
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import COSIGNER
from sameboat.proof.merkle import inclusion_proof, root_of
from sameboat.proof.note import sign_note
from sameboat.proof.policy import BadPolicy, read_policy
from sameboat.proof.receipt import BadReceipt, Receipt, read_receipt, verify_receipt
from sameboat.proof.tests.seeded import signer
from sameboat.proof.tests.test_tree import LEAVES, read

ORIGIN = "log.example/jilin"
LOG = signer(ORIGIN)
WITNESS = signer("harbin.example/witness", COSIGNER)
OTHER = signer("jiamusi.example/witness", COSIGNER)
NOW = 1_700_000_000


def policy(quorum="g"):
    return read_policy(
        f"log {LOG.verifier}\nwitness a {WITNESS.verifier}\n"
        f"witness b {OTHER.verifier} https://b\ngroup g 1 a b\nquorum {quorum}\n"
    )


def receipt(index=3, size=9, cosigned=True, extra=b"beside", key=LOG):
    note = sign_note(str(Checkpoint(ORIGIN, size, root_of(LEAVES[:size]))), key)
    if cosigned:
        note = note.with_lines([cosign(note.text, WITNESS, time=NOW)])
    return Receipt(index, tuple(inclusion_proof(index, size, read)), note.to_bytes(), extra)


def test_a_receipt_proves_its_entry_with_public_keys_alone():
    raw = receipt().to_bytes()

    found = verify_receipt(raw, b"3", [LOG.verifier], policy())

    assert read_receipt(raw) == receipt()
    assert found == verify_receipt(receipt(), b"3", [LOG.verifier], policy())
    assert (found.index, found.checkpoint.size, found.log) == (3, 9, LOG.verifier)
    assert [(each.witness, each.time) for each in found.cosignatures] == [(WITNESS.verifier, NOW)]
    assert verify_receipt(raw, b"3", policy().logs).cosignatures == ()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: (receipt(), b"4", [LOG.verifier], policy()), "other_entry"),
        (lambda: (receipt(), b"3", [signer(ORIGIN, seed=2).verifier], None), "nobody_known"),
        (lambda: (receipt(), b"3", [], None), "nobody_known"),
        (lambda: (receipt(), b"3", [WITNESS.verifier], None), "nobody_known"),
        (lambda: (receipt(key=signer("x")), b"3", [signer("x").verifier], None), "other_log"),
        (lambda: (receipt(cosigned=False), b"3", [LOG.verifier], policy()), "too_few"),
        (lambda: (receipt(), b"3", [LOG.verifier], policy("b")), "too_few"),
        (lambda: (b"nothing", b"3", [LOG.verifier], None), "not_a_receipt"),
        (lambda: (Receipt(9, (), receipt().note), b"3", [LOG.verifier], None), "other_entry"),
    ],
)  # fmt: skip
def test_a_receipt_that_proves_something_else_is_refused(wrong, code):
    with pytest.raises(BadReceipt) as refusal:
        verify_receipt(*wrong())

    assert refusal.value.code == code


@given(st.data(), st.integers(1, 40))
def test_a_receipt_with_a_changed_byte_proves_nothing(data, size):
    index = data.draw(st.integers(0, size - 1))
    raw = bytearray(receipt(index, size, extra=None).to_bytes())
    assert verify_receipt(bytes(raw), b"%d" % index, [LOG.verifier], policy("a"))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BadReceipt):
        verify_receipt(bytes(raw), b"%d" % index, [LOG.verifier], policy("a"))


@given(
    st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=64),
    st.none() | st.binary(), st.binary(),
)  # fmt: skip
def test_every_receipt_is_read_as_it_is_written(index, proof, extra, note):
    told = Receipt(index, tuple(proof), note, extra)

    assert read_receipt(told.to_bytes()) == told


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_a_receipt"), (b"c2sp.org/tlog-proof@v2\nindex 1\n\n", "not_a_receipt"),
        (b"c2sp.org/tlog-proof@v1\nindex 1\n", "not_a_receipt"),
        (b"c2sp.org/tlog-proof@v1\nindex 01\n\n", "not_decimal"),
        (b"c2sp.org/tlog-proof@v1\nindex 1 \n\n", "not_decimal"),
        (b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n", "other_length"),
        (b"c2sp.org/tlog-proof@v1\nindex 1\r\n\n", "not_decimal"),
        (b"c2sp.org/tlog-proof@v1\nextra A\nindex 1\n\n", "not_base64"),
        (b"c2sp.org/tlog-proof@v1\nindex 1\nextra AAAA\n\n", "not_base64"),
        (b"c2sp.org/tlog-proof@v1\n\n", "no_index"),
        (b"c2sp.org/tlog-proof@v1\nextra AAAA\n\n", "no_index"),
        (b"c2sp.org/tlog-proof@v1\nindex 1" + b"\n" + b"\n".join([b"A" * 43 + b"="] * 65) + b"\n\n",
         "too_many_hashes"),
        (b"c2sp.org/tlog-proof@v1\n" + b"x" * 2_000_000, "too_long"),
    ],
)  # fmt: skip
def test_a_receipt_of_another_form_is_refused(raw, code):
    with pytest.raises(BadReceipt) as refusal:
        read_receipt(raw)

    assert refusal.value.code == code


def test_the_line_of_a_receipt_that_is_wrong_is_told():
    with pytest.raises(BadReceipt) as refusal:
        read_receipt(b"c2sp.org/tlog-proof@v1\nindex 1\n" + b"A" * 43 + b"=\nAAAA\n\n")

    assert (refusal.value.fault.line, refusal.value.fault.field) == (4, "proof")


def test_a_quorum_counts_groups_of_groups():
    keys = [signer(f"w{number}", COSIGNER).verifier for number in range(4)]
    lines = [f"witness w{number} {key}" for number, key in enumerate(keys)]
    found = read_policy("\n".join([*lines, "group a all w0 w1", "group b any w2 w3",
                                   "group c all a b", "quorum c"]))  # fmt: skip

    assert found.enough(keys)
    assert found.enough({keys[0], keys[1], keys[3]})
    assert not found.enough({keys[0], keys[2], keys[3]})
    assert not found.enough(())
    assert read_policy("quorum none\n").enough(())


def test_the_quorum_rests_on_those_whom_it_counts_and_on_nobody_else():
    keys = [signer(f"w{number}", COSIGNER).verifier for number in range(4)]
    lines = [f"witness w{number} {key}" for number, key in enumerate(keys)]
    found = read_policy("\n".join([*lines, "group a all w0 w1", "group b any w3", "group c any a",
                                   "quorum c"]))  # fmt: skip

    assert found.counting() == ("c", "a", "w0", "w1")
    assert found.agreeing(keys[:2]) == {"w0", "w1", "a", "c"}
    assert found.agreeing(keys[1:]) == {"w1", "w2", "w3", "b"}
    assert read_policy("\n".join([*lines, "quorum w2"])).counting() == ("w2",)
    assert read_policy("\n".join([*lines, "quorum none"])).counting() == ()


def test_a_long_chain_of_groups_is_counted():
    chain = [f"group g{number} any {f'g{number - 1}' if number else 'w'}" for number in range(1000)]
    found = read_policy("\n".join([f"witness w {WITNESS.verifier}", *chain, "quorum g999"]))

    assert found.enough([WITNESS.verifier])
    assert not found.enough([OTHER.verifier])


@given(st.data())
def test_every_policy_is_read_as_it_is_written(data):
    witnesses = [
        signer(f"w{number}", COSIGNER).verifier for number in range(data.draw(st.integers(0, 6)))
    ]
    free = [f"name\u3000{number}" for number in range(len(witnesses))]
    lines = [f"log {LOG.verifier} https://log"] * data.draw(st.integers(0, 1))
    lines += [f"witness {name} {key}" for name, key in zip(free, witnesses, strict=True)]
    for number in range(data.draw(st.integers(0, 3))):
        if not free:
            break
        members = data.draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        how = data.draw(st.sampled_from(["all", "any", str(len(members))]))
        lines.append(f"\tgroup g{number}  {how} {' '.join(members)} ")
        free = [each for each in free if each not in members] + [f"g{number}"]
    lines += ["# quorum x", "", f"quorum {data.draw(st.sampled_from(['none', *free]))}"]
    found = read_policy("\n".join(lines))

    assert read_policy(str(found)) == found
    cosigned = data.draw(st.sets(st.sampled_from(witnesses))) if witnesses else set()
    assert not found.enough(cosigned) or found.enough(witnesses)


def test_names_are_bytes_and_nothing_else():
    key = str(WITNESS.verifier).encode()
    found = read_policy(b"witness \xff\xfe " + key + b"\nquorum \xff\xfe\n")

    assert found.enough([WITNESS.verifier])
    with pytest.raises(BadPolicy):
        read_policy("witness K " + str(WITNESS.verifier) + "\nquorum \u212a\n")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "no_quorum", None), ("quorum w\n", "unknown_name", 1),
        ("witness none KEY\nquorum none", "name_taken", 1),
        ("group g any none\nquorum none", "unknown_name", 1),
        ("group g any w\nquorum none", "unknown_name", 1),
        ("witness w KEY\ngroup g 2 w\nquorum g", "other_number", 2),
        ("witness w KEY\ngroup g 0 w\nquorum g", "other_number", 2),
        ("witness w KEY\ngroup g 01 w\nquorum g", "not_decimal", 2),
        ("witness w KEY\ngroup g ٢ w\nquorum g", "not_decimal", 2),
        ("witness w KEY\ngroup g any\nquorum g", "other_words", 2),
        ("witness w KEY\ngroup w any w\nquorum w", "name_taken", 2),
        ("witness w KEY\ngroup g any w w\nquorum g", "two_groups", 2),
        ("witness w KEY\ngroup g any w\ngroup h any w\nquorum g", "two_groups", 3),
        ("witness w KEY\nwitness v KEY\nquorum none", "key_twice", 2),
        ("witness w KEY\nwitness v SAME\nquorum none", "key_twice", 2),
        ("log LOG\nlog LOG\nquorum none", "key_twice", 2),
        ("quorum none\n\nquorum none", "two_quorums", 3),
        ("trust w\nquorum none", "unknown_line", 1),
        ("quorum", "other_words", 1), ("quorum none # why", "other_words", 1),
        ("log KEY\nquorum none", "other_kind", 1), ("witness w LOG\nquorum none", "other_kind", 1),
        ("log x+y\nquorum none", "not_a_key", 1), ("quorum none\r\n", "control_character", 1),
        ("#\x7f\nquorum none", "control_character", 1),
        ("quorum\u3000none", "unknown_line", 1),
        ("\n".join(f"group g{n} any g{n - 1}" for n in range(2000)), "unknown_name", 1),
        ("#" * 2_000_000, "too_long", None),
    ],
)  # fmt: skip
def test_a_policy_that_says_nothing_clear_is_refused_by_its_line(text, code, line):
    same = signer("another.example/name", COSIGNER)
    same = type(same)(same.name, COSIGNER, WITNESS.private).verifier
    text = text.replace("KEY", str(WITNESS.verifier)).replace("SAME", str(same))

    with pytest.raises(BadPolicy) as refusal:
        read_policy(text.replace("LOG", str(LOG.verifier)))
    assert (refusal.value.code, refusal.value.fault.line) == (code, line)
    assert isinstance(refusal.value, BadProof)


def test_a_policy_of_too_many_groups_is_refused():
    chain = [f"group g{number} any {f'g{number - 1}' if number else 'w'}" for number in range(1025)]

    with pytest.raises(BadPolicy, match="too many"):
        read_policy("\n".join([f"witness w {WITNESS.verifier}", *chain, "quorum none"]))
