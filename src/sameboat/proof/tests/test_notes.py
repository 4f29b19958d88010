import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.proof.checkpoint import BadCheckpoint, Checkpoint, read_checkpoint
from sameboat.proof.cosignature import cosign, cosignatures_of, read_cosignature, told_time
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import COSIGNER, ML_DSA_44, Verifier, key_id, timed
from sameboat.proof.note import BadNote, Line, Note, open_note, read_note, sign_note
from sameboat.proof.strict import MOST
from sameboat.proof.tests.seeded import signer

LOGS = signer("log.example/jilin")
WITNESS = signer("harbin.example/witness", COSIGNER)
POINT = Checkpoint("log.example/jilin", 7, bytes(32))
ROOT = "A" * 43 + "="
LINE = "— a AAAAAAA=\n"

lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1
)
points = st.builds(
    Checkpoint, lines, st.integers(0, MOST), st.binary(min_size=32, max_size=32),
    st.lists(lines, max_size=3).map(tuple),
)  # fmt: skip


def code_of(work):
    with pytest.raises(BadProof) as refusal:
        work()
    return refusal.value.code


@given(points)
def test_a_checkpoint_is_read_as_it_is_written(point):
    assert read_checkpoint(str(point)) == point


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_checkpoint"), ("o\n1\n", "not_a_checkpoint"),
        (f"o\n1\n{ROOT}", "not_a_checkpoint"), (f"\n1\n{ROOT}\n", "not_a_line"),
        (f"o\n01\n{ROOT}\n", "not_decimal"), (f"o\n+1\n{ROOT}\n", "not_decimal"),
        (f"o\n١\n{ROOT}\n", "not_decimal"), ("o\n1\nAAAA\n", "other_length"),
        (f"o\n1\n{ROOT}\n\n", "not_a_line"), (f"o\n1\n{ROOT}\n\nmore\n", "not_a_line"),
        ("o\n1\n" + "A" * 42 + "B=\n", "not_base64"), (f"o\n1\r\n{ROOT}\n", "not_decimal"),
        (f"o\r\n1\n{ROOT}\n", "control_character"),
        (f"o\n1\n{ROOT}\nmo\tre\n", "control_character"),
    ],
)  # fmt: skip
def test_a_checkpoint_of_another_form_is_refused(text, code):
    with pytest.raises(BadProof) as refusal:
        read_checkpoint(text)

    assert refusal.value.code == code
    assert isinstance(refusal.value, BadCheckpoint)


@pytest.mark.parametrize(("size", "root"), [(-1, bytes(32)), (MOST + 1, bytes(32)), (1, b"")])
def test_a_checkpoint_of_no_tree_is_not_written(size, root):
    assert code_of(lambda: Checkpoint("o", size, root)) in ("other_size", "other_length")


@given(
    st.lists(lines | st.just(""), min_size=1).map(lambda found: "\n".join(found) + "\n"),
    st.lists(st.builds(Line, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1)),
             min_size=1, max_size=5),
)  # fmt: skip
def test_a_note_is_read_as_it_is_written(text, signatures):
    note = Note(text, tuple(signatures))

    assert read_note(note.to_bytes()) == note


def test_a_note_opens_with_the_key_that_signed_it():
    raw = sign_note(str(POINT), LOGS).to_bytes()

    note, signed = open_note(raw, [LOGS.verifier, WITNESS.verifier])

    assert read_checkpoint(note.text) == POINT
    assert signed == (LOGS.verifier,)
    other = signer("log.example/jilin", seed=2).verifier
    assert code_of(lambda: open_note(raw, [other])) == "nobody_known"
    assert code_of(lambda: open_note(raw, [])) == "nobody_known"


@given(st.data())
def test_a_note_with_a_changed_byte_does_not_open(data):
    raw = bytearray(sign_note(str(POINT), LOGS).to_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BadNote):
        open_note(bytes(raw), [LOGS.verifier])


