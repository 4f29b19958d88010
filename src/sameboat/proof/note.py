"""Signed notes: a text, and lines that sign it.

Source: C2SP signed-note v1.0.0.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import LOG, Signer, Verifier, check_name
from sameboat.proof.strict import check_text, read_base64, write_base64

_DASH = "\N{EM DASH} "
_ID = 4
#: A note of more bytes is not read: a hundred lines of ML-DSA-44 have room.
MOST_BYTES = 512 * 1024
MOST_SIGNATURES = 256


class BadNote(BadProof):
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
        content = read_base64(rest, "signature") if blank else b""
        if not text.startswith(_DASH) or len(content) <= _ID:
            raise BadNote(
                "not_a_signature", _("This is no line of a signature."), field="signature",
                value=text, allowed=_("— name base64(4 bytes of the key's hash, signature)"),
            )  # fmt: skip
        return Line(check_name(name), content[:_ID], content[_ID:])
    except BadProof as problem:
        raise BadNote.of(problem.fault) from None


def read_note(raw: bytes) -> Note:
    """Return a signed note; nothing is verified.

    Raises: BadNote: it has another form, with what is wrong, and in which line.
    Source: C2SP signed-note v1.0.0, "Format".
    """
    if len(raw) > MOST_BYTES:
        raise BadNote(
            "too_long", _("The note has {bytes} bytes."), allowed=f"<= {MOST_BYTES}", bytes=len(raw)
        )
    try:
        whole = raw.decode("utf-8")
        check_text(whole, "note")
    except UnicodeDecodeError:
        raise BadNote("not_utf_8", _("The note is not UTF-8.")) from None
    except BadProof as problem:
        raise BadNote.of(problem.fault) from None
    # At the last empty line: the text may hold others.
    text, blank, signatures = whole.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise BadNote(
            "not_a_note",
            _("The note has no empty line before its signatures, or does not end a line."),
        )
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote(
            "too_many_signatures", _("The note has {count} signatures."),
            allowed=f"<= {MOST_SIGNATURES}", count=len(lines),
        )  # fmt: skip
    found, first = [], text.count("\n") + 3
    for number, line in enumerate(lines, first):
        try:
            found.append(read_line(line))
        except BadNote as problem:
            raise BadNote.of(problem.fault, line=number) from None
    return Note(text + "\n", tuple(found))


def sign_note(text: str, *signers: Signer) -> Note:
    """Return a text with the signatures of these keys, which sign it as it is.

    Raises: BadProof: the text does not end with a line feed or holds a control character; a key
        is a cosigner's, which signs with a time only.
    Source: C2SP signed-note v1.0.0.
    """
    check_text(text, "text")
    if not text.endswith("\n"):
        raise BadNote("no_line_end", _("A text that is signed ends with a line feed."))
    if any(each.kind != LOG for each in signers):
        raise BadNote("cosigners_key", _("The key signs with a time only."), field="signer")
    message = text.encode()
    return Note(text, ()).with_lines(
        Line(each.name, each.verifier.id, each.sign(message)) for each in signers
    )


def open_note(raw: bytes, verifiers: Iterable[Verifier]) -> tuple[Note, tuple[Verifier, ...]]:
    """Return a note and which of the keys signed it: at least one.

    A cosigner's line counts as its kind signs: with its time.  Lines of unknown keys are kept and
    not looked at; a line of a known key that does not verify makes the whole note none.
    Raises: BadNote: another form; a known key's signature fails; none of the keys signed it.
    Source: C2SP signed-note v1.0.0, "Verification".
    """
    note = read_note(raw)
    known = known_keys(verifiers)
    found: dict[Verifier, None] = {}
    message = note.text.encode()
    for line in note.lines:
        verifier = known.get((line.name, line.id))
        if verifier is None:
            continue
        if not verifier.verifies_text(message, line.signature):
            raise BadNote(
                "signature_fails", _("The signature of a known key fails."), field="signature",
                value=line.name,
            )  # fmt: skip
        found[verifier] = None
    if not found:
        raise BadNote("nobody_known", _("None of the known keys signed the note."))
    return note, tuple(found)


def known_keys(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    """Return keys by what a line tells of them.

    Raises: BadNote: two keys are told alike: whose line is meant could not be said.
    Source: C2SP signed-note v1.0.0, "Verification".
    """
    found: dict[tuple[str, bytes], Verifier] = {}
    for each in verifiers:
        if found.setdefault((each.name, each.id), each) != each:
            raise BadNote(
                "two_keys", _("Two keys have one name and one hash."), field="verifier",
                value=each.name,
            )  # fmt: skip
    return found
