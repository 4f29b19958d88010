"""When a compact is not proposed, signed or left."""

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class NotAMember(Refusal):
    """Only who will be bound may propose, sign or decline."""

    says = _(
        "{place} is neither a member nor the coordinating body of this compact. Only those "
        "propose, sign, decline or leave it."
    )


class NotFollowed(Refusal):
    """A signature that can never be seen would keep the compact waiting for ever."""

    says = _(
        "The log of {places} is not followed here, so its signature could never be seen. Ask for "
        "an invitation, then: sameboat join FILE"
    )


class UnknownCompact(Refusal):
    """No such compact, or no such proposal, is known here."""

    says = _("{address} is no compact, and no proposal of one, that is known here.")


class NotOpen(Refusal):
    """What is decided is not decided again."""

    says = _("This proposal is not open any more: it is {state}.")
    words = {
        "state": {
            "proposed": _("proposed"), "in_force": _("in force"), "amended": _("amended"),
            "declined": _("declined"), "overtaken": _("overtaken"), "ended": _("ended"),
        }
    }  # fmt: skip


class AlreadyAnswered(Refusal):
    """The first word counts."""

    says = _("{place} has said already: {answer}. The first word counts.")
    words = {"answer": {"signed": _("signed"), "declined": _("declined")}}


class SignedAnother(Refusal):
    """Of two amendments of the same text at most one can come into force."""

    says = _(
        "{place} has signed another amendment of the same version ({proposal}). Propose an "
        "amendment of the one that comes into force."
    )


class NotInForce(Refusal):
    """Only what is in force is amended or left."""

    says = _("{address} is not in force, so there is nothing to amend or to leave.")


class TermsTooLarge(Refusal):
    """What counts must lie in the log, where every node has it."""

    says = _(
        "The terms take {bytes} bytes, and at most {limit} fit into one entry of the log; a "
        "Chinese character takes three. Say less of what it is for, or name fewer places."
    )
