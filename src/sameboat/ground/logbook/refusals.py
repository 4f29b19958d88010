"""When nothing is said."""

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class NotSayable(Refusal):
    """The entry's content has no canonical form."""

    says = _("This cannot be written in the logbook: {problem}.")


class EntryTooLarge(Refusal):
    """An entry is read by everyone; its body belongs beside it."""

    says = _("The entry has {bytes} bytes; up to {limit} fit. Put the body beside it.")


class UnknownEntry(Refusal):
    """What an entry comes after is not in the log."""

    says = _("{address} is not an entry of this logbook; say that one first.")
