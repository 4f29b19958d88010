"""Signing what was said: entries become leaves, and a checkpoint tells how many there are.

Entries that are stored and not yet below a checkpoint are staged.  A pass puts their hashes into
the tiles, writes down what it is about to sign, signs it, and publishes it if nobody else has
meanwhile.  Killed at any line, the next pass does the same again, and signs the same.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Checkpoint, LogKey
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.queries import head
from sameboat.ground.logbook.refusals import LogRewound, NoKey, OtherKey
from sameboat.ground.logbook.signing import Head, KeyFolder
from sameboat.ground.logbook.trees import grow, leaves_of, root_of_log
from sameboat.proof.checkpoint import Checkpoint as Point
from sameboat.proof.keys import Signer
from sameboat.proof.merkle import root_of
from sameboat.proof.note import sign_note

#: Entries that are put below one checkpoint at most: more take another pass.
BATCH = 4096


@transaction.atomic
def begin_log(*, origin: str, signer: Signer, now: datetime) -> LogKey:
    """Tell the public key of this node's log.  Twice is once.

    Raises: OtherKey: the log has another key already.
    """
    told = str(signer.verifier)
    lock_log(origin)
    known = LogKey.objects.filter(origin=origin).last()
    if known is None:
        return LogKey.objects.create(origin=origin, verifier=told, made_at=now)
    if known.verifier != told:
        raise OtherKey(origin=origin, known=known.verifier, told=told)
    return known


def publish(
    *, origin: str, signer: Signer, keys: KeyFolder, now: datetime, batch: int = BATCH,
    replaced: Callable[[], Sequence[Signer]] = tuple,
) -> Checkpoint | None:  # fmt: skip
    """Sign the entries that are staged; None where there are none, or another was quicker.

    Args: replaced: opens the log's earlier keys that are not revoked; they sign as well.
    Raises: NoKey: the log was not begun.  OtherKey: it was begun with another key.
        LogRewound: entries that were signed are not here any more.  LogInUse.
    """
    known = LogKey.objects.filter(origin=origin).last()
    if known is None:
        raise NoKey(folder=str(keys.folder))
    if known.verifier != str(signer.verifier):
        raise OtherKey(origin=origin, known=known.verifier, told=str(signer.verifier))
    before = published(origin)
    size = before.size if before else 0
    last, _chain = head(origin)
    stop = min(last + 1, size + batch)
    if stop <= size:
        check_not_rewound(origin, keys.head(), size)
        return None
    signers = (signer, *replaced())
    with keys.alone():
        return _publish(origin, signers, keys, now, size, stop)


def _publish(
    origin: str, signers: Sequence[Signer], keys: KeyFolder, now: datetime, size: int, stop: int
) -> Checkpoint | None:
    try:
        with transaction.atomic():
            newest = published(origin)
            if (newest.size if newest else 0) != size:
                return None
            grow(origin, size, leaves_of(origin, size, stop))
            check_not_rewound(origin, keys.head(), stop)
            root = root_of_log(origin, stop)
            note = sign_note(str(Point(signers[0].name, stop, root)), *signers)
            if keys.head().size < stop:
                keys.note_head(Head(stop, root.hex()))
            return Checkpoint.objects.create(
                origin=origin, size=stop, root=root.hex(), note=note.to_bytes(), kept_at=now
            )
    except IntegrityError:  # another process published this size: what it signed is the same
        return None


def check_not_rewound(origin: str, signed: Head, size: int) -> None:
    """Refuse where what was signed last is not the beginning of what is here.

    Args: size: of the tree in the tiles.
    """
    last, _chain = head(origin)
    if last + 1 < signed.size:
        raise LogRewound(origin=origin, signed=signed.size, here=last + 1)
    if not signed.size:
        return
    if signed.size <= size:
        root = root_of_log(origin, signed.size)
    else:  # signed, and the process was killed before it was published: a later pass gets there
        root = root_of(leaves_of(origin, 0, signed.size))
    if root.hex() != signed.root:
        raise LogRewound(origin=origin, signed=signed.size, here=last + 1)
