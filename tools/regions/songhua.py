"""Build regions/songhua from the sources: `python -m tools.regions.songhua --data DIR`.

Nothing is added to what the sources say.  Places are the stations' counties, their prefectures
and provinces, and Khabarovsk; sites keep the sources' ids; lengths without a published figure
are the sources' estimates and say so.
"""

import argparse
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from tools.regions.tables import (
    EVENT_COLUMNS,
    PLACE_COLUMNS,
    REACH_COLUMNS,
    SITE_COLUMNS,
    Census,
    mean_discharge,
    read_table,
    write_features,
    write_table,
)

#: English names of the counties and prefectures (Hanyu Pinyin without the generic part).
ENGLISH = {
    "220000": "Jilin Province", "230000": "Heilongjiang", "220200": "Jilin", "220700": "Songyuan",
    "230600": "Daqing", "230622": "Zhaoyuan", "230100": "Harbin", "230102": "Daoli",
    "230111": "Hulan", "230126": "Bayan", "230127": "Mulan", "230128": "Tonghe",
    "230123": "Yilan", "230800": "Jiamusi", "230811": "Jiamusi Suburban", "230826": "Huachuan",
    "230882": "Fujin", "230881": "Tongjiang",
}  # fmt: skip
KHABAROVSK = "iso:RU-KHA"
KINDS = {"S01": "plant", "S05": "intake"}
#: Which fact of hydrology_facts holds at the downstream end of the reach that ends at a station.
HYDROLOGY_AT = {
    "S02": ("扶余(第二松花江)",),
    "S03": ("扶余(第二松花江)", "大赉(嫩江)"),
    "S05": ("哈尔滨",),
    "S12": ("佳木斯",),
}
COLUMNS_OF_OBSERVATIONS = (
    "site", "time", "quantity", "value", "unit", "kind", "error", "known_at", "source",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("regions/songhua"))
    options = parser.parse_args()
    stations = read_table(options.data / "songhua_2005" / "stations.csv")
    write_places(options.data, options.out, stations)
    write_river(options.data, options.out, stations)
    write_events(options.data, options.out)
    write_observations(options.data, options.out)


def write_places(data: Path, out: Path, stations: list[dict[str, str]]) -> None:
    names = {
        row["code"]: row["name"]
        for row in read_table(data / "codes_gbt2260" / "divisions_to_county_2023.csv")
    }
    census = Census(data / "population_2020" / "county_census_2020.csv")
    # A later station of the same county (the intake) stands for it.
    points = {row["region_code"]: (row["lon_approx"], row["lat_approx"]) for row in stations}
    counties = sorted({code for code in points if code.isdigit() and not code.endswith("00")})
    prefectures = sorted(
        {code[:4] + "00" for code in counties} | {c for c in points if c.endswith("00")}
    )
    provinces = sorted({code[:2] + "0000" for code in prefectures})
    rows: list[dict[str, Any]] = []
    for level, codes in (
        ("province", provinces),
        ("prefecture", prefectures),
        ("county", counties),
    ):
        for code in codes:
            prefix = code.removesuffix("0000").removesuffix("00") if level != "county" else code
            lon, lat = points.get(code, (None, None))
            parent = {"province": "", "prefecture": code[:2] + "0000", "county": code[:4] + "00"}
            rows.append(
                {
                    "code": f"cn:{code}",
                    "name_zh": names[code],
                    "name_en": ENGLISH[code],
                    "level": level,
                    "parent": f"cn:{parent[level]}" if parent[level] else "",
                    "ground": "point" if lon else "inherited",
                    "lon": lon,
                    "lat": lat,
                    **census.of(prefix),
                }
            )
    lon, lat = points["RU-KHA"]
    rows.append(
        {
            "code": KHABAROVSK, "name_zh": "哈巴罗夫斯克边疆区", "name_en": "Khabarovsk Krai",
            "level": "province", "ground": "point", "lon": lon, "lat": lat,
            "zone": "Asia/Vladivostok",
        }
    )  # fmt: skip
    write_table(out / "places.csv", PLACE_COLUMNS, rows)


