"""Build regions/china-prefectures: `python -m tools.regions.prefectures --data DIR`.

Provinces and 341 prefectures as points with the census of 2020; no boundary is drawn.  Reported
cases of January and February 2020 become observations.
"""

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tools.regions.tables import (
    OBSERVATION_COLUMNS,
    PLACE_COLUMNS,
    Census,
    read_table,
    write_table,
)

MUNICIPALITIES = ("11", "12", "31", "50")
#: Names as maps in English give them; written for this project.
ENGLISH = Path(__file__).with_name("english_names.csv")
#: Codes that lump several counties directly below a province: their points are kept apart.
POINTS = "points.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("regions/china-prefectures"))
    options = parser.parse_args()
    listed = write_places(options.data, options.out)
    write_cases(options.data, options.out, listed)


def write_places(data: Path, out: Path) -> set[str]:
    names = {
        row["code"]: row["name"]
        for row in read_table(data / "codes_gbt2260" / "divisions_to_county_2023.csv")
    }
    english = {row["code"]: row["name_en"] for row in read_table(ENGLISH)}
    census = Census(data / "population_2020" / "county_census_2020.csv")
    points = read_table(data / "admin_points" / "prefectures.csv")
    provinces: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    for row in points:
        code, province = row["code"], row["code"][:2]
        provinces[province] = row["prov"]
        whole = province in MUNICIPALITIES
        rows.append(
            {
                "code": f"cn:{code if not whole else province + '0000'}",
                "name_zh": row["name"],
                "name_en": english[code if not whole else f"{province}0000"],
                "level": "province" if whole else "prefecture",
                "parent": "" if whole else f"cn:{province}0000",
                "ground": "point", "lon": row["lon"], "lat": row["lat"], "ground_file": POINTS,
                **census.of(province if whole else code[:4]),
            }
        )  # fmt: skip
    above = [
        {
            "code": f"cn:{code}0000", "name_zh": names.get(f"{code}0000", name),
            "name_en": english[f"{code}0000"],
            "level": "province", "ground": "inherited", **census.of(code),
        }
        for code, name in sorted(provinces.items())
        if code not in MUNICIPALITIES
    ]  # fmt: skip
    write_table(out / "places.csv", PLACE_COLUMNS, [*above, *rows])
    write_table(out / POINTS, ("code", "lon", "lat"), points)
    return {str(row["code"]) for row in rows}


def write_cases(data: Path, out: Path, listed: set[str]) -> None:
    rows = []
    for row in read_table(data / "epidemic_2020" / "city_cum_confirmed.csv"):
        code = row["code"]
        place = f"cn:{code[:2]}0000" if code[:2] in MUNICIPALITIES else f"cn:{code}"
        if place not in listed or row["cum_confirmed"] == "":
            continue
        # The count of a day is known when the next day begins.
        known = date.fromisoformat(row["date"]) + timedelta(days=1)
        rows.append(
            {
                "site": place, "time": f"{known}T00:00+08:00", "quantity": "reported_cases",
                "value": row["cum_confirmed"], "unit": "cases", "kind": "count",
                "known_at": f"{known}T10:00+08:00",
                "source": f"fact: cumulative confirmed by the end of {row['date']}, government "
                "reports by way of cheongsa (CC0); assumption: known the next morning",
            }
        )  # fmt: skip
    write_table(out / "observations" / "epidemic-2020.csv", OBSERVATION_COLUMNS, rows)


if __name__ == "__main__":
    main()
