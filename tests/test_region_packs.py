"""The packs that come with the project are whole and say what they are."""

import csv
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest

from sameboat.packs import check_pack, read_pack

ROOT = Path(__file__).parents[1]
REGIONS = ROOT / "regions"
PACKS = {
    "songhua": "songhua",
    "haihe": "haihe",
    "china-prefectures": "prefectures",
    "huanghe": "huanghe",
}
DATA = Path(os.environ.get("DATA", ROOT.parent / "shared" / "data"))
SCENARIOS = [
    each for each in sorted(REGIONS.glob("*/scenarios/*.toml")) if "songhua" not in each.parts
]
#: How it is computed, not what the world is like.
SETTINGS = {
    "name", "within_km", "points", "horizon_hours", "step_minutes", "column_levels",
    "grain_classes",
}  # fmt: skip


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_of_ours_has_no_fault(name):
    assert [fault.in_language("en") for fault in check_pack(REGIONS / name)] == []


def test_haihe_holds_every_county_township_village_and_reach():
    pack = read_pack(REGIONS / "haihe")

    assert Counter(place.level for place in pack.places) == {
        "province": 3,
        "prefecture": 11,
        "county": 199,
        "township": 3013,
        "village": 5556,
    }
    assert len(pack.reaches) == 212
    assert sum(p.population for p in pack.places if p.level == "county") == 110_369_339


def test_what_derives_from_openstreetmap_lies_apart_under_its_licence():
    pack = read_pack(REGIONS / "haihe")

    assert {p.licence for p in pack.places if p.ground == "boundary"} == {"ODbL-1.0"}
    assert {p.licence for p in pack.places if p.ground == "point"} == {"CC-BY-4.0"}


def test_songhua_keeps_the_sources_ids_and_invents_nothing():
    pack = read_pack(REGIONS / "songhua")

    assert [site.key for site in pack.sites] == [f"S{n:02d}" for n in range(1, 17)]
    assert len(pack.observations["2005"]) == 12
    khabarovsk = next(place for place in pack.places if place.code == "iso:RU-KHA")
    assert (khabarovsk.population, khabarovsk.zone) == (None, "Asia/Vladivostok")
    assert sum(reach.length_km for reach in pack.reaches) == pytest.approx(1251 + 270)


def test_the_prefectures_hold_their_people_and_no_boundary():
    pack = read_pack(REGIONS / "china-prefectures")

    assert Counter(place.level for place in pack.places) == {"province": 31, "prefecture": 337}
    assert not any(place.ground == "boundary" for place in pack.places)
    wuhan = next(place for place in pack.places if place.code == "cn:420100")
    assert wuhan.population == 12_447_718


def test_the_yellow_river_is_one_chain_of_its_stations():
    pack = read_pack(REGIONS / "huanghe")

    assert [reach.from_node for reach in pack.reaches[1:]] == [
        reach.to_node for reach in pack.reaches[:-1]
    ]
    assert all("assumption" in row["source"] for row in rows_of(REGIONS / "huanghe/reaches.csv"))
    assert {seen.site for seen in pack.observations["2021"]} == {f"Y{n}" for n in range(16, 23)}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_says_of_every_number_where_it_comes_from(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    tables = []
    for heading, group in groupby(lines, key=lambda line: line.startswith("[")):
        if heading:
            name = list(group)[-1].strip("[]")
        else:
            tables.append((name if tables else "", list(group)))

    unsourced = [
        f"{name}: {line}"
        for name, table in tables
        if name not in ("", "run") and not name.endswith("crews")
        for line in table
        if is_number(line) and not is_sourced(line, [] if "parameters" in name else table)
    ]

    assert unsourced == []


def is_number(line: str) -> bool:
    key, _equals, value = line.partition("=")
    return key.strip() not in SETTINGS and bool(re.match(r"\s*(-?[\d]|\[\s*-?\d|\{)", value))


def is_sourced(line: str, table: list[str]) -> bool:
    beside = re.search(r"#.*(fact|assumption|what if)", line) or "source =" in line
    said = re.compile(r"(source|note) = |#.*(fact|assumption|what if)")
    return bool(beside) or any(said.match(each) or said.search(each) for each in table)


@pytest.mark.parametrize(
    "path",
    sorted([*REGIONS.glob("*/tables/*.csv"), *REGIONS.glob("*/observations/*.csv")]),
    ids=lambda path: f"{path.parts[-3]}-{path.stem}",
)
def test_every_row_of_a_table_has_its_source(path):
    assert all(row["source"] for row in rows_of(path))


@pytest.mark.skipif(not DATA.is_dir(), reason="the sources are not here")
@pytest.mark.parametrize(("pack", "module"), PACKS.items())
def test_building_a_pack_again_changes_nothing(pack, module, tmp_path):
    subprocess.run(
        [sys.executable, "-m", f"tools.regions.{module}", "--data", DATA, "--out", tmp_path],
        cwd=ROOT,
        check=True,
    )

    built = [each.relative_to(tmp_path) for each in tmp_path.rglob("*") if each.is_file()]
    assert built
    assert [
        str(each)
        for each in built
        if (tmp_path / each).read_bytes() != (REGIONS / pack / each).read_bytes()
    ] == []


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
