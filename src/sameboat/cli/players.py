"""The demo's nodes, each in a process of its own: they do at the moments of that night what their
servers do later over the network.

Files of logs, requests to witnesses and invitations are carried by hand from one to the other; what
is done with them is what a node does with them.
"""

import multiprocessing
import os
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sameboat.lib.home import NodeHome
from sameboat.lib.private import write_private
from sameboat.lib.refusal import Refusal


class PlayerStopped(RuntimeError):
    """A node of the demo could not do something; the text is its own."""


class Player:
    """A node that does what it is told, one deed after another.

    With `apart` it lives in a process of its own; else it is the node of this process.
    """

    def __init__(self, folder: Path, place: str, port: int, *, apart: bool) -> None:
        self.folder, self.place, self.port = folder, place, port
        self.address = f"http://127.0.0.1:{port}"
        self._waits = False
        self._line: Connection | None = None
        if apart:
            # A new interpreter: a node's Django is set up once in a process.
            context = multiprocessing.get_context("spawn")
            self._line, far = context.Pipe()
            self._process = context.Process(target=_play, args=(far,), daemon=True)
            self._process.start()
            far.close()

    def begin(self, deed: str, **given: Any) -> None:
        """Ask for a deed and go on; `do` or `wait` hears how it went."""
        assert self._line is not None
        self._line.send((deed, given))
        self._waits = True

    def wait(self) -> Any:
        """Return what the deed that was begun gave.

        Raises: PlayerStopped: it failed.
        """
        assert self._line is not None
        self._waits = False
        try:
            went_well, given = self._line.recv()
        except EOFError:
            raise PlayerStopped(f"{self.place}: its process ended") from None
        if not went_well:
            raise PlayerStopped(f"{self.place}: {given}")
        return given

    def do(self, deed: str, **given: Any) -> Any:
        """Do a deed at this node and return what it gives."""
        if self._line is None:
            return DEEDS[deed](**given)
        if self._waits:
            self.wait()
        self.begin(deed, **given)
        return self.wait()

    def end(self) -> None:
        """Let the process go."""
        if self._line is not None:
            self._line.close()
            self._process.join(timeout=10)


def _play(line: Connection) -> None:
    """Do what is asked over the line until it is closed, as a node with settings of its own."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("SAMEBOAT_", "DJANGO_"))}  # fmt: skip
    os.environ.clear()
    os.environ.update(kept)
    while True:
        try:
            deed, given = line.recv()
            line.send(_done(deed, given))
        except (EOFError, BrokenPipeError, KeyboardInterrupt):  # nobody listens any more
            return


def _done(deed: str, given: dict[str, Any]) -> tuple[bool, Any]:
    """Do a deed; return whether it went well, and what it gave or why not."""
    try:
        return True, DEEDS[deed](**given)
    except Refusal as refusal:
        return False, str(refusal)
    except Exception as problem:
        return False, f"{type(problem).__name__}: {problem}"


def make(folder: Path, place: str, pack: Path, now: datetime) -> None:
    """Make the node with its region, its people and its keys, or find it."""
    from sameboat.cli.init import create_node
    from sameboat.cli.region_load import load_folder
    from sameboat.cli.replay import add_people

    home = create_node(folder, place=place, demo=True)
    add_people([load_folder(pack, _silent)[0]], now)
    make_keys(home, now)


def make_keys(home: NodeHome, now: datetime) -> None:
    """Make the keys of the demo's log, once, with a passphrase that lies beside them.

    For a demo only: whoever has the folder has both.
    """
    from django.conf import settings

    from sameboat.ground.logbook.own import key_folder, read_passphrase
    from sameboat.ground.logbook.publishing import begin_log

    file = home.keys / "demo.pass"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32).encode() + b"\n")
    told = home.settings_file.read_text("utf-8")
    if not re.search("^log_passphrase_file", told, re.M):
        home.settings_file.write_text(f'{told}log_passphrase_file = "{file}"\n', "utf-8")
    settings.LOG_PASSPHRASE_FILE = str(file)
    if not key_folder().made:
        name = f"{settings.PLACE.replace(':', '-')}.demo/log"
        own, _witness = key_folder().make(name, read_passphrase(file))
        begin_log(origin=settings.PLACE, signer=own, now=now)


def invitation(address: str) -> dict[str, Any]:
    """Return the node's invitation."""
    from django.conf import settings

    from sameboat.ground.logbook.own import open_own
    from sameboat.ground.logbook.peers import Invitation
    from sameboat.ground.logbook.queries import log_key
    from sameboat.proof.keys import COSIGNER

    key = log_key(settings.PLACE)
    assert key is not None
    witness = str(open_own(COSIGNER).verifier)
    return Invitation(settings.PLACE, address, key, witness).as_dict()


def join(told: dict[str, Any], now: datetime) -> None:
    """Follow another node of the demo."""
    from sameboat.ground.logbook import peers

    peers.join(invitation=peers.read_invitation(told), by="operator", now=now)


