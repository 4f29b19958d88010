"""Receipts, checked with what a node knows: the keys of its logs, its policy, its own copies."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sameboat.cli.node import open_node
from sameboat.cli.receipts import NotProved, prove, say_proved
from sameboat.cli.shown import say
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.proof.keys import Verifier


class LogNotKnown(Refusal):
    """A key is pinned when a place is joined; a receipt cannot vouch for its own."""

    says = _(
        "{log} is neither this node's log nor one that it follows. Join the place (sameboat join "
        "FILE), name its log in the policy, or give its verifier key with --key."
    )


class KeyRevokedSince(Refusal):
    """Whoever has a revoked key could sign anything with it today."""

    says = _(
        "{file} proves nothing any more: it is signed by a key of {log} that was revoked since. "
        "Have the receipt made anew: in the console, or with sameboat log receipt."
    )


class OtherEntryHere(Refusal):
    """Both are signed: somebody keeps two histories of one log, or a database was changed."""

    says = _(
        "{file} is signed, but at this node another entry stands there ({address}). Keep the file: "
        "together they show two histories. Run sameboat log check, then telephone the place."
    )


def check_at_home(file: Path, raw: bytes, home: Path, language: str) -> None:
    """Verify a receipt by what a node knows, and say what it proves.

    Raises:
        LogNotKnown, KeyRevokedSince, OtherEntryHere.
        NotProved: a signature, the proof or the policy fails.
        FaultyInput: the node's policy cannot be read.
    """
    open_node(home)
    from sameboat.ground.logbook.keyring import origins_named, revoked_keys
    from sameboat.ground.logbook.queries import address_of, read_entry
    from sameboat.ground.logbook.sufficing import (
        known_logs,
        own_policy,
        policy_file,
        with_known_witnesses,
    )
    from sameboat.proof.checkpoint import read_checkpoint
    from sameboat.proof.faults import BadProof
    from sameboat.proof.note import read_note
    from sameboat.proof.receipt import read_receipt

    policy = own_policy()
    try:
        point = read_checkpoint(read_note(read_receipt(raw).note).text)
    except BadProof as problem:
        raise NotProved(file=str(file), problem=problem.in_language(language)) from None
    logs = known_logs(point.origin, point.size, policy)
    revoked = [key for place in origins_named(point.origin) for key in revoked_keys(place)]
    note = read_receipt(raw).note
    if _signed_by(note, revoked) and not _signed_by(note, logs):
        raise KeyRevokedSince(file=str(file), log=point.origin)
    if not logs:
        raise LogNotKnown(log=point.origin)
    proved, entry = prove(file, raw, logs, with_known_witnesses(policy), language)
    copies = [read_entry(place, proved.index) for place in origins_named(point.origin)]
    held = [each for each in copies if each is not None]
    for each in held:
        if bytes(each.canonical) != entry:
            raise OtherEntryHere(file=str(file), address=address_of(each))
    say_proved(proved, entry, language)
    if held:
        say(translate(_("This node has the same entry in its copy of that log."), language))
    if policy is None:
        asked = _("This node has no policy: nobody's cosignature was asked for.")
        say(translate(asked, language))
    else:
        enough = _("Enough have cosigned for {file}.")
        say(translate(enough, language).format(file=policy_file()))


def _signed_by(note: bytes, keys: "Sequence[Verifier]") -> bool:
    """Return whether one of these keys has signed a note, and no signature of theirs fails."""
    from sameboat.proof.note import BadNote, open_note

    try:
        return bool(open_note(note, keys)[1])
    except BadNote:
        return False
