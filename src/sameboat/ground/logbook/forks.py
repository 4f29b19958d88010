"""Proof that a log told two histories: kept, shown, never lost."""

from datetime import datetime

from sameboat.ground.logbook.models import Fork
from sameboat.proof import fork as proved
from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.note import read_note


def keep_fork(*, fork: proved.Fork, now: datetime) -> Fork:
    """Keep the proof of a fork.  Twice is once."""
    name = read_checkpoint(read_note(fork.first).text).origin
    kept, _new = Fork.objects.get_or_create(
        name=name, first=fork.first, second=fork.second,
        defaults={"earlier": fork.earlier, "proof": b"".join(fork.proof), "found_at": now},
    )  # fmt: skip
    return kept


def read_fork(kept: Fork) -> proved.Fork:
    """Return a kept proof, for `verify_fork`."""
    hashes = bytes(kept.proof)
    return proved.Fork(
        bytes(kept.first), bytes(kept.second), bytes(kept.earlier),
        tuple(hashes[place : place + 32] for place in range(0, len(hashes), 32)),
    )  # fmt: skip


def list_forks() -> list[Fork]:
    """Return every fork that was proved, newest first."""
    return list(Fork.objects.order_by("-found_at", "-pk"))
