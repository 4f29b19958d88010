"""`sameboat log`: the keys of a node's log, how far it is signed, and proofs of its entries."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home, moment, open_node
from sameboat.cli.shown import current_language, say, tell
from sameboat.cli.usage import App
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.private import write_private
from sameboat.lib.refusal import Refusal

app = App(no_args_is_help=True, help="The signed log of a node: its key, its state, its proofs.")


class NoSuchEntry(Refusal):
    """There is nothing to prove."""

    says = _("{address} is not an entry of this node's log. Entries are listed in the console.")


class NotSignedYet(Refusal):
    """An entry is proved by a checkpoint over it."""

    says = _("{address} is not signed yet. Sign what is staged: sameboat log sign")


class FileThere(Refusal):
    """Nothing is written over."""

    says = _("{file} is there already; nothing was written over it.")


@app.command()
def init(
    name: Annotated[
        str, typer.Option(help="The log's name, such as jilin.example/log; empty: from the place.")
    ] = "",
    passphrase_file: Annotated[
        Path | None,
        typer.Option(help="File that holds the passphrase, 0600; made where it is not there."),
    ] = None,
    home: Home = None,
) -> None:
    """Make the keys with which this node signs, once.  Nothing is signed without them.

    The keys are locked with a passphrase: typed, or kept in a file that sameboat.toml names as
    log_passphrase_file.  Whoever has keys and passphrase can speak for this place: keep them apart.
    """
    node = open_to_write(home)
    from django.conf import settings

    from sameboat.ground.logbook.own import key_folder, read_passphrase
    from sameboat.ground.logbook.publishing import begin_log
    from sameboat.ground.logbook.refusals import KeyExists

    keys = key_folder()
    if keys.made:
        raise KeyExists(folder=str(keys.folder))
    if passphrase_file is None:
        word = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True).encode()
    else:
        if not passphrase_file.exists():
            write_private(passphrase_file, secrets.token_urlsafe(32).encode() + b"\n")
        word = read_passphrase(passphrase_file)
    try:
        own, _witness = keys.make(name or f"{settings.PLACE}/log", word)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    begin_log(origin=settings.PLACE, signer=own, now=moment())
    tell(
        _("This node signs as {key}. Tell it to others; keep {folder} and the passphrase apart."),
        current_language(), key=str(own.verifier), folder=node.keys,
    )  # fmt: skip
    if passphrase_file is None or str(passphrase_file) != settings.LOG_PASSPHRASE_FILE:
        tell(
            _('So that it signs by itself, name a file that holds the passphrase in {file}: '
              'log_passphrase_file = "{word}"; or give it as SAMEBOAT_LOG_PASSPHRASE.'),
            current_language(), file=node.settings_file,
            word=passphrase_file.resolve() if passphrase_file else "…",
        )  # fmt: skip


@app.command()
def key(home: Home = None) -> None:
    """Print the verifier key of this node's log: what others need to check it."""
    open_node(home)
    from django.conf import settings

    from sameboat.ground.logbook.own import key_folder
    from sameboat.ground.logbook.queries import log_key
    from sameboat.ground.logbook.refusals import NoKey

    known = log_key(settings.PLACE)
    if known is None:
        raise NoKey(folder=str(key_folder().folder))
    typer.echo(known)


@app.command()
def keys(home: Home = None) -> None:
    """List the keys of this node's log: since which entry, and which are revoked."""
    open_node(home)
    from django.conf import settings

    from sameboat.ground.logbook.own import key_folder
    from sameboat.ground.logbook.queries import list_log_keys
    from sameboat.ground.logbook.refusals import NoKey

    found = list_log_keys(settings.PLACE)
    if not found:
        raise NoKey(folder=str(key_folder().folder))
    language = current_language()
    since = translate(_("since entry {index}, {at}"), language)
    for row in found:
        state = translate(_("signs"), language)
        if row.revoked_index is not None:
            told = translate(_("revoked by entry {index}"), language)
            state = told.format(index=row.revoked_index)
        elif row is not found[-1]:
            state = translate(_("replaced, still signs beside the new one"), language)
        at = row.made_at.isoformat(timespec="seconds")
        say(f"{row.verifier}  {since.format(index=row.since_index, at=at)}  {state}")


@app.command()
def rotate(home: Home = None) -> None:
    """Make a new key for this node's log and say so in the log.

    Peers take it from the log itself; the old key signs beside it until it is revoked.
    """
    open_to_write(home)
    from sameboat.ground.logbook.own import rotate_own

    made = rotate_own(by="operator", now=moment())
    tell(
        _("This node signs as {key} from now on. Revoke the old key once every peer is up to date: "
          "sameboat log revoke KEY"),
        current_language(), key=made.verifier,
    )  # fmt: skip


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The old key, as `sameboat log keys` lists it.")],
    home: Home = None,
) -> None:
    """Say that a key which was replaced signs nothing any more, and erase its file.

    A peer that has not read the log since the change must join again, with the words.
    """
    open_to_write(home)
    from sameboat.ground.logbook.own import revoke_own

    revoke_own(key=key, by="operator", now=moment())
    tell(_("{key} is revoked; its file is erased."), current_language(), key=key)


