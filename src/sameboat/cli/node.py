"""Opening a node for a command: find its folder, then start Django on it."""

import importlib.util
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sameboat.lib.home import NodeHome, NotANode
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
        ExtraMissing: Django is not installed.  NotANode: a setting is wrong.
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
        raise NotANode(
            folder=str(home.folder), problem=f"sameboat.toml, {where}: {first['msg']}"
        ) from None


def moment() -> datetime:
    """Return now as this node takes it to be: the wall clock, shifted in a replay."""
    from django.conf import settings

    return datetime.now(UTC) + settings.CLOCK_SHIFT
