"""When a person may not, or cannot, do something."""

from typing import ClassVar

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class NotAllowed(Refusal):
    """The person's roles do not reach this place."""

    says = _("Your roles do not let you {verb} at {place}. Ask an administrator of that place.")
    words: ClassVar = {
        "verb": {
            "see": _("look"),
            "forecast": _("ask for forecasts"),
            "draft": _("draft alerts"),
            "approve": _("issue alerts"),
            "administer": _("give roles and accounts"),
        }
    }


class NameTaken(Refusal):
    """Another person signs in by this name or has this number."""

    says = _("{username} or number {number} is taken; choose another.")


class UnknownRole(Refusal):
    """There is no such role."""

    says = _("{kind} is no role. There are: {known}.")


class UnknownPlace(Refusal):
    """The node does not know the place."""

    says = _("{place} is not a place of this node. Load its region pack first.")


class LastAdministrator(Refusal):
    """Somebody must be able to give roles."""

    says = _("{username} is the last administrator. Make another one first.")


class UnknownScope(Refusal):
    """A token asks for what does not exist."""

    says = _("{scope} is no scope. There are: {known}.")


class NotDemo(Refusal):
    """Demo accounts have published passwords."""

    says = _("Demo accounts exist only in demo mode; this node is not a demo.")


class WeakPassword(Refusal):
    """The password is too short or too common."""

    says = _("The password will not do: {problems}")
