"""This node's own log: its keys, opened once, and the pass that signs what was said."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from sameboat.ground.logbook.models import Checkpoint
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.queries import log_key
from sameboat.ground.logbook.refusals import KeyLocked
from sameboat.ground.logbook.signing import KeyFolder
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
    return _opened(key_folder(), kind, passphrase(), key_folder().changed_ns(kind))


@lru_cache(maxsize=8)
def _opened(keys: KeyFolder, kind: int, word: bytes | None, _changed_ns: int) -> Signer:
    return keys.open(kind, word)


def sign_staged(*, signer: Signer, now: datetime) -> Checkpoint | None:
    """Sign what this node has said since; None where nothing is staged.

    Raises: OtherKey, LogRewound, LogInUse: see publish.
    """
    if log_key(settings.PLACE) is None:  # a database from before the keys were made
        begin_log(origin=settings.PLACE, signer=signer, now=now)
    return publish(origin=settings.PLACE, signer=signer, keys=key_folder(), now=now)
