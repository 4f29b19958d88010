"""What people, spreadsheets and strangers do to a pack: each is named, none brings it down."""

import json

import pytest

from sameboat.packs import check_pack, read_pack
from sameboat.packs.tests.conftest import FILES

BOUNDARIES = "odbl/boundaries.geojson"
RING = [[124, 45], [125, 45], [125, 46], [124, 46], [124, 45]]
FIRST_REACH = "R1,上,upper,A,B,100,,,,,,1,"


def faults(pack):
    return {
        (f.code, f.file, f.line, f.field, None if f.value is None else str(f.value))
        for f in check_pack(pack.folder)
    }


def feature(coordinates, kind="Polygon", code="cn:220700"):
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def draw(pack, *features):
    pack.write(BOUNDARIES, json.dumps({"type": "FeatureCollection", "features": features}))


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text.encode("utf-16"), "encoding"),
        (lambda text: text.encode("utf-16-le"), "encoding"),
        (lambda text: text.encode() + b"\x00", "encoding"),
        (lambda text: text.encode() + "。".encode("gb18030"), "encoding"),
    ],
    ids=["UTF-16", "UTF-16 without a mark", "a zero byte", "GB18030"],
)
def test_every_file_in_another_encoding_is_named(pack, name, spoil, code):
    pack.write(name, spoil(FILES[name]))

    assert (code, name) in {(fault.code, fault.file) for fault in check_pack(pack.folder)}


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_folder_in_the_place_of_a_file_is_named(pack, name):
    (pack.folder / name).unlink()
    (pack.folder / name).mkdir()

    assert ("unreadable", name) in {(fault.code, fault.file) for fault in check_pack(pack.folder)}


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_may_have_a_byte_order_mark_and_crlf(pack, name):
    pack.write(name, b"\xef\xbb\xbf" + FILES[name].replace("\n", "\r\n").encode())

    assert check_pack(pack.folder) == []


def test_utf_16_without_a_mark_is_recognised_by_its_zero_bytes(pack):
    pack.write("sites.csv", FILES["sites.csv"].encode("utf-16-le"))

    (fault,) = [each for each in check_pack(pack.folder) if each.code == "encoding"]

    assert "iconv -f UTF-16LE" in fault.in_language("en")


