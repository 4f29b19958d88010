"""Whose word is enough: logs, witnesses, groups of them, and a quorum.

Source: C2SP tlog-policy (of 2026-07-22).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sameboat.proof.keys import COSIGNER, LOG, Verifier, read_verifier
from sameboat.proof.strict import read_decimal

#: As many of each are read; more is a slip.
MOST = 1024
NOBODY = "none"


class BadPolicy(ValueError):
    """The text is no policy; the message names the line."""


@dataclass(frozen=True)
class Group:
    """So many of its members are enough."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Logs by their key, witnesses and groups by their own names, and the one that must agree."""

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Verifier]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)  #: of a log's or witness's name

    def enough(self, cosigners: Collection[Verifier]) -> bool:
        """Return whether these have cosigned enough."""
        names = {name for name, key in self.witnesses.items() if key in cosigners}

        def agrees(name: str) -> bool:
            group = self.groups.get(name)
            if group is None:
                return name in names
            return sum(agrees(each) for each in group.members) >= group.needed

        return self.quorum == NOBODY or agrees(self.quorum)


def read_policy(text: str) -> Policy:
    """Return a policy.

    Raises: BadPolicy: a line has another form, a name is told twice, used before it is told, or
        member of two groups; no quorum; the message names the line.
    Source: C2SP tlog-policy (of 2026-07-22).
    """
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#", 1)[0].split() if line.lstrip().startswith("#") else line.split()
        if not words:
            continue
        try:
            reader.take(words)
        except ValueError as problem:
            raise BadPolicy(f"line {number}: {problem}") from None
    if reader.quorum is None:
        raise BadPolicy("no line begins with quorum")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum, reader.urls)


class _Reader:
    """What the lines so far have told."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Verifier] = {}
        self.groups: dict[str, Group] = {}
        self.urls: dict[str, str] = {}
        self.taken: set[str] = set()
        self.quorum: str | None = None

    def take(self, words: list[str]) -> None:
        """Take one line."""
        if self.quorum is not None and words[0] == "quorum":
            raise ValueError("quorum is told twice")
        takers = {
            "log": (self._log, 2, 3), "witness": (self._witness, 3, 4),
            "group": (self._group, 4, MOST), "quorum": (self._quorum, 2, 2),
        }  # fmt: skip
        if words[0] not in takers:
            raise ValueError(f"{words[0][:40]!r} is not known, allowed: {', '.join(takers)}")
        taker, least, most = takers[words[0]]
        if not least <= len(words) <= most:
            raise ValueError(f"{words[0]} has {len(words)} words, allowed: {least} … {most}")
        taker(words[1:])

    def _log(self, words: list[str]) -> None:
        key = read_verifier(words[0])
        if key.kind != LOG:
            raise ValueError("the key of a log is of another kind")
        if key in self.logs:
            raise ValueError(f"log {key.name} is told twice")
        self.logs.append(key)
        if len(words) > 1:
            self.urls[key.name] = words[1]

    def _witness(self, words: list[str]) -> None:
        name = self._fresh(words[0])
        key = read_verifier(words[1])
        if key.kind != COSIGNER:
            # The same key told as one that signs notes: witnesses sign with a time.
            key = Verifier(key.name, COSIGNER, key.public)
        if key in self.witnesses.values():
            raise ValueError(f"the key of {name} is told twice")
        self.witnesses[name] = key
        if len(words) > 2:
            self.urls[name] = words[2]

    def _group(self, words: list[str]) -> None:
        name, how, *members = words
        self._fresh(name)
        for each in members:
            if each not in self.witnesses and each not in self.groups:
                raise ValueError(f"{each} is used before it is told")
            if each in self.taken:
                raise ValueError(f"{each} is member of two groups")
            self.taken.add(each)
        needed = {"all": len(members), "any": 1}.get(how)
        if needed is None:
            needed = read_decimal(how, "how many must agree")
        if not 1 <= needed <= len(members):
            raise ValueError(f"{how} of {len(members)} members, allowed: 1 … {len(members)}")
        self.groups[name] = Group(needed, tuple(members))

    def _quorum(self, words: list[str]) -> None:
        if words[0] != NOBODY and words[0] not in {*self.witnesses, *self.groups}:
            raise ValueError(f"{words[0]} is used before it is told")
        self.quorum = words[0]

    def _fresh(self, name: str) -> str:
        if name == NOBODY or name in self.witnesses or name in self.groups:
            raise ValueError(f"{name} is told twice, or stands for nobody")
        return name
