"""What places said to each other of alerts, as one pure fold over their entries.

Whoever has the same entries sees the same states, in whatever order they came and however often.
No Django, no clock: an alert's life is in the log of the place that issued it, what became of it
elsewhere in the logs of the others.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sameboat.lib.address import parse_address

ISSUED, UPDATED, CANCELLED, EXPIRED = (
    "alert.issued", "alert.updated", "alert.cancelled", "alert.expired",
)  # fmt: skip
#: what a place says when it issues, and what it hears others issue
ISSUED_KINDS = (ISSUED, UPDATED, CANCELLED)
LIFE_KINDS = (*ISSUED_KINDS, EXPIRED)
#: what another place says of an alert -> the state it is in there
STATE_OF = {
    "alert.received": "delivered", "alert.read": "read", "alert.acknowledged": "acknowledged",
    "alert.acting": "acting", "alert.unable": "unable", "alert.refused": "refused",
}  # fmt: skip
ANSWER_KINDS = tuple(STATE_OF)
STANDS = ("acting", "unable")  #: what a place does about it; it may change its mind
#: from what is least known to what is most; refused stands apart
LADDER = ("queued", "delivered", "read", "acknowledged", "acting", "unable")
#: why an Update or Cancel matches nothing
FOLLOWS_NOTHING, UNKNOWN_ALERT, OTHER_ALERT, ALREADY_ENDED, TOO_LONG = (
    "follows_nothing", "unknown_alert", "other_alert", "already_ended", "too_long",
)  # fmt: skip
#: An alert and all that was said to follow it, refused or not; what comes after is refused.  All of
#: it is read for every answer: with no end to it, one place could keep all others reading.
MOST_IN_THREAD = 500


@dataclass(frozen=True)
class Said:
    """An entry, as far as alerts care.  `earlier` and `references` are None where not known."""

    origin: str
    index: int
    kind: str
    about: str
    after: tuple[str, ...] = ()
    earlier: str | None = None
    references: tuple[str, ...] | None = None  #: CAP identifiers that it refers to
    number: int | None = None  #: its number in its thread, 1 is the first; None: to be counted

    @property
    def address(self) -> str:
        """Return `<origin>/entry/<index>`."""
        return f"{self.origin}/entry/{self.index}"


@dataclass(frozen=True)
class Life:
    """What became of one alert where it was issued; `refusal`: why it matches nothing, or ""."""

    said: Said
    state: str = "issued"
    earlier: str = ""  #: the entry that issued what this one follows
    refusal: str = ""
    ended_by: str = ""


@dataclass(frozen=True)
class Answer:
    """What one place has said of one alert; `proofs`: state -> the entry that shows it."""

    state: str = "queued"
    proofs: dict[str, Said] = field(default_factory=dict)
    held: bool = False  #: it has this one, and not yet what this one follows


@dataclass(frozen=True)
class Conversation:
    """The lives of alerts by the entries that issued them, and what each place answered."""

    lives: dict[str, Life]
    answers: dict[tuple[str, str], Answer]  #: (issuing entry, place)

    def answer(self, entry: str, place: str) -> Answer:
        """Return what a place has said of the alert that an entry issued.

        Of one that follows another, nothing is shown before the other has arrived.
        """
        own = self.answers.get((entry, place), Answer())
        if own.state in {"queued", "refused"}:
            return own
        life = self.lives.get(entry)
        while life and life.earlier:
            before = self.answers.get((life.earlier, place), Answer()).state
            if before == "queued":
                return replace(own, state="queued", held=True)
            # A refusal is an answer too: what is before it is not awaited.
            life = None if before == "refused" else self.lives.get(life.earlier)
        return own

    def followers(self, entry: str) -> list[Life]:
        """Return what followed an alert and was not refused, in the order it was said."""
        found = [each for each in self.lives.values() if each.earlier == entry]
        return sorted(found, key=lambda each: each.said.index)


def fold(entries: Iterable[Said]) -> Conversation:
    """Return what the entries say together; their order and repetitions change nothing."""
    known = {each.address: each for each in entries}
    ordered = sorted(known.values(), key=lambda each: (each.origin, each.index))
    reading = _Reading(known)
    for each in ordered:
        if each.kind in ISSUED_KINDS:
            reading.begin(each)
        elif each.kind == EXPIRED:
            reading.end(reading.issued.get((each.origin, each.about), ""), "expired", each)
    return Conversation(reading.lives, _answers(ordered, reading.lives))


@dataclass(frozen=True)
class _Reading:
    """What was read so far of the logs, each in its own order."""

    known: dict[str, Said]
    lives: dict[str, Life] = field(default_factory=dict)
    #: (origin, alert) -> the entry that issued it
    issued: dict[tuple[str, str], str] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)  #: issuing entry -> the first of its thread
    lengths: Counter[str] = field(default_factory=Counter)  #: the first -> how many there are

    def begin(self, said: Said) -> None:
        """Take an entry that issues an alert: what it follows ends with it, or it is refused."""
        before = [self.known[each] for each in said.after if each in self.known]
        before = [each for each in before
                  if each.origin == said.origin and each.index < said.index]  # fmt: skip
        followed = (self.issued.get((each.origin, each.about), "") for each in before)
        entry = next((each for each in followed if each), "") if said.kind != ISSUED else ""
        number = self._count(said, entry)
        self.issued.setdefault((said.origin, said.about), said.address)
        if number > MOST_IN_THREAD:
            refusal = TOO_LONG
        elif said.kind == ISSUED:
            refusal = ""
        else:
            refusal = self._refusal(said, entry) if before else FOLLOWS_NOTHING
        if refusal:
            self.lives[said.address] = Life(said, state="refused", refusal=refusal)
            return
        self.lives[said.address] = Life(said, earlier=entry)
        self.end(entry, "updated" if said.kind == UPDATED else "cancelled", said)

    def end(self, entry: str, state: str, by: Said) -> None:
        """Let an alert that is in force end."""
        if entry and self.lives[entry].state == "issued":
            self.lives[entry] = replace(self.lives[entry], state=state, ended_by=by.address)

    def _count(self, said: Said, followed: str) -> int:
        root = self.roots.get(followed, said.address)
        self.roots[said.address] = root
        self.lengths[root] += 1
        return said.number or self.lengths[root]

    def _refusal(self, said: Said, entry: str) -> str:
        """Return why an Update or Cancel does not follow what an entry issued, "" where it does."""
        if not entry or self.lives[entry].refusal:
            return UNKNOWN_ALERT
        about = self.lives[entry].said.about
        if said.earlier is not None and said.earlier != about:
            return OTHER_ALERT
        if said.references is not None and said.references != (_identifier(about),):
            return OTHER_ALERT
        if self.lives[entry].state != "issued" or self.lives[entry].said.kind == CANCELLED:
            return ALREADY_ENDED
        return ""


def _answers(ordered: list[Said], lives: dict[str, Life]) -> dict[tuple[str, str], Answer]:
    """Return what each place said after the entry that issued an alert, about that alert."""
    proofs: dict[tuple[str, str], dict[str, Said]] = {}
    stands: dict[tuple[str, str], str] = {}
    for each in ordered:
        state = STATE_OF.get(each.kind)
        for entry in each.after if state else ():
            life = lives.get(entry)
            if life is None or life.said.about != each.about or life.said.origin == each.origin:
                continue
            own = proofs.setdefault((entry, each.origin), {})
            if state in STANDS:
                own[state] = each  # of these the latest counts
                stands[entry, each.origin] = state
            elif state:
                own.setdefault(state, each)
    return {key: Answer(stands.get(key) or _furthest(own), own) for key, own in proofs.items()}


def _furthest(own: dict[str, Said]) -> str:
    ladder = ("acknowledged", "read", "delivered", "refused")
    return next((state for state in ladder if state in own), "queued")


def _identifier(about: str) -> str:
    try:
        return parse_address(about).as_cap_identifier()
    except ValueError:
        return ""
