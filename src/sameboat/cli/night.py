"""What four places said to each other in the demo: warned, received, acted, corrected, ended."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid5

from sameboat.cli.players import COMPACT, Player
from sameboat.cli.shown import current_language
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate

if TYPE_CHECKING:
    from sameboat.ground.people.models import Person
    from sameboat.watch.alerts.models import Alert
    from sameboat.watch.forecasts.models import Forecast

Tell = Callable[..., None]
#: The nodes of the demo: their folders, places, and how their ports follow on the first.
JILIN, HARBIN, JIAMUSI, BODY = (
    ("jilin", "cn:220200", 0), ("harbin", "cn:230100", 1), ("jiamusi", "cn:230800", 2),
    ("body", "org:songhua-joint", 3),
)  # fmt: skip
NODES = (JILIN, HARBIN, JIAMUSI, BODY)
#: What the waterworks downstream say: an entry is read in every city, so in both languages.
STORED = "已储水，取水口将按时关闭。 / Water is stored; the intakes will close in time."
FOLLOWED = "测得值更多，另发新预警。 / A new warning follows, from more measurements."
#: A pass of carrying everything to everybody: what is said in answer needs another.
MOST_PASSES = 5
_MINUTE = timedelta(minutes=1)


@contextmanager
def players(folder: Path, port: int) -> Iterator[list[Player]]:
    """Begin the four nodes: Jilin's is of this process, the others live apart."""
    cast = [
        Player(folder / name, place, port + step, apart=(name, place, step) != JILIN)
        for name, place, step in NODES
    ]
    try:
        yield cast
    finally:
        for player in cast:
            player.end()


#: What an alert does, as the story tells it.
TYPES = {"Alert": _("warning"), "Update": _("update"), "Cancel": _("cancel")}


class Night:
    """The four nodes and what passes between them, at the moments of that night."""

    def __init__(
        self, cast: Sequence[Player], author: "Person", approver: "Person", tell: Tell
    ) -> None:
        self.cast, self.author, self.approver, self.tell = cast, author, approver, tell
        self.first: Alert | None = None
        self.corrected = False
        self.compact = ""

    def begin(self, now: datetime) -> None:
        """Join everybody to everybody, and agree on a compact."""
        invitations = {each.place: each.do("invitation", address=each.address)
                       for each in self.cast}  # fmt: skip
        for each in self.cast:
            for place, told in invitations.items():
                if place != each.place:
                    each.do("join", told=told, now=now)
        self.carry(now)
        *members, body = self.cast
        proposal = body.do("propose", members=[each.place for each in members],
                           body=body.place, now=now + _MINUTE)  # fmt: skip
        self.carry(now + _MINUTE)
        for each in self.cast:
            self.compact = each.do("sign_compact", proposal=proposal, now=now + 2 * _MINUTE)
        self.carry(now + 3 * _MINUTE)
        self.tell(_("Four places follow each other's logs and have signed a compact."))

    def forecast_made(self, forecast: "Forecast") -> None:
        """Warn from the first forecast; correct it from the first that knows a measurement."""
        if self.first is None:
            self.begin(forecast.requested_at + _MINUTE)
            at = forecast.requested_at + 15 * _MINUTE
            self.first = self._issue(self._draft(forecast, at), at)
            self._all_answer(self.first, at)
        elif not self.corrected and forecast.observations.exists():
            from sameboat.watch.alerts.actions import draft_update

            self.corrected = True
            at = forecast.requested_at + 15 * _MINUTE
            update = draft_update(alert=self.first, forecast=forecast, by=self.author,
                                  key=uuid5(COMPACT, "correct"), now=at - 4 * _MINUTE)  # fmt: skip
            self.first = self._issue(update, at)
            self._all_answer(self.first, at)

    def end_first(self, at: datetime) -> None:
        """End the first warning: another follows, from all that was measured since."""
        from sameboat.watch.alerts.actions import draft_cancel

        assert self.first is not None
        cancel = draft_cancel(alert=self.first, because=FOLLOWED,
                              key=uuid5(COMPACT, "end"), by=self.author,
                              now=at - 4 * _MINUTE)  # fmt: skip
        self._all_answer(self._issue(cancel, at), at, acts="")

    def deliver(self, now: datetime) -> None:
        """Carry the warning in force; Harbin acts on it, Jiamusi has still to answer."""
        self.carry(now)
        self._answer(self.cast[1], STORED, now)
        self.carry(now + _MINUTE)

    def carry(self, now: datetime) -> None:
        """Carry every log to everybody until nobody has anything new, then have all cosigned.

        What the witnesses said is carried once more: so everybody can prove when it was seen.
        """
        for _pass in range(MOST_PASSES):
            news = sum(each.do("sign", now=now) for each in self.cast)
            news += self._take_all(now)
            news += sum(each.do("react", now=now) for each in self.cast)
            if not news:
                break
        by_place = {each.place: each for each in self.cast}
        for each in self.cast:
            for place, request in each.do("wanting"):
                status, body = by_place[place].do("cosign", request=request, now=now)
                if status == 200:
                    each.do("keep", origin=place, body=body)
        self._take_all(now)

    def _take_all(self, now: datetime) -> int:
        """Let everybody take every other log; return how many entries were new to somebody."""
        logs = {each.place: each.do("files") for each in self.cast}
        return sum(
            each.do("take", origin=place, told=told, now=now)
            for each in self.cast for place, told in logs.items() if place != each.place
        )  # fmt: skip

    def _draft(self, forecast: "Forecast", at: datetime) -> "Alert":
        from sameboat.watch.alerts.actions import draft_alert

        return draft_alert(forecast=forecast, place=self.cast[0].place, kind="warning",
                           status="Exercise", key=uuid5(COMPACT, "warn"), by=self.author,
                           now=at - 4 * _MINUTE)  # fmt: skip

    def _issue(self, alert: "Alert", at: datetime) -> "Alert":
        from sameboat.watch.alerts.actions import issue_alert, submit_alert

        if alert.state in {"draft", "returned"}:
            alert = submit_alert(alert=alert, revision=alert.revision, by=self.author,
                                 now=at - 2 * _MINUTE)  # fmt: skip
        if alert.state == "submitted":
            alert = issue_alert(alert=alert, revision=alert.revision, by=self.approver, now=at,
                                key=uuid5(COMPACT, f"approve {alert.key}"))  # fmt: skip
        return alert

    def _all_answer(self, alert: "Alert", at: datetime, acts: str = STORED) -> None:
        """Let everybody receive what was issued, and the two downstream acknowledge and act."""
        from sameboat.cli.replay import ENDS_AT
        from sameboat.ground.places.queries import names_of

        self.carry(at + _MINUTE)
        for each in self.cast[1:3]:
            self._answer(each, acts, at + 9 * _MINUTE)
        self.carry(at + 10 * _MINUTE)
        language, codes = current_language(), [each.place for each in self.cast[1:3]]
        names = names_of(codes, language)
        shown = at.astimezone(ENDS_AT.tzinfo).strftime("%m-%d %H:%M")
        self.tell(_("{at}: {type} received and acknowledged by {places}"), at=shown,
                  type=translate(TYPES[alert.message_type], language),
                  places=", ".join(names.get(code, code) for code in codes))  # fmt: skip

    def _answer(self, player: Player, text: str, now: datetime) -> None:
        player.do("answer", text=text, now=now)
