import base64
import hashlib

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sameboat.lib.fault import FaultyInput
from sameboat.proof import keys
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import (
    COSIGNER,
    LOCKED,
    LOG,
    Verifier,
    check_name,
    lock,
    make_signer,
    read_verifier,
    timed,
    unlock,
)
from sameboat.proof.strict import MOST, read_base64, read_decimal, read_hex, write_base64
from sameboat.proof.tests.seeded import signer

OWN = signer("log.example/jilin")
CHEAP = 10


def code_of(work):
    with pytest.raises(BadProof) as refusal:
        work()
    return refusal.value.code


@pytest.mark.parametrize(
    "text",
    [
        "+1", "1_0", " 1", "01", "00", "١", "１", "1 ", "-1", "-0", "", str(2**63), "1.0", "1\n",
        "0x1", "1e3", "9" * 100_000,
    ],
)  # fmt: skip
def test_a_number_that_python_would_read_generously_is_refused(text):
    assert code_of(lambda: read_decimal(text, "size")) == "not_decimal"


@pytest.mark.parametrize(
    "text",
    [
        "AA", "AB==", "A A=", "AA==\n", "AA=", "Aé==", "-_8=", "AA==AA==", "AA==x", "=", "A",
        "AAA=A", "ＡＡ==",
    ],
)  # fmt: skip
def test_base64_that_python_would_read_generously_is_refused(text):
    assert code_of(lambda: read_base64(text, "root")) == "not_base64"


@pytest.mark.parametrize(
    "text", ["", "0", "0011223", "00112233 ", "AABBCCDD", "0x112233", "０0112233"]
)
def test_hexadecimal_in_another_form_is_refused(text):
    assert code_of(lambda: read_hex(text, "hash", size=4)) == "not_hex"


@given(st.integers(0, MOST))
@example(0)
@example(MOST)
def test_a_number_is_read_as_it_is_written(number):
    assert read_decimal(str(number), "size") == number


@given(st.binary(max_size=200))
def test_base64_is_read_as_it_is_written(value):
    assert read_base64(write_base64(value), "root") == value


@given(st.text(st.sampled_from("AB/+=z9 \n-"), max_size=8))
def test_two_texts_never_are_the_same_bytes(text):
    try:
        found = read_base64(text, "root")
    except BadProof:
        return
    assert write_base64(found) == text


def test_what_is_wrong_is_told_with_its_place_value_and_what_is_allowed():
    with pytest.raises(FaultyInput) as refusal:
        read_decimal("01", "size")

    fault = refusal.value.faults[0]
    assert (fault.code, fault.field, fault.value) == ("not_decimal", "size", "01")
    assert str(refusal.value).startswith("size '01': ")
    assert isinstance(refusal.value, ValueError)


names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1
)


@given(names, st.sampled_from([LOG, COSIGNER]), st.binary(min_size=32, max_size=32))
def test_a_key_is_told_and_read_again(name, kind, public):
    try:
        key = Verifier(name, kind, public)
    except BadProof:
        assume(False)

    assert read_verifier(str(key)) == key


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda told: told.replace("+", "-"), "not_a_key"),
        (lambda told: told[:-4], "other_length"),
        (lambda told: told.replace("jilin", "harbin"), "other_hash"),
        (lambda told: " " + told, "bad_name"),
        (lambda told: told.replace("/", "\t"), "control_character"),
        (lambda told: told.replace("/", "\u3000"), "bad_name"),
        (lambda told: told.replace("log.example/jilin", ""), "bad_name"),
        (lambda _told: "+", "not_a_key"),
        (lambda _told: "a++", "unknown_kind"),
        (lambda told: told + "\n", "not_base64"),
        (lambda told: "+".join(each.upper() if len(each) == 8 else each
                               for each in told.split("+", 2)), "not_hex"),
        (lambda told: told.replace(told.split("+", 2)[1], told.split("+", 2)[1][:7]), "not_hex"),
    ],
)  # fmt: skip
def test_a_key_told_wrongly_is_refused(change, code):
    assert code_of(lambda: read_verifier(change(str(OWN.verifier)))) == code


def test_a_plus_in_the_base64_of_a_key_is_no_border():
    keys_of_o = (signer("o", seed=turn).verifier for turn in range(10_000))
    key = next(each for each in keys_of_o if str(each).count("+") > 2)

    assert read_verifier(str(key)) == key


def test_the_hash_of_a_key_is_that_of_name_kind_and_bytes():
    public = OWN.verifier.public
    expected = hashlib.sha256(OWN.name.encode() + b"\n\x01" + public).digest()[:4]

    assert OWN.verifier.id == expected
    assert str(OWN.verifier).endswith(base64.b64encode(b"\x01" + public).decode())


def test_a_new_key_is_another_each_time():
    assert make_signer("a").verifier != make_signer("a").verifier
    assert code_of(lambda: make_signer("a b")) == "bad_name"
    assert code_of(lambda: make_signer("a", 2)) == "unknown_kind"