@app.command()
def status(home: Home = None) -> None:
    """Print how far the log is signed: entries, staged ones, the root, and who cosigned it.

    Where sameboat.toml names a policy (C2SP tlog-policy), also whether those are enough.
    """
    open_node(home)
    from django.conf import settings

    from sameboat.cli.sufficing import say_standing
    from sameboat.ground.logbook.own import key_folder
    from sameboat.ground.logbook.proving import published
    from sameboat.ground.logbook.queries import head, log_key
    from sameboat.ground.logbook.refusals import NoKey
    from sameboat.ground.logbook.rewinding import rewound

    language = current_language()
    known = log_key(settings.PLACE)
    if known is None:
        raise NoKey(folder=str(key_folder().folder))
    last, _chain = head(settings.PLACE)
    newest = published(settings.PLACE)
    signed = newest.size if newest else 0
    say(translate(_("key {key}"), language).format(key=known))
    told = translate(_("{signed} entries signed, {staged} staged"), language)
    say(told.format(signed=signed, staged=last + 1 - signed))
    if problem := rewound(key_folder()):
        say(problem.in_language(language))
    if newest:
        told = translate(_("root {root}, signed {at}"), language)
        say(told.format(root=newest.root, at=newest.kept_at.isoformat(timespec="seconds")))
        told = translate(_("cosigned by {name} at {at}"), language)
        for each in newest.cosignatures.order_by("time"):
            say(told.format(name=each.witness, at=each.time.isoformat(timespec="seconds")))
    say_standing(language)


@app.command()
def policy(
    quorum: Annotated[int, typer.Option(help="How many of the places that are followed.")],
    home: Home = None,
) -> None:
    """Print a first policy: so many of the places that are followed must cosign.

    Keep it as policy.txt in the node's folder, and name it as `policy` in sameboat.toml.
    """
    open_node(home)
    from sameboat.ground.logbook.sufficing import first_policy

    typer.echo(str(first_policy(quorum=quorum)), nl=False)


@app.command()
def sign(home: Home = None) -> None:
    """Sign what is staged; a worker does so by itself."""
    open_to_write(home)
    from sameboat.cli.federation import look_at_copies
    from sameboat.ground.logbook.own import open_own, sign_staged

    open_own()  # what keeps it locked is said although nothing is staged
    look_at_copies()
    size = 0
    while made := sign_staged(now=moment()):
        size = made.size
    say(str(size))


@app.command()
def recover(
    folder: Annotated[
        Path | None, typer.Option("--from", help="A folder that a peer exported our log to.")
    ] = None,
    home: Home = None,
) -> None:
    """Take entries of this node's own log back from peers, after an old database was put back.

    Each is verified under our own key; then signing goes on.  Run it before anything else.
    """
    open_to_write(home)
    from sameboat.cli.far import from_folder
    from sameboat.cli.federation import recover_own
    from sameboat.ground.logbook.own import key_folder
    from sameboat.ground.logbook.rewinding import recover as take_back
    from sameboat.ground.logbook.rewinding import rewound

    if folder is None:
        taken = recover_own(moment())
    else:
        taken = take_back(fetch=from_folder(folder), address=str(folder), now=moment())
    tell(_("{count} entries were taken back."), current_language(), count=taken)
    if problem := rewound(key_folder()):
        raise problem


@app.command()
def check(home: Home = None) -> None:
    """Look at every entry, tile and checkpoint of every log that is kept here.

    Exit code: 0 all of them are what they were · 2 one is not.
    """
    open_node(home)
    from sameboat.ground.logbook.checking import check_log
    from sameboat.ground.logbook.queries import origins

    told = translate(_("{origin}: {count} signed entries, each in its place"), current_language())
    for origin in origins():
        say(told.format(origin=origin, count=check_log(origin)))


@app.command()
def receipt(
    address: Annotated[str, typer.Argument(help="The entry's address: cn:220200/entry/7.")],
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    home: Home = None,
) -> None:
    """Write the proof of one entry: it can be checked offline with `sameboat verify`."""
    open_node(home)
    from sameboat.ground.logbook.proving import receipt_of
    from sameboat.ground.logbook.queries import read_address

    entry = read_address(address)
    if entry is None:
        raise NoSuchEntry(address=address)
    content = receipt_of(entry)
    if content is None:
        raise NotSignedYet(address=address)
    if file.exists():
        raise FileThere(file=str(file))
    write_private(file, content)
    tell(_("{file} proves {address}."), current_language(), file=file, address=address)
