"""Whose word is enough: logs, witnesses, groups of them, and a quorum.

Source: C2SP tlog-policy (of 2026-07-22).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sameboat.lib.language import mark as _
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import COSIGNER, LOG, Verifier, read_verifier
from sameboat.proof.strict import read_decimal

#: As many logs, witnesses and groups are read, each; the specification asks for 32.
MOST = 1024
MOST_BYTES = 1024 * 1024
NOBODY = "none"
# Blanks and tabs only: str.split() also cuts at U+3000 and at control characters.
_BLANKS = re.compile(r"[ \t]+")


class BadPolicy(BadProof):
    """The text is no policy; the fault names the line."""


@dataclass(frozen=True)
class Group:
    """So many of its members are enough."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Logs by their key, witnesses and groups by their own names, and the one that must agree.

    Groups stand in the order in which they were told: each after its members.
    """

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Verifier]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[Verifier, str] = field(default_factory=dict)  #: of logs and witnesses

    def agreeing(self, cosigners: Collection[Verifier]) -> set[str]:
        """Return the witnesses that are among these, and the groups that have enough of them."""
        agree = {name for name, key in self.witnesses.items() if key in cosigners}
        # In the order told, not by recursion: a chain of a thousand groups is a valid policy.
        for name, group in self.groups.items():
            if sum(each in agree for each in group.members) >= group.needed:
                agree.add(name)
        return agree

    def enough(self, cosigners: Collection[Verifier]) -> bool:
        """Return whether these have cosigned enough."""
        return self.quorum == NOBODY or self.quorum in self.agreeing(cosigners)

    def counting(self) -> tuple[str, ...]:
        """Return the names on which the quorum rests: groups from the top, then witnesses.

        A witness whom no group counts is told and counts for nothing.
        """
        wanted, groups = {self.quorum}, []
        for name, group in reversed([*self.groups.items()]):  # each stands before whoever counts it
            if name in wanted:
                wanted.update(group.members)
                groups.append(name)
        return (*groups, *(name for name in self.witnesses if name in wanted))

    def __str__(self) -> str:
        """Return the policy as a file holds it."""

        def told(*words: str, key: Verifier) -> str:
            return " ".join([*words, str(key), *([self.urls[key]] if key in self.urls else [])])

        lines = [told("log", key=key) for key in self.logs]
        lines += [told("witness", name, key=key) for name, key in self.witnesses.items()]
        for name, group in self.groups.items():
            lines.append(" ".join(["group", name, str(group.needed), *group.members]))
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"])


def read_policy(text: str | bytes) -> Policy:
    """Return a policy.

    Raises: BadPolicy: a line has another form, a name is told twice, used before it is told, or
        member of two groups; a key is told twice, under any name; no quorum, or two.
    Source: C2SP tlog-policy (of 2026-07-22).
    """
    # Names are bytes and nothing else: what is no UTF-8 is kept as it is, nothing is normalised.
    whole = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    if len(whole) > MOST_BYTES:
        raise BadPolicy(
            "too_long", _("The policy has {bytes} bytes."), allowed=f"<= {MOST_BYTES}",
            bytes=len(whole),
        )  # fmt: skip
    reader = _Reader()
    for number, line in enumerate(whole.split("\n"), 1):
        try:
            _check_characters(line)
            words = _BLANKS.split(line.strip(" \t"))
            if words[0] and not words[0].startswith("#"):
                reader.take(words)
        except BadProof as problem:
            raise BadPolicy.of(problem.fault, line=number) from None
    if reader.quorum is None:
        raise BadPolicy("no_quorum", _("No line tells the quorum."), allowed="quorum <name>|none")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum, reader.urls)


def _check_characters(line: str) -> None:
    for each in line:
        if (each < " " and each != "\t") or each == "\x7f":
            raise BadPolicy(
                "control_character", _("It holds {character}."), field="line", value=line,
                allowed=_("no control characters but tab and line feed"),
                character=f"U+{ord(each):04X}",
            )  # fmt: skip


class _Reader:
    """What the lines so far have told."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Verifier] = {}
        self.groups: dict[str, Group] = {}
        self.urls: dict[Verifier, str] = {}
        self.taken: set[str] = set()
        self.quorum: str | None = None

    def take(self, words: list[str]) -> None:
        """Take one line."""
        takers = {
            "log": (self._log, 2, 3), "witness": (self._witness, 3, 4),
            "group": (self._group, 4, 3 + 2 * MOST), "quorum": (self._quorum, 2, 2),
        }  # fmt: skip
        if words[0] not in takers:
            raise BadPolicy(
                "unknown_line", _("A line of this kind is not known."), value=words[0],
                allowed=", ".join(takers),
            )  # fmt: skip
        taker, least, most = takers[words[0]]
        if not least <= len(words) <= most:
            raise BadPolicy(
                "other_words", _("The line has {count} words."), field=words[0],
                allowed=f"{least} … {most}", count=len(words),
            )  # fmt: skip
        if max(len(self.logs), len(self.witnesses), len(self.groups)) >= MOST:
            raise BadPolicy(
                "too_many", _("The policy tells too many."), field=words[0], allowed=f"<= {MOST}"
            )
        taker(words[1:])

    def _log(self, words: list[str]) -> None:
        self.logs.append(self._key(words[0], LOG, self.logs, words[1:]))

    def _witness(self, words: list[str]) -> None:
        name = self._fresh(words[0])
        known = self.witnesses.values()
        self.witnesses[name] = self._key(words[1], COSIGNER, known, words[2:])

    def _key(self, told: str, kind: int, known: Collection[Verifier], urls: list[str]) -> Verifier:
        key = read_verifier(told)
        if key.kind != kind:
            raise BadPolicy(
                "other_kind", _("The key signs something else."), field="verifier", value=told,
                allowed=f"{kind:#04x}",
            )  # fmt: skip
        # By the key itself: under two names one witness would count twice.
        if any(key.public == each.public for each in known):
            raise BadPolicy("key_twice", _("The key is told twice."), field="verifier", value=told)
        self.urls.update((key, each) for each in urls)
        return key

    def _group(self, words: list[str]) -> None:
        name, how, *members = words
        self._fresh(name)
        for each in members:
            self._told(each)
            if each in self.taken:
                raise BadPolicy(
                    "two_groups", _("It is a member already."), field="member", value=each
                )
            self.taken.add(each)
        needed = {"all": len(members), "any": 1}.get(how)
        if needed is None:
            needed = read_decimal(how, "group")
        if not 1 <= needed <= len(members):
            raise BadPolicy(
                "other_number", _("So many of the members cannot agree."), field="group",
                value=how, allowed=f"1 … {len(members)}",
            )  # fmt: skip
        self.groups[name] = Group(needed, tuple(members))

    def _quorum(self, words: list[str]) -> None:
        if self.quorum is not None:
            raise BadPolicy("two_quorums", _("The quorum is told twice."), field="quorum")
        if words[0] != NOBODY:
            self._told(words[0])
        self.quorum = words[0]

    def _told(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise BadPolicy(
                "unknown_name", _("It is used before it is told."), field="name", value=name,
                allowed=_("a witness or a group that is told before"),
            )  # fmt: skip

    def _fresh(self, name: str) -> str:
        if name == NOBODY or name in self.witnesses or name in self.groups:
            raise BadPolicy(
                "name_taken", _("The name is told twice, or stands for nobody."), field="name",
                value=name,
            )  # fmt: skip
        return name
