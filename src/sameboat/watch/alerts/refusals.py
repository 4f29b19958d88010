"""The expected noes of alerts, each named as a fact."""

from typing import ClassVar

from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.refusal import Refusal

#: states and deeds as people read them; the facts carry the keys
WORDS = {
    "draft": _("a draft"),
    "submitted": _("submitted"),
    "returned": _("returned"),
    "issued": _("issued"),
    "updated": _("updated"),
    "cancelled": _("cancelled"),
    "expired": _("expired"),
    "edit": _("edit"),
    "submit": _("submit"),
    "return": _("return"),
    "issue": _("issue"),
    "update": _("update"),
    "cancel": _("cancel"),
    "expire": _("expire"),
    "queued": _("waiting to be made"),
    "running": _("being made"),
    "failed": _("failed"),
}


class _SaysState(Refusal):
    """A refusal whose state or deed is a word of the catalogue."""

    worded: ClassVar[tuple[str, ...]] = ("state", "deed")

    def in_language(self, language: str) -> str:
        """Return the sentence with state and deed in the reader's language."""
        facts = {
            fact: translate(WORDS.get(value, value), language) if fact in self.worded else value
            for fact, value in self.facts.items()
        }
        return translate(self.says, language).format(**facts)


class NotInThisState(_SaysState):
    """The transition table has no such step."""

    says = _("The alert is {state}; to {deed} it is not possible now. Open it again and look.")


class AuthorMayNotIssue(Refusal):
    """Whoever wrote or submitted an alert never issues it."""

    says = _("{signature} wrote or submitted this alert: a second person must issue it.")


class AlertHasChanged(Refusal):
    """The approval or edit was made on another revision than the one that is there."""

    says = _("This was revision {seen}, but the alert is now at {revision}: read it again first.")


class AlreadyIssued(Refusal):
    """The approval came a second time, or after another approver's."""

    says = _("{signature} issued the alert at {issued_at}: nothing was issued again.")


class KeyOfAnotherAlert(Refusal):
    """A retry carries the key of a different request."""

    says = _("This key was used for another alert. Take a new key and draft again.")


class AlertIsOver(Refusal):
    """An alert that would have expired before anyone reads it."""

    says = _("The alert expires at {expires}, which has passed: give it a later end.")


class NothingReached(Refusal):
    """A forecast that reaches no place surely enough to warn it."""

    says = _("The forecast reaches no place with a probability of {percent} % or more.")


class ForecastNotMade(_SaysState):
    """A forecast without an answer cannot be warned from."""

    says = _("The forecast is {state}: an alert can be drafted once it is made.")


class NotFollowable(_SaysState):
    """An Update or Cancel whose earlier alert is not in force."""

    says = _("{identifier} is {state}: only an alert in force can be updated or cancelled.")


class FollowersKeepTheAudience(Refusal):
    """An Update or Cancel goes to whom the alert went."""

    says = _(
        "It follows {identifier} and is for the same places: leave them as they are, or draft a "
        "new alert."
    )


class NobodyHears(Refusal):
    """Nobody is left whom the alert is for."""

    says = _("Nobody belongs to {audience} any more: return the alert and say for whom it is.")


class CapNotValid(Refusal):
    """Our own message would break CAP; it is not issued."""

    says = _("The message breaks CAP 1.2 and was not issued: {problems}")


class MessageTooLarge(Refusal):
    """Something given to us that is larger than any alert."""

    says = _("The message has more than {allowed} bytes: it was not read and nothing was kept.")


class RefusedBefore(Refusal):
    """What matched nothing was refused, and is not answered otherwise."""

    says = _("We refused it ({address}): it matches no alert in force. Speak with the place.")


class NotTheirAlert(Refusal):
    """Only what another place has issued is acknowledged to it."""

    says = _("{address} is not an alert that another place has issued.")