def sign(now: datetime) -> bool:
    """Sign what was said; return whether there was something."""
    from sameboat.ground.logbook.own import open_own, sign_staged

    return sign_staged(signer=open_own(), now=now) is not None


def files() -> dict[str, bytes]:
    """Return every file of the node's log."""
    from django.conf import settings

    from sameboat.ground.logbook.proving import export_files

    return dict(export_files(settings.PLACE))


def take(origin: str, told: dict[str, bytes], now: datetime) -> int:
    """Take what is new in another's log, verified; return how many entries."""
    from sameboat.ground.logbook.following import follow, note_answer
    from sameboat.ground.logbook.peers import list_peers

    peer = next(each for each in list_peers() if each.origin == origin)
    taken = follow(peer=peer, fetch=lambda path, _most: told.get(path), now=now)
    note_answer(peer=peer, now=now)
    return taken


def react(now: datetime) -> int:
    """Let reactions have what is new."""
    from sameboat.cli.work import find_reactions
    from sameboat.ground.logbook.delivery import deliver

    find_reactions()
    return deliver(now=now)


def cosign(request: bytes, now: datetime) -> tuple[int, str]:
    """Answer, as a witness, a request to cosign."""
    from sameboat.ground.logbook.own import open_own
    from sameboat.ground.logbook.witnessing import witness
    from sameboat.proof.keys import COSIGNER

    found = witness(request=request, signer=open_own(COSIGNER), now=now)
    return found.status, found.body


def wanting() -> list[tuple[str, bytes]]:
    """Return the peers that have not cosigned our newest checkpoint, with what to ask each."""
    from django.conf import settings

    from sameboat.ground.logbook.proving import published
    from sameboat.ground.logbook.queries import size_known_to, uncosigned_by
    from sameboat.ground.logbook.witnessing import request_for

    point = published(settings.PLACE)
    if point is None:
        return []
    return [
        (peer.origin, request_for(point, size_known_to(point.origin, peer.witness.split("+")[0])))
        for peer in uncosigned_by(point)
    ]


def keep(origin: str, body: str) -> None:
    """Keep what a peer cosigned."""
    from django.conf import settings

    from sameboat.ground.logbook.peers import list_peers
    from sameboat.ground.logbook.proving import published
    from sameboat.ground.logbook.witnessing import keep_cosignature

    point = published(settings.PLACE)
    assert point is not None
    peer = next(each for each in list_peers() if each.origin == origin)
    keep_cosignature(point=point, peer=peer, body=body)


def answer(text: str, now: datetime) -> int:
    """Let the duty officer acknowledge what others had issued and, with a text, act on it."""
    from sameboat.ground.people.queries import find_person
    from sameboat.watch.alerts.answering import acknowledge, say_acting, say_read
    from sameboat.watch.alerts.foreign import foreign_alerts

    wang, count = find_person("wang"), 0
    assert wang is not None
    for each in foreign_alerts(wang, "en", now=now):
        # Played again, what was said later that night is there already.
        if each.entry.said_at > now or "acknowledged" in each.answers or each.state == "refused":
            continue
        say_read(entry=each.entry, by=wang, now=now)
        acknowledge(entry=each.entry, by=wang, now=now)
        if text:
            say_acting(entry=each.entry, text=text, key=_key_of(each.entry), by=wang, now=now)
        count += 1
    return count


def propose(members: list[str], body: str, now: datetime) -> str:
    """Propose the compact of the Songhua; return the address of the proposal."""
    from sameboat.books.compacts.actions import propose_compact

    return propose_compact(
        names={"zh-Hans": "松花江流域突发事件协同协议", "en": "Songhua river emergency compact"},
        purpose={
            "zh-Hans": "上游有事，先告下游；一处受害，各处相助。",
            "en": "Upstream tells downstream first; where one is struck, the others help.",
        },
        members=members, body=body, led="beside", key=COMPACT, by="operator", now=now,
    ).proposal  # fmt: skip


def sign_compact(proposal: str, now: datetime) -> str:
    """Sign a compact; return its address."""
    from sameboat.books.compacts import actions

    signed = actions.sign_compact(proposal=proposal, by="operator", now=now)
    return str(signed.compact.address)


def _key_of(entry: Any) -> UUID:
    return uuid5(COMPACT, f"{entry.origin}/{entry.index}")


def _silent(*_words: object, **_facts: object) -> None:
    """Say nothing: several nodes are made at once."""


#: The key of the demo's compact: running the demo again finds it.
COMPACT = UUID("0193a5b2-7c00-7000-8000-736f6e676875")
DEEDS: dict[str, Callable[..., Any]] = {
    deed.__name__: deed
    for deed in (make, invitation, join, sign, files, take, react, cosign, wanting, keep, answer,
                 propose, sign_compact)
}  # fmt: skip
