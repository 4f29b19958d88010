"""The board of an alert of ours: who has it, who acts on it, each with the proof.

Nothing here is believed: a place has an alert when its own signed log says so, in an entry that
comes after the alert's; until then it is queued.  What is not known is said to be not known.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextField, Window
from django.db.models.functions import Cast, RowNumber

from sameboat.ground.logbook.models import Entry, Peer
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.queries import address_of, body_of
from sameboat.ground.people.queries import may
from sameboat.ground.places.queries import names_of
from sameboat.watch.alerts.addressing import Reached, reached_at, reached_of, recipients_of
from sameboat.watch.alerts.audience import is_public
from sameboat.watch.alerts.conversation import ISSUED_KINDS, LADDER, STATE_OF, Answer
from sameboat.watch.alerts.foreign import REFUSED_BECAUSE
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.queries import own_entries
from sameboat.watch.alerts.threads import answered

#: A receipt that takes longer is late.  River alarm systems ask for it within three hours even at
#: night (DESIGN section 5, after the Rhine warning and alarm plan); it holds by day as well.
RECEIPT_WITHIN = timedelta(hours=3)
_REFUSALS_OF_EACH = 3  #: of each place that refused something


@dataclass(frozen=True)
class Proof:
    """The entry of another place that shows a state, and whether its receipt can be had."""

    state: str
    entry: Entry
    signed: bool


@dataclass(frozen=True)
class Delivery:
    """What one place has said of one of our alerts, and what we know of its log.

    `state`: one of conversation.LADDER, or refused.  `silent`: why its log could not be read
    last, "" where it could; `read_at`: when it was read last, None where it never was.
    """

    place: str
    name: str
    state: str = "queued"
    addressed: bool = True
    followed: bool = True  #: we read its log; else we can never know
    late: bool = False
    held: bool = False  #: it has this one, and not yet the one before
    reached: Reached | None = None
    proofs: list[Proof] = field(default_factory=list)
    by: str = ""
    text: str = ""
    refusal: str = ""
    silent: str = ""
    read_at: datetime | None = None

    @property
    def proof(self) -> Entry | None:
        """The entry that shows the state, None where nothing does."""
        return next((each.entry for each in self.proofs if each.state == self.state), None)

    @property
    def delivered(self) -> datetime | None:
        """When the place said that it is there, by its own clock."""
        return self._at("delivered")

    @property
    def acknowledged(self) -> datetime | None:
        """When a person there acknowledged it, by that place's clock."""
        return self._at("acknowledged")

    def _at(self, state: str) -> datetime | None:
        return next((each.entry.said_at for each in self.proofs if each.state == state), None)


@dataclass(frozen=True)
class Refused:
    """What another place refused of what we said: an Update or Cancel that matches nothing."""

    entry: Entry
    name: str
    because: str  #: in marked words, "" while its body is not here


def deliveries_of(alert: Alert, language: str, *, now: datetime) -> list[Delivery]:
    """Return the board of an alert: late ones first, then those furthest behind.

    Those it is addressed to come before others who follow us; nothing is there before it is
    issued.
    """
    said = next((each for each in own_entries(alert) if each.kind in ISSUED_KINDS), None)
    if said is None:
        return []
    (talk, heard), address = answered(said), address_of(said)
    peers = {peer.origin: peer for peer in list_peers()}
    recipients = _recipients(alert, said)
    public = is_public(said.audience)
    others = [code for code, peer in peers.items()
              if public and peer.left_at is None and code not in recipients]  # fmt: skip
    rows = reached_of(alert.content["areas"])
    names = names_of([*recipients, *others], language)
    answers = {address_of(each): each for each in heard}
    late = now - said.said_at > RECEIPT_WITHIN
    found = [
        _delivery(code, names[code], talk.answer(address, code), peers.get(code), answers,
                  addressed=code in recipients, late=late, reached=reached_at(code, rows))
        for code in [*recipients, *others]
    ]  # fmt: skip
    return sorted(found, key=_urgency)


def refused_elsewhere(viewer: Any, place: str, language: str, *, limit: int = 20) -> list[Refused]:
    """Return what other places refused of what this place said, newest first.

    Of each place the newest few, and where there are more than `limit` the newest of each before
    the second of any: whoever refuses without end hides no refusal of another.
    """
    if not may(viewer, "see", place):
        return []
    rows = Entry.objects.filter(kind="alert.refused").exclude(origin=place)
    rows = rows.alias(said_of=Cast("after", TextField()))
    newest = Window(RowNumber(), partition_by=["origin"], order_by="-id")
    ranked = rows.filter(said_of__contains=f'"{place}/entry/').annotate(rank=newest)
    found = ranked.filter(rank__lte=_REFUSALS_OF_EACH).order_by("rank", "-id")[:limit]
    ours = sorted(found, key=lambda each: -each.pk)
    names = names_of({each.origin for each in ours}, language)
    return [
        Refused(each, names[each.origin],
                REFUSED_BECAUSE.get(str((body_of(each) or {}).get("fact")), ""))
        for each in ours
    ]  # fmt: skip


def _recipients(alert: Alert, said: Entry) -> list[str]:
    """Return whom the entry was addressed to, and who came to be reached since."""
    told = (body_of(said) or {}).get("recipients", [])
    return list(dict.fromkeys([*told, *recipients_of(alert)]))


def _delivery(
    code: str, name: str, answer: Answer, peer: Peer | None, at: dict[str, Entry], *,
    addressed: bool, late: bool, reached: Reached | None,
) -> Delivery:  # fmt: skip
    newest = published(code) if answer.proofs else None
    size = newest.size if newest else 0
    proofs = [
        Proof(state, at[each.address], each.index < size)
        for state, each in sorted(
            answer.proofs.items(), key=lambda pair: (at[pair[1].address].said_at, _rank(pair[0]))
        )
    ]
    shown = next((each.entry for each in proofs if each.state == answer.state), None)
    told = (body_of(shown) if shown else None) or {}
    followed = peer is not None and peer.left_at is None
    # A place speaks for its own desks: it shows nobody else's officer as having answered.
    by = str(told.get("by", ""))
    by = by if by.startswith(f"{code}/") else ""
    return Delivery(
        code, name, answer.state, addressed, followed,
        late=late and addressed and answer.state == "queued", held=answer.held, reached=reached,
        proofs=proofs, by=by, text=str(told.get("text", "")),
        refusal=REFUSED_BECAUSE.get(str(told.get("fact")), ""),
        silent=peer.problem if peer and followed else "",
        read_at=peer.answered_at if peer else None,
    )  # fmt: skip


def _rank(state: str) -> int:
    return LADDER.index(state) if state in LADDER else len(STATE_OF)


def _urgency(each: Delivery) -> tuple[bool, bool, int, float, str]:
    # Who is not able needs somebody else: before those who act.
    rank = {"refused": 1, "unable": 1}.get(each.state, _rank(each.state) * 2)
    at = each.reached.first if each.reached else None
    return (not each.addressed, not each.late, rank, at.timestamp() if at else 9e18, each.place)
