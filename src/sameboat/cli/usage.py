"""Help and usage errors in the reader's language.

The texts are the docstrings and `help=` of the commands themselves, and what typer says of its
own.  They are translated where they are shown: only then is `--language` known.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from sameboat.cli.shown import current_language
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.validation import fault_from

if TYPE_CHECKING:
    from typer.core import TyperCommand as _Base
else:
    _Base = object

F = TypeVar("F", bound=Callable[..., Any])

_USAGE = _("Usage: ")
_HELP = _("Show this message and exit.")
#: the parts of a usage line that are words
_PIECES = {"[OPTIONS]": _("[OPTIONS]"), "COMMAND [ARGS]...": _("COMMAND [ARGS]...")}
#: where typer keeps the words of its panels -> the words
_PANELS = {
    "ARGUMENTS_PANEL_TITLE": _("Arguments"),
    "OPTIONS_PANEL_TITLE": _("Options"),
    "COMMANDS_PANEL_TITLE": _("Commands"),
    "ERRORS_PANEL_TITLE": _("Error"),
    "DEFAULT_STRING": _("[default: {}]"),
    "ENVVAR_STRING": _("[env var: {}]"),
    "REQUIRED_LONG_STRING": _("[required]"),
    "RICH_HELP": _("Try [blue]'{command_path} {help_option}'[/] for help."),
}
#: what typer says is wrong, as it says it; the longer before the shorter that it begins with
_ERRORS = (
    _("No such option: {option} (Possible options: {options})"),
    _("No such option: {option}"),
    _("No such command {command}. Did you mean {commands}?"),
    _("No such command {command}."),
    _("Missing command."),
    _("Missing argument {name}."),
    _("Missing option {name}."),
    _("Option {option} requires an argument."),
    _("Option {option} does not take a value."),
    _("Got unexpected extra argument(s) ({words})"),
    _("dir {path} is a file."),
    _("Value error, {value} is not one of {choices}."),
)
_INVALID = _("Invalid value for {name}: {problem}")
_FROM_ENVIRONMENT = _("(env var: {name})")


class _InLanguage(_Base):
    """What one command and a group of commands have in common."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        language = current_language()
        pieces = [
            translate(_PIECES.get(piece, ""), language) or piece
            for piece in self.collect_usage_pieces(ctx)
        ]
        prefix = translate(_USAGE, language)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=prefix)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        language = current_language()
        _word_panels(language)
        shown = _translated(self, language)
        shown.params = [_translated(param, language) for param in self.get_params(ctx)]
        shown.add_help_option = False  # it is among the params already
        if hasattr(self, "commands"):
            shown.commands = {
                name: _translated(command, language) for name, command in self.commands.items()
            }
        super(_InLanguage, shown).format_help(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _errors_in_language():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        with _errors_in_language():
            return super().invoke(ctx)


class Command(_InLanguage, TyperCommand):
    """One command."""


class Group(_InLanguage, TyperGroup):
    """Commands under one name."""


class App(typer.Typer):
    """A typer app whose help and usage errors follow the reader's language."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[F], F]:
        """Add a command, as typer does."""
        return super().command(name, **{"cls": Command, **settings})


class InLanguage(typer.BadParameter):
    """A usage error in the reader's language, whole: nothing is put before it."""

    def format_message(self) -> str:
        """Return the sentence as it is."""
        return self.message


def texts_of(command: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text of the command tree and where it stands, for the catalogue."""
    if command.help:
        yield path, command.help
    for param in command.params:
        if text := getattr(param, "help", None):
            yield f"{path} {param.name}", text
    for name, below in getattr(command, "commands", {}).items():
        yield from texts_of(below, f"{path} {name}")


def _translated(thing: Any, language: str) -> Any:
    """Return a copy of a command or a parameter with its help in this language."""
    shown = copy(thing)
    shown.help = translate(thing.help or "", language) or thing.help
    return shown


def _word_panels(language: str) -> None:
    """Have typer name its panels in this language, and let no text be cut at their edge."""
    from rich.columns import Columns
    from rich.table import Table
    from typer import rich_utils

    class Folding(Table):
        # Rich breaks at spaces and cuts what is longer; Chinese has none to break at.
        def add_column(self, *args: Any, **settings: Any) -> None:
            super().add_column(*args, **{"overflow": "fold", **settings})

    class FoldingColumns(Columns):
        def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
            for table in super().__rich_console__(console, options):
                for column in getattr(table, "columns", ()):
                    column.overflow = "fold"
                yield table

    words = {name: translate(text, language) for name, text in _PANELS.items()}
    for name, value in {**words, "Table": Folding, "Columns": FoldingColumns}.items():
        setattr(rich_utils, name, value)


@contextmanager
def _errors_in_language() -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        language = current_language()
        _word_panels(language)
        said = _said(error, language)
        if said is None:
            raise
        raise InLanguage(said, ctx=getattr(error, "ctx", None)) from error


def _said(error: typer.TyperException, language: str) -> str | None:
    """Return the error in this language; None where typer's own words are right, or unknown."""
    if language == "en":
        return None
    said = error.format_message()
    start, end = _INVALID.partition("{name}")[0], f": {error.message}"
    if not (said.startswith(start) and said.endswith(end)):
        return _reworded(said, language)
    # A value's own fault is pydantic's, and hangs on the error that typer made of it.
    problem = _reworded(error.message, language)
    if problem is None and (faults := getattr(error.__cause__, "errors", None)):
        fault = replace(fault_from({**faults()[0], "input": None}, field=""), next_step="")
        problem = fault.in_language(language)
    name = _source_of(said.removeprefix(start).removesuffix(end), language)
    return translate(_INVALID, language).format(name=name, problem=problem or error.message)


def _reworded(said: str, language: str) -> str | None:
    for template in _ERRORS:
        if found := _matching(template).fullmatch(said):
            facts = {key: _source_of(text, language) for key, text in found.groupdict().items()}
            return translate(template, language).format(**facts)
    return None


def _source_of(name: str, language: str) -> str:
    """Return an option's name with the variable that it may come from, in words."""
    inside = translate(_FROM_ENVIRONMENT, language)
    return _matching(_FROM_ENVIRONMENT).sub(lambda found: inside.format(**found.groupdict()), name)


@cache
def _matching(template: str) -> re.Pattern[str]:
    """Return what matches the template filled in, each fact under its name."""
    parts = re.split(r"\{(\w+)\}", template)
    pattern = "".join(
        f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
    return re.compile(pattern, re.DOTALL)
