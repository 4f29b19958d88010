"""No command of an older program writes into the database of a newer one."""

from pathlib import Path

from sameboat.cli.node import open_node
from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class NewerDatabase(Refusal):
    """The database was made by a newer program."""

    says = _(
        "The database is newer than this program ({unknown}). Install the newer program, or "
        "restore the backup that was made before the upgrade."
    )


def open_to_write(folder: Path | None) -> NodeHome:
    """Start Django on a node that the command is going to change, and return its folder.

    Raises:
        NoHome, NotANode, ExtraMissing, BadSetting: as open_node.
        NewerDatabase: rows written now would break rules that only the newer program knows.
    """
    home = open_node(folder)
    check_not_newer()
    return home


def check_not_newer() -> None:
    """Refuse a database with migrations that this program does not have.

    Raises:
        NewerDatabase.
    """
    if unknown := unknown_migrations():
        raise NewerDatabase(unknown=", ".join(unknown))


def unknown_migrations() -> list[str]:
    """Return migrations of the database that this program does not know."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    known = MigrationLoader(connection, ignore_no_migrations=True).disk_migrations
    applied = MigrationRecorder(connection).applied_migrations()
    ours = {app for app, _name in known}
    return sorted(
        f"{app}.{name}" for app, name in applied if app in ours and (app, name) not in known
    )
