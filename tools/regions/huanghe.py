"""Build regions/huanghe, the Yellow River of 2021: `python -m tools.regions.huanghe --data DIR`.

One chain of reaches between the stations of the main river.  Their lengths are estimates: the
distance between the approximate points times a sinuosity, and each row says so.
"""

import argparse
from datetime import date
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from tools.regions.tables import (
    EVENT_COLUMNS,
    OBSERVATION_COLUMNS,
    PLACE_COLUMNS,
    REACH_COLUMNS,
    SITE_COLUMNS,
    Census,
    read_table,
    write_features,
    write_table,
)

ENGLISH = {
    "63": "Qinghai", "62": "Gansu", "64": "Ningxia", "15": "Inner Mongolia", "14": "Shanxi",
    "61": "Shaanxi", "41": "Henan", "37": "Shandong",
}  # fmt: skip
STATIONS = {
    "唐乃亥": "Tangnaihai", "兰州": "Lanzhou", "下河沿": "Xiaheyan", "石嘴山": "Shizuishan",
    "巴彦高勒": "Bayangaole", "三湖河口": "Sanhuhekou", "包头": "Baotou", "头道拐": "Toudaoguai",
    "万家寨下": "below Wanjiazhai", "府谷": "Fugu", "吴堡": "Wubu", "龙门": "Longmen",
    "潼关": "Tongguan", "三门峡": "Sanmenxia", "小浪底": "Xiaolangdi", "花园口": "Huayuankou",
    "夹河滩": "Jiahetan", "高村": "Gaocun", "孙口": "Sunkou", "艾山": "Aishan",
    "泺口": "Luokou", "利津": "Lijin",
}  # fmt: skip
#: Length of the river over the distance between stations: an assumption for all of them.
SINUOSITY = 1.25
#: Stations whose flow is told to the model, by the node where it enters.  Both join between
#: Xiaolangdi and Huayuankou; that they enter at the upper end is an assumption.
TRIBUTARIES = {"黑石关": "小浪底", "武陟": "小浪底"}
#: The stations below the release are observed: what the model learns from and is judged by.
RELEASE = "小浪底"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("regions/huanghe"))
    options = parser.parse_args()
    folder = options.data / "yellow_river_2021"
    stations = read_table(folder / "stations.csv")
    main_river = sorted(
        (row for row in stations if row["main_order"]), key=lambda row: int(row["main_order"])
    )
    keys = {row["station"]: f"Y{int(row['main_order']):02d}" for row in main_river}
    write_places(options.data, options.out)
    write_river(options.out, main_river, keys)
    write_flows(folder, options.out, keys)
    write_table(options.out / "events.csv", EVENT_COLUMNS, [])


def write_places(data: Path, out: Path) -> None:
    """Write the provinces of the stations."""
    names = {
        row["code"]: row["name"]
        for row in read_table(data / "codes_gbt2260" / "divisions_to_county_2023.csv")
    }
    census = Census(data / "population_2020" / "county_census_2020.csv")
    rows: list[dict[str, Any]] = [
        {
            "code": f"cn:{code}0000", "name_zh": names.get(f"{code}0000", english),
            "name_en": english, "level": "province", "ground": "inherited", **census.of(code),
        }
        for code, english in sorted(ENGLISH.items())
    ]  # fmt: skip
    write_table(out / "places.csv", PLACE_COLUMNS, rows)


