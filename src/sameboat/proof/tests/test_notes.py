import pytest

from sameboat.proof.checkpoint import Checkpoint, read_checkpoint
from sameboat.proof.cosignature import cosign, cosignatures_of, read_cosignature
from sameboat.proof.keys import COSIGNER, LOG, lock, make_signer, read_verifier, unlock
from sameboat.proof.note import BadNote, open_note, read_note, sign_note
from sameboat.proof.strict import read_base64, read_decimal

LOGS = make_signer("log.example/jilin")
WITNESS = make_signer("harbin.example/witness", COSIGNER)
POINT = Checkpoint("log.example/jilin", 7, bytes(32))


def test_a_key_is_told_and_read_again():
    told = str(LOGS.verifier)

    assert read_verifier(told) == LOGS.verifier
    assert told.startswith("log.example/jilin+")


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.replace("+", "-", 1), lambda told: told[:-4], str.upper,
        lambda told: told.replace("jilin", "harbin"), lambda told: " " + told, lambda _told: "+",
    ],
)  # fmt: skip
def test_a_key_told_wrongly_is_refused(change):
    with pytest.raises(ValueError, match=r"verifier key|name is|public has|kind is"):
        read_verifier(change(str(LOGS.verifier)))


def test_a_key_is_kept_locked_and_opens_with_its_passphrase_only():
    locked = lock(LOGS, b"open sesame")

    again = unlock(locked, b"open sesame", name=LOGS.name, kind=LOG)
    assert again.verifier == LOGS.verifier
    assert LOGS.private.private_bytes_raw() not in locked
    with pytest.raises(ValueError, match="does not open"):
        unlock(locked, b"another", name=LOGS.name, kind=LOG)
    with pytest.raises(ValueError, match="empty"):
        lock(LOGS, b"")


@pytest.mark.parametrize("text", ["+1", "1_0", " 1", "01", "١", "1 ", "-1", "", str(2**63), "1.0"])
def test_a_number_that_python_would_read_generously_is_refused(text):
    with pytest.raises(ValueError, match="size is"):
        read_decimal(text, "size")


@pytest.mark.parametrize("text", ["AA", "AB==", "A A=", "AA==\n", "AA=", "Aé==", "-_8="])
def test_base64_that_python_would_read_generously_is_refused(text):
    with pytest.raises(ValueError, match="root is"):
        read_base64(text, "root")


def test_a_checkpoint_is_read_as_it_is_written():
    for point in (POINT, Checkpoint("o", 0, bytes(32), ("more", "and more"))):
        assert read_checkpoint(str(point)) == point


@pytest.mark.parametrize(
    "text",
    [
        "o\n1\n", "o\n1\n" + "A" * 43 + "=", "\n1\n" + "A" * 43 + "=\n",
        "o\n01\n" + "A" * 43 + "=\n",
        "o\n1\nAAAA\n", "o\n1\n" + "A" * 43 + "=\n\n", "o\n1\n" + "A" * 42 + "B=\n",
    ],
)  # fmt: skip
def test_a_checkpoint_of_another_form_is_refused(text):
    with pytest.raises(ValueError, match=r"line|root|size"):
        read_checkpoint(text)


def test_a_note_opens_with_the_key_that_signed_it():
    raw = sign_note(str(POINT), LOGS).to_bytes()

    note, signed = open_note(raw, [LOGS.verifier, WITNESS.verifier])

    assert read_checkpoint(note.text) == POINT
    assert signed == (LOGS.verifier,)
    with pytest.raises(BadNote, match="none of the known keys"):
        open_note(raw, [make_signer("log.example/jilin").verifier])


def test_a_known_key_whose_signature_fails_spoils_the_note():
    raw = sign_note(str(POINT), LOGS).to_bytes().replace(b"\n7\n", b"\n8\n")

    with pytest.raises(BadNote, match="fails"):
        open_note(raw, [LOGS.verifier])


def test_lines_of_unknown_keys_and_of_kinds_to_come_are_kept():
    other = make_signer("somebody/else")
    note = sign_note(str(POINT), LOGS, other)
    large = read_note(note.to_bytes()[:-1] + b"\n" + b"\xe2\x80\x94 pq.example " +
                      __import__("base64").b64encode(bytes(4 + 8 + 2420)) + b"\n")  # fmt: skip

    opened, signed = open_note(large.to_bytes(), [LOGS.verifier])

    assert signed == (LOGS.verifier,)
    assert len(opened.lines) == 3
    assert opened.to_bytes() == large.to_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"text\n", b"text\n\n", "text\n\n— a AAAAAAA=\nmore".encode(),
        b"te\rxt\n\n- a AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n".encode(), "text\n\n— a AAAA\n".encode(), b"\xff\n\n",
        "text\n\n— a  AAAAAAA=\n".encode(), b"x" * 600_000,
    ],
)  # fmt: skip
def test_bytes_that_are_no_note_are_refused(raw):
    with pytest.raises(BadNote):
        read_note(raw)


def test_a_witness_signs_the_checkpoint_with_a_time():
    note = sign_note(str(POINT), LOGS)
    line = cosign(note.text, WITNESS, time=1_700_000_000)
    told = note.with_lines([line, line])

    assert len(told.lines) == 2
    (found,) = cosignatures_of(told, (WITNESS.verifier,))
    assert (found.time, found.witness) == (1_700_000_000, WITNESS.verifier)
    assert cosignatures_of(told, (make_signer("x", COSIGNER).verifier,)) == ()
    with pytest.raises(BadNote, match="fails"):
        read_cosignature(note.text.replace("7", "8"), line, WITNESS.verifier)


@pytest.mark.parametrize("time", [0, -1, 2**63])
def test_a_witness_does_not_sign_a_time_that_is_none(time):
    with pytest.raises(ValueError, match="time is"):
        cosign(str(POINT), WITNESS, time=time)


def test_a_logs_key_does_not_cosign():
    with pytest.raises(ValueError, match="logs of its own"):
        cosign(str(POINT), LOGS, time=1)
