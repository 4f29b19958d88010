"""`sameboat doctor`: what is wrong with a node, and how to mend it."""

import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import typer

from sameboat.cli.finding import Finding
from sameboat.cli.node import Home, open_node
from sameboat.cli.shown import current_language, say
from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

LEAST_FREE_MB = 500


def doctor(home: Home = None) -> None:
    """Look at everything a node needs and say what is wrong and how to mend it.

    Each peer is asked as well: its name, line, certificate, clock, key, log, and ours there.

    Exit code: 0 all well · 1 something is to be mended.
    """
    node = open_node(home)
    language = current_language()
    findings = list(look(node))
    for finding in findings:
        say(finding.in_language(language))
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def look(node: NodeHome) -> Iterator[Finding]:
    """Yield one finding for each thing; none changes anything."""
    looks: tuple[Callable[[NodeHome], Iterator[Finding]], ...] = (
        _folder,
        _space,
        _database,
        _log,
        _reactions,
        _ground,
        _front_end,
        _policy,
        _peers,
    )
    from django.db import DatabaseError

    for each in looks:
        try:
            yield from each(node)
        except DatabaseError as problem:
            yield Finding(
                _("the database cannot be read: {problem}."),
                False,
                _("Restore the newest backup: sameboat restore FILE NEWFOLDER."),
                {"problem": problem},
            )
            return


def _policy(_node: NodeHome) -> Iterator[Finding]:
    from sameboat.cli.sufficing import look_at_policy

    yield from look_at_policy(current_language())


def _peers(node: NodeHome) -> Iterator[Finding]:
    from sameboat.cli.doctor_peers import look_at_peers

    yield from look_at_peers(node)


def _folder(node: NodeHome) -> Iterator[Finding]:
    for name in ("secret_key", "mfa_key"):
        path = node.keys / name
        if not path.exists():
            yield Finding(
                _("the key {name} is missing."),
                False,
                _("Put it back from where you keep keys, or run: sameboat init {folder} again."),
                {"name": name, "folder": node.folder},
            )
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                _("the key {name} can be read by others."),
                False,
                "chmod 600 {path}",
                {"name": name, "path": path},
            )
        else:
            yield Finding(_("the key {name} is there, and private."), True, facts={"name": name})
    tls = node.keys / "tls.key"
    if tls.exists() and stat.S_IMODE(tls.stat().st_mode) & 0o077:
        yield Finding(_("the key {name} can be read by others."), False, "chmod 600 {path}",
                      {"name": "tls.key", "path": tls})  # fmt: skip


def _space(node: NodeHome) -> Iterator[Finding]:
    free = shutil.disk_usage(node.folder).free // 1_000_000
    yield Finding(
        _("{free} MB are free on the disk."),
        free >= LEAST_FREE_MB,
        "" if free >= LEAST_FREE_MB else _("Make room: below 500 MB the node may stop writing."),
        {"free": free},
    )


def _database(node: NodeHome) -> Iterator[Finding]:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    from sameboat.cli.newer import unknown_migrations

    if connection.vendor == "sqlite" and not node.database.exists():
        # Looking would make an empty one in its place.
        raise DatabaseError(f"{node.database} is not there")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check")
            result = cursor.fetchone()[0]
        well = result == "ok"
        yield Finding(
            _("the database is whole.") if well else _("the database is damaged: {result}."),
            well,
            "" if well else _("Restore the newest backup: sameboat restore FILE NEWFOLDER."),
            {"result": result},
        )
    unknown = unknown_migrations()
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if unknown:
        yield Finding(
            _("the database is newer than this program ({unknown})."),
            False,
            _("Install the newer program."),
            {"unknown": ", ".join(unknown)},
        )
    elif waiting:
        yield Finding(
            _("the database is older than this program."),
            False,
            "sameboat upgrade --home {folder}",
            {"folder": node.folder},
        )
    else:
        yield Finding(_("the database fits this program."), True)


def _log(node: NodeHome) -> Iterator[Finding]:
    from django.conf import settings

    from sameboat.ground.logbook.own import key_folder
    from sameboat.ground.logbook.queries import check_chain, head
    from sameboat.ground.logbook.rewinding import rewound

    broken = check_chain(settings.PLACE)
    if broken is None:
        last, _chain = head(settings.PLACE)
        yield Finding(_("the chain of {count} entries holds."), True, facts={"count": last + 1})
    else:
        yield Finding(
            _("entry {broken} does not follow from those before it."),
            False,
            _("Somebody changed the database from outside. Keep it, and restore a backup."),
            {"broken": broken},
        )
    if problem := rewound(key_folder()) or _locked():
        yield Finding(
            "{problem}", False, facts={"problem": problem.in_language(current_language())}
        )


def _locked() -> Refusal | None:
    """Return why the passphrase that is set does not open the log's key; None where it does."""
    from sameboat.ground.logbook.own import key_folder, passphrase
    from sameboat.ground.logbook.refusals import KeyLocked
    from sameboat.proof.keys import LOG

    try:
        word = passphrase()
        if word is not None and key_folder().made:
            key_folder().open(LOG, word)
    except KeyLocked as problem:
        return problem
    return None


def _reactions(node: NodeHome) -> Iterator[Finding]:
    from sameboat.ground.logbook.holding import list_stopped
    from sameboat.ground.logbook.queries import list_parked
    from sameboat.watch.forecasts.queries import count_waiting

    parked = list_parked().count()
    if parked:
        first = list_parked().first()
        yield Finding(
            _("{parked} entries are parked; the newest: {problem}"),
            False,
            _("Mend the cause, then give it another try in the console, under Log."),
            {"parked": parked, "problem": first.problem if first else ""},
        )
    else:
        yield Finding(_("no entry is parked."), True)
    for place, waits_for in list_stopped():
        yield Finding(
            _("too many entries of {place} wait for others, most for those of {other}."),
            False,
            _("Follow {other} (sameboat join), or ask {place} what it speaks after."),
            {"place": place, "other": waits_for},
        )
    waiting = count_waiting()
    yield Finding(
        _("{waiting} forecasts wait for the worker."),
        waiting == 0,
        "" if waiting == 0 else _("If none is running: sameboat work --home {folder}"),
        {"waiting": waiting, "folder": node.folder},
    )


def _ground(node: NodeHome) -> Iterator[Finding]:
    from django.conf import settings

    from sameboat.ground.places.queries import find_place

    known = find_place(settings.PLACE) is not None
    yield Finding(
        _("the home place {place} is known.") if known else _("the home place {place} is unknown."),
        known,
        "" if known else _("Load the region pack that has it: sameboat region load DIR."),
        {"place": settings.PLACE},
    )


def _front_end(node: NodeHome) -> Iterator[Finding]:
    from django.conf import settings

    built = Path(settings.BASE_DIR) / "console" / "static" / "console" / "build" / "map.js"
    if built.exists():
        yield Finding(_("the interactive map is built."), True)
    else:
        yield Finding(
            _("the interactive map is not built; pages show the map as a picture."),
            True,
            _("To build it, run `make setup` where the npm registry can be reached."),
        )