def write_river(out: Path, stations: list[dict[str, str]], keys: dict[str, str]) -> None:
    reaches, features, stretches = [], [], []
    for above, below in pairwise(stations):
        reach = f"H{int(below['main_order']) - 1:02d}"
        length = SINUOSITY * distance_km(above, below)
        reaches.append(
            {
                "reach": reach,
                "name_zh": f"{above['station']}—{below['station']}",
                "name_en": f"{STATIONS[above['station']]} to {STATIONS[below['station']]}",
                "from_node": keys[above["station"]], "to_node": keys[below["station"]],
                "length_km": round(length, 1), "schematic": 1,
                "source": f"assumption: {SINUOSITY} times the distance of points good to 5 km",
            }
        )  # fmt: skip
        ends = [[float(s["lon_approx"]), float(s["lat_approx"])] for s in (above, below)]
        features.append(
            {
                "type": "Feature", "properties": {"reach": reach},
                "geometry": {"type": "LineString", "coordinates": ends},
            }
        )  # fmt: skip
        # Where the provinces of its ends differ, each has half of it: an assumption.
        codes = list(dict.fromkeys((above["prov_code"], below["prov_code"])))
        for number, code in enumerate(codes):
            stretches.append(
                {"reach": reach, "place": f"cn:{code}0000", "start": number / len(codes),
                 "end": (number + 1) / len(codes)}
            )  # fmt: skip
    write_table(out / "reaches.csv", REACH_COLUMNS, reaches)
    write_features(out / "reaches.geojson", features)
    write_table(out / "stretches.csv", ("reach", "place", "start", "end"), stretches)
    nodes = (
        {"node": keys[s["station"]], "lon": s["lon_approx"], "lat": s["lat_approx"]}
        for s in stations
    )
    write_table(out / "nodes.csv", ("node", "lon", "lat"), nodes)
    sites = (
        {
            "site": keys[s["station"]], "name_zh": s["station"],
            "name_en": STATIONS[s["station"]], "kind": "gauge",
            "place": f"cn:{s['prov_code']}0000", "lon": s["lon_approx"], "lat": s["lat_approx"],
            "reach": f"H{max(int(s['main_order']) - 1, 1):02d}",
            "fraction": 0 if s["main_order"] == "1" else 1,
            "source": "Yellow River daily bulletin; position approximate, about 5 km",
        }
        for s in stations
    )  # fmt: skip
    write_table(out / "sites.csv", SITE_COLUMNS, sites)


def write_flows(folder: Path, out: Path, keys: dict[str, str]) -> None:
    """Write each station's daily flow as observations, and what the scenario is told."""
    source = "fact: YRCC daily bulletin (08:00), by way of 944568752 (MIT)"
    every: list[dict[str, Any]] = []
    observed, told = [], []
    for row in read_table(folder / "daily_stage_flow.csv"):
        station, flow = row["station"], row["flow_m3s"]
        if not flow:
            continue
        time = f"{date.fromisoformat(row['date'])}T08:00+08:00"
        if station in keys:
            every.append({"site": keys[station], "time": time, "flow_m3s": flow, "source": source})
        if station in keys and keys[station] > keys[RELEASE]:
            observed.append(
                {
                    "site": keys[station], "time": time, "quantity": "flow", "value": flow,
                    "unit": "m3/s", "kind": "value",
                    "error": round(0.1 * float(flow), 1) or None,
                    "source": f"{source}; assumption: an error of 10 %",
                }
            )  # fmt: skip
        node = RELEASE if station == RELEASE else TRIBUTARIES.get(station)
        if node:
            told.append(
                {
                    "key": f"{keys[node]}-{station}", "node": keys[node], "time": time,
                    "flow_m3s": flow, "source": source,
                }
            )  # fmt: skip
    told.sort(key=lambda row: (row["key"], row["time"]))
    write_table(out / "observations" / "2021.csv", OBSERVATION_COLUMNS, observed)
    write_table(out / "flows.csv", ("site", "time", "flow_m3s", "source"), every)
    columns = ("key", "node", "time", "flow_m3s", "source")
    write_table(out / "tables" / "autumn-2021-sources.csv", columns, told)


def distance_km(one: dict[str, str], other: dict[str, str]) -> float:
    """Return the distance of two points on the sphere (haversine)."""
    lon_1, lat_1, lon_2, lat_2 = (
        radians(float(each[axis])) for each in (one, other) for axis in ("lon_approx", "lat_approx")
    )
    half = sin((lat_2 - lat_1) / 2) ** 2
    half += cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


if __name__ == "__main__":
    main()
