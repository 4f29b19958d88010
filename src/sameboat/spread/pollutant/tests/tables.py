"""Published tables, read as numbers."""

import csv
from importlib import resources


def text_rows(name):
    text = resources.files("sameboat.spread").joinpath("tables", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def rows_of(name):
    return [{column: float(value) for column, value in row.items()} for row in text_rows(name)]
