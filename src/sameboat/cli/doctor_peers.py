"""What stands between this node and its peers: looked at in the order in which a line is made."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sameboat.cli.finding import Finding
from sameboat.cli.line import Line, Unreachable, line
from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment

#: So many are asked at the same time, and each may take so long.
AT_ONCE, LIMITS = 16, {"idle": 5.0, "answer": 8.0, "whole": 20.0}
#: Clocks that differ by more are worth a look; by so much, what is signed tells a wrong time.
ODD_SECONDS, WRONG_SECONDS = 60, 600

#: What its own log says of us.
EXPELLED_US = _("{place}: it has expelled us, because: {because}")
_ASK = _("Ask the place whether its node runs, and look at the firewalls between.")
_TELEPHONE = _(
    "Somebody may stand between. Telephone the place; if it made a new one, join again with a new "
    "invitation."
)
#: Why a line was not made: the fact, and the next step.
CAUSES = {
    "name": (
        _("{place}: the name in {address} leads nowhere."),
        _("Look at the DNS of this machine; ask the place whether its address has changed."),
    ),
    "forbidden": (
        _("{place}: {address} leads where no peer may be."),
        _("Ask for an invitation with a number as address, or with a certificate; then join."),
    ),
    "refused": (_("{place}: nothing listens at {address}."), _ASK),
    "timeout": (_("{place}: {address} does not answer in time."), _ASK),
    "too_slow": (_("{place}: {address} is too slow."), _("Look at the line; ask the place.")),
    "not_tls": (
        _("{place}: {address} does not speak TLS."),
        _("Ask the place: it should run sameboat serve --tls, or invite with an http address."),
    ),
    "other_certificate": (
        _("{place}: {address} shows another certificate than the one that was pinned."),
        _TELEPHONE,
    ),
    "expired": (
        _("{place}: the certificate of {address} has expired, or is not valid yet."),
        _("Compare this machine's date; if it is right, the place has to renew its certificate."),
    ),
    "untrusted": (
        _("{place}: no authority vouches for the certificate of {address} under that name."),
        _("Ask for a new invitation that names the certificate (sameboat invite), then join."),
    ),
}
_NO_NODE = (
    _("{place}: what answers at {address} is no Sameboat node."),
    _("Ask for its address; a server in front must hand on /version, /log/ and /witness/."),
)


@dataclass(frozen=True)
class Known:
    """What is known here of one peer, before it is asked."""

    place: str
    address: str
    pin: str
    verifier: str
    entries: int
    own_place: str
    own_size: int  #: of our newest checkpoint; 0: nothing of ours is signed
    cosigned: int  #: the largest of our trees that it has cosigned
    expelled: str = ""  #: why it has expelled us, by its own log; empty where it has not


def look_at_peers(_node: NodeHome) -> Iterator[Finding]:
    """Yield what is found of each peer that is followed, in order of joining."""
    found = list(known_peers())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for findings in pool.map(lambda known: list(look_at(known)), found):
            yield from findings


def known_peers() -> Iterator[Known]:
    """Yield what is known of every peer that is followed."""
    from django.conf import settings

    from sameboat.ground.logbook.following import entries_of
    from sameboat.ground.logbook.peers import expelled_by, list_peers
    from sameboat.ground.logbook.proving import published
    from sameboat.ground.logbook.queries import size_known_to

    point = published(settings.PLACE)
    for peer in list_peers():
        if peer.left_at is None:
            witness = peer.witness.split("+", 1)[0]
            yield Known(
                peer.origin, peer.address, peer.certificate, peer.verifier,
                entries_of(peer.origin), settings.PLACE, point.size if point else 0,
                size_known_to(settings.PLACE, witness), expelled_by(peer.origin),
            )  # fmt: skip


def look_at(known: Known) -> Iterator[Finding]:
    """Ask one peer; stop at the first thing without which nothing more can be asked."""
    facts: dict[str, Any] = {"place": known.place, "address": known.address}
    if known.expelled:
        yield Finding(
            EXPELLED_US, False,
            _("Telephone it: it follows us no more until it has joined us again."),
            {"place": known.place, "because": known.expelled},
        )  # fmt: skip
    try:
        with line(known.address, known.pin, **LIMITS) as node:
            told = _version(node)
            if told is None or told.get("software") != "sameboat":
                yield Finding(_NO_NODE[0], False, _NO_NODE[1], facts)
                return
            yield Finding(_("{place}: {address} answers, version {version}."), True,
                          facts={**facts, "version": str(told.get("version"))[:20]})  # fmt: skip
            if told.get("place") != known.place:
                yield Finding(
                    _("{place}: the node at {address} speaks for {other}."), False,
                    _("Ask both places for their addresses."),
                    {**facts, "other": str(told.get("place"))[:48]},
                )  # fmt: skip
                return
            yield _clock(known, told)
            yield from _log(known, node)
            yield from _ours(known, node)
    except Unreachable as problem:
        fact, step = CAUSES.get(problem.cause, _NO_NODE)
        yield Finding(fact, False, step, facts)


def _version(node: Line) -> dict[str, Any] | None:
    answer = node.ask("/version", most=4096)
    try:
        told = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _clock(known: Known, told: dict[str, Any]) -> Finding:
    try:
        apart = abs((parse_moment(str(told.get("now"))) - datetime.now(UTC)).total_seconds())
    except ValueError:
        apart = float(WRONG_SECONDS + 1)
    facts = {"place": known.place, "seconds": round(apart)}
    if apart <= ODD_SECONDS:
        return Finding(_("{place}: its clock and ours agree."), True, facts=facts)
    step = _("Compare both with a third (chronyc tracking, timedatectl); set the one that is off.")
    if apart <= WRONG_SECONDS:
        return Finding(_("{place}: its clock and ours are {seconds} s apart."), False, step, facts)
    return Finding(
        _("{place}: its clock or ours is wrong, by {seconds} s; what is signed tells that time."),
        False, step, facts,
    )  # fmt: skip


def _log(known: Known, node: Line) -> Iterator[Finding]:
    from sameboat.proof.checkpoint import read_checkpoint
    from sameboat.proof.keys import read_verifier
    from sameboat.proof.note import MOST_BYTES, open_note

    answer = node.ask("/log/checkpoint", most=MOST_BYTES)
    facts: dict[str, Any] = {"place": known.place, "ours": known.entries}
    if answer.status != 200:
        yield Finding(_("{place}: it has no signed log."), False,
                      _("Ask the place: sameboat log init makes its keys."), facts)  # fmt: skip
        return
    try:
        note, _signed = open_note(answer.body, [read_verifier(known.verifier)])
        size = read_checkpoint(note.text).size
    except ValueError:
        yield Finding(
            _("{place}: its log is not signed with the key that was joined."), False,
            _("Telephone the place; do not join again before it has said why."), facts,
        )  # fmt: skip
        return
    facts |= {"size": size, "behind": size - known.entries}
    if size < known.entries:
        yield Finding(
            _("{place}: its log has {size} entries, and {ours} of it are here."), False,
            _("A cache hands out an old one, or its database was put back: telephone the place."),
            facts,
        )  # fmt: skip
    elif size > known.entries:
        yield Finding(_("{place}: {behind} entries of its {size} are not here yet."), True,
                      _("If that stays: sameboat follow says why."), facts)  # fmt: skip
    else:
        yield Finding(_("{place}: all its {size} entries are here."), True, facts=facts)


def _ours(known: Known, node: Line) -> Iterator[Finding]:
    """Look whether it follows our log, and has cosigned it."""
    if not known.own_size or known.expelled:
        return
    facts = {"place": known.place, "size": known.own_size, "known": known.cosigned}
    answer = node.ask(f"/log/of/{known.own_place}/checkpoint", most=1024 * 1024)
    if answer.status != 200:
        yield Finding(
            _("{place}: it does not follow our log."), False,
            _("Send it an invitation (sameboat invite FILE), or ask whether it has joined."), facts,
        )  # fmt: skip
    elif known.cosigned < known.own_size:
        yield Finding(
            _("{place}: it has cosigned {known} entries of our {size}."), True,
            _("If that stays: sameboat follow says why."), facts,
        )  # fmt: skip
    else:
        yield Finding(_("{place}: it follows our log, and has cosigned it."), True, facts=facts)
