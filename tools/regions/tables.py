"""Reading the sources and writing a pack's tables, the same bytes at every run."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

PLACE_COLUMNS = (
    "code", "name_zh", "name_en", "level", "parent", "population",
    "share_60", "share_65", "share_80", "ground", "lon", "lat", "ground_file", "zone",
)  # fmt: skip
REACH_COLUMNS = (
    "reach", "name_zh", "name_en", "from_node", "to_node", "length_km", "share",
    "drainage_area_km2", "mean_discharge_m3s", "slope", "width_m", "schematic", "source",
)  # fmt: skip
SITE_COLUMNS = (
    "site", "name_zh", "name_en", "kind", "place", "lon", "lat", "reach", "fraction", "source",
)  # fmt: skip
EVENT_COLUMNS = ("time", "actor", "kind", "what", "places", "source")
OBSERVATION_COLUMNS = (
    "site", "time", "quantity", "value", "unit", "kind", "error", "known_at", "source",
)  # fmt: skip
SECONDS_A_YEAR = 31_557_600


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a source table."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def write_table(path: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> int:
    """Write a table; None becomes an empty cell.  Returns the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            cells = (row.get(column) for column in columns)
            writer.writerow(["" if cell is None else cell for cell in cells])
            count += 1
    return count


def write_features(path: Path, features: Sequence[dict[str, Any]]) -> None:
    """Write a GeoJSON FeatureCollection, one feature a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")


class Census:
    """The census of 2020 by county, with development zones counted where they lie."""

    def __init__(self, path: Path) -> None:
        self.rows = [row for row in read_table(path) if row["pop"]]

    def of(self, prefix: str) -> dict[str, Any]:
        """Return population and shares of all counties whose code starts with `prefix`.

        A county (six digits) includes the zones that the census tabulates apart but that lie in
        it.  Shares are weighted by people.  Without any row everything is None: not known.
        """
        rows = [row for row in self.rows if self._lies_in(row, prefix)]
        people = sum(int(row["pop"]) for row in rows)
        known: dict[str, Any] = {"population": people or None}
        for ours, theirs in (("share_60", "60p"), ("share_65", "65p"), ("share_80", "80p")):
            values = [(row[f"share_{theirs}"], int(row["pop"])) for row in rows]
            complete = people and all(value for value, _ in values)
            known[ours] = (
                round(sum(float(v) * n for v, n in values) / people, 4) if complete else None
            )
        return known

    @staticmethod
    def _lies_in(row: dict[str, str], prefix: str) -> bool:
        if row["stat_zone"] == "1" and len(prefix) == 6:
            return row["host_county"] == prefix
        return row["code"].startswith(prefix) and not (row["stat_zone"] == "1" and len(prefix) == 6)


def mean_discharge(runoff_1e8_m3: float) -> float:
    """Return the mean discharge in m3/s of a mean annual runoff in 1e8 m3."""
    return round(runoff_1e8_m3 * 1e8 / SECONDS_A_YEAR, 1)
