"""What a compact says, and what becomes of it: computed from the entries of many logs.

Nobody keeps the list of members: whoever has the same entries, in whatever order they came,
computes the same versions in the same states.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sameboat.books.compacts.states import LED
from sameboat.lib.address import PLACE_CODE
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.proof.canon import canonical

PROPOSED, SIGNED, DECLINED, LEFT = (
    "compact.proposed", "compact.signed", "compact.declined", "compact.left",
)  # fmt: skip
KINDS = (PROPOSED, SIGNED, DECLINED, LEFT)
MOST_MEMBERS, MOST_NAME, MOST_PURPOSE = 500, 200, 4000
LANGUAGES = ("zh-Hans", "en")


@dataclass(frozen=True)
class Terms:
    """The terms of a version: what every signatory signs.

    `amends`: the address of the proposal that it takes the place of, "" at first.
    """

    names: Mapping[str, str]
    purpose: Mapping[str, str]
    members: tuple[str, ...]
    body: str
    led: str
    amends: str

    def as_dict(self) -> dict[str, Any]:
        """Return the terms as an entry carries them."""
        return {"names": dict(self.names), "purpose": dict(self.purpose),
                "members": list(self.members), "coordinating_body": self.body,
                "led_from": self.led, "amends": self.amends}  # fmt: skip

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical terms, hex."""
        return hashlib.sha256(canonical(self.as_dict())).hexdigest()

    @property
    def signatories(self) -> frozenset[str]:
        """Who must sign: every member, and the coordinating body."""
        return frozenset(self.members) | ({self.body} if self.body else set())


def read_terms(told: Mapping[str, Any]) -> Terms:
    """Return the terms that an entry carries.

    Raises: FaultyInput: what is missing or has another form, and what is allowed.
    """
    names = _texts(told, "names", MOST_NAME)
    purpose = _texts(told, "purpose", MOST_PURPOSE)
    members, body = told.get("members"), told.get("coordinating_body")
    led, amends = told.get("led_from"), told.get("amends")
    if not isinstance(members, list) or not 2 <= len(members) <= MOST_MEMBERS:
        count = len(members) if isinstance(members, list) else members
        raise _faulty("members", count, f"2 … {MOST_MEMBERS}")
    for code in (*members, *([body] if body else [])):
        if not isinstance(code, str) or not PLACE_CODE.fullmatch(code):
            raise _faulty("members", code, "scheme:code, such as cn:220200")
    if len(set(members)) != len(members):
        raise _faulty("members", ", ".join(members), _("each place once"))
    if not isinstance(body, str) or body in members:
        raise _faulty("coordinating_body", body, _("a place that is no member, or none"))
    if led not in LED or (led == "above" and not body):
        raise _faulty("led_from", led, _("above (then with a coordinating body), beside"))
    if not isinstance(amends, str) or len(amends) > 160:
        raise _faulty("amends", amends, _("the address of a proposal, or none"))
    return Terms(names, purpose, tuple(sorted(members)), body, led, amends)


def _faulty(field: str, value: object, allowed: str) -> FaultyInput:
    problem = _("is not what a compact can say.")
    return FaultyInput([Fault("compact", problem, field=field, value=value, allowed=allowed)])


def _texts(told: Mapping[str, Any], name: str, most: int) -> dict[str, str]:
    texts = told.get(name)
    allowed = _("a text in zh-Hans, in en, or in both")
    if not texts:
        raise FaultyInput([Fault("text_missing", _("is missing."), field=name, allowed=allowed)])
    if not isinstance(texts, dict) or not set(texts) <= set(LANGUAGES):
        raise _faulty(name, texts, allowed)
    for tag in texts:
        if not isinstance(texts[tag], str) or not 1 <= len(texts[tag].strip()) <= most:
            raise _faulty(f"{name}.{tag}", str(texts[tag])[:80], f"1 … {most} characters")
    return dict(texts)


@dataclass(frozen=True)
class Said:
    """An entry about a compact, as the fold reads it."""

    origin: str
    index: int
    kind: str
    body: Mapping[str, Any]
    said_at: datetime

    @property
    def address(self) -> str:
        """Return the entry's address."""
        return f"{self.origin}/entry/{self.index}"


