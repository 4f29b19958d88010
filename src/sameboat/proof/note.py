"""Signed notes: a text, and lines that sign it.

Source: C2SP signed-note v1.0.0.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sameboat.proof.keys import Signer, Verifier, check_name
from sameboat.proof.strict import read_base64, write_base64

_DASH = "\N{EM DASH} "
#: A note of more bytes is not read: a hundred lines of ML-DSA-44 have room.
MOST_BYTES = 512 * 1024
MOST_SIGNATURES = 256


class BadNote(ValueError):
    """The bytes are no signed note, or no key that is known signed it."""


@dataclass(frozen=True)
class Line:
    """One signature as it stands: the key's name, its ID, and what follows."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        """Return the line without its end."""
        return f"{_DASH}{self.name} {write_base64(self.id + self.signature)}"


@dataclass(frozen=True)
class Note:
    """`text` ends with a line feed; `lines` are not verified by being here."""

    text: str
    lines: tuple[Line, ...]

    def to_bytes(self) -> bytes:
        """Return the note as it is handed on."""
        return (self.text + "\n" + "".join(f"{each}\n" for each in self.lines)).encode()

    def with_lines(self, lines: Iterable[Line]) -> "Note":
        """Return the note with more signatures; those it has already are not repeated."""
        return Note(self.text, tuple(dict.fromkeys((*self.lines, *lines))))


def read_line(text: str) -> Line:
    """Return one signature line, told without its end.

    Raises: BadNote: it has another form.
    Source: C2SP signed-note v1.0.0, "Signatures".
    """
    name, blank, rest = text.removeprefix(_DASH).partition(" ")
    try:
        if not text.startswith(_DASH) or not blank:
            raise ValueError("a signature begins with an em dash, a space and a name")
        content = read_base64(rest, "a signature")
        if len(content) < 5:
            raise ValueError("a signature holds no more than the ID of its key")
        return Line(check_name(name), content[:4], content[4:])
    except ValueError as problem:
        raise BadNote(f"signature line {text[:60]!r}: {problem}") from None


def read_note(raw: bytes) -> Note:
    """Return a signed note; nothing is verified.

    Raises: BadNote: it has another form, with what is wrong.
    Source: C2SP signed-note v1.0.0, "Format".
    """
    if len(raw) > MOST_BYTES:
        raise BadNote(f"the note has {len(raw)} bytes, allowed: {MOST_BYTES}")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadNote("the note is not UTF-8") from None
    if any(ord(each) < 32 and each != "\n" for each in whole):
        raise BadNote("the note holds a control character")
    text, blank, signatures = whole.rpartition("\n\n")
    if not blank or not text or not signatures.endswith("\n"):
        raise BadNote("the note has no empty line before its signatures, or does not end a line")
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote(f"the note has {len(lines)} signatures, allowed: {MOST_SIGNATURES}")
    return Note(text + "\n", tuple(read_line(each) for each in lines))


def sign_note(text: str, *signers: Signer) -> Note:
    """Return a text with the signatures of these keys, which sign it as it is.

    Raises: ValueError: the text does not end with a line feed or holds a control character.
    Source: C2SP signed-note v1.0.0.
    """
    if not text.endswith("\n") or any(ord(each) < 32 and each != "\n" for each in text):
        raise ValueError("a text that is signed ends with a line feed and holds no control letter")
    found = Note(text, ())
    message = text.encode()
    return found.with_lines(
        Line(each.name, each.verifier.id, each.sign(message)) for each in signers
    )


def open_note(raw: bytes, verifiers: Iterable[Verifier]) -> tuple[Note, tuple[Verifier, ...]]:
    """Return a note and which of the keys signed it: at least one.

    Lines of unknown keys are kept and not looked at; a line of a known key that does not verify
    makes the whole note none.
    Raises: BadNote: another form; a known key's signature fails; none of the keys signed it.
    Source: C2SP signed-note v1.0.0, "Verification".
    """
    note = read_note(raw)
    known = {(each.name, each.id): each for each in verifiers}
    found: dict[Verifier, None] = {}
    message = note.text.encode()
    for line in note.lines:
        verifier = known.get((line.name, line.id))
        if verifier is None:
            continue
        if not verifier.verifies(message, line.signature):
            raise BadNote(f"the signature of {line.name} fails")
        found[verifier] = None
    if not found:
        raise BadNote("none of the known keys signed the note")
    return note, tuple(found)
