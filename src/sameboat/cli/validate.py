"""`sameboat validate`: every model against published figures; misses are shown as misses."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sameboat.cli.shown import current_language, tell
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate

if TYPE_CHECKING:
    from sameboat.cli.validation import Answer


class Format(StrEnum):
    """How the answer is printed."""

    table = "table"
    json = "json"
    markdown = "markdown"


def validate(
    model: Annotated[
        str | None, typer.Argument(help="One model; without it, all of them.", show_default=False)
    ] = None,
    format: Annotated[
        Format, typer.Option(help="table for people, json for programs, markdown for the page.")
    ] = Format.table,
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also draw every curve into this folder.")
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Also say why each tolerance is as it is, and the source.")
    ] = False,
    tables: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Read tables from here first, under the names of the published."
        ),
    ] = None,
    regions: Annotated[
        Path, typer.Option(metavar="DIR", help="Region packs whose tables are read as well.")
    ] = Path("regions"),
) -> None:
    """Run every published check again: our figure, theirs, how far they may differ, and why.

    **For example**

        sameboat validate river-flood

        sameboat validate --format markdown --plot docs/images/validation

    **Exit code**: 0 every check holds · 1 some miss · 2 bad input.
    """
    from sameboat.spread.models import MODELS

    _check_words(model, MODELS, {"--tables": tables, "--plot": plot})
    from sameboat.cli import validation

    language = current_language()
    read = validation.read_tables(tables, regions if regions.is_dir() else None)
    answers: list[Answer] = []
    for name in [model] if model else list(MODELS):
        tell(_("checking {model} …"), language, model=name)
        answers += validation.check(name, read)
    match format:
        case Format.json:
            text = validation.as_json(answers)
        case Format.markdown:
            text = validation.as_markdown(answers, plot)
        case Format.table:
            text = validation.as_table(answers, language, why=why)
    if plot is not None:
        validation.draw(answers, plot, language)
    typer.echo(text, nl=False)
    if any(answer.verdict == "missed" for answer in answers):
        raise typer.Exit(1)
    if not answers:
        typer.echo(translate(_("No table of this model is at hand."), language), err=True)
        raise typer.Exit(1)


def _check_words(
    model: str | None, models: Iterable[str], folders: Mapping[str, Path | None]
) -> None:
    if model is not None and model not in models:
        raise _faulty("unknown", "MODEL", model, _("is no model."), ", ".join(models))
    for name, folder in folders.items():
        if folder is not None and not folder.is_dir():
            raise _faulty("unreadable", name, str(folder), _("is not a folder."), "")


def _faulty(code: str, field: str, value: str, says: str, allowed: str) -> FaultyInput:
    return FaultyInput([Fault(code, says, field=field, value=value, allowed=allowed)])
