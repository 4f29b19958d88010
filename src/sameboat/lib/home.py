"""A node is one folder: where its settings, database, raw files and keys lie."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class NotANode(Refusal):
    """The folder has no readable sameboat.toml."""

    says = _(
        "{folder} is not a node: {problem}. Make one with "
        "`sameboat init {folder} --place cn:220200`, or name another with --home or SAMEBOAT_HOME."
    )
    words: ClassVar = {"problem": {"no_settings": _("it has no sameboat.toml")}}


@dataclass(frozen=True)
class NodeHome:
    """The folder of one node."""

    folder: Path

    @property
    def settings_file(self) -> Path:
        """What the operator may edit."""
        return self.folder / "sameboat.toml"

    @property
    def database(self) -> Path:
        """The SQLite database, unless sameboat.toml names another."""
        return self.folder / "node.sqlite3"

    @property
    def raw(self) -> Path:
        """Files by digest: member arrays of forecasts."""
        return self.folder / "raw"

    @property
    def keys(self) -> Path:
        """Secrets, each file 0600, apart from the database."""
        return self.folder / "keys"

    @property
    def static(self) -> Path:
        """Collected static files, made by the program, safe to delete."""
        return self.folder / "static"

    @property
    def templates(self) -> Path:
        """The node's own texts of alerts, where it has any."""
        return self.folder / "templates"

    def read_settings(self) -> dict[str, Any]:
        """Return sameboat.toml as it is.

        Raises:
            NotANode: no file, or not TOML.
        """
        try:
            return tomllib.loads(self.settings_file.read_text("utf-8"))
        except FileNotFoundError:
            raise NotANode(folder=str(self.folder), problem="no_settings") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise NotANode(folder=str(self.folder), problem=f"sameboat.toml: {problem}") from None


def current_home() -> NodeHome | None:
    """Return the node that SAMEBOAT_HOME names, if it names one."""
    folder = os.environ.get("SAMEBOAT_HOME")
    return NodeHome(Path(folder)) if folder else None
