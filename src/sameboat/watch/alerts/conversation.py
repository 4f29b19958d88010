"""What places said to each other of alerts, as one pure fold over their entries.

Whoever has the same entries sees the same states, in whatever order they came and however often.
No Django, no clock: an alert's life is in the log of the place that issued it, what became of it
elsewhere in the logs of the others.
"""

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
FOLLOWS_NOTHING, UNKNOWN_ALERT, OTHER_ALERT, ALREADY_ENDED = (
    "follows_nothing", "unknown_alert", "other_alert", "already_ended",
)  # fmt: skip


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
        life = self.lives.get(entry)
        if life and life.earlier and own.state not in {"queued", "refused"}:
            before = self.answer(life.earlier, place)
            if before.state == "queued":
                return replace(own, state="queued", held=True)
        return own

    def followers(self, entry: str) -> list[Life]:
        """Return what followed an alert and was not refused, in the order it was said."""
        found = [each for each in self.lives.values() if each.earlier == entry]
        return sorted(found, key=lambda each: each.said.index)


def fold(entries: Iterable[Said]) -> Conversation:
    """Return what the entries say together; their order and repetitions change nothing."""
    known = {each.address: each for each in entries}
    ordered = sorted(known.values(), key=lambda each: (each.origin, each.index))
    lives: dict[str, Life] = {}
    issued: dict[tuple[str, str], str] = {}  # (origin, alert) -> the entry that issued it
    for each in ordered:
        if each.kind in ISSUED_KINDS:
            life = _begin(each, known, lives, issued)
            lives[each.address] = life
            issued.setdefault((each.origin, each.about), each.address)
            if life.earlier:
                ended = "updated" if each.kind == UPDATED else "cancelled"
                lives[life.earlier] = replace(
                    lives[life.earlier], state=ended, ended_by=each.address
                )
        elif each.kind == EXPIRED:
            entry = issued.get((each.origin, each.about), "")
            if entry and lives[entry].state == "issued":
                lives[entry] = replace(lives[entry], state="expired", ended_by=each.address)
    return Conversation(lives, _answers(ordered, lives))


def _begin(
    said: Said, known: dict[str, Said], lives: dict[str, Life], issued: dict[tuple[str, str], str]
) -> Life:
    if said.kind == ISSUED:
        return Life(said)
    earlier, refusal = _followed(said, known, lives, issued)
    if refusal:
        return Life(said, state="refused", refusal=refusal)
    return Life(said, earlier=earlier)


def _followed(
    said: Said, known: dict[str, Said], lives: dict[str, Life], issued: dict[tuple[str, str], str]
) -> tuple[str, str]:
    """Return the entry that issued what this one follows, or why there is none."""
    before = [known[each] for each in said.after if each in known]
    before = [each for each in before if each.origin == said.origin and each.index < said.index]
    if not before:
        return "", FOLLOWS_NOTHING
    followed = (issued.get((each.origin, each.about), "") for each in before)
    entry = next((each for each in followed if each), "")
    if not entry or lives[entry].refusal:
        return "", UNKNOWN_ALERT
    about = lives[entry].said.about
    if said.earlier is not None and said.earlier != about:
        return "", OTHER_ALERT
    if said.references is not None and said.references != (_identifier(about),):
        return "", OTHER_ALERT
    if lives[entry].state != "issued" or lives[entry].said.kind == CANCELLED:
        return "", ALREADY_ENDED
    return entry, ""


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
