"""A node is one folder: where its settings, database, raw files and keys lie."""

import os
import re
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


class BrokenSettings(NotANode):
    """The folder is a node, and its settings cannot be read."""

    says = _('Mend line {line} of {file}: a setting is written as name = "value".')


class SettingsUnreadable(NotANode):
    """The system does not hand the settings out."""

    says = _("{file} cannot be read: {problem}. Mend its rights, or the disk.")


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
            NotANode: no file.  BrokenSettings: not TOML.  SettingsUnreadable.
        """
        try:
            raw = self.settings_file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise NotANode(folder=str(self.folder), problem="no_settings") from None
        except OSError as problem:
            file = str(self.settings_file)
            raise SettingsUnreadable(file=file, problem=problem.strerror) from None
        try:
            return tomllib.loads(raw.decode("utf-8"))
        except UnicodeDecodeError as problem:
            line = raw[: problem.start].count(b"\n") + 1
        except tomllib.TOMLDecodeError as problem:
            told = re.search(r"at line (\d+)", str(problem))
            line = int(told[1]) if told else len(raw.splitlines()) or 1  # at the end of it
        raise BrokenSettings(file=str(self.settings_file), line=line)


def current_home() -> NodeHome | None:
    """Return the node that SAMEBOAT_HOME names, if it names one."""
    folder = os.environ.get("SAMEBOAT_HOME")
    return NodeHome(Path(folder)) if folder else None
