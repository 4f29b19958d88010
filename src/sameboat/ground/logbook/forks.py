"""Proof that a log told two histories: kept, shown, never lost."""

import base64
import hashlib
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.keyring import origins_named, trusted_at
from sameboat.ground.logbook.models import Fork
from sameboat.ground.logbook.refusals import NotSayable
from sameboat.proof import fork as proved
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.keys import Verifier
from sameboat.proof.note import read_note

FORKED = "log.forked"


@transaction.atomic
def keep_fork(*, fork: proved.Fork, now: datetime) -> Fork:
    """Keep the proof of a fork that this node has found, and tell all peers.  Twice is once."""
    kept, new = _keep(fork, now)
    if new:
        _tell(kept, now)
    return kept


def _keep(fork: proved.Fork, now: datetime) -> tuple[Fork, bool]:
    name = read_checkpoint(read_note(fork.first).text).origin
    return Fork.objects.get_or_create(
        name=name, first=fork.first, second=fork.second,
        defaults={"earlier": fork.earlier, "proof": b"".join(fork.proof), "found_at": now},
    )  # fmt: skip


def _tell(kept: Fork, now: datetime) -> None:
    place, parts = str(settings.PLACE), (kept.first, kept.second)
    told = {"name": kept.name, "notes": [_text(each) for each in parts],
            "earlier": _text(kept.earlier), "proof": _text(kept.proof)}  # fmt: skip
    digest = hashlib.sha256(b"".join(map(bytes, parts))).hexdigest()
    # Bytes may look like a telephone's number by chance: the proof is kept all the same.
    with suppress(NotSayable), transaction.atomic():
        say(kind=FORKED, place=place, about=f"{place}/fork/{digest}", body=told,
            audience=["*"], by="worker", now=now)  # fmt: skip


def _text(raw: bytes | memoryview) -> str:
    return base64.b64encode(bytes(raw)).decode("ascii")


@transaction.atomic
def take_told_fork(*, told: Any, now: datetime) -> Fork | None:
    """Keep a fork that another place tells of, if it is proved by a log that we know ourselves.

    Nobody is believed: each note must be signed by a key of that log and of its time, as the log
    itself must.  A key that is revoked counts for nothing: a thief could accuse with it.

    Twice is once.
    Returns: None: it proves nothing; nothing is changed.
    """
    try:
        first, second = (base64.b64decode(each, validate=True) for each in told["notes"])
        earlier = base64.b64decode(told["earlier"], validate=True)
        raw = base64.b64decode(told["proof"], validate=True)
        hashes = tuple(raw[place : place + 32] for place in range(0, len(raw), 32))
        fork = proved.Fork(first, second, earlier, hashes)
        _verify(fork)
    except (ValueError, TypeError, KeyError):
        return None
    kept, _new = _keep(fork, now)
    return kept


def _verify(fork: proved.Fork) -> None:
    """Verify each note by the keys of its time: a replaced key alone says nothing of a later one.

    Raises: NoFork, BadNote, BadCheckpoint: it proves nothing of a log that we know.
    """
    first, second = (_of_its_time(each) for each in (fork.first, fork.second))
    proved.verify_fork_over_keys(fork, first, second)


def _of_its_time(note: bytes) -> list[Verifier]:
    point = read_checkpoint(read_note(note).text)
    places = origins_named(point.origin)
    return [key for place in places for key in trusted_at(place, point.size)]


def read_fork(kept: Fork) -> proved.Fork:
    """Return a kept proof, for `verify_fork_over_keys`."""
    hashes = bytes(kept.proof)
    return proved.Fork(
        bytes(kept.first), bytes(kept.second), bytes(kept.earlier),
        tuple(hashes[place : place + 32] for place in range(0, len(hashes), 32)),
    )  # fmt: skip


def list_forks() -> list[Fork]:
    """Return every fork that was proved, newest first."""
    return list(Fork.objects.order_by("-found_at", "-pk"))
