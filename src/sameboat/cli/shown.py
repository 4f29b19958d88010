"""What a command prints: results on stdout, everything else on stderr, in the reader's language."""

import os

import typer

from sameboat.lib.language import closest, translate


def current_language() -> str:
    """Return the language of --language or SAMEBOAT_LANGUAGE, else of the shell's locale."""
    for variable in ("SAMEBOAT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if tag := os.environ.get(variable):
            return closest(tag)
    return "en"


def say(text: str) -> None:
    """Print one result."""
    typer.echo(text)


def tell(template: str, language: str, **facts: object) -> None:
    """Print news for a person on stderr: a template marked for the catalogue, and its facts."""
    typer.echo(translate(template, language).format(**facts), err=True)
