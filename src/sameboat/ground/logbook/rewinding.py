"""An old database and old keys were put back: the peers' copies of our own log tell.

The head beside the key tells what was signed last, unless the keys are as old as the database.
Then only others know.  What they hold counts where this log's own key signed it: nobody has to be
believed, and a liar stops nothing.
"""

from datetime import datetime

from django.conf import settings

from sameboat.ground.logbook.following import Fetch, PeerLies, follow
from sameboat.ground.logbook.keyring import trusted_keys
from sameboat.ground.logbook.models import Peer
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.publishing import check_not_rewound
from sameboat.ground.logbook.queries import head, log_key
from sameboat.ground.logbook.refusals import LogRewound, NoKey, SaidSince
from sameboat.ground.logbook.signing import Head, KeyFolder
from sameboat.ground.logbook.trees import leaves_of
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.merkle import root_of
from sameboat.proof.note import open_note


def rewound(keys: KeyFolder) -> LogRewound | None:
    """Return why this node's log is not signed any more; None where it is as it was signed."""
    newest = published(settings.PLACE)
    try:
        check_not_rewound(settings.PLACE, keys.head(), newest.size if newest else 0)
    except LogRewound as refusal:
        return refusal
    return None


def note_copy(*, raw: bytes, keys: KeyFolder) -> bool:
    """Look at a peer's copy of our own checkpoint; return whether we signed more than is here.

    Then its head is written beside the key, and nothing is signed until what is missing is back.
    What our key did not sign changes nothing.  Twice is once.
    """
    try:
        note, _signed = open_note(raw, trusted_keys(settings.PLACE))
        point = read_checkpoint(note.text)
    except ValueError:
        return False
    newest = published(settings.PLACE)
    own = (log_key(settings.PLACE) or "").split("+", 1)[0]
    if point.origin != own or (newest is not None and point.size <= newest.size):
        return False
    last, _chain = head(settings.PLACE)
    if point.size <= last + 1 and root_of(leaves_of(settings.PLACE, 0, point.size)) == point.root:
        return False  # said, signed, and killed before it was published: it is signed again
    with keys.alone(wait=True):
        if keys.head().size < point.size:
            keys.note_head(Head(point.size, point.root.hex()))
    return True


def recover(*, fetch: Fetch, address: str, now: datetime) -> int:
    """Take our own entries back from a peer's copy; return how many were missing.

    Each is verified under our own key.  Bodies beside the log are asked for by whoever calls this.
    Raises: NoKey; SaidSince: other entries were said here meanwhile; PeerLies, PeerForked,
        PeerSilent: the copy does not hold, or there is none.
    """
    known = log_key(settings.PLACE)
    if known is None:
        raise NoKey(folder=str(settings.LOG_KEYS))
    newest = published(settings.PLACE)
    signed = newest.size if newest else 0
    copy = Peer(origin=settings.PLACE, address=address, verifier=known)
    taken = 0
    try:
        while more := follow(peer=copy, fetch=fetch, now=now):
            taken += more
    except PeerLies:
        last, _chain = head(settings.PLACE)
        if not taken and last + 1 > signed:
            raise SaidSince(origin=settings.PLACE, count=last + 1 - signed) from None
        raise
    return taken