def test_a_known_key_whose_signature_fails_spoils_the_note():
    raw = sign_note(str(POINT), LOGS).to_bytes().replace(b"\n7\n", b"\n8\n")
    good = sign_note(str(POINT), LOGS)
    twice = Note(good.text, (*good.lines, Line(LOGS.name, LOGS.verifier.id, bytes(64))))

    assert code_of(lambda: open_note(raw, [LOGS.verifier])) == "signature_fails"
    assert code_of(lambda: open_note(twice.to_bytes(), [LOGS.verifier])) == "signature_fails"


def test_two_keys_told_alike_are_refused():
    raw = sign_note(str(POINT), LOGS).to_bytes()
    key = LOGS.verifier
    other = signer(LOGS.name, seed=2).verifier

    class Alike(Verifier):
        id = key.id

    alike = Alike(other.name, other.kind, other.public)
    assert code_of(lambda: open_note(raw, [key, alike])) == "two_keys"
    assert open_note(raw, [key, key])[1] == (key,)


def test_lines_of_unknown_keys_and_of_kinds_to_come_are_kept():
    public = bytes(range(256)) * 5 + bytes(32)
    own = key_id("pq.example", ML_DSA_44, public)
    later = Line("pq.example", own, (9).to_bytes(8, "big") + bytes(2420))
    note = sign_note(str(POINT), LOGS, signer("somebody/else")).with_lines([later])

    opened, signed = open_note(note.to_bytes(), [LOGS.verifier])

    assert signed == (LOGS.verifier,)
    assert len(opened.lines) == 3
    assert opened.to_bytes() == note.to_bytes()
    assert told_time(later, "pq.example", public) == 9
    assert told_time(Line("pq.example", own, bytes(8)), "pq.example", public) is None
    assert told_time(note.lines[0], "pq.example", public) is None