@pytest.mark.parametrize(
    ("name", "missing"),
    [("places.csv", "odbl/boundaries.geojson"), ("reaches.csv", "sites.csv"),
     ("sites.csv", "scenarios/leak.toml"), ("substances.csv", "observations/2005.csv"),
     ("nodes.csv", "reaches.csv")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_once_and_not_again_at_each_reference(
    pack, name, missing
):
    pack.write(name, FILES[name].encode("utf-16"))

    assert [(fault.code, fault.file) for fault in check_pack(pack.folder)] == [("encoding", name)]


def test_reaches_without_nodes_ask_for_the_file(pack):
    (pack.folder / "nodes.csv").unlink()

    assert [(f.code, f.file) for f in check_pack(pack.folder)] == [("missing_file", "nodes.csv")]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("places.csv", "1000,0.25", "1_000,0.25",
         ("not_a_number", "places.csv", 3, "population", "1_000")),
        ("places.csv", "1000,0.25", "１０００,0.25",
         ("not_a_number", "places.csv", 3, "population", "１０００")),
        ("places.csv", "1000,0.25", "1.5,0.25",
         ("not_a_number", "places.csv", 3, "population", "1.5")),
        ("places.csv", "1000,0.25", "inf,0.25",
         ("not_a_number", "places.csv", 3, "population", "inf")),
        ("places.csv", "0.25,0.17", "1.2,0.17",
         ("out_of_range", "places.csv", 3, "share_60", "1.2")),
        ("places.csv", "220700,松原市,Songyuan,prefecture,220000,500,,,,boundary,124.8,45.1",
         "220700,松原市,Songyuan",
         ("too_few_cells", "places.csv", 4, "", None)),
        ("places.csv", "code,name_zh,name_en", "code,name_zh,code",
         ("missing_column", "places.csv", 1, "", None)),
        ("places.csv", "ground,lon,lat", "ground,lon,lat,lat",
         ("duplicate", "places.csv", 1, "lat", None)),
        ("places.csv", "ground,lon,lat", "ground,lon,lat,ground file",
         ("unknown_column", "places.csv", 1, "ground file", None)),
        ("places.csv", "prefecture,220000,1000", "prefecture,220200,1000",
         ("cycle", "places.csv", 3, "parent", "220200")),
        ("nodes.csv", "A,126.6", "B,126.6", ("duplicate", "nodes.csv", 3, "node", "B")),
        ("reaches.csv", FIRST_REACH, "R1,上,upper,A,A,100,,,,,,1,",
         ("cycle", "reaches.csv", 2, "to_node", "A")),
        ("reaches.csv", FIRST_REACH, "R1,上,upper,A,B,100,0.5,,,,,1,",
         ("shares", "reaches.csv", 2, "share", "0.5")),
        ("reaches.csv", FIRST_REACH, "R1,上,u,A,B,9,0.5,,,,,1,\nR3,x,x,A,C,9,0.4,,,,,1,",
         ("shares", "reaches.csv", 2, "share", "0.5")),
        ("reaches.csv", FIRST_REACH, "R1,上,upper,A,B,100 km,,,,,,1,",
         ("not_a_number", "reaches.csv", 2, "length_km", "100 km")),
        ("stretches.csv", "R1,220200,0,0.4", "R1,220200,0,1.4",
         ("out_of_range", "stretches.csv", 2, "end", "1.4")),
        ("stretches.csv", "R1,220200,0,0.4", "R1,220200,0,0.4\nR1,220200,0.3,0.5",
         ("overlap", "stretches.csv", 3, "start", "0.3")),
        ("sites.csv", "R1,0,", "R9,0,", ("unknown_reach", "sites.csv", 2, "reach", "R9")),
        ("sites.csv", "S2,取", "S1,取", ("duplicate", "sites.csv", 3, "site", "S1")),
        ("sites.csv", "126.6,43.9", "126.6,", ("no_point", "sites.csv", 2, "lat", "")),
        ("sites.csv", "化工厂,Plant", ",", ("empty", "sites.csv", 2, "name_zh", "")),
        ("substances.csv", "17,ug/L", "17,", ("wrong_unit", "substances.csv", 2, "limit_unit", "")),
        ("substances.csv", "17,ug/L", "-17,ug/L",
         ("out_of_range", "substances.csv", 2, "limit", "-17")),
        ("events.csv", "2005-11-13 13:00", "2005-13-45",
         ("not_a_time", "events.csv", 2, "time", "2005-13-45")),
        ("reaches.geojson", '"R1"', '"R9"',
         ("unknown_reach", "reaches.geojson", None, "reach", "R9")),
        ("reaches.geojson", "[126.6, 43.9]", "[126.6, 143.9]",
         ("invalid_line", "reaches.geojson", None, "features[0]", "R1")),
        ("reaches.geojson", '{"reach": "R1"}', "[1]",
         ("unknown_reach", "reaches.geojson", None, "reach", "")),
    ],
)  # fmt: skip
def test_every_slip_of_a_table_is_named_by_line_and_value(pack, name, old, new, expected):
    pack.replace(name, old, new)

    assert expected in faults(pack)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('id = "two-towns"', "id = 5", "id"),
        ('id = "two-towns"', 'id = "../../etc"', "id"),
        ('version = "1"', f'version = "{"9" * 65}"', "version"),
        ('en = "Two towns"', 'en = ""', "title"),
        ('title = {', 'title = "x" #', "title"),
        ('["made for tests"]', "5", "sources"),
        ('["made for tests"]', '"one text"', "sources"),
        ("sources = ", "surces = ", "sources"),
        ('[zones]\n"observations/*.csv" = "Asia/Shanghai"', "zones = [1, 2]", "zones"),
        ('"observations/*.csv" = "Asia/Shanghai"', '"*.csv" = "X/Y"', "zones.*.csv"),
        ('"2000-01-01"', '"soon"', "valid_from"),
        ('"2000-01-01"', '"0001-01-01"', "valid_from"),
        ('id = "CC0-1.0"\n', "", "licences[0].id"),
        ('attribution = "nobody"', 'attribution = ""', "licences[0].attribution"),
        ('files = ["odbl/*"]', 'files = "odbl/*"', "licences[1].files"),
        ('files = ["odbl/*"]', "files = [5]", "licences[1].files"),
        ('files = ["odbl/*"]', 'files = [""]', "licences[1].files"),
        ('files = ["odbl/*"]', 'files = ["/etc/*"]', "licences[1].files"),
        ('files = ["odbl/*"]', 'files = ["../*"]', "licences[1].files"),
    ],
)  # fmt: skip
def test_every_slip_of_pack_toml_is_named_by_its_field(pack, old, new, field):
    pack.replace("pack.toml", old, new)

    assert ("pack.toml", field) in {(f.file, f.field) for f in check_pack(pack.folder)}


@pytest.mark.parametrize("licences", ["", "licences = 5\n", "licences = [5]\n"])
def test_a_pack_without_licences_is_told_so(pack, licences):
    text = FILES["pack.toml"]
    pack.write("pack.toml", licences + text[: text.index("[[licences]]")])

    assert "missing_licence" in {fault.code for fault in check_pack(pack.folder)}


def test_broken_toml_is_named_by_its_line(pack):
    pack.replace("pack.toml", 'version = "1"', 'version = "1')

    (fault,) = check_pack(pack.folder)

    assert (fault.code, fault.file, fault.line) == ("broken_toml", "pack.toml", 2)


