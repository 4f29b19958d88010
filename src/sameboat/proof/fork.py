"""Proof that a log told two histories: two checkpoints that it signed and that cannot both be true.

With one size and two roots the two notes are proof enough.  With two sizes a consistency proof
shows which root the larger tree had at the smaller size: another than the log signed.
Whoever holds the log's key alone can check it; nobody needs to be believed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.checkpoint import Checkpoint, read_checkpoint
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import LOG, Verifier
from sameboat.proof.merkle import (
    Read,
    consistency_proof,
    earlier_root,
    read_root,
    verify_consistency,
)
from sameboat.proof.note import open_note, read_note


class NoFork(BadProof):
    """What is said to prove a fork does not."""


@dataclass(frozen=True)
class Fork:
    """Two notes as they were signed, the smaller tree first.

    `earlier`: the root that the larger tree had at the smaller's size; `proof`: leads from it.
    """

    first: bytes
    second: bytes
    earlier: bytes = b""
    proof: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Forked:
    """What a fork proves: this log signed both."""

    log: Verifier
    first: Checkpoint
    second: Checkpoint


def fork_from_proof(first: bytes, second: bytes, proof: tuple[bytes, ...]) -> Fork | None:
    """Return proof of a fork from a consistency proof that was sent and leads to another root.

    Args: first, second: notes of one origin, both verified before.
    Returns: None: the two can both be true, or the proof does not show that they cannot.
    Source: RFC 9162, section 2.1.4.2; this project, docs/reference/log-format.md, "Forks".
    """
    old, new = _points(first, second)
    if old.size == new.size:
        return Fork(first, second) if old.root != new.root else None
    shown = earlier_root(old.size, new.size, new.root, proof)
    return Fork(first, second, shown, proof) if shown and shown != old.root else None


def fork_from_tree(first: bytes, second: bytes, read: Read) -> Fork | None:
    """Return proof of a fork from a copy of the larger tree.

    Args: first, second: notes of one origin, both verified before, the smaller tree first.
        read: reads the larger tree, verified against its root.
    Returns: None: the smaller tree is the beginning of the larger.
    Source: RFC 9162, section 2.1.4; this project, docs/reference/log-format.md, "Forks".
    """
    old, new = _points(first, second)
    earlier = read_root(old.size, read)
    if earlier == old.root:
        return None
    if old.size == new.size:
        return Fork(first, second)
    return Fork(first, second, earlier, tuple(consistency_proof(old.size, new.size, read)))


def verify_fork(fork: Fork, logs: Iterable[Verifier]) -> Forked:
    """Return what is proved of which log.

    Args: logs: the keys that are known; one must have signed both notes under its own name.
    Raises: NoFork: it proves nothing.  BadNote, BadCheckpoint: a note is none.
    Source: C2SP tlog-checkpoint v1.0.0 (a log never signs two that are not consistent);
    RFC 9162, section 2.1.4.2.
    """
    keys = [each for each in logs if each.kind == LOG]
    (one, own), (other, others) = (open_note(each, keys) for each in (fork.first, fork.second))
    old, new = read_checkpoint(one.text), read_checkpoint(other.text)
    both = [each for each in own if each in others and each.name == old.origin == new.origin]
    if not both:
        raise NoFork("other_logs", _("No one log signed both checkpoints under its name."))
    _check_apart(fork, old, new)
    return Forked(both[0], old, new)


def verify_fork_over_keys(
    fork: Fork, first: Iterable[Verifier], second: Iterable[Verifier]
) -> Forked:
    """Return what is proved of a log that has changed its key between the two notes.

    Whoever calls vouches that all these are keys of one log, and that nobody else had them.
    Args: first, second: the keys of which one must have signed the smaller, and the larger tree.
    Raises: NoFork: it proves nothing.  BadNote, BadCheckpoint: a note is none.
    Source: RFC 9162, section 2.1.4.2; this project, docs/reference/log-format.md, "Forks".
    """
    (one, own), (other, others) = open_note(fork.first, first), open_note(fork.second, second)
    old, new = read_checkpoint(one.text), read_checkpoint(other.text)
    named = [each.name for each in (*own, *others)]
    if old.origin != new.origin or {*named} != {old.origin}:
        raise NoFork("other_logs", _("No one log signed both checkpoints under its name."))
    _check_apart(fork, old, new)
    return Forked(others[0], old, new)


def _check_apart(fork: Fork, old: Checkpoint, new: Checkpoint) -> None:
    if old.size > new.size:
        raise NoFork(
            "other_order", _("The smaller tree must come first."), field="size", value=old.size
        )
    told = new.root if old.size == new.size else fork.earlier
    leads = verify_consistency(old.size, new.size, told, new.root, fork.proof)
    if old.root == told or not leads:
        raise NoFork("no_fork", _("Both checkpoints may be true."), field="size", value=old.size)


def _points(first: bytes, second: bytes) -> tuple[Checkpoint, Checkpoint]:
    return read_checkpoint(read_note(first).text), read_checkpoint(read_note(second).text)