@pytest.mark.parametrize("kind", [0, 2, 5, 6, 0xFF])
def test_keys_of_other_kinds_are_not_read(kind):
    assert code_of(lambda: Verifier("a", kind, OWN.verifier.public)) == "unknown_kind"


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\x1fb", "\ud800"]
)
def test_a_name_that_would_blur_a_line_is_refused(name):
    assert code_of(lambda: check_name(name)) in ("bad_name", "control_character")


def points_of_small_order():
    """Multiply points of the curve by its prime order: what is left has an order up to 8."""
    p, order = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p

    def add(a, b):
        (x, y), (u, v) = a, b
        both = d * x * u * y * v
        return (
            (x * v + y * u) * pow(1 + both, -1, p) % p,
            (y * v + x * u) * pow(1 - both, -1, p) % p,
        )

    found = set()
    for y in range(2, 60):
        square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(square, (p + 3) // 8, p)
        x = x if x * x % p == square else x * pow(2, (p - 1) // 4, p) % p
        if x * x % p != square:
            continue
        point, total = (x, y), (0, 1)
        for bit in bin(order)[2:]:
            total = add(total, total)
            total = add(total, point) if bit == "1" else total
        found.add(total)
    return found


def test_a_key_under_which_anything_verifies_is_refused():
    points = points_of_small_order()

    assert len(points) == 8
    for x, y in points:
        public = (y | (x & 1) << 255).to_bytes(32, "little")
        assert code_of(lambda public=public: Verifier("a", LOG, public)) == "weak_key"
    for y in (2**255 - 19, 2**255 - 18, 2**255 - 1):
        public = y.to_bytes(32, "little")
        assert code_of(lambda public=public: Verifier("a", LOG, public)) == "weak_key"


def test_a_key_is_kept_locked_and_opens_with_its_passphrase_only():
    locked = lock(OWN, b"open sesame", cost=CHEAP)

    again = unlock(locked, b"open sesame", name=OWN.name, kind=LOG)
    assert again.verifier == OWN.verifier
    assert OWN.private.private_bytes_raw() not in locked
    assert locked.isascii()
    assert lock(OWN, b"open sesame", cost=CHEAP) != locked
    assert code_of(lambda: unlock(locked, b"other", name=OWN.name, kind=LOG)) == "does_not_open"
    assert code_of(lambda: lock(OWN, b"")) == "no_passphrase"


def test_a_locked_key_does_not_pass_for_another_name_or_kind():
    locked = lock(OWN, b"x", cost=CHEAP)

    for name, kind in ((OWN.name, COSIGNER), ("other", LOG)):
        assert (
            code_of(lambda n=name, k=kind: unlock(locked, b"x", name=n, kind=k)) == "does_not_open"
        )


@settings(deadline=None)  # a turned bit may ask for 256 MiB
@given(st.data())
def test_a_locked_key_with_a_changed_byte_does_not_open(data):
    locked = bytearray(LOCKED_ONCE)
    place = data.draw(st.integers(0, len(locked) - 1))
    locked[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BadProof):
        unlock(bytes(locked), b"x", name=OWN.name, kind=LOG)


LOCKED_ONCE = lock(OWN, b"x", cost=CHEAP)


@pytest.mark.parametrize(
    ("locked", "code"),
    [
        (b"", "not_a_locked_key"), (b"-----BEGIN PRIVATE KEY-----\n\n\n", "not_a_locked_key"),
        (LOCKED_ONCE.replace(b"cost 10", b"cost 9"), "other_cost"),
        (LOCKED_ONCE.replace(b"cost 10", b"cost 21"), "other_cost"),
        (LOCKED_ONCE.replace(b"cost 10", b"cost 1_0"), "not_decimal"),
        (f"{LOCKED}\ncost 10\nAAAA\n".encode(), "other_length"),
        (LOCKED_ONCE + b"\n", "not_a_locked_key"),
    ],
)  # fmt: skip
def test_what_is_no_locked_key_is_refused_before_any_memory_is_taken(locked, code):
    assert code_of(lambda: unlock(locked, b"x", name=OWN.name, kind=LOG)) == code


def test_a_guess_costs_what_the_standard_asks_for():
    assert keys.COST >= 17


def test_a_cosigners_key_signs_with_a_time_and_a_logs_key_without():
    witness = signer("w", COSIGNER)
    signature = (7).to_bytes(8, "big") + witness.sign(timed(7, b"text\n"))

    assert witness.verifier.verifies_text(b"text\n", signature)
    assert not witness.verifier.verifies_text(b"text\n", witness.sign(b"text\n"))
    assert not witness.verifier.verifies_text(b"text\n", bytes(8) + signature[8:])
    assert OWN.verifier.verifies_text(b"text\n", OWN.sign(b"text\n"))
    assert not OWN.verifier.verifies_text(b"text\n", b"short")


def test_what_is_wrong_is_told_in_both_languages():
    with pytest.raises(BadProof) as refusal:
        read_base64("A", "root", size=32)

    chinese = refusal.value.in_language("zh-Hans")
    assert "base64" in chinese
    assert chinese != refusal.value.in_language("en") == str(refusal.value)
