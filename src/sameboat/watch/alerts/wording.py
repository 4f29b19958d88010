"""Texts of drafts, from templates that people can edit: ours, or the node's own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _

OURS = Path(__file__).with_name("texts")
PARTS = ("event", "headline", "description", "instruction")
WORDS = ("substance", "origin", "first", "first_at", "places", "count", "people", "limit")


def word(hazard: str, tag: str, words: Mapping[str, str], *, folder: Path) -> dict[str, str]:
    """Return event, headline, description and instruction in one CAP language.

    `folder` is the node's own templates; a file `<hazard>.<tag>.toml` there replaces ours.

    Raises:
        FaultyInput: the template is not there, not TOML, lacks a part or uses an unknown word.
    """
    name = f"{hazard}.{tag}.toml"
    file = folder / name if (folder / name).exists() else OURS / name
    try:
        parts = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise FaultyInput([_fault(name, "", _("There is no template for this hazard."))]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise FaultyInput(
            [_fault(name, str(problem), _("The template cannot be read as TOML in UTF-8."))]
        ) from None
    faults = [
        fault for part in PARTS if (fault := _faulty_part(name, part, parts.get(part))) is not None
    ]
    if faults:
        raise FaultyInput(faults)
    return {part: str(parts[part]).format(**words).strip() for part in PARTS}


def _faulty_part(name: str, part: str, text: object) -> Fault | None:
    if not isinstance(text, str) or not text.strip():
        return _fault(name, part, _("This part of the template is missing or empty."))
    try:
        used = {field for _text, field, _spec, _conversion in Formatter().parse(text)}
    except ValueError:
        return _fault(name, part, _("A brace in the template is not closed."))
    if unknown := used - {None, *WORDS}:
        return _fault(
            name, f"{part}: {sorted(map(str, unknown))[0]}", _("The template uses an unknown word.")
        )
    return None


def _fault(file: str, value: str, problem: str) -> Fault:
    return Fault(
        "template",
        problem,
        file=file,
        value=value or None,
        allowed=", ".join(f"{{{word}}}" for word in WORDS),
        next_step=_("Mend the file in the node's templates folder."),
    )
