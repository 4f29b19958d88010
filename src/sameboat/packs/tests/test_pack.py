from datetime import UTC, datetime

import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.packs import check_pack, digest_pack, read_pack
from sameboat.packs.tests.conftest import FILES


def faults(pack):
    return {
        (f.code, f.file, f.line, f.field, None if f.value is None else str(f.value))
        for f in check_pack(pack.folder)
    }


def test_a_good_pack_is_read_whole_and_in_kept_units(pack):
    read = read_pack(pack.folder)

    assert [place.code for place in read.places] == ["cn:220000", "cn:220200", "cn:220700"]
    assert read.places[0].population is None
    assert read.places[1].share_65 == 0.17
    assert read.places[2].licence == "ODbL-1.0"
    assert read.substances[0].limit_mg_l == pytest.approx(0.017)
    assert read.reaches[1].mean_discharge_m3s == 468
    assert read.scenarios[0].started_at == datetime(2005, 11, 13, 5, tzinfo=UTC)
    first, second = read.observations["2005"]
    assert (first.kind, first.value, first.error) == (
        "peak",
        pytest.approx(0.58),
        pytest.approx(0.02),
    )
    assert first.known_at == datetime(2005, 11, 18, 22, tzinfo=UTC)
    assert (second.value, second.below, second.known_at) == (None, 0.002, second.at)


def test_the_digest_names_the_content_and_changes_with_it(pack):
    before = digest_pack(pack.folder)
    again = digest_pack(pack.folder)

    pack.replace("places.csv", "1000", "1001")

    assert before == again
    assert digest_pack(pack.folder) != before


def test_a_byte_order_mark_and_crlf_are_accepted(pack):
    text = FILES["places.csv"].replace("\n", "\r\n")
    pack.write("places.csv", b"\xef\xbb\xbf" + text.encode())

    assert check_pack(pack.folder) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("places.csv", ",220000,1000", ",990000,1000",
         ("unknown_place", "places.csv", 3, "parent", "990000")),
        ("places.csv", "220700,松原市", "2207x,松原市",
         ("unknown_code", "places.csv", 4, "code", "2207x")),
        ("places.csv", "province,,", "province,220200,",
         ("cycle", "places.csv", 2, "parent", "220200")),
        ("places.csv", "220700,松原市", "220200,松原市",
         ("duplicate", "places.csv", 4, "code", "220200")),
        ("places.csv", "prefecture,220000,1000", "city,220000,1000",
         ("unknown_value", "places.csv", 3, "level", "city")),
        ("places.csv", "1000,0.25", "ten,0.25",
         ("not_a_number", "places.csv", 3, "population", "ten")),
        ("places.csv", "1000,0.25", "-1,0.25",
         ("out_of_range", "places.csv", 3, "population", "-1")),
        ("places.csv", "0.25,0.17", "25,0.17",
         ("out_of_range", "places.csv", 3, "share_60", "25")),
        ("places.csv", "0.17,0.03", "0.17,0.3",
         ("shares", "places.csv", 3, "share_80", "0.3")),
        ("places.csv", "point,126.6", "point,",
         ("no_point", "places.csv", 3, "lon", "")),
        ("places.csv", "126.6,43.9", "126.6,143.9",
         ("out_of_range", "places.csv", 3, "lat", "143.9")),
        ("places.csv", "code,name_zh", "kode,name_zh",
         ("missing_column", "places.csv", 1, "", None)),
        ("places.csv", "吉林市,Jilin", "吉林市,\"Jilin",
         ("broken_csv", "places.csv", 3, "", None)),
        ("odbl/boundaries.geojson", "cn:220700", "cn:220800",
         ("unknown_place", "odbl/boundaries.geojson", None, "code", "cn:220800")),
        ("odbl/boundaries.geojson", "[125, 46], [124, 46]", "[124, 46], [125, 46]",
         ("invalid_polygon", "odbl/boundaries.geojson", None, "features[0]", "cn:220700")),
        ("odbl/boundaries.geojson", "[125, 45]", "[225, 45]",
         ("invalid_polygon", "odbl/boundaries.geojson", None, "features[0]", "cn:220700")),
        ("odbl/boundaries.geojson", '"type"', 'type"',
         ("broken_json", "odbl/boundaries.geojson", 1, "", None)),
        ("reaches.csv", "A,B,100", "A,X,100",
         ("dangling_reach", "reaches.csv", 2, "to_node", "X")),
        ("reaches.csv", "B,C,50", "B,A,50",
         ("cycle", "reaches.csv", 3, "to_node", "A")),
        ("reaches.csv", "R2,下", "R1,下",
         ("duplicate", "reaches.csv", 3, "reach", "R1")),
        ("reaches.csv", "A,B,100", "A,B,-100",
         ("out_of_range", "reaches.csv", 2, "length_km", "-100")),
        ("reaches.csv", "A,B,100,", "A,B,100,1.5",
         ("out_of_range", "reaches.csv", 2, "share", "1.5")),
        ("stretches.csv", "R1,220200", "R9,220200",
         ("unknown_reach", "stretches.csv", 2, "reach", "R9")),
        ("stretches.csv", "0,0.4", "0.5,0.4",
         ("out_of_range", "stretches.csv", 2, "end", "0.4")),
        ("sites.csv", "plant,220200", "plant,230100",
         ("unknown_place", "sites.csv", 2, "place", "230100")),
        ("sites.csv", "plant,", "factory,",
         ("unknown_value", "sites.csv", 2, "kind", "factory")),
        ("substances.csv", "17,ug/L", "17,kg",
         ("wrong_unit", "substances.csv", 2, "limit_unit", "kg")),
        ("substances.csv", "98-95-3", "98-95-4",
         ("cas", "substances.csv", 2, "cas", "98-95-4")),
        ("events.csv", "2005-11-13 13:00", "in autumn",
         ("not_a_time", "events.csv", 2, "time", "in autumn")),
        ("pack.toml", "Asia/Shanghai\"\nvalid", "Asia/Nowhere\"\nvalid",
         ("unknown_zone", "pack.toml", None, "zone", "Asia/Nowhere")),
        ("pack.toml", '"*.csv", ', "",
         ("missing_licence", "pack.toml", None, "licences", "places.csv")),
        ("pack.toml", ', en = "Two towns"', "",
         ("title", "pack.toml", None, "title", "{'zh-Hans': '两镇'}")),
    ],
)  # fmt: skip
def test_every_fault_is_named_by_file_line_and_value(pack, name, old, new, expected):
    pack.replace(name, old, new)

    assert expected in faults(pack)


