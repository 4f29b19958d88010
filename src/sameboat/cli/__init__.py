"""The door for operators: one command with sub-commands, each importing what it uses."""

import os
import sys
from typing import Annotated

import typer

from sameboat import __version__
from sameboat.cli import (
    alert,
    alert_import,
    compact,
    demo,
    handover,
    log,
    region,
    region_load,
    user,
)
from sameboat.cli.audit import audit
from sameboat.cli.backup import backup, restore, upgrade
from sameboat.cli.doctor import doctor
from sameboat.cli.forecast import forecast
from sameboat.cli.init import init
from sameboat.cli.node import ExtraMissing
from sameboat.cli.peers import expel, export, follow, import_log, invite, join, leave, peers
from sameboat.cli.serve import serve
from sameboat.cli.shown import current_language, speak
from sameboat.cli.usage import App
from sameboat.cli.validate import validate
from sameboat.cli.verify import verify
from sameboat.cli.work import work
from sameboat.lib.fault import FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

#: What a refusal is to a shell; bad input and "no" alike: nothing was changed.
REFUSED = 2
#: Which extra brings a module that a command found missing.
EXTRA_OF = {"numpy": "spread", "scipy": "spread", "numba": "spread", "shapely": "spread",
            "matplotlib": "spread", "cryptography": "verify"}  # fmt: skip

app = App(
    name="sameboat",
    help="Sameboat (同舟): from the gauge upstream to the door downstream.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    language: Annotated[
        str | None,
        typer.Option(
            help="Language of what is printed: zh-Hans or en.",
            is_eager=True,
            callback=speak,
        ),
    ] = None,
) -> None:
    """Take the options that hold for every command."""


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


for command in (
    forecast, validate, init, serve, work, doctor, backup, restore, upgrade, verify, invite, join,
    leave, expel, peers, follow, export, audit,
):  # fmt: skip
    app.command()(command)
app.command("import")(import_log)
app.command("demo")(demo.demo)
region.app.command("load")(region_load.load)
region.app.command("list")(region_load.list_packs)
alert.app.command("import")(alert_import.import_alerts)
app.add_typer(region.app, name="region")
app.add_typer(alert.app, name="alert")
app.add_typer(user.app, name="user")
app.add_typer(log.app, name="log")
app.add_typer(handover.app, name="handover")
app.add_typer(compact.app, name="compact")


class DatabaseUnusable(Refusal):
    """The database is lost, damaged, locked, or older than the program."""

    says = _("The database cannot be used: {problem}. See what is wrong: sameboat doctor")


def main() -> None:
    """Run the command line; an expected "no" is shown word for word, in the reader's language."""
    try:
        app()
    except FaultyInput as refusal:
        for fault in refusal.faults:
            typer.echo(fault.in_language(current_language()), err=True)
        sys.exit(REFUSED)
    except Refusal as refusal:
        typer.echo(refusal.in_language(current_language()), err=True)
        sys.exit(REFUSED)
    except ModuleNotFoundError as missing:
        name = (missing.name or "").partition(".")[0]
        if name == "sameboat":
            raise
        needed = ExtraMissing(extra=EXTRA_OF.get(name, "node"))
        typer.echo(needed.in_language(current_language()), err=True)
        sys.exit(REFUSED)
    except BrokenPipeError:
        # The reader (head, less) has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as problem:
        # Without Django there is no database, and nothing to import its errors from.
        if type(problem).__module__ != "django.db.utils":
            raise
        unusable = DatabaseUnusable(problem=problem)
        typer.echo(unusable.in_language(current_language()), err=True)
        sys.exit(REFUSED)