def test_as_many_and_as_long_signatures_are_read_as_the_standard_asks_for():
    many = [Line(f"pq{each}", bytes(4), bytes(2428)) for each in range(100)]
    note = sign_note(str(POINT), LOGS).with_lines(many)

    assert len(note.to_bytes()) > 64 * 1024
    assert open_note(note.to_bytes(), [LOGS.verifier])[1] == (LOGS.verifier,)
    more = note.with_lines(Line(f"k{each}", bytes(4), b"x") for each in range(200))
    assert code_of(lambda: read_note(more.to_bytes())) == "too_many_signatures"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_a_note"), (b"text\n", "not_a_note"), (b"text\n\n", "not_a_note"),
        (f"text\n\n{LINE}more", "not_a_note"), (f"text\n{LINE}", "not_a_note"),
        (f"te\rxt\n\n{LINE}", "control_character"), (f"te\txt\n\n{LINE}", "control_character"),
        (f"te\0xt\n\n{LINE}", "control_character"), (f"text\r\n\r\n{LINE}", "control_character"),
        (b"\xff\n\n", "not_utf_8"), (b"\xed\xa0\x80\n\n", "not_utf_8"),
        ("text\n\n— a+b AAAAAAA=\n", "bad_name"), ("text\n\n—  AAAAAAA=\n", "bad_name"),
        ("text\n\n— a\u00a0b AAAAAAA=\n", "bad_name"), ("text\n\n— a AAAA\n", "not_a_signature"),
        ("text\n\n— a AAAAAA==\n", "not_a_signature"),
        ("text\n\n- a AAAAAAA=\n", "not_base64"),
        ("text\n\n—a AAAAAAA=\n", "not_a_signature"), ("text\n\n— a\n", "not_a_signature"),
        ("text\n\n— a  AAAAAAA=\n", "not_base64"), ("text\n\n— a AAAAAAB=\n", "not_base64"),
        ("text\n\n— a AAAAAAA= \n", "not_base64"), (f"text\n\n{LINE}\n", "not_a_note"),
        (f"text\n\n{LINE}more\n", "not_a_signature"), (b"x" * 600_000, "too_long"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_note_are_refused(raw, code):
    raw = raw if isinstance(raw, bytes) else raw.encode()

    with pytest.raises(BadNote) as refusal:
        read_note(raw)
    assert refusal.value.code == code


def test_a_line_that_is_wrong_is_told_by_its_number():
    with pytest.raises(BadNote) as refusal:
        read_note(f"one\n\ntwo\n\n{LINE}wrong\n".encode())

    assert refusal.value.fault.line == 6


@pytest.mark.parametrize("text", ["", "text", "te\rxt\n", "te\txt\n", "\ud800\n"])
def test_a_text_that_is_none_is_not_signed(text):
    assert code_of(lambda: sign_note(text, LOGS)) in ("no_line_end", "control_character")


def test_a_witness_signs_the_checkpoint_with_a_time():
    note = sign_note(str(POINT), LOGS)
    line = cosign(note.text, WITNESS, time=1_700_000_000)
    told = note.with_lines([line, line])

    assert len(told.lines) == 2
    (found,) = cosignatures_of(told, (WITNESS.verifier,))
    assert (found.time, found.witness) == (1_700_000_000, WITNESS.verifier)
    assert cosignatures_of(told, (signer("x", COSIGNER).verifier,)) == ()
    assert open_note(told.to_bytes(), [LOGS.verifier, WITNESS.verifier])[1] == (
        LOGS.verifier, WITNESS.verifier
    )  # fmt: skip
    wrong = note.text.replace("7", "8")
    assert code_of(lambda: read_cosignature(wrong, line, WITNESS.verifier)) == "signature_fails"


@given(points, st.integers(1, MOST), st.data())
def test_a_cosignature_holds_for_its_text_and_time_alone(point, time, data):
    line = cosign(str(point), WITNESS, time=time)
    odd = bytearray(line.signature)
    place = data.draw(st.integers(0, len(odd) - 1))
    odd[place] ^= 1 << data.draw(st.integers(0, 7))

    assert read_cosignature(str(point), line, WITNESS.verifier).time == time
    with pytest.raises(BadNote):
        read_cosignature(str(point), Line(line.name, line.id, bytes(odd)), WITNESS.verifier)


@pytest.mark.parametrize("length", [0, 8, 64, 71, 73, 2428])
def test_a_cosignature_of_another_length_is_none(length):
    line = Line(WITNESS.name, WITNESS.verifier.id, b"\0" * 7 + b"\1" * (length - 7))

    assert (
        code_of(lambda: read_cosignature(str(POINT), line, WITNESS.verifier)) == "signature_fails"
    )


@pytest.mark.parametrize("time", [0, -1, 2**63])
def test_a_witness_does_not_sign_a_time_that_is_none(time):
    assert code_of(lambda: cosign(str(POINT), WITNESS, time=time)) == "other_time"


def test_each_key_signs_what_its_kind_signs_and_nothing_else():
    assert code_of(lambda: cosign(str(POINT), LOGS, time=1)) == "logs_key"
    assert code_of(lambda: sign_note(str(POINT), WITNESS)) == "cosigners_key"
    line = sign_note(str(POINT), LOGS).lines[0]
    assert code_of(lambda: read_cosignature(str(POINT), line, LOGS.verifier)) == "other_witness"
    assert base64.b64encode(line.id + line.signature).decode() in str(line)


@pytest.mark.parametrize(("time", "good"), [(0, False), (1, True), (MOST, True), (MOST + 1, False)])
def test_only_times_that_can_be_are_read_though_truly_signed(time, good):
    signature = time.to_bytes(8, "big") + WITNESS.sign(timed(time, str(POINT).encode()))
    line = Line(WITNESS.name, WITNESS.verifier.id, signature)
    note = sign_note(str(POINT), LOGS).with_lines([line])

    if good:
        assert cosign(str(POINT), WITNESS, time=time) == line
        assert cosignatures_of(note, [WITNESS.verifier])[0].time == time
    else:
        assert code_of(lambda: cosignatures_of(note, [WITNESS.verifier])) == "signature_fails"
        keys = [LOGS.verifier, WITNESS.verifier]
        assert code_of(lambda: open_note(note.to_bytes(), keys)) == "signature_fails"