def test_all_faults_are_told_at_once_and_nothing_is_half_read(pack):
    pack.replace("places.csv", "0.25", "25")
    pack.replace("sites.csv", "plant,220200", "plant,230100")

    with pytest.raises(FaultyInput) as refusal:
        read_pack(pack.folder)

    assert {fault.file for fault in refusal.value.faults} >= {"places.csv", "sites.csv"}


def test_another_encoding_is_refused_with_the_way_to_convert_it(pack):
    pack.write("places.csv", FILES["places.csv"].encode("gb18030"))

    (fault,) = [f for f in check_pack(pack.folder) if f.code == "encoding"]

    assert (fault.file, fault.line) == ("places.csv", 2)
    assert "iconv -f GB18030 -t UTF-8" in fault.in_language("en")


def test_utf_16_is_named_as_such(pack):
    pack.write("sites.csv", FILES["sites.csv"].encode("utf-16"))

    (fault,) = [f for f in check_pack(pack.folder) if f.code == "encoding"]

    assert "UTF-16" in fault.in_language("en")


def test_a_file_of_500_mb_is_refused_before_it_is_read(pack):
    with (pack.folder / "places.csv").open("wb") as stream:
        stream.truncate(500_000_000)

    (fault,) = [f for f in check_pack(pack.folder) if f.code == "too_large"]

    assert fault.facts["megabytes"] == 500
    assert "64 MB" in fault.in_language("en")


def test_a_folder_without_pack_toml_is_told_so(tmp_path):
    (fault,) = check_pack(tmp_path)

    assert (fault.code, fault.file) == ("missing_file", "pack.toml")


def test_a_licence_for_a_file_that_is_not_there_is_a_fault(pack):
    (pack.folder / "odbl" / "boundaries.geojson").unlink()

    assert ("missing_file", "pack.toml", None, "licences.files", "odbl/*") in faults(pack)
