"""Opening a pack's files safely: size, encoding, CSV rows with their line numbers."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _

#: A pack is made by people in a spreadsheet; a file beyond this is a mistake or an attack.
MAX_FILE_BYTES = 64 * 1024 * 1024


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
        likely = "UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "GB18030"
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


def rows_of(text: str, name: str, columns: Sequence[str], faults: list[Fault]) -> Iterator[Row]:
    """Yield the rows of a CSV text whose header must hold `columns`; faults are appended."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        missing = [column for column in columns if column not in header]
        if missing:
            faults.append(
                Fault(
                    "missing_column",
                    _("the header lacks {missing}."),
                    file=name,
                    line=1,
                    next_step=_("Write the header as docs/reference/region-pack.md shows it."),
                    facts={"missing": ", ".join(missing)},
                )
            )
            return
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                faults.append(
                    Fault(
                        "too_many_cells",
                        _("the line has {cells} cells, the header {header}."),
                        file=name,
                        line=reader.line_num,
                        next_step=_("Put text with commas between double quotes."),
                        facts={"cells": len(cells), "header": len(header)},
                    )
                )
                continue
            stripped = [cell.strip() for cell in cells]
            yield Row(name, reader.line_num, dict(zip(header, stripped, strict=False)))
    except csv.Error as problem:
        faults.append(
            Fault(
                "broken_csv",
                _("the line cannot be read as CSV: {problem}."),
                file=name,
                line=reader.line_num,
                next_step=_("Close every double quote."),
                facts={"problem": str(problem)},
            )
        )
