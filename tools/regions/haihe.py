"""Build regions/haihe from the sources: `python -m tools.regions.haihe --data DIR`.

Boundaries derive from OpenStreetMap and go to `odbl/`, apart from everything else, under their
own licence.  Townships without an openly licensed point, and all villages, are *inherited*:
listed, searched and counted, never drawn.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from tools.regions.floods import write_floods
from tools.regions.tables import (
    EVENT_COLUMNS,
    PLACE_COLUMNS,
    REACH_COLUMNS,
    SITE_COLUMNS,
    Census,
    read_table,
    write_features,
    write_table,
)

PROVINCES = {"11": "Beijing", "12": "Tianjin", "13": "Hebei"}
PREFECTURES = {
    "1301": "Shijiazhuang", "1302": "Tangshan", "1303": "Qinhuangdao", "1304": "Handan",
    "1305": "Xingtai", "1306": "Baoding", "1307": "Zhangjiakou", "1308": "Chengde",
    "1309": "Cangzhou", "1310": "Langfang", "1311": "Hengshui",
}  # fmt: skip
#: Generic parts of OpenStreetMap's English names, left out because the level is its own column.
GENERIC = (" District", " County", " City", " Autonomous County")
DAMS = ("水库",)
#: Parts of the flow where a river divides and an even split would be plainly wrong: assumptions.
SHARES = {"R172": 0.95, "R166": 0.05, "R063": 0.9, "R002": 0.1}
#: station -> its name in English
STATIONS = {
    "HBZ": "Huangbizhuang reservoir", "ZF": "Zhangfang gauge", "MSH": "Manshuihe gauge",
    "SJD": "Sanjiadian gauge", "LGQ": "Lugouqiao barrage", "BG": "Beiguan barrage",
    "XDY": "Xidayang reservoir", "WK": "Wangkuai reservoir",
    "BJM": "North Juma, entering Zhuozhou", "LLH": "Liulihe", "ZJF": "Zhangjiafen gauge",
    "TSZ": "Taishitun section", "MY": "Miyun reservoir", "YZ": "Yangzhuang reservoir",
    "AGZ": "Angezhuang reservoir", "XGF": "Xingaifang barrage", "PJK": "Panjiakou reservoir",
    "LX": "Luanxian gauge",
}  # fmt: skip
#: station -> (reach, fraction): where its point lies along the drawn line, or at the border that
#: its name tells; the lines are schematic, so these are assumptions.
ON_RIVER = {
    "ZF": ("R084", 0.95), "SJD": ("R099", 0.255), "LGQ": ("R099", 0.4), "MSH": ("R066", 0.6),
    "BJM": ("R031", 0.348), "ZJF": ("R160", 0.0), "MY": ("R160", 1.0),
    "YZ": ("R107", 0.9), "XGF": ("R062", 0.0), "BG": ("R040", 0.0),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("regions/haihe"))
    options = parser.parse_args()
    features = json.loads((options.data / "admin_jjj" / "counties.geojson").read_text("utf-8"))
    counties = {f["properties"]["code"]: f for f in features["features"]}
    listed = write_places(options.data, options.out, counties)
    write_boundaries(options.out, counties)
    write_neighbours(options.data, options.out)
    write_river(options.data, options.out)
    write_sites(options.data, options.out)
    write_facts(options.data, options.out, listed)
    write_floods(options.data, options.out)


def write_places(data: Path, out: Path, counties: dict[str, dict[str, Any]]) -> set[str]:
    codes = data / "codes_gbt2260"
    names = {row["code"]: row["name"] for row in read_table(codes / "divisions_to_county_2023.csv")}
    census = Census(data / "population_2020" / "county_census_2020.csv")
    rows = [
        place(f"{prefix}0000", names[f"{prefix}0000"], english, "province", "", census.of(prefix))
        for prefix, english in PROVINCES.items()
    ]
    rows += [
        place(
            f"{prefix}00", names[f"{prefix}00"], english, "prefecture", "130000", census.of(prefix)
        )
        for prefix, english in PREFECTURES.items()
    ]
    for code, feature in sorted(counties.items()):
        known = feature["properties"]
        # Counties of a municipality lie directly below it: there is no prefecture between.
        parent = code[:4] + "00" if code.startswith("13") else code[:2] + "0000"
        row = place(
            code, known["name"], short(known["pinyin_src"]), "county", parent, census.of(code)
        )
        rows.append({**row, "ground": "boundary", "lon": known["lon"], "lat": known["lat"]})
    # Statistical zones are no units of GB/T 2260: their townships go to the county around them,
    # or, where the census names none, to the prefecture.
    hosts = {row["code"]: row["host_county"] for row in census.rows if row["stat_zone"] == "1"}
    points = {row["code"]: row for row in read_table(codes / "township_points_jjj.csv")}
    for row in read_table(codes / "townships_jjj_2023.csv"):
        point = points.get(row["code"])
        above = row["parent"]
        if above not in counties:
            above = hosts.get(above) or f"{above[:4]}00"
        english = (point or {}).get("name_latin", "")
        made = place(row["code"], row["name"], english, "township", above)
        if point:
            made |= {
                "ground": "point", "lon": point["lon"], "lat": point["lat"],
                "ground_file": "geonames.csv",
            }  # fmt: skip
        rows.append(made)
    for row in read_table(codes / "villages_demo_counties_2023.csv"):
        rows.append(place(row["code"], row["name"], "", "village", row["parent"]))
    write_table(out / "places.csv", PLACE_COLUMNS, rows)
    used = ("code", "geonameid", "name_latin", "lon", "lat", "match")
    write_table(out / "geonames.csv", used, points.values())
    return {row["code"] for row in rows}


def place(
    code: str,
    name: str,
    english: str,
    level: str,
    parent: str,
    census: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "code": f"cn:{code}",
        "name_zh": name,
        "name_en": english,
        "level": level,
        "parent": f"cn:{parent}" if parent else "",
        "ground": "inherited",
        **(census or {}),
    }


def short(english: str) -> str:
    for generic in GENERIC:
        english = english.removesuffix(generic)
    return english


def write_boundaries(out: Path, counties: dict[str, dict[str, Any]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"cn:{code}"},
            "geometry": feature["geometry"],
        }
        for code, feature in sorted(counties.items())
    ]
    write_features(out / "odbl" / "boundaries.geojson", features)


def write_neighbours(data: Path, out: Path) -> None:
    rows = (
        {
            "place_a": f"cn:{row['code_a']}",
            "place_b": f"cn:{row['code_b']}",
            "border_km": row["shared_border_km"],
        }
        for row in read_table(data / "admin_jjj" / "county_adjacency.csv")
    )
    write_table(out / "odbl" / "neighbours.csv", ("place_a", "place_b", "border_km"), rows)


def write_river(data: Path, out: Path) -> None:
    source = json.loads((data / "rivers_jjj" / "reaches.geojson").read_text("utf-8"))
    reaches, features = [], []
    for feature in source["features"]:
        known = feature["properties"]
        reaches.append(
            {
                "reach": known["reach_id"],
                "name_zh": known["river"],
                "from_node": known["from_node"],
                "to_node": known["to_node"],
                "length_km": known["length_km"],
                "share": SHARES.get(known["reach_id"]),
                "schematic": 1,
                "source": f"{known['topo_source']}; line {known['geom_quality']}"
                + ("; assumption: the share" if known["reach_id"] in SHARES else ""),
            }
        )
        features.append(
            {
                "type": "Feature",
                "properties": {"reach": known["reach_id"]},
                "geometry": feature["geometry"],
            }
        )
    write_table(out / "reaches.csv", REACH_COLUMNS, reaches)
    write_features(out / "reaches.geojson", features)
    nodes = (
        {"node": row["node_id"], "lon": row["lon"], "lat": row["lat"]}
        for row in read_table(data / "rivers_jjj" / "nodes.csv")
    )
    write_table(out / "nodes.csv", ("node", "lon", "lat"), nodes)
    stretches = (
        {
            "reach": row["reach_id"],
            "place": f"cn:{row['county_code']}",
            "start": row["frac_start"],
            "end": row["frac_end"],
        }
        for row in read_table(data / "rivers_jjj" / "reach_county.csv")
        if float(row["frac_end"]) > float(row["frac_start"])
    )
    write_table(out / "stretches.csv", ("reach", "place", "start", "end"), stretches)


def write_sites(data: Path, out: Path) -> None:
    rows = []
    for row in read_table(data / "hai_floods_facts" / "stations.csv"):
        reach, fraction = ON_RIVER.get(row["station"], (None, None))
        dam = any(word in row["name"] for word in DAMS)
        rows.append(
            {
                "site": row["station"],
                "name_zh": row["name"],
                "name_en": STATIONS[row["station"]],
                "kind": "dam" if dam else "gauge",
                "place": f"cn:{row['county_by_point']}",
                "lon": row["lon_approx"],
                "lat": row["lat_approx"],
                "reach": reach,
                "fraction": fraction,
                "source": f"{row['river']}; position approximate, about 2 km"
                + ("; assumption: its place on the schematic reach" if reach else ""),
            }
        )
    write_table(out / "sites.csv", SITE_COLUMNS, rows)


def write_facts(data: Path, out: Path, listed: set[str]) -> None:
    facts = data / "hai_floods_facts"
    events = []
    for row in read_table(facts / "timeline.csv"):
        codes = [f"cn:{code}" for code in row["region_code"].split(";") if code.isdigit()]
        # Without a time only the flood's name tells the year.
        year = "" if row["time_beijing"] or not row["event"].isdigit() else f"{row['event']}: "
        events.append(
            {
                "time": row["time_beijing"],
                "actor": row["actor"],
                "kind": row["kind"],
                "what": year + row["what"],
                "places": ";".join(code for code in codes if code in listed),
                "source": row["source_url"],
            }
        )
    write_table(out / "events.csv", EVENT_COLUMNS, events)
    flows = defaultdict(list)
    for row in read_table(facts / "flows.csv"):
        flows[row["event"]].append(row)
    columns = ("event", "site", "time", "quantity", "value_m3s", "note", "source")
    rows = (
        {
            "event": row["event"],
            "site": row["station"],
            "time": row["time_beijing"],
            "quantity": row["variable"],
            "value_m3s": row["value_m3s"],
            "note": row["note"],
            "source": row["source_url"],
        }
        for event in sorted(flows)
        for row in flows[event]
    )
    write_table(out / "flows.csv", columns, rows)


if __name__ == "__main__":
    main()
