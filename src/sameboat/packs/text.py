"""Opening a pack's files safely: size, encoding, CSV rows with their line numbers."""

import csv
import difflib
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _

#: A pack is made by people in a spreadsheet; a file beyond this is a mistake or an attack.
MAX_FILE_BYTES = 64 * 1024 * 1024


#: Faults after which nothing is known of what the file would have listed.
NOT_READ = {
    "missing_file", "unreadable", "too_large", "encoding", "missing_column", "broken_csv",
    "broken_json", "unknown_column",
}  # fmt: skip


class _Anything(set[str]):
    """What a file lists that could not be read: naming each reference to it would help nobody."""

    def __contains__(self, item: object) -> bool:
        return True


def listed(name: str, keys: Iterable[str], faults: list[Fault]) -> set[str]:
    """Return the keys that a file lists; where it could not be read, a set that holds anything."""
    unread = any(fault.file == name and fault.code in NOT_READ for fault in faults)
    return _Anything() if unread else set(keys)


def unread(keys: object) -> bool:
    """Return whether these keys stand for a file that could not be read."""
    return isinstance(keys, _Anything)


class Unreadable(Exception):
    """The file cannot be read at all; carries its fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.in_language("en"))


def read_text(path: Path, name: str) -> str:
    """Return a file's text.  A UTF-8 byte-order mark and CRLF are accepted.

    Raises:
        Unreadable: missing, larger than MAX_FILE_BYTES, or not UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise Unreadable(
                Fault(
                    "too_large",
                    _("the file has {megabytes} MB."),
                    file=name,
                    allowed=_("up to 64 MB"),
                    next_step=_("Split it, or simplify its lines and boundaries."),
                    facts={"megabytes": size // 1_000_000},
                )
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Unreadable(
            Fault(
                "missing_file",
                _("the file is not there."),
                file=name,
                next_step=_("Add it; docs/reference/region-pack.md shows its columns."),
            )
        ) from None
    except OSError as problem:
        raise Unreadable(
            Fault(
                "unreadable",
                _("the file cannot be read: {problem}."),
                file=name,
                facts={"problem": problem.strerror or str(problem)},
            )
        ) from None
    return decode(raw, name)


def decode(raw: bytes, name: str) -> str:
    """Return bytes as text, refusing every encoding but UTF-8 with the way to convert it.

    Raises:
        Unreadable: another encoding; the line and the likely encoding are named.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        likely = _likely_encoding(raw)
        raise Unreadable(
            Fault(
                "encoding",
                _("the file is not UTF-8 (it looks like {likely})."),
                file=name,
                line=raw[: problem.start].count(b"\n") + 1,
                next_step=_("Convert it: iconv -f {likely} -t UTF-8 FILE > NEW."),
                facts={"likely": likely},
            )
        ) from None
    if "\x00" in text:
        raise Unreadable(
            Fault(
                "encoding",
                _("the file holds zero bytes; it is not a text file in UTF-8."),
                file=name,
                line=text[: text.index("\x00")].count("\n") + 1,
                next_step=_("Save it again as UTF-8."),
            )
        )
    return text


def _likely_encoding(raw: bytes) -> str:
    """Guess what a file that is not UTF-8 was saved as: a spreadsheet knows two other ways."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    beginning = raw[:1000]
    if beginning.count(0) > len(beginning) // 8:
        # Latin letters leave every other byte zero; which one tells the byte order.
        return "UTF-16LE" if beginning[1::2].count(0) > beginning[::2].count(0) else "UTF-16BE"
    return "GB18030"


def read_toml(path: Path, name: str, faults: list[Fault]) -> dict[str, Any] | None:
    """Return a TOML file's tables; None where it cannot be read, with a fault that names the line.

    A byte-order mark and CRLF are accepted as in any other file.
    """
    try:
        return tomllib.loads(read_text(path, name))
    except Unreadable as unreadable:
        faults.append(unreadable.fault)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        said = str(problem)
        at = re.search(r"\(at line (\d+), column \d+\)", said)
        faults.append(
            Fault(
                "broken_toml",
                _("is not TOML: {problem}."),
                file=name,
                line=int(at[1]) if at else None,
                facts={"problem": said},
                next_step=_("Mend that line."),
            )
        )
    return None


class Row:
    """One line of a table: cells by column, stripped; an empty cell is "not known"."""

    def __init__(self, file: str, line: int, cells: dict[str, str]) -> None:
        self.file = file
        self.line = line
        self.cells = cells

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def fault(
        self,
        code: str,
        column: str,
        says: str,
        *,
        allowed: str = "",
        next_step: str = "",
        **facts: object,
    ) -> Fault:
        """Return a fault that names this line, the column and its value."""
        return Fault(
            code,
            says,
            file=self.file,
            line=self.line,
            field=column,
            value=self[column],
            allowed=allowed,
            next_step=next_step,
            facts=facts,
        )


def rows_of(
    text: str,
    name: str,
    columns: Sequence[str],
    faults: list[Fault],
    *,
    optional: Sequence[str] = (),
) -> Iterator[Row]:
    """Yield the rows of a CSV text whose header must hold `columns`; faults are appended.

    Columns beyond `columns` and `optional` are left alone, unless one all but spells an optional
    column that is not there: what stands below it would be lost without a word.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_holds(header, name, columns, optional, faults):
            return
        least = max(header.index(column) for column in columns) + 1
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if least <= len(cells) <= len(header):
                    stripped = [" ".join(cell.split()) for cell in cells]
                    yield Row(name, line, dict(zip(header, stripped, strict=False)))
                else:
                    faults.append(_wrong_width(name, line, len(cells), len(header), least))
            # A quoted cell may run over several lines; the row is named by its first.
            line = reader.line_num + 1
    except csv.Error as problem:
        faults.append(
            Fault(
                "broken_csv",
                _("the line cannot be read as CSV: {problem}."),
                file=name,
                line=line,
                next_step=_("Close every double quote."),
                facts={"problem": str(problem)},
            )
        )


def _wrong_width(name: str, line: int, cells: int, header: int, least: int) -> Fault:
    facts = {"cells": cells, "header": header}
    if cells > header:
        return Fault(
            "too_many_cells",
            _("the line has {cells} cells, the header {header}."),
            file=name,
            line=line,
            next_step=_("Put text with commas between double quotes."),
            facts=facts,
        )
    return Fault(
        "too_few_cells",
        _("the line breaks off after {cells} cells; the header has {header}."),
        file=name,
        line=line,
        allowed=f">= {least}",
        next_step=_("Complete it; what is not known stays an empty cell between commas."),
        facts=facts,
    )


def _header_holds(
    header: list[str],
    name: str,
    columns: Sequence[str],
    optional: Sequence[str],
    faults: list[Fault],
) -> bool:
    """Say what is wrong with a header; False where its table cannot be read."""
    before = len(faults)
    if missing := [column for column in columns if column not in header]:
        separated = len(header) == 1 and any(mark in header[0] for mark in ";\t")
        faults.append(
            Fault(
                "missing_column",
                _("the header lacks {missing}."),
                file=name,
                line=1,
                next_step=_("Save it with commas between the cells, not semicolons or tabs.")
                if separated
                else _("Write the header as docs/reference/region-pack.md shows it."),
                facts={"missing": ", ".join(missing)},
            )
        )
    for column in sorted({cell for cell in header if cell and header.count(cell) > 1}):
        faults.append(
            Fault(
                "duplicate",
                _("the header names this column twice."),
                file=name,
                line=1,
                field=column,
                next_step=_("Keep one of the two."),
            )
        )
    known = {*columns, *optional}
    absent = [column for column in optional if column not in header]
    for column in (cell for cell in header if cell not in known):
        if meant := difflib.get_close_matches(column.lower(), absent, n=1, cutoff=0.8):
            faults.append(
                Fault(
                    "unknown_column",
                    _("is not known; {meant} is, and is not there."),
                    file=name,
                    line=1,
                    field=column,
                    next_step=_("Write {meant}, or take the column out."),
                    facts={"meant": meant[0]},
                )
            )
    return len(faults) == before