@dataclass
class Version:
    """One wording, and what the signatories' logs said of it.

    `leavings`: by place, what it said when it left, oldest first: only who has signed can leave.
    """

    said: Said
    terms: Terms
    number: int
    earlier: "Version | None" = None
    answers: dict[str, Said] = field(default_factory=dict)
    leavings: dict[str, list[Said]] = field(default_factory=dict)
    state: str = "proposed"
    signed_by_all: bool = False  #: nobody's signature is missing, nor of what it amends

    @property
    def address(self) -> str:
        """Return the address of the entry that proposed it."""
        return self.said.address

    @property
    def left(self) -> frozenset[str]:
        """Who signed it and has left since."""
        return frozenset(self.leavings)

    def had_left(self, place: str, index: int) -> bool:
        """Return whether a place had left before this entry of its own log."""
        return any(each.index < index for each in self.leavings.get(place, ()))

    def left_by(self, moment: datetime) -> set[str]:
        """Return who had left by a moment, each by its own clock."""
        return {place for place, said in self.leavings.items() if said[0].said_at <= moment}

    @property
    def is_dead(self) -> bool:
        """Whether somebody who must sign has declined: for ever, the first word counts."""
        return any(said.kind == DECLINED for said in self.answers.values())

    @property
    def in_force_at(self) -> datetime | None:
        """When the last signatory said that it signs, by its own clock; None before."""
        if not self.signed_by_all:
            return None
        return max(said.said_at for said in self.answers.values() if said.kind == SIGNED)


class _Words:
    """What one place's log says of the compact, in the order of that log."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Said]] = {}  #: by proposal
        self.signed: dict[str, list[Said]] = {}  #: by what the signed text amends, as it says
        self.left: dict[str, list[Said]] = {}  #: by proposal

    def add(self, said: Said) -> None:
        proposal = str(said.body.get("proposal"))
        if said.kind == LEFT:
            self.left.setdefault(proposal, []).append(said)
        elif said.kind in (SIGNED, DECLINED):
            self.answers.setdefault(proposal, []).append(said)
            if said.kind == SIGNED:
                self.signed.setdefault(str(said.body.get("amends", "")), []).append(said)


def fold(owner: str, entries: Iterable[Said]) -> list[Version]:
    """Return the versions of one compact, in order, from every entry about it.

    What is said later, in each place's own log, takes no version back that all have signed.

    Args: owner: the place in the compact's address.  entries: in any order, each any times.
    """
    said = sorted({each.address: each for each in entries}.values(),
                  key=lambda each: (each.origin, each.index))  # fmt: skip
    versions = _versions(owner, [each for each in said if each.kind == PROPOSED])
    words: dict[str, _Words] = {}
    for each in said:
        words.setdefault(each.origin, _Words()).add(each)
    ordered = sorted(versions.values(), key=lambda each: (each.number, each.address))
    later: dict[str, list[Version]] = {}
    for version in ordered:
        later.setdefault(version.terms.amends, []).append(version)
    # The earlier first: who must sign hangs on who has left what is amended.  A chain may be long.
    for rivals in later.values():
        for version in rivals:
            _note_declined(version, words)
        for version in rivals:
            _note_signed(version, versions, words)
            _note_left(version, words)
        for version in rivals:
            version.signed_by_all = _is_signed_by_all(version, versions, words)
    for version in ordered:
        version.state = _state(version, later)
    return ordered


def _versions(owner: str, proposals: list[Said]) -> dict[str, Version]:
    """Return the proposals that are any: by who may, and of what is known."""
    found: dict[str, Version] = {}
    waiting = []
    for each in proposals:
        try:
            waiting.append((each, read_terms(each.body)))
        except FaultyInput:
            continue
    first = [pair for pair in waiting if not pair[1].amends and pair[0].origin == owner
             and owner in pair[1].signatories]  # fmt: skip
    for said, terms in first[:1]:
        found[said.address] = Version(said, terms, 1)
    amending: dict[str, list[tuple[Said, Terms]]] = {}
    for said, terms in waiting:
        amending.setdefault(terms.amends, []).append((said, terms))
    fresh = list(found.values())
    while fresh:
        earlier = fresh.pop()
        for said, terms in amending.get(earlier.address, ()):
            if said.address not in found and said.origin in earlier.terms.signatories:
                found[said.address] = Version(said, terms, earlier.number + 1, earlier)
                fresh.append(found[said.address])
    return found


def _may_answer(version: Version, place: str, index: int) -> bool:
    """Return whether a place's word counts: it will be bound, or is, and had not left before."""
    if place in version.terms.signatories:
        return True
    earlier = version.earlier
    return (
        earlier is not None
        and place in earlier.terms.signatories
        and not earlier.had_left(place, index)
    )


