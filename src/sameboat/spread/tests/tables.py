"""Published tables beside the tests, read as numbers."""

import csv
from importlib import resources


def rows_of(name):
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [
        {column: float(value) for column, value in row.items()}
        for row in csv.DictReader(text.splitlines())
    ]
