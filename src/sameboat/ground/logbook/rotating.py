"""Changing the key of this node's log, and revoking one that was changed: both are entries.

The new key's file is written first, then the entry is said, then the files change their names.
Killed between, the entry decides: the next start ends what was said, and drops what was not.
"""

from datetime import datetime

from django.db import transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.keyring import REVOKED, ROTATED
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import LogKey
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.refusals import (
    KeyInUse,
    NoKey,
    NoSuchKey,
    OlderKeySigns,
    OtherKey,
    RotationNotSigned,
)
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.proof.keys import LOG, Signer, Verifier, read_verifier


def rotate(
    *, origin: str, keys: KeyFolder, passphrase: bytes | None, by: object, now: datetime
) -> LogKey:
    """Make a new key for this node's log, under the same name, and say so.

    From the checkpoint that covers the entry on both keys sign, until the old one is revoked.
    Raises: NoKey, KeyLocked; OtherKey: the key here is not the one that signs.
    """
    with keys.alone(wait=True):
        _settle(keys, origin)
        old = keys.open(LOG, passphrase)
        _check_newest(origin, keys, old)
        made = keys.make_next(old.name, passphrase or b"")
        # Where this fails, only the database knows whether the entry was kept: the next start asks
        # it (settle) and takes the new key or erases it.  A key that was told must not be lost.
        row = _say_rotation(origin, old, made, by, now)
        keys.take_next(LogKey.objects.filter(origin=origin).count() - 1)
    return row


def _check_newest(origin: str, keys: KeyFolder, signer: Signer) -> None:
    known = LogKey.objects.filter(origin=origin).last()
    if known is None:
        raise NoKey(folder=str(keys.folder))
    if known.verifier != str(signer.verifier):
        raise OtherKey(origin=origin, known=known.verifier, told=str(signer.verifier))


@transaction.atomic
def _say_rotation(origin: str, old: Signer, made: Signer, by: object, now: datetime) -> LogKey:
    entry = say(
        kind=ROTATED, place=origin, about=_about(origin, made.verifier),
        body={"key": str(made.verifier), "replaces": str(old.verifier)},
        audience=["*"], by=by, now=now,
    )  # fmt: skip
    return LogKey.objects.create(
        origin=origin, verifier=str(made.verifier), since_index=entry.index, made_at=now
    )


def settle(keys: KeyFolder, origin: str) -> None:
    """End or undo a change of the key that was killed on its way; without one, nothing."""
    if keys.next.exists():
        with keys.alone(wait=True):
            _settle(keys, origin)


def _settle(keys: KeyFolder, origin: str) -> None:
    told = keys.next_verifier()
    if told is None:
        return
    known = list(LogKey.objects.filter(origin=origin).values_list("verifier", flat=True))
    if known and known[-1] == told:
        keys.take_next(len(known) - 1)
    else:
        keys.erase(keys.next)


def revoke(*, origin: str, key: str, keys: KeyFolder, by: object, now: datetime) -> LogKey:
    """Say that a key which was replaced signs nothing any more, and erase its file.  Twice is once.

    Raises: NoSuchKey; KeyInUse: it was not replaced; OlderKeySigns; RotationNotSigned:
        peers could not follow.
    """
    with keys.alone(wait=True):
        _settle(keys, origin)
        number, row = _say_revocation(origin, key, by, now)
        keys.erase(keys.replaced(number))
    return row


@transaction.atomic
def _say_revocation(origin: str, key: str, by: object, now: datetime) -> tuple[int, LogKey]:
    # The lock comes first: two who revoke at once say it once.
    lock_log(origin)
    rows = list(LogKey.objects.filter(origin=origin))
    number = next((place for place, row in enumerate(rows, 1) if row.verifier == key), 0)
    if not number:
        raise NoSuchKey(key=key)
    row = rows[number - 1]
    if row.revoked_index is not None:
        return number, row
    if number == len(rows):
        raise KeyInUse(key=key)
    # The oldest first: whoever knows a key that still signs finds every later one in the log.
    older = next(each for each in rows if each.revoked_index is None)
    if older.pk != row.pk:
        raise OlderKeySigns(key=key, older=older.verifier)
    newest = published(origin)
    if newest is None or newest.size <= rows[-1].since_index:
        raise RotationNotSigned(key=rows[-1].verifier)
    entry = say(
        kind=REVOKED, place=origin, about=_about(origin, read_verifier(key)),
        body={"key": key}, audience=["*"], by=by, now=now,
    )  # fmt: skip
    LogKey.objects.filter(pk=row.pk).update(revoked_index=entry.index)
    row.refresh_from_db()
    return number, row


def replaced_keys(origin: str) -> list[int]:
    """Return which of the log's keys, 1 the first, were replaced and are not revoked."""
    rows = list(LogKey.objects.filter(origin=origin))
    return [number for number, row in enumerate(rows[:-1], 1) if row.revoked_index is None]


def _about(origin: str, key: Verifier) -> str:
    return f"{origin}/key/{key.public.hex()}"
