"""A peer that changed its key while we were away: two officers compare the words again.

Whoever knows an older key that still signs takes the new one from the log itself; only where that
key is revoked meanwhile nothing that we know vouches for the new one.
"""

from datetime import datetime

from django.db import transaction

from sameboat.ground.logbook.following import Fetch, PeerSilent, read_tiles
from sameboat.ground.logbook.models import LogKey, Peer
from sameboat.ground.logbook.peers import Invitation, NotAPeer, OtherKeyPinned, say_joined
from sameboat.ground.logbook.queries import head
from sameboat.ground.logbook.trees import root_of_log
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.keys import read_verifier
from sameboat.proof.merkle import read_root
from sameboat.proof.note import MOST_BYTES, open_note


class NotContinued(Refusal):
    """A key is replaced; what was said under the one before is not."""

    says = _(
        "The log of {origin} under the new key does not go on from the {size} entries that are "
        "here: {problem}. The key that was pinned stays. Speak with the place, and with the others."
    )


def replace(*, invitation: Invitation, fetch: Fetch, by: object, now: datetime) -> Peer:
    """Pin a peer's new keys, once the words were compared and its log goes on from what is here.

    Args: fetch: gets files of the log that the invitation leads to.  Twice is once.
    Raises: NotAPeer; NotContinued; OtherKeyPinned: the name is another, or the key is one that was
        replaced before; PeerSilent; and whatever `fetch` raises.
    """
    peer = Peer.objects.filter(origin=invitation.origin, left_at=None).first()
    if peer is None:
        raise NotAPeer(origin=invitation.origin)
    made, known = read_verifier(invitation.verifier), read_verifier(peer.verifier)
    rows = LogKey.objects.filter(origin=peer.origin)
    earlier = made != known and rows.filter(verifier=str(made)).exists()
    if made.name != known.name or earlier:
        raise OtherKeyPinned(origin=peer.origin, known=peer.verifier)
    _check_continues(peer, invitation, fetch)
    return _pin(peer, invitation, now)


def _check_continues(peer: Peer, invitation: Invitation, fetch: Fetch) -> None:
    """Look whether the log under the new key begins with every entry that is here."""
    raw = fetch("checkpoint", MOST_BYTES)
    if raw is None:
        raise PeerSilent(origin=peer.origin, address=invitation.address)
    last, _chain = head(peer.origin)
    size = last + 1
    try:
        verifier = read_verifier(invitation.verifier)
        note, _signed = open_note(raw, [verifier])
        point = read_checkpoint(note.text)
        if point.origin != verifier.name:
            raise ValueError(f"the checkpoint is of {point.origin}")
        if point.size < size:
            raise ValueError(f"it has {point.size}")
        read = read_tiles(point, fetch)
        if size and read_root(size, read) != root_of_log(peer.origin, size):
            raise ValueError("they are not the same")
    except ValueError as problem:
        raise NotContinued(
            origin=peer.origin, size=size, problem=str(problem).rstrip(".")
        ) from None


@transaction.atomic
def _pin(peer: Peer, invitation: Invitation, now: datetime) -> Peer:
    # The lock comes first: what is followed meanwhile may pin the same key.
    peer = Peer.objects.select_for_update().get(pk=peer.pk)
    changed = (peer.verifier, peer.witness) != (invitation.verifier, invitation.witness)
    rows = LogKey.objects.filter(origin=peer.origin)
    if not rows.filter(verifier=invitation.verifier).exists() and (
        peer.verifier != invitation.verifier
    ):
        if not rows.exists():
            LogKey.objects.create(origin=peer.origin, verifier=peer.verifier, made_at=now)
        last, _chain = head(peer.origin)
        LogKey.objects.create(
            origin=peer.origin, verifier=invitation.verifier, since_index=last + 1, made_at=now
        )
    Peer.objects.filter(pk=peer.pk).update(
        verifier=invitation.verifier, witness=invitation.witness, address=invitation.address,
        certificate=invitation.certificate, failures=0, retry_at=None, problem="",
    )  # fmt: skip
    peer.refresh_from_db()
    if changed:
        say_joined(peer, now)
    return peer
