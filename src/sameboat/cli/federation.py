"""What the worker does with other nodes: follow their logs, and have ours cosigned."""

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from queue import Empty, SimpleQueue
from time import monotonic
from types import SimpleNamespace
from typing import Any

from sameboat.cli.far import ask_body, ask_witness, hint, reading
from sameboat.cli.line import Unreachable
from sameboat.lib.refusal import Refusal

#: Nodes that are asked at the same moment: most of the time is waiting for their answers.
AT_ONCE = 8
#: Why one body did not come, and another may.
OF_ONE_BODY = ("answer", "too_much")
#: One peer is asked for bodies so long, then others have their turn: who drips holds up no warning.
BODIES_SECONDS = 10.0
log = logging.getLogger(__name__)
#: How something is done with each of some peers; returns the sum of what came of it, as far as it
#: is known: `several` waits for all of them, Errands for none.
Run = Callable[[Callable[[Any], int], Sequence[Any]], int]


def several(work: Callable[[Any], int], peers: Sequence[Any]) -> int:
    """Do something with each peer, with several at a time; return the sum of what came of it."""
    from django.db import connections

    if len(peers) < 2:
        return sum(map(work, peers))
    waiting: SimpleQueue[Any] = SimpleQueue()
    for peer in peers:
        waiting.put(peer)

    def take() -> int:
        done = 0
        try:
            while True:
                done += work(waiting.get_nowait())
        except Empty:
            return done
        finally:
            connections.close_all()

    with ThreadPoolExecutor(min(AT_ONCE, len(peers)), "peer") as pool:
        asked = [pool.submit(take) for _thread in range(min(AT_ONCE, len(peers)))]
        return sum(each.result() for each in asked)


def follow_peers(now: datetime, peers: Iterable[Any] | None = None, run: Run = several) -> int:
    """Ask peers for what is new; return how many entries were stored.

    Args: peers: those to ask; None: every one that is due.
    """
    from sameboat.ground.logbook.following import due

    wanted = list(due(now) if peers is None else peers)
    return run(lambda peer: _follow_one(peer, now), wanted)


def _follow_one(peer: Any, now: datetime) -> int:
    from sameboat.ground.logbook.following import (
        MOST_PROBLEM,
        follow,
        note_answer,
        note_failure,
    )

    taken = 0
    try:
        with reading(peer.address, pin=peer.certificate) as fetch:
            taken += follow(peer=peer, fetch=fetch, now=now)
    except Exception as problem:  # whatever one log holds, the others must not wait for it
        if peer.problem != str(problem)[:MOST_PROBLEM]:
            known = isinstance(problem, Unreachable | Refusal)
            log.warning("%s: %s", peer.origin, problem, exc_info=not known)
        note_failure(peer=peer, problem=str(problem), now=now, jitter=random.random())
        if isinstance(problem, Unreachable):
            taken += _from_another(peer, now)
    else:
        note_answer(peer=peer, now=now)
        fetch_bodies(peer, now)
    return taken


def fetch_bodies(peer: Any, now: datetime) -> int:
    """Ask a peer for the bodies beside its log that are for us; return how many came.

    What does not come is asked for again later; only what must come after it waits.
    """
    from sameboat.ground.logbook.actions import MAX_BODY_BYTES
    from sameboat.ground.logbook.bodies import (
        SALT,
        keep_body,
        note_missing,
        request_body,
        wanted_of,
    )
    from sameboat.ground.logbook.own import open_own, open_replaced

    came, ends = 0, monotonic() + BODIES_SECONDS
    for wanted in wanted_of(peer.origin, now):
        if monotonic() > ends:
            break
        try:
            asked = request_body(wanted.entry, open_own(), now, replaced=open_replaced())
            raw = ask_body(peer.address, asked, MAX_BODY_BYTES + SALT, pin=peer.certificate)
            keep_body(wanted=wanted, raw=raw, now=now)
            came += 1
        except (Unreachable, Refusal) as problem:
            log.info("%s: the body of entry %s: %s", peer.origin, wanted.entry.index, problem)
            note_missing(wanted=wanted, problem=str(problem), now=now)
            if isinstance(problem, Unreachable) and problem.cause not in OF_ONE_BODY:
                break  # a dead line costs one time of waiting, not one for each body
    return came


def _from_another(peer: Any, now: datetime) -> int:
    """Take what is new in a log from the copies of other peers; return how many entries."""
    from sameboat.ground.logbook.following import follow
    from sameboat.ground.logbook.peers import list_peers

    taken = 0
    for other in list_peers():
        if other.left_at is None and other.failures == 0 and other.pk != peer.pk:
            try:
                with reading(other.address, peer.origin, pin=other.certificate) as fetch:
                    taken += follow(peer=peer, fetch=fetch, now=now)
            except (Unreachable, Refusal) as problem:
                log.info("%s from %s: %s", peer.origin, other.origin, problem)
    return taken


