"""This node's own log: its keys, opened once, and the pass that signs what was said."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from sameboat.ground.logbook.models import Checkpoint, LogKey
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.queries import log_key
from sameboat.ground.logbook.refusals import KeyLocked, OtherKey
from sameboat.ground.logbook.rotating import replaced_keys, revoke, rotate, settle
from sameboat.ground.logbook.signing import KeyFolder, changed_ns
from sameboat.proof.keys import LOG, Signer


def key_folder() -> KeyFolder:
    """Return the folder of this node's keys."""
    return KeyFolder(Path(settings.LOG_KEYS))


def passphrase() -> bytes | None:
    """Return what opens the keys, None where nothing was given.

    Raises: KeyLocked: the file that should hold it cannot be read, or others can read it too.
    """
    if settings.LOG_PASSPHRASE:
        return str(settings.LOG_PASSPHRASE).encode()
    if not settings.LOG_PASSPHRASE_FILE:
        return None
    return read_passphrase(Path(settings.LOG_PASSPHRASE_FILE))


def read_passphrase(file: Path) -> bytes:
    """Return the passphrase that a file holds, without the end of its line.

    Raises: KeyLocked: it cannot be read, is empty, or may be read by others.
    """
    try:
        if file.stat().st_mode & 0o077:
            raise KeyLocked(file=str(file), problem="open_to_others")
        found = file.read_bytes().rstrip(b"\r\n")
    except OSError as problem:
        raise KeyLocked(file=str(file), problem=str(problem.strerror)) from None
    if not found:
        raise KeyLocked(file=str(file), problem="no_passphrase")
    return found


def open_own(kind: int = LOG) -> Signer:
    """Return this node's key; opening one takes a third of a second, so it is kept.

    Raises: NoKey, KeyLocked.
    """
    keys = key_folder()
    if kind == LOG:
        settle(keys, settings.PLACE)
    return _opened(keys, kind, passphrase(), keys.changed_ns(kind))


@lru_cache(maxsize=8)
def _opened(keys: KeyFolder, kind: int, word: bytes | None, _changed_ns: int) -> Signer:
    return keys.open(kind, word)


def open_replaced() -> list[Signer]:
    """Return the log's earlier keys that are not revoked: they sign as well, the newest first.

    One whose file was erased by hand signs no more.
    Raises: KeyLocked.
    """
    keys, found = key_folder(), []
    for number in reversed(replaced_keys(settings.PLACE)):
        changed = changed_ns(keys.replaced(number))
        if changed:
            found.append(_opened_replaced(keys, number, passphrase(), changed))
    return found


@lru_cache(maxsize=8)
def _opened_replaced(keys: KeyFolder, number: int, word: bytes | None, _changed: int) -> Signer:
    return keys.open_replaced(number, word)


def sign_staged(*, now: datetime, signer: Signer | None = None) -> Checkpoint | None:
    """Sign what this node has said since; None where nothing is staged.

    Args: signer: the key, where it is open already.
    Raises: OtherKey, LogRewound, LogInUse: see publish; NoKey, KeyLocked.
    """
    signer = signer or open_own()
    if log_key(settings.PLACE) is None:  # a database from before the keys were made
        begin_log(origin=settings.PLACE, signer=signer, now=now)
    try:
        return _publish(signer, now)
    except OtherKey:
        # It was replaced a moment ago, or somebody put another file there.
        return _publish(open_own(), now)


def _publish(signer: Signer, now: datetime) -> Checkpoint | None:
    return publish(
        origin=settings.PLACE, signer=signer, keys=key_folder(), now=now, replaced=open_replaced
    )


def rotate_own(*, by: object, now: datetime) -> LogKey:
    """Change the key of this node's log; see `rotate`."""
    return rotate(origin=settings.PLACE, keys=key_folder(), passphrase=passphrase(), by=by, now=now)


def revoke_own(*, key: str, by: object, now: datetime) -> LogKey:
    """Revoke a key of this node's log that was replaced; see `revoke`."""
    return revoke(origin=settings.PLACE, key=key, keys=key_folder(), by=by, now=now)