def write_river(data: Path, out: Path, stations: list[dict[str, str]]) -> None:
    stem = json.loads((data / "songhua_2005" / "main_stem.geojson").read_text("utf-8"))
    line = stem["features"][0]["geometry"]["coordinates"]
    cuts = [nearest(line, float(s["lon_approx"]), float(s["lat_approx"])) for s in stations]
    facts = {
        (row["place"], row["quantity"]): float(row["value"])
        for row in read_table(data / "hydrology_facts" / "facts.csv")
        if row["river"] == "松花江" and row["place"] != "干流"
    }
    reaches, features, sites = [], [], []
    for position, (above, below) in enumerate(pairwise(stations), 1):
        key = f"R{position:02d}"
        published = bool(
            above["km_above_tongjiang_published"] and below["km_above_tongjiang_published"]
        )
        length = float(above["km_above_tongjiang_est"]) - float(below["km_above_tongjiang_est"])
        known = HYDROLOGY_AT.get(below["station"], ())
        reaches.append(
            {
                "reach": key,
                "name_zh": f"{above['name']}—{below['name']}",
                "name_en": f"{above['name_en']} to {below['name_en']}",
                "from_node": above["station"],
                "to_node": below["station"],
                "length_km": round(length, 1),
                "drainage_area_km2": round(sum(facts[p, "drainage_area"] for p in known)) or None,
                "mean_discharge_m3s": mean_discharge(
                    sum(facts[p, "mean_annual_runoff"] for p in known)
                )
                or None,
                "schematic": 1,
                "source": (
                    ("length published" if published else "length estimated")
                    + (f"; hydrology: {' + '.join(known)}, 中国河流泥沙公报 2018" if known else "")
                ),
            }
        )
        drawn = line[cuts[position - 1] : cuts[position] + 1]
        ends = [[float(s["lon_approx"]), float(s["lat_approx"])] for s in (above, below)]
        inner = drawn[1:-1] if cuts[position] > cuts[position - 1] else []
        features.append(
            {
                "type": "Feature",
                "properties": {"reach": key},
                "geometry": {"type": "LineString", "coordinates": [ends[0], *inner, ends[1]]},
            }
        )
    for position, station in enumerate(stations):
        code = station["region_code"]
        sites.append(
            {
                "site": station["station"],
                "name_zh": station["name"],
                "name_en": station["name_en"],
                "kind": KINDS.get(station["station"], "gauge"),
                "place": f"cn:{code}" if code.isdigit() else KHABAROVSK,
                "lon": station["lon_approx"],
                "lat": station["lat_approx"],
                "reach": f"R{max(position, 1):02d}",
                "fraction": 1 if position else 0,
                "source": "bulletins of 2005; position approximate",
            }
        )
    write_table(out / "reaches.csv", REACH_COLUMNS, reaches)
    write_features(out / "reaches.geojson", features)
    nodes = (
        {"node": s["station"], "lon": s["lon_approx"], "lat": s["lat_approx"]} for s in stations
    )
    write_table(out / "nodes.csv", ("node", "lon", "lat"), nodes)
    write_table(out / "sites.csv", SITE_COLUMNS, sites)


def nearest(line: list[list[float]], lon: float, lat: float) -> int:
    """Return the position of the vertex of the line nearest to a point."""
    return min(
        range(len(line)),
        key=lambda i: ((line[i][0] - lon) * 0.7) ** 2 + (line[i][1] - lat) ** 2,
    )


def write_events(data: Path, out: Path) -> None:
    rows = [
        {
            "time": row["time_local"],
            "actor": row["actor"],
            "kind": row["kind"],
            "what": row["what"],
            "places": f"cn:{row['region_code']}",
            "source": row["source_url"],
        }
        for row in read_table(data / "songhua_2005" / "events.csv")
    ]
    write_table(out / "events.csv", EVENT_COLUMNS, rows)


def write_observations(data: Path, out: Path) -> None:
    rows = []
    for row in read_table(data / "songhua_2005" / "observations.csv"):
        words = row["kind"]
        kind = "value"
        if words.startswith("peak"):
            kind = "peak"
        elif words == "front":
            kind = "front"
        elif "not detected" in words:
            kind = "not_detected"
        rows.append(
            {
                "site": row["station"],
                "time": row["time_beijing"].replace(" ", "T") + "+08:00",
                "quantity": "nitrobenzene",
                "value": "" if kind == "not_detected" else row["nitrobenzene_mg_l"],
                "unit": "mg/L",
                "kind": kind,
                "source": f"{words}; {row['source_url']}",
            }
        )
    write_table(out / "observations" / "2005.csv", COLUMNS_OF_OBSERVATIONS, rows)


if __name__ == "__main__":
    main()
