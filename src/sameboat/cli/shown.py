"""What a command prints: results on stdout, everything else on stderr, in the reader's language."""

import os
import re

import typer

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import LANGUAGES, closest, translate
from sameboat.lib.language import mark as _


def current_language() -> str:
    """Return the language of --language or SAMEBOAT_LANGUAGE, else of the shell's locale."""
    for variable in ("SAMEBOAT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if tag := os.environ.get(variable):
            return closest(tag)
    return "en"


def speak(tag: str | None) -> str | None:
    """Print everything from here on in this language; the callback of `--language`.

    Raises:
        FaultyInput: neither Chinese nor English.
    """
    if tag is None:
        return None
    if not re.fullmatch(r"(zh|en)([-_].*)?", tag, re.IGNORECASE):
        raise FaultyInput(
            [
                Fault(
                    "unknown_language",
                    _("is not a language that is spoken here."),
                    field="--language",
                    value=tag,
                    allowed=" · ".join(LANGUAGES),
                    next_step=_("Choose one of them."),
                )
            ]
        )
    os.environ["SAMEBOAT_LANGUAGE"] = tag
    return tag


def say(text: str) -> None:
    """Print one result."""
    typer.echo(text)


def tell(template: str, language: str, **facts: object) -> None:
    """Print news for a person on stderr: a template marked for the catalogue, and its facts."""
    typer.echo(translate(template, language).format(**facts), err=True)