def _first_word(version: Version, place: str, words: Mapping[str, _Words]) -> Said | None:
    """Return what a place said first of a version; a signature of other terms says nothing."""
    for said in words[place].answers.get(version.address, ()) if place in words else ():
        if said.kind == DECLINED or said.body.get("digest") == version.terms.digest:
            return said if _may_answer(version, place, said.index) else None
    return None


def _asked(version: Version) -> list[str]:
    """Return everybody who is bound by a version, or by what it amends."""
    before = version.earlier.terms.signatories if version.earlier else frozenset()
    return sorted(version.terms.signatories | before)


def _note_declined(version: Version, words: Mapping[str, _Words]) -> None:
    for place in _asked(version):
        said = _first_word(version, place, words)
        if said is not None and said.kind == DECLINED:
            version.answers[place] = said


def _note_signed(
    version: Version, versions: Mapping[str, Version], words: Mapping[str, _Words]
) -> None:
    """Count who signed; of several that amend the same a place has signed one.

    A signature says what its text amends.  So its place's own log alone tells which was the first,
    on a node too that does not know the other text yet.
    """
    for place in _asked(version):
        said = _first_word(version, place, words)
        if said is None or said.kind != SIGNED:
            continue
        if version.earlier is None or said is _choice(version.earlier, place, versions, words):
            version.answers[place] = said


def _choice(
    earlier: Version, place: str, versions: Mapping[str, Version], words: Mapping[str, _Words]
) -> Said | None:
    """Return the signature by which a place has chosen one of those that amend a version.

    It is the first, of those that nobody has declined: what can never come binds nobody.
    """
    for said in words[place].signed.get(earlier.address, ()) if place in words else ():
        named = versions.get(str(said.body.get("proposal")))
        if named is None or named.earlier is not earlier or not named.is_dead:
            return said
    return None


def _note_left(version: Version, words: Mapping[str, _Words]) -> None:
    """Note who left it: who has signed, then leaves it, or what it amends.

    Whoever leaves an earlier text leaves all that it has signed: it cannot know yet which of them
    is in force.
    """
    for place, answer in version.answers.items():
        if answer.kind != SIGNED or place not in version.terms.signatories:
            continue
        told = list(words[place].left.get(version.address, ()))
        if version.earlier is not None:
            told += version.earlier.leavings.get(place, ())
        since = [each for each in told if each.index > answer.index]
        if since:
            version.leavings[place] = sorted(since, key=lambda each: each.index)


def _is_released(
    version: Version, place: str, versions: Mapping[str, Version], words: Mapping[str, _Words]
) -> bool:
    """Return whether a place need not sign: it left what is amended, and that first.

    Who has answered before it left has answered; who has signed another amendment before it left is
    bound to that one, or two texts could be in force: each signed by those whom the other lacks.
    """
    assert version.earlier is not None
    left = version.earlier.leavings.get(place)
    if not left:
        return False
    chosen = _choice(version.earlier, place, versions, words)
    before = version.answers.get(place)
    return all(each is None or each.index > left[0].index for each in (chosen, before))


def _is_signed_by_all(
    version: Version, versions: Mapping[str, Version], words: Mapping[str, _Words]
) -> bool:
    """Return whether all have signed: what it amends before, and somebody there has stayed.

    Where everybody had left there is nothing to amend: two halves could go on apart.
    """
    required = set(version.terms.signatories)
    if version.earlier is not None:
        staying = {place for place in version.earlier.terms.signatories
                   if not _is_released(version, place, versions, words)}  # fmt: skip
        if not staying or not version.earlier.signed_by_all:
            return False
        required |= staying
    done = {place for place, said in version.answers.items() if said.kind == SIGNED}
    return required <= done


def _state(version: Version, later: Mapping[str, list[Version]]) -> str:
    if version.signed_by_all:
        if any(each.signed_by_all for each in later.get(version.address, ())):
            return "amended"
        return "in_force" if len(set(version.terms.members) - version.left) > 1 else "ended"
    if version.is_dead:
        return "declined"
    rivals = later[version.terms.amends]
    return "overtaken" if any(each.signed_by_all for each in rivals) else "proposed"