def test_a_pattern_of_a_licence_stays_within_its_folder(pack):
    pack.write("odbl/neighbours.csv", "place_a,place_b,border_km\n220200,220700,12.5\n")
    pack.replace("pack.toml", 'files = ["odbl/*"]', 'files = ["odbl/boundaries.geojson"]')

    expected = ("missing_licence", "pack.toml", None, "licences", "odbl/neighbours.csv")

    assert faults(pack) == {expected}


def test_a_stray_table_needs_a_licence_and_a_scenario_does_not(pack):
    pack.replace("pack.toml", '"*.csv"', '"places.csv"')

    unlicensed = {fault.value for fault in check_pack(pack.folder)}

    assert {"sites.csv", "events.csv"} <= unlicensed
    assert "scenarios/leak.toml" not in unlicensed


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (feature([RING[:-1]]), "not closed"),
        (feature([[RING[0], RING[2], RING[1], RING[3], RING[0]]]), "Self-intersection"),
        (feature([[[124, 45], [225, 45], [125, 46], [124, 45]]]), "outside lon"),
        (feature([[[124, 45], [125, float("nan")], [125, 46], [124, 45]]]), "outside lon"),
        (feature([[[124, 45], [125, 45]]]), "at least 4 coordinates"),
        (feature([[[124, 45], [125, "x"], [125, 46], [124, 45]]]), "not a valid boundary"),
        (feature([]), "outside lon"),
        (feature([124, 45], "Point"), "but Point"),
        ({"properties": {"code": "cn:220700"}}, "but None"),
    ],
)
def test_every_boundary_that_is_no_polygon_says_why(pack, drawn, words):
    draw(pack, drawn)

    (fault,) = [each for each in check_pack(pack.folder) if each.code == "invalid_polygon"]

    assert (fault.file, fault.field, fault.value) == (BOUNDARIES, "features[0]", "cn:220700")
    assert words in fault.in_language("en")


def test_a_boundary_drawn_twice_or_for_no_code_is_named(pack):
    draw(pack, feature([RING]), feature([RING]), feature([RING], code="here"), {"properties": [1]})

    found = faults(pack)

    assert ("duplicate", BOUNDARIES, None, "features[1]", "cn:220700") in found
    assert ("unknown_code", BOUNDARIES, None, "features[2].properties.code", "here") in found
    assert ("unknown_code", BOUNDARIES, None, "features[3].properties.code", "") in found


@pytest.mark.parametrize("text", ["", "[]", '"x"', '{"features": null}', "[" * 100_000])
def test_a_map_file_that_is_no_collection_is_named(pack, text):
    pack.write(BOUNDARIES, text)

    assert [(fault.code, fault.file) for fault in check_pack(pack.folder)] == [
        ("broken_json", BOUNDARIES)
    ]


def test_neighbours_stand_once_and_never_beside_themselves(pack):
    pack.write(
        "odbl/neighbours.csv",
        "place_a,place_b,border_km\n220200,220700,5\n220700,220200,5\n220200,220200,5\n"
        "220200,999999,5\n220200,220000,\n",
    )

    found = {(f.code, f.line, f.field) for f in check_pack(pack.folder)}

    assert found == {
        ("duplicate", 3, "place_b"), ("duplicate", 4, "place_b"),
        ("unknown_place", 5, "place_b"), ("empty", 6, "border_km"),
    }  # fmt: skip


def test_a_place_s_own_zone_and_the_file_of_its_point_must_hold(pack):
    pack.replace("places.csv", "ground,lon,lat", "ground,lon,lat,ground_file,zone")
    pack.replace("places.csv", "126.6,43.9", "126.6,43.9,nowhere.txt,Mars/Olympus")

    found = {(f.code, f.line, f.field) for f in check_pack(pack.folder)}

    assert {("missing_licence", 3, "ground_file"), ("unknown_zone", 3, "zone")} <= found


def test_a_row_over_several_lines_is_named_by_its_first_and_read_as_one_name(pack):
    pack.replace("places.csv", "吉林市,Jilin,prefecture", '吉林市,"Ji\nlin",prefecture')
    pack.replace("places.csv", "0.25,0.17", "0.25,0.16")

    assert read_pack(pack.folder).places[1].names["en"] == "Ji lin"
    pack.replace("places.csv", "0.25,0.16", "2.5,0.16")
    assert ("out_of_range", "places.csv", 3, "share_60", "2.5") in faults(pack)


def test_a_table_between_semicolons_is_told_how_to_be_saved(pack):
    pack.write("events.csv", FILES["events.csv"].replace(",", ";"))

    (fault,) = check_pack(pack.folder)

    assert "commas" in fault.in_language("en")


def test_the_border_between_two_places_may_be_the_river(pack):
    pack.append("stretches.csv", "R1,220700,0.3,1\n")

    assert check_pack(pack.folder) == []


def test_places_without_a_line_are_told(pack):
    pack.write("places.csv", FILES["places.csv"].splitlines()[0] + "\n")

    assert ("empty_file", "places.csv") in {(f.code, f.file) for f in check_pack(pack.folder)}
