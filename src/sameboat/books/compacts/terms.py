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
    """One wording, and what the signatories' logs said of it."""

    said: Said
    terms: Terms
    number: int
    earlier: "Version | None" = None
    answers: dict[str, Said] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    state: str = "proposed"
    signed_by_all: bool = False  #: nobody's signature is missing, nor of what it amends

    @property
    def address(self) -> str:
        """Return the address of the entry that proposed it."""
        return self.said.address

    @property
    def required(self) -> frozenset[str]:
        """Who must sign: its own signatories, and those of what it amends who are still there."""
        before = self.earlier.remaining if self.earlier else frozenset()
        return self.terms.signatories | before

    @property
    def remaining(self) -> frozenset[str]:
        """Who signed it and has not left."""
        return self.terms.signatories - self.left

    def is_signed_by_all(self) -> bool:
        """Return whether all have signed; what it amends has been asked before.

        Where everybody has left there is nothing to amend: two halves could go on apart.
        """
        if self.earlier and not (self.earlier.remaining and self.earlier.signed_by_all):
            return False
        done = {place for place, said in self.answers.items() if said.kind == SIGNED}
        return self.required <= done

    @property
    def in_force_at(self) -> datetime | None:
        """When the last signatory said that it signs, by its own clock; None before."""
        if not self.signed_by_all:
            return None
        return max(said.said_at for said in self.answers.values() if said.kind == SIGNED)


def fold(owner: str, entries: Iterable[Said]) -> list[Version]:
    """Return the versions of one compact, in order, from every entry about it.

    Args: owner: the place in the compact's address.  entries: in any order, each any times.
    """
    said = sorted({each.address: each for each in entries}.values(),
                  key=lambda each: (each.origin, each.index))  # fmt: skip
    versions = _versions(owner, [each for each in said if each.kind == PROPOSED])
    for each in said:
        if each.kind == LEFT:
            _note_left(versions, each)
    for each in said:
        if each.kind in (SIGNED, DECLINED):
            _note_answer(versions, each)
    ordered = sorted(versions.values(), key=lambda each: (each.number, each.address))
    for version in ordered:  # the earlier first: a chain may be long
        version.signed_by_all = version.is_signed_by_all()
    for version in ordered:
        version.state = _state(version, versions)
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


def _note_left(versions: dict[str, Version], said: Said) -> None:
    version = versions.get(str(said.body.get("proposal")))
    if version and said.origin in version.terms.signatories:
        version.left.add(said.origin)


def _note_answer(versions: dict[str, Version], said: Said) -> None:
    """Count a place's first answer; of several that amend the same it signs one."""
    version = versions.get(str(said.body.get("proposal")))
    if version is None or said.origin in version.answers or said.origin not in version.required:
        return
    if said.kind == SIGNED:
        if said.body.get("digest") != version.terms.digest:
            return
        rivals = (each for each in versions.values()
                  if each.earlier is not None and each.earlier is version.earlier)  # fmt: skip
        if any(_has_signed(each, said.origin) for each in rivals):
            return
    version.answers[said.origin] = said


def _has_signed(version: Version, place: str) -> bool:
    return place in version.answers and version.answers[place].kind == SIGNED


def _state(version: Version, versions: dict[str, Version]) -> str:
    later = [each for each in versions.values() if each.earlier is version]
    rivals = [each for each in versions.values() if each is not version
              and each.earlier is not None and each.earlier is version.earlier]  # fmt: skip
    if version.signed_by_all:
        if any(each.signed_by_all for each in later):
            return "amended"
        return "in_force" if len(set(version.terms.members) - version.left) > 1 else "ended"
    if any(said.kind == DECLINED for said in version.answers.values()):
        return "declined"
    return "overtaken" if any(each.signed_by_all for each in rivals) else "proposed"
