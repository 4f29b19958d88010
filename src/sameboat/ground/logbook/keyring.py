"""The keys of a log, each for its time: a place may change the key with which it signs.

The entry that introduces a key stands in the log itself.  A checkpoint over that entry carries the
new key's signature, and the old key's as well, until the old one is revoked: a peer that was away
verifies with the key that it knows, finds the entry, and knows the new one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from sameboat.ground.logbook.models import Entry, LogKey, Peer
from sameboat.lib.language import mark as _
from sameboat.proof.canon import read_canonical
from sameboat.proof.checkpoint import Checkpoint as Point
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.keys import LOG, Verifier, read_verifier
from sameboat.proof.note import BadNote, open_note, read_note

ROTATED, REVOKED = "key.rotated", "key.revoked"


@dataclass(frozen=True)
class TimedKey:
    """A key of a log; `since`: the index of the entry that introduced it, 0 of the first."""

    verifier: Verifier
    since: int
    revoked: bool


def keys_of(origin: str) -> list[TimedKey]:
    """Return the keys under which a log is kept here, the newest last; none where none is known."""
    rows = LogKey.objects.filter(origin=origin)
    found = [TimedKey(read_verifier(row.verifier), row.since_index, row.revoked_index is not None)
             for row in rows]  # fmt: skip
    if not found:
        pinned = Peer.objects.filter(origin=origin).values_list("verifier", flat=True).first()
        found = [TimedKey(read_verifier(pinned), 0, False)] if pinned else []
    return found


def keys_at(keys: Sequence[TimedKey], size: int) -> list[TimedKey]:
    """Return the keys of which one must have signed a tree of this size: of its time, or later.

    Whatever an older key alone says of it counts for nothing.
    """
    own = max((place for place, key in enumerate(keys) if key.since < size), default=0)
    return list(keys[own:])


def trusted_at(origin: str, size: int) -> list[Verifier]:
    """Return the keys of which one must have signed a tree of this size; none that is revoked."""
    return [key.verifier for key in keys_at(keys_of(origin), size) if not key.revoked]


def trusted_keys(origin: str) -> list[Verifier]:
    """Return every key of a log that is not revoked, the newest last."""
    return [key.verifier for key in keys_of(origin) if not key.revoked]


def revoked_keys(origin: str) -> list[Verifier]:
    """Return every key of a log that was revoked."""
    return [key.verifier for key in keys_of(origin) if key.revoked]


def origins_named(name: str) -> list[str]:
    """Return the places whose log signs under a name: ours, and those that are or were followed."""
    peers = Peer.objects.filter(verifier__startswith=f"{name}+")
    own = LogKey.objects.filter(origin=settings.PLACE, verifier__startswith=f"{name}+")
    places = [*peers.values_list("origin", flat=True), *own.values_list("origin", flat=True)]
    return list(dict.fromkeys(places))


def open_signed(origin: str, raw: bytes) -> Point:
    """Return the checkpoint in a note of an origin's log, signed by a key of its time.

    Raises: BadNote, BadCheckpoint: it is none; a signature fails; only a key signed it that was
        replaced before, or is revoked.
    """
    point = read_checkpoint(read_note(raw).text)
    keys = keys_of(origin)
    _note, signed = open_note(raw, [key.verifier for key in keys])
    now = keys_at(keys, point.size)
    if not any(key.verifier in signed and not key.revoked for key in now):
        raise BadNote(
            "other_time", _("Only a key that was replaced or revoked has signed the note.")
        )
    if point.origin != now[0].verifier.name:
        raise BadNote("other_log", _("The checkpoint is of another log."), value=point.origin)
    return point


def take_keys(origin: str, rows: Iterable[Entry], note: bytes, now: datetime) -> None:
    """Pin the keys that a log's own new entries introduce, and note those that they revoke.

    Within the transaction that stores the entries, so that a key is known as soon as they are.
    Args: note: the checkpoint over them, verified: it must carry each new key's signature.
    Raises: BadNote: it does not.
    """
    for row in rows:
        if row.kind in (ROTATED, REVOKED) and row.place == origin:
            body = read_canonical(bytes(row.canonical)).get("body")
            told = body if isinstance(body, dict) else {}
            if row.kind == ROTATED:
                _take_rotation(origin, row, told, note, now)
            else:
                _take_revocation(origin, row.index, str(told.get("key")))


def _take_rotation(
    origin: str, row: Entry, told: dict[str, object], note: bytes, now: datetime
) -> None:
    keys = keys_of(origin)
    made = _read_key(told.get("key"))
    newest = keys[-1].verifier if keys else None
    if made is None or newest is None or str(newest) != told.get("replaces"):
        return  # kept as what was said; no key of ours is replaced by it
    if made.name != newest.name or any(made.public == key.verifier.public for key in keys):
        return
    open_note(note, [made])
    if not LogKey.objects.filter(origin=origin).exists():
        LogKey.objects.create(origin=origin, verifier=str(newest), made_at=now)
    LogKey.objects.create(
        origin=origin, verifier=str(made), since_index=row.index, made_at=row.said_at
    )
    Peer.objects.filter(origin=origin).update(verifier=str(made))


def _take_revocation(origin: str, index: int, key: str) -> None:
    rows = LogKey.objects.filter(origin=origin)
    newest = rows.last()
    if newest is not None and newest.verifier != key:
        rows.filter(verifier=key, revoked_index=None).update(revoked_index=index)


def _read_key(told: object) -> Verifier | None:
    try:
        found = read_verifier(told) if isinstance(told, str) and len(told) <= 400 else None
    except ValueError:
        return None
    return found if found and found.kind == LOG else None
