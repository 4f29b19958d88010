"""The terms of a compact as a file holds them, TOML or JSON (no Django)."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _

#: What a file may say; all else is a slip of the pen, and is named.
FIELDS = ("names", "purpose", "members", "body", "led")
MOST_BYTES = 1 << 20
_LINE = re.compile(r"at line (\d+)")


def read_file(path: Path) -> dict[str, Any]:
    """Return what a file says of a compact; the meaning is checked where it is proposed.

    Raises: FaultyInput: unreadable, no TOML or JSON (with the line), or a field that is none.
    """
    text = _text(path)
    try:
        told = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except json.JSONDecodeError as problem:
        raise _fault(path, problem.lineno, problem.msg) from None
    except tomllib.TOMLDecodeError as problem:
        line = _LINE.search(str(problem))
        raise _fault(path, int(line[1]) if line else None, str(problem)) from None
    except RecursionError as problem:
        raise _fault(path, None, str(problem)) from None
    if not isinstance(told, dict):
        raise _fault(path, 1, "not a table of fields")
    faults = [
        Fault("unknown_field", _("is no field of a compact."), file=str(path),
              line=_line_of(text, name), field=name, allowed=" · ".join(FIELDS),
              next_step=_("Choose one of them."))
        for name in told if name not in FIELDS
    ]  # fmt: skip
    if faults:
        raise FaultyInput(faults)
    return told


def _line_of(text: str, name: str) -> int | None:
    """Return where a field begins, for who looks for it; None where it is written otherwise."""
    form = re.compile(rf'^\s*\[?\s*"?{re.escape(name)}"?[\s.\]=:]')
    return next((n for n, line in enumerate(text.splitlines(), 1) if form.match(line)), None)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise _fault(path, None, f"> {MOST_BYTES} bytes")
        return raw.decode("utf-8")
    except OSError as problem:
        raise _fault(path, None, problem.strerror or str(problem)) from None
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise _fault(path, line, "not UTF-8") from None


def _fault(path: Path, line: int | None, problem: str) -> FaultyInput:
    return FaultyInput([Fault("unreadable", _("cannot be read: {problem}."), file=str(path),
                              line=line, facts={"problem": problem})])  # fmt: skip
