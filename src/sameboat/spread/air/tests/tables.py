"""Published tables as a model's checks read them."""

import csv
from importlib import resources


def published():
    folder = resources.files("sameboat.spread") / "tables"
    return {
        path.name: list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        for path in folder.iterdir()
        if path.name.endswith(".csv")
    }
