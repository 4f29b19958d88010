"""When nothing is said, or nothing signed."""

from typing import ClassVar

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class NotSayable(Refusal):
    """The entry's content has no canonical form."""

    says = _("This cannot be written in the logbook: {problem}.")


class EntryTooLarge(Refusal):
    """An entry is read by everyone, and a body is sent in one piece."""

    says = _("What is to be said has {bytes} bytes; up to {limit} fit. Say less, or in parts.")


class UnknownEntry(Refusal):
    """What an entry comes after is not in the log."""

    says = _("{address} is not an entry of this logbook; say that one first.")


class KeyExists(Refusal):
    """A second key would make a second log of one place."""

    says = _("{folder} holds the keys of a log already; they are never written over.")


class NoKey(Refusal):
    """A key is made by a person, never by accident."""

    says = _(
        "The log has no key yet ({folder}), so nothing that is said is signed. Make one: "
        "sameboat log init"
    )


class KeyLocked(Refusal):
    """The key is encrypted, and stays so."""

    says = _(
        "{file} stays locked: {problem}. Give its passphrase in SAMEBOAT_LOG_PASSPHRASE, or name "
        "a file that holds it as log_passphrase_file in sameboat.toml."
    )
    words: ClassVar = {
        "problem": {
            "no_passphrase": _("no passphrase was given"),
            "open_to_others": _("others can read it too (chmod 600)"),
        }
    }


class OtherKey(Refusal):
    """Somebody put another key into the folder."""

    says = _(
        "The log of {origin} was begun with another key ({known}) than the one here ({told}). "
        "Put the right key back; a key is changed by an entry, not by a file."
    )


class NoSuchKey(Refusal):
    """Only a key that was one of this log's is revoked."""

    says = _("{key} was never a key of this log. See: sameboat log keys")


class KeyInUse(Refusal):
    """Without a key nothing could be said that others believe."""

    says = _("{key} signs this log. Replace it first: sameboat log rotate")


class OlderKeySigns(Refusal):
    """Who knows the older key only could not follow what no key in between has signed."""

    says = _(
        "An older key than {key} still signs. Revoke that one first: sameboat log revoke {older}"
    )


class RotationNotSigned(Refusal):
    """A peer learns of a new key from what the old one signed too."""

    says = _(
        "Nothing is signed yet with the new key ({key}), so the old one is still needed. Sign what "
        "is staged: sameboat log sign"
    )


class LogRewound(Refusal):
    """What others have seen signed must not be signed differently."""

    says = _(
        "{signed} entries of the log of {origin} were signed, and what is here ({here} entries) "
        "does not begin with them: an old database was put back, or a foreign one. Nothing is "
        "signed until they are back: put the newest database in its place, or take them from the "
        "peers' copies: sameboat log recover"
    )


class SaidSince(Refusal):
    """Two entries cannot have one number."""

    says = _(
        "{count} entries that were not signed stand here where the copy of the log of {origin} has "
        "others: they were said since the old database was put back. Put it back once more, and "
        "recover before anything else is done: sameboat log recover"
    )


class NoCopy(Refusal):
    """Nobody who can be reached has our log."""

    says = _("No peer gave a copy of our log: {problems}. Try again when one can be reached.")


class LogInUse(Refusal):
    """One process at a time signs."""

    says = _("Another process is signing with the keys of {folder}; this one waits.")
