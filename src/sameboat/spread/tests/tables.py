"""Published tables, as the checks of a model read them and as numbers."""

import csv
import gzip
from importlib import resources


def published():
    folder = resources.files("sameboat.spread") / "tables"
    found = {}
    for path in folder.iterdir():
        if path.name.endswith((".csv", ".csv.gz")):
            content = path.read_bytes()
            text = gzip.decompress(content) if path.name.endswith(".gz") else content
            found[path.name.removesuffix(".gz")] = list(csv.DictReader(text.decode().splitlines()))
    return found


def rows_of(name):
    return [{column: float(value) for column, value in row.items()} for row in published()[name]]