def hint_peers(known: int, run: Run = several) -> int:
    """Tell every peer that answers of a checkpoint that is newer than the one told of last.

    Args: known: the size told of last.  Returns: the size told of now.
    """
    from django.conf import settings

    from sameboat.ground.logbook.peers import list_peers
    from sameboat.ground.logbook.proving import published

    point = published(settings.PLACE)
    if point is None or point.size == known:
        return known
    wanted = [peer for peer in list_peers() if peer.left_at is None and peer.failures == 0]
    run(lambda peer: hint(peer.address, settings.PLACE, pin=peer.certificate), wanted)
    return int(point.size)


def gather_cosignatures(run: Run = several) -> int:
    """Ask every peer to cosign our newest checkpoint; return how many did."""
    from django.conf import settings

    from sameboat.ground.logbook.proving import published
    from sameboat.ground.logbook.queries import uncosigned_by

    point = published(settings.PLACE)
    if point is None:
        return 0
    return run(lambda peer: _cosigned(point, peer), uncosigned_by(point))


def _cosigned(point: Any, peer: Any) -> bool:
    from sameboat.ground.logbook.queries import size_known_to
    from sameboat.ground.logbook.witnessing import keep_cosignature, request_for
    from sameboat.proof.note import BadNote
    from sameboat.proof.strict import read_decimal

    try:
        known = size_known_to(point.origin, peer.witness.split("+", 1)[0])
        for _try in range(2):  # the witness tells what it knows, and is asked once more
            request = request_for(point, known)
            status, body = ask_witness(peer.address, request, pin=peer.certificate)
            if status != 409:
                break
            known = read_decimal(body.rstrip("\n"), "size")
            if known > point.size:
                if not look_at_copy(peer):
                    log.warning("%s claims to know %s entries of our log, and we have signed %s; "
                                "it does not show our signature", peer.origin, known,
                                point.size)  # fmt: skip
                return False
        if status != 200:
            log.warning("%s does not cosign (%s): %s", peer.origin, status, body.strip()[:200])
            return False
        keep_cosignature(point=point, peer=peer, body=body)
    except (Unreachable, BadNote, ValueError) as problem:
        log.info("%s does not cosign: %s", peer.origin, problem)
        return False
    return True


def look_at_copies() -> int:
    """Look at every peer's copy of our own log; return how many hold more than we do.

    Done before the first signature after a start: an old database and old keys may be back.
    """
    from sameboat.ground.logbook.own import key_folder
    from sameboat.ground.logbook.peers import list_peers

    if not key_folder().made:
        return 0
    return several(look_at_copy, [peer for peer in list_peers() if peer.left_at is None])


def look_at_copy(peer: Any) -> bool:
    """Look at a peer's copy of our own log; return whether we signed more than is here."""
    from django.conf import settings

    from sameboat.ground.logbook.own import key_folder
    from sameboat.ground.logbook.rewinding import note_copy
    from sameboat.proof.note import MOST_BYTES

    try:
        with reading(peer.address, settings.PLACE, pin=peer.certificate) as fetch:
            raw = fetch("checkpoint", MOST_BYTES)
    except Unreachable as problem:
        log.info("%s does not show its copy of our log: %s", peer.origin, problem)
        return False
    more = raw is not None and note_copy(raw=raw, keys=key_folder())
    if more:
        log.error("%s holds more entries of our log, signed by us, than are here: an old database "
                  "was put back; nothing is signed until: sameboat log recover",
                  peer.origin)  # fmt: skip
    return more


def recover_own(now: datetime) -> int:
    """Take our own entries, and the bodies beside them, back from peers' copies; return how many.

    Raises:
        NoCopy: no peer had one that holds.  SaidSince: other entries stand in their places.
    """
    from django.conf import settings

    from sameboat.ground.logbook.peers import list_peers
    from sameboat.ground.logbook.refusals import NoCopy, SaidSince
    from sameboat.ground.logbook.rewinding import recover

    taken, read, problems = 0, 0, []
    for peer in list_peers():
        if peer.left_at is not None:
            continue
        try:
            with reading(peer.address, settings.PLACE, pin=peer.certificate) as fetch:
                taken += recover(fetch=fetch, address=peer.address, now=now)
            read += 1
            # Who is in the audience of what we said has its body, and gives it to us as well.
            copy = SimpleNamespace(
                origin=settings.PLACE, address=peer.address, certificate=peer.certificate
            )
            while fetch_bodies(copy, now):
                pass
        except SaidSince:
            raise
        except (Unreachable, Refusal) as problem:
            problems.append(f"{peer.origin}: {problem}")
    if not read:
        raise NoCopy(problems="; ".join(problems) or "–")
    return taken
