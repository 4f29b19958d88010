"""Saying something: one entry, in the transaction of the action that says it."""

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook.inserting import insert_entry
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Body, Entry, ParkedEntry
from sameboat.ground.logbook.personal import personal_in
from sameboat.ground.logbook.queries import head, read_address
from sameboat.ground.logbook.reading import MOST_AFTER
from sameboat.ground.logbook.refusals import EntryTooLarge, NotSayable, UnknownEntry
from sameboat.lib.address import PLACE_CODE, parse_address
from sameboat.lib.times import as_utc_text
from sameboat.proof.canon import canonical
from sameboat.proof.chain import link

MAX_ENTRY_BYTES = 16 * 1024
#: What lies beside the log is sent in one piece.
MAX_BODY_BYTES = 1024 * 1024
MAX_ABOUT = 160
KIND = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")


def say(
    *,
    kind: str,
    place: str,
    about: str,
    body: dict[str, Any],
    audience: Sequence[str] = (),
    after: Sequence[str] = (),
    confidential: bool = False,
    by: object,
    now: datetime,
) -> Entry:
    """Append one entry to this node's log.

    A body that is confidential, not for everyone, or makes the entry larger than 16 KiB, goes to
    its own table and the entry carries its digest: entries are shared and never erased.

    Raises:
        NotSayable: a float, or anything else without a canonical form; a kind, place, address or
            audience that is none.
        UnknownEntry: `after` names an entry that is not here.
        EntryTooLarge: the entry is too large even without its body, or the body is.
    """
    origin = settings.PLACE
    for problem in _problems(kind, place, about, body, audience, now):
        raise NotSayable(problem=problem)
    if len(after) > MOST_AFTER:
        raise NotSayable(problem=f"it comes after {len(after)} entries; allowed: {MOST_AFTER}")
    for address in after:  # no entry is ever taken away
        if read_address(address) is None:
            raise UnknownEntry(address=address)
    # The bytes carry milliseconds; the column says the same.
    said_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    content = {
        "v": 1,
        "kind": kind,
        "place": place,
        "said_at": as_utc_text(said_at),
        "about": about,
        "after": list(after),
        "audience": list(audience),
    }
    raw, beside = _as_bytes(content, body, confidential or list(audience) != ["*"])
    # All that can be refused is refused by now, so the caller's own transaction is enough: what
    # fails from here on undoes it.
    with transaction.atomic(savepoint=False):
        return _append(origin, content, raw, beside, said_at, now)


def _append(
    origin: str,
    content: dict[str, Any],
    raw: bytes,
    beside: Body | None,
    said_at: datetime,
    now: datetime,
) -> Entry:
    """Store an entry as the next of a log, and its body where that lies beside it."""
    # The lock comes first: two entries must not take the same index.
    lock_log(origin)
    last, chain = head(origin)
    if beside is not None:
        beside.save(force_insert=True)
    return insert_entry(
        Entry(
            **{name: content[name] for name in ("kind", "place", "about", "audience", "after")},
            origin=origin,
            index=last + 1,
            said_at=said_at,
            canonical=raw,
            digest=beside.digest if beside else None,
            chain=link(chain, raw),
            stored_at=now,
        )
    )


def _problems(
    kind: str, place: str, about: str, body: object, audience: Sequence[str], now: datetime
) -> Iterator[str]:
    """Yield what no later correction could mend: an entry is final."""
    if not KIND.fullmatch(kind) or len(kind) > 64:
        yield f"kind {kind!r} is not of the form noun.verb"
    if not PLACE_CODE.fullmatch(place):
        yield f"place {place!r} is not of the form scheme:code"
    if not _is_address(about) or len(about) > MAX_ABOUT:
        yield f"about {about!r} is not of the form place/noun/id"
    if not isinstance(body, dict):
        yield f"body is a {type(body).__name__}, not an object"
    elif found := personal_in(body):
        yield f"the body holds {found}; people appear by desk and number"
    if isinstance(audience, str) or (list(audience) != ["*"] and not all(map(_hears, audience))):
        yield f"audience {audience!r} is neither places nor * alone"
    if now.tzinfo is None:
        yield f"{now} has no zone"


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def _hears(text: str) -> bool:
    return bool(PLACE_CODE.fullmatch(text)) or _is_address(text)


def _as_bytes(
    content: dict[str, Any], body: dict[str, Any], beside: bool
) -> tuple[bytes, Body | None]:
    """Return the entry's bytes, and its body where that lies beside it."""
    try:
        raw = canonical({**content, "body": body})
        kept = None
        if beside or len(raw) > MAX_ENTRY_BYTES:
            kept = _salted(canonical(body))
            raw = canonical({**content, "digest": kept.digest})
    except ValueError as problem:
        raise NotSayable(problem=str(problem)) from None
    if len(raw) > MAX_ENTRY_BYTES:
        raise EntryTooLarge(bytes=len(raw), limit=MAX_ENTRY_BYTES)
    return raw, kept


def _salted(content: bytes) -> Body:
    if len(content) > MAX_BODY_BYTES:
        raise EntryTooLarge(bytes=len(content), limit=MAX_BODY_BYTES)
    salt = secrets.token_bytes(16)
    digest = hashlib.sha256(salt + content).hexdigest()
    return Body(digest=digest, salt=salt, content=content)


@transaction.atomic
def erase_body(*, digest: str, by: object, now: datetime) -> None:
    """Blank a body and its salt; its entry and digest stay.  Twice is once.

    Without the salt nobody can try guesses against the digest.  The caller, who knows whose body
    it was, writes the line in the journal.
    """
    Body.objects.filter(digest=digest, erased_at=None).update(content=None, salt=b"", erased_at=now)


@transaction.atomic
def retry_parked(*, parked: ParkedEntry, by: object, now: datetime) -> None:
    """Ask the worker to give a parked entry another try, then those that waited for it.

    Twice is once; one that was taken meanwhile is left alone.
    """
    ParkedEntry.objects.filter(pk=parked.pk, retry_at=None).update(retry_at=now)
