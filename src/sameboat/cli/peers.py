"""`sameboat invite`, `join`, `leave`, `peers`, `follow`: nodes that read each other's logs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sameboat.cli.log import FileThere
from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home, moment, open_node
from sameboat.cli.shown import current_language, say, tell
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.private import write_private
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.ground.logbook.models import Peer
    from sameboat.ground.logbook.peers import Invitation


class NothingSigned(Refusal):
    """There is no log to write."""

    says = _("Nothing of the log of {origin} is signed here.")


class NotReached(Refusal):
    """What is pinned is looked at first."""

    says = _("The log of {origin} cannot be read: {problem}. Nothing was changed; try again later.")


def invite(
    file: Annotated[Path, typer.Argument(help="The file to write; hand it to the other place.")],
    address: Annotated[str, typer.Option(help="Where this node is reached: https://node.example")],
    certificate: Annotated[
        Path | None,
        typer.Option(help="What a server in front shows (PEM), if it is not keys/tls.crt."),
    ] = None,
    compact: Annotated[
        str, typer.Option(help="The compact that it is for: cn:220000/compact/0193…")
    ] = "",
    home: Home = None,
) -> None:
    """Write who this place is: address, public keys and certificate, for others to join.

    The words that are printed are read aloud to the other officer, who sees the same.  Without a
    certificate of its own, an https address is one that a public authority vouches for.
    """
    node = open_node(home)
    from django.conf import settings

    from sameboat.ground.logbook.own import open_own
    from sameboat.ground.logbook.peers import Invitation, read_invitation
    from sameboat.ground.logbook.queries import log_key
    from sameboat.ground.logbook.refusals import NoKey
    from sameboat.proof.keys import COSIGNER

    key = log_key(settings.PLACE)
    if key is None:
        raise NoKey(folder=str(node.keys))
    if file.exists():
        raise FileThere(file=str(file))
    witness = str(open_own(COSIGNER).verifier)
    pin = _pin_of(node, address, certificate)
    told_all = Invitation(settings.PLACE, address, key, witness, pin, compact)
    made = read_invitation(told_all.as_dict())
    write_private(file, (json.dumps(made.as_dict(), indent=1) + "\n").encode())
    told = translate(_("{file} invites to {place} at {address}. Read aloud: {words}"),
                     current_language())  # fmt: skip
    say(told.format(file=file, place=made.origin, address=made.address, words=made.words))
    if made.address.startswith("https://") and not made.certificate:
        tell(_("It names no certificate: only one that a public authority vouches for will do. For "
               "one of this node's own, run sameboat serve --tls first, then invite again."),
             current_language())  # fmt: skip


def _pin_of(node: NodeHome, address: str, certificate: Path | None) -> str:
    """Return the fingerprint of the certificate that an address will show, empty for any.

    Raises:
        NoCertificate: the node serves TLS itself and has none.  BadCertificate.
    """
    from django.conf import settings

    from sameboat.cli.certificate import CertificateFiles, fingerprint

    if certificate is not None:
        return fingerprint(certificate)
    files = CertificateFiles(node.keys)
    if settings.TLS:
        files.check()
    own = files.made and address.startswith("https://")
    return fingerprint(files.certificate) if own else ""


def join(
    file: Annotated[Path, typer.Argument(help="The invitation that the other place made.")],
    yes: Annotated[bool, typer.Option("--yes", help="The words have been compared.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="It changed its keys and revoked the old ones.")
    ] = False,
    home: Home = None,
) -> None:
    """Follow another place's log from now on, once both officers have compared the words.

    Joining is said in this node's own log.  Doing it again changes at most the address.  With
    --replace other keys are pinned, if the log under them goes on from what is here.
    """
    open_to_write(home)
    from sameboat.ground.logbook import peers

    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as problem:
        raise FaultyInput([Fault("unreadable", _("cannot be read: {problem}."), file=str(file),
                                 facts={"problem": problem})]) from None  # fmt: skip
    told = peers.read_invitation(content)
    language = current_language()
    shown = translate(_("{place} at {address}. The other officer reads: {words}"), language)
    say(shown.format(place=told.origin, address=told.address, words=told.words))
    say(translate(line_of(told.address, told.certificate), language))
    if told.compact:
        say(translate(_("It is for the compact {compact}."), language).format(compact=told.compact))
    followed = (each for each in peers.list_peers() if each.left_at is None)
    known = next((each for each in followed if each.origin == told.origin), None)
    if known and known.certificate and known.certificate != told.certificate:
        tell(_("Until now another certificate was pinned: ask why it has changed."), language)
    if not yes and not typer.confirm(translate(_("Are the words the same?"), language)):
        raise typer.Exit(1)
    if replace:
        _replace(told)
    else:
        peers.join(invitation=told, by="operator", now=moment())
    tell(_("The log of {place} is followed from now on."), language, place=told.origin)


def _replace(told: "Invitation") -> None:
    from sameboat.cli.far import reading
    from sameboat.cli.line import Unreachable
    from sameboat.ground.logbook.replacing import replace

    try:
        with reading(told.address, pin=told.certificate) as fetch:
            replace(invitation=told, fetch=fetch, by="operator", now=moment())
    except Unreachable as problem:
        raise NotReached(origin=told.origin, problem=problem) from None


def _state(peer: "Peer") -> str:
    if peer.expelled_because:
        return _("expelled")
    return _("left") if peer.left_at else _("followed")


def line_of(address: str, certificate: str) -> str:
    """Return what protects the line to a node, to be translated."""
    if certificate:
        return _("TLS, its certificate is pinned")
    if address.startswith("https://"):
        return _("TLS, any certificate that a public authority vouches for")
    return _("no TLS: whoever is on the line can read it, and change nothing unseen")


def leave(
    place: Annotated[str, typer.Argument(help="The place, such as cn:230100.")],
    home: Home = None,
) -> None:
    """Follow a place no longer; what was taken of its log stays."""
    open_to_write(home)
    from sameboat.ground.logbook import peers

    peers.leave(origin=place, by="operator", now=moment())
    tell(_("The log of {place} is not followed any more."), current_language(), place=place)


def expel(
    place: Annotated[str, typer.Argument(help="The place, such as cn:230100.")],
    because: Annotated[str, typer.Option(help="Why; everybody can read it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    home: Home = None,
) -> None:
    """Have no more to do with a place: not follow, not witness it, give it nothing not public.

    It is said in this node's own log, with the reason.  Only joining again takes it back.
    """
    open_to_write(home)
    from sameboat.ground.logbook import peers

    language = current_language()
    known = next((each for each in peers.list_peers() if each.origin == place), None)
    if known is not None and known.expelled_because:
        tell(_("{place} was expelled before, because: {because} Nothing was changed."), language,
             place=place, because=known.expelled_because)  # fmt: skip
        return
    if known is not None and not yes:
        asked = _("Everybody will read that {place} is expelled, and why; it cannot be unsaid. "
                  "Expel it?")  # fmt: skip
        if not typer.confirm(translate(asked, language).format(place=place)):
            tell(_("Nothing was changed."), language)
            raise typer.Exit(1)
    peers.expel(origin=place, because=because, by="operator", now=moment())
    tell(_("{place} is expelled; everybody can read why."), language, place=place)


def follow(home: Home = None) -> None:
    """Take what is new in the logs of all peers, once; a worker does so by itself.

    Exit code: 0 every peer answered · 1 one did not, or its log does not hold.
    """
    open_to_write(home)
    from sameboat.cli.federation import follow_peers, gather_cosignatures
    from sameboat.ground.logbook.peers import list_peers

    taken = follow_peers(moment())
    cosigned = gather_cosignatures()
    told = translate(_("{taken} entries taken, cosigned by {cosigned}"), current_language())
    say(told.format(taken=taken, cosigned=cosigned))
    wrong = [peer for peer in list_peers() if peer.left_at is None and peer.problem]
    for peer in wrong:
        say(f"{peer.origin}: {peer.problem}")
    if wrong:
        raise typer.Exit(1)


def export(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder, such as a USB stick's.")],
    place: Annotated[str, typer.Option(help="Whose log; empty: this node's own.")] = "",
    home: Home = None,
) -> None:
    """Write a log as files: for a node without a network, or for any file server.

    The folder holds the checkpoint, tiles and bundles; `sameboat import` takes them in.
    """
    open_node(home)
    from django.conf import settings

    from sameboat.ground.logbook.proving import export_files

    origin = place or settings.PLACE
    if folder.exists() and any(folder.iterdir()):
        raise FileThere(file=str(folder))
    count = 0
    for path, content in export_files(origin):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        count += 1
    if not count:
        raise NothingSigned(origin=origin)
    told = translate(_("{folder} holds the log of {place} in {count} files."), current_language())
    say(told.format(folder=folder, place=origin, count=count))


def import_log(
    folder: Annotated[Path, typer.Argument(help="What `sameboat export` wrote.")],
    place: Annotated[str, typer.Option(help="The peer whose log it is.")],
    home: Home = None,
) -> None:
    """Take what is new in a peer's log from a folder; it is verified as if it came by network."""
    open_to_write(home)
    from sameboat.cli.far import from_folder
    from sameboat.cli.line import Unreachable
    from sameboat.ground.logbook.following import follow as take
    from sameboat.ground.logbook.peers import NotAPeer, list_peers

    peer = next((each for each in list_peers() if each.origin == place and not each.left_at), None)
    if peer is None:
        raise NotAPeer(origin=place)
    if not (folder / "checkpoint").is_file():
        problem = (_("holds no exported log: there is no file checkpoint in it.")
                   if folder.is_dir() else _("there is no such folder."))  # fmt: skip
        raise FaultyInput([Fault("no_log", problem, file=str(folder), next_step=_(
            "Name the folder that sameboat export wrote."))])  # fmt: skip
    taken = 0
    try:
        while more := take(peer=peer, fetch=from_folder(folder), now=moment()):
            taken += more
    except Unreachable as problem:
        raise FaultyInput([Fault("unreadable", _("cannot be read: {problem}."), file=str(folder),
                                 facts={"problem": problem})]) from None  # fmt: skip
    told = translate(_("{taken} entries of {place} taken."), current_language())
    say(told.format(taken=taken, place=place))


def peers(home: Home = None) -> None:
    """List the places whose logs are followed: how far, when last, and what is wrong."""
    open_node(home)
    from sameboat.cli.doctor_peers import EXPELLED_US
    from sameboat.ground.logbook.following import entries_of
    from sameboat.ground.logbook.peers import expelled_by, list_peers

    language = current_language()
    found = list_peers()
    if not found:
        tell(
            _("No place is followed. Ask one for an invitation, then: sameboat join FILE"), language
        )
    for peer in found:
        state = translate(_state(peer), language)
        at = peer.answered_at.isoformat(timespec="seconds") if peer.answered_at else "–"
        say(f"{peer.origin}  {peer.address}  {state}  {entries_of(peer.origin)}  {at}  "
            f"{peer.problem}".rstrip())  # fmt: skip
        if peer.expelled_because:
            say(f"    {peer.expelled_because}")
        elif not peer.left_at:
            say(f"    {translate(line_of(peer.address, peer.certificate), language)}")
        if because := expelled_by(peer.origin):
            told = translate(EXPELLED_US, language)
            say(f"    {told.format(place=peer.origin, because=because)}")
