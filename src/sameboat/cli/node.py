"""Opening a node for a command: find its folder, then start Django on it."""

import importlib.util
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="SAMEBOAT_HOME",
        help="The node's folder.",
        show_default=False,
        file_okay=False,
    ),
]


class NoHome(Refusal):
    """The command works on a node and none was named."""

    says = _("Which node? Name its folder with --home DIR or SAMEBOAT_HOME.")


class ExtraMissing(Refusal):
    """A part of the program is not installed."""

    says = _('This command needs more than is installed: pip install "sameboat[{extra}]".')


class BadSetting(Refusal):
    """A setting of the node is unknown or has a value that it cannot have."""

    says = _(
        "The setting {setting} is wrong: {problem}. Mend it in {file}, or in the environment "
        "as SAMEBOAT_{variable}."
    )


def home_of(folder: Path | None) -> NodeHome:
    """Return the node's folder, checked to be a node.

    Raises:
        NoHome: none named.  NotANode: no readable sameboat.toml in it.
    """
    if folder is None:
        raise NoHome
    home = NodeHome(folder.resolve())
    home.read_settings()
    return home


def open_node(folder: Path | None) -> NodeHome:
    """Start Django on a node and return its folder.

    Raises:
        NoHome, NotANode, ExtraMissing.
    """
    home = home_of(folder)
    start_django(home)
    return home


def start_django(home: NodeHome) -> None:
    """Start Django on a folder that holds a sameboat.toml.

    Raises:
        ExtraMissing: Django is not installed.  BadSetting: a setting is wrong.
    """
    if importlib.util.find_spec("django") is None:
        raise ExtraMissing(extra="node")
    os.environ["SAMEBOAT_HOME"] = str(home.folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = os.environ.get(
        "DJANGO_SETTINGS_MODULE", "sameboat.config.settings"
    )
    import django
    from pydantic import ValidationError

    try:
        django.setup()
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSetting(
            setting=where, problem=first["msg"], file=home.settings_file, variable=where.upper()
        ) from None


def moment() -> datetime:
    """Return now as this node takes it to be: the wall clock, shifted in a replay."""
    from django.conf import settings

    return datetime.now(UTC) + settings.CLOCK_SHIFT
