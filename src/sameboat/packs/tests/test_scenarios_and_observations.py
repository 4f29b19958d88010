from datetime import UTC, datetime

import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.packs import check_pack, read_observations

SITES, SUBSTANCES = {"S1", "S2"}, {"nitrobenzene"}
HEADER = "site,time,quantity,value,unit,kind,error,known_at\n"
NOW = datetime(2005, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ('key = "nitrobenzene"', 'key = "benzol"', "unknown_substance", "substance.key"),
        ("low = 10.0", "low = -10.0", "out_of_range", "release.mass.low"),
        ("likely = 50.0", 'likely = "much"', "not_a_number", "release.mass.likely"),
        ("likely = 50.0", "likely = nan", "not_a_number", "release.mass.likely"),
        ("low = 10.0", "low = 60.0", "order", "release.mass"),
        ('unit = "t"', 'unit = "mg/L"', "wrong_unit", "release.mass.unit"),
        ('unit = "mg/L"', 'unit = "t"', "wrong_unit", "substance.threshold[0].unit"),
        ('"2005-11-13T13:00+08:00"', '"1999-11-13T13:00+08:00"', "before_network", "started_at"),
        ('"2005-11-13T13:00+08:00"', '"2005-11-13T13:00"', "no_zone", "started_at"),
        ('"2005-11-13T13:00+08:00"', '"yesterday"', "not_a_time", "started_at"),
        ('site = "S1"', 'site = "S9"', "unknown_site", "release.site"),
        ("threshold =", "limits =", "no_threshold", "substance.threshold"),
        ("value = 0.017", "value = 0", "out_of_range", "substance.threshold[0].value"),
        ("cn:220200", "cn:230100", "unknown_place", "origin"),
        ('hazard = "river_pollutant"', 'hazard = "meteor"', "unknown_value", "hazard"),
        ('"travels"', '"flies"', "unknown_value", "moves"),
        ("title = {", "title = (", "broken_toml", ""),
        ("title = {", "titel = {", "unknown_field", "titel"),
        ('en = "Leak"', "en = 5", "title", "title"),
        ("likely = 50.0", "likely = inf", "not_a_number", "release.mass.likely"),
        ("likely = 50.0", "likely = true", "not_a_number", "release.mass.likely"),
        (", high = 100.0", "", "empty", "release.mass.high"),
        ("high = 100.0", "high = 1e9", "out_of_range", "release.mass.high"),
        ("mass = {", "mas = {", "unknown_field", "release.mas"),
        ("mass = {", "mas = {", "empty", "release.mass"),
        ("duration = {", "durtion = {", "unknown_field", "release.durtion"),
        ("duration = { value = 12.0", "duration = { value = -1", "out_of_range",
         "release.duration.value"),
        ("duration = { value = 12.0", "duration = { value = 1e9", "out_of_range",
         "release.duration.value"),
        ('duration = { value = 12.0, unit = "h" }', "duration = 12", "not_a_table",
         "release.duration"),
        ("[release]", "[relase]", "unknown_field", "relase"),
        ("[release]", "[relase]", "empty", "release"),
        ('site = "S1"', 'site = ["S1"]', "unknown_site", "release.site"),
        ('key = "nitrobenzene"', 'key = ["nitrobenzene"]', "unknown_substance", "substance.key"),
        ("value = 0.017", "value = -0.017", "out_of_range", "substance.threshold[0].value"),
        ("value = 0.017, ", "", "empty", "substance.threshold[0].value"),
        (', unit = "mg/L"', "", "wrong_unit", "substance.threshold[0].unit"),
        ('"mg/L" }]', '"mg/L" }, { value = 17, unit = "ug/L" }]', "duplicate",
         "substance.threshold[1].value"),
        ('"mg/L" }]', '"mg/L", name = 5 }]', "title", "substance.threshold[0].name"),
        ('[{ value = 0.017, unit = "mg/L" }]', "[5]", "not_a_table", "substance.threshold[0]"),
        ('"2005-11-13T13:00+08:00"', '"0001-01-01T00:00+14:00"', "not_a_time", "started_at"),
        ('"2005-11-13T13:00+08:00"', "13:00:00", "not_a_time", "started_at"),
        ('moves = "travels"', 'moves = "travels"\nzone = "Mars"', "unknown_zone", "zone"),
    ],
)  # fmt: skip
def test_every_fault_of_a_scenario_names_its_field(pack, old, new, code, field):
    pack.replace("scenarios/leak.toml", old, new)

    found = check_pack(pack.folder)

    assert (code, field) in {(fault.code, fault.field) for fault in found}
    assert all(fault.file == "scenarios/leak.toml" for fault in found)


def test_a_stated_zone_gives_a_scenario_s_bare_time_its_meaning(pack):
    pack.replace("scenarios/leak.toml", "T13:00+08:00", "T13:00")
    pack.replace("scenarios/leak.toml", "[substance]", 'zone = "Asia/Shanghai"\n[substance]')

    assert check_pack(pack.folder) == []


def read(tmp_path, text, now=None):
    path = tmp_path / "seen.csv"
    path.write_bytes(text.encode())
    return read_observations(
        path, sites=SITES, substances=SUBSTANCES, zone="Asia/Shanghai", now=now
    )


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ("S9,2005-11-20,nitrobenzene,1,mg/L,value,,", "unknown_site", "site"),
        ("S1,2005-11-20,lead,1,mg/L,value,,", "unknown_substance", "quantity"),
        ("S1,2005-11-20,nitrobenzene,-1,mg/L,value,,", "out_of_range", "value"),
        ("S1,2005-11-20,nitrobenzene,nan,mg/L,value,,", "not_a_number", "value"),
        ("S1,2005-11-20,nitrobenzene,9,kg/L,value,,", "wrong_unit", "unit"),
        ("S1,2005-11-20,nitrobenzene,2000000,mg/L,value,,", "out_of_range", "value"),
        ("S1,2005-11-20,nitrobenzene,,mg/L,value,,", "empty", "value"),
        ("S1,2005-11-20,nitrobenzene,<0.1,mg/L,peak,,", "contradiction", "value"),
        ("S1,soon,nitrobenzene,1,mg/L,value,,", "not_a_time", "time"),
        ("S1,2005-12-20,nitrobenzene,1,mg/L,value,,", "future", "time"),
        ("S1,2005-11-20,nitrobenzene,1,mg/L,guess,,", "unknown_value", "kind"),
        ("S1,2005-11-20,nitrobenzene,1,mg/L,value,-2,", "out_of_range", "error"),
        ("S1,2005-11-20,nitrobenzene,1,mg/L,value,,2005-11-19", "order", "known_at"),
        ("S1,2005-11-20,nitrobenzene,1,mg/L,value,,,,,,", "too_many_cells", ""),
        ("S1,2005-11-20,nitrobenzene", "too_few_cells", ""),
        ("S1,2005-11-20,nitrobenzene,1,mg/L,value,,2005-12-20", "future", "known_at"),
        ("S1,2005-11-20,nitrobenzene,<,mg/L,value,,", "out_of_range", "value"),
        ("S1,2005-11-20,nitrobenzene,<<1,mg/L,value,,", "not_a_number", "value"),
        ("S1,2005-11-20,nitrobenzene,<-1,mg/L,value,,", "out_of_range", "value"),
        ("S1,2005-11-20,nitrobenzene,<0,mg/L,not_detected,,", "out_of_range", "value"),
        ("S1,2005-11-20,nitrobenzene,>1,mg/L,value,,", "not_a_number", "value"),
        ("S1,2005-11-20,nitrobenzene,0,mg/L,peak,,", "contradiction", "value"),
        ("S1,2005-11-20,nitrobenzene,0,mg/L,detected,,", "contradiction", "value"),
        ("S1,2005-11-20,nitrobenzene,,ppm,detected,,", "wrong_unit", "unit"),
        ("S1,2005-11-20,nitrobenzene,1,,value,,", "wrong_unit", "unit"),
        ("S1,2005-02-30,nitrobenzene,1,mg/L,value,,", "not_a_time", "time"),
        ("S1,0001-01-01,nitrobenzene,1,mg/L,value,,", "not_a_time", "time"),
        ("S1,9999-12-31T23:00-14:00,nitrobenzene,1,mg/L,value,,", "not_a_time", "time"),
    ],
)
def test_every_fault_of_an_observation_names_its_line_and_field(tmp_path, line, code, field):
    with pytest.raises(FaultyInput) as refusal:
        read(tmp_path, HEADER + line + "\n", now=NOW)

    assert (code, 2, field) in {(f.code, f.line, f.field) for f in refusal.value.faults}


def test_the_same_thing_said_twice_is_refused_with_both_lines(tmp_path):
    line = "S1,2005-11-20,nitrobenzene,1,mg/L,value,,\n"

    with pytest.raises(FaultyInput) as refusal:
        read(tmp_path, HEADER + line + line)

    (fault,) = refusal.value.faults
    assert (fault.code, fault.line, fault.facts["line"]) == ("duplicate", 3, 2)


def test_unsorted_lines_come_out_in_order_of_time(tmp_path):
    found = read(
        tmp_path,
        HEADER
        + "S2,2005-11-21,nitrobenzene,2,mg/L,value,,\nS1,2005-11-20,nitrobenzene,1,mg/L,value,,\n",
    )

    assert [each.site for each in found] == ["S1", "S2"]


def test_below_a_limit_is_a_limit_and_not_a_value(tmp_path):
    (found,) = read(tmp_path, HEADER + "S1,2005-11-20,nitrobenzene,<2,ug/L,value,,\n")

    assert (found.value, found.below) == (None, pytest.approx(0.002))


def test_a_header_alone_is_no_observations_and_an_empty_file_is_told(tmp_path):
    assert read(tmp_path, HEADER) == ()
    with pytest.raises(FaultyInput, match="empty"):
        read(tmp_path, "")


def test_without_any_zone_a_bare_time_is_refused(tmp_path):
    path = tmp_path / "seen.csv"
    path.write_text(HEADER + "S1,2005-11-20 10:00,nitrobenzene,1,mg/L,value,,\n")

    with pytest.raises(FaultyInput, match="zone"):
        read_observations(path, sites=SITES, substances=SUBSTANCES, zone=None)


def test_a_limit_that_is_no_number_is_quoted_as_it_was_written(tmp_path):
    with pytest.raises(FaultyInput) as refusal:
        read(tmp_path, HEADER + "S1,2005-11-20,nitrobenzene,<-1,mg/L,value,,\n")

    (fault,) = refusal.value.faults
    assert fault.value == "<-1"


def test_a_misspelt_column_is_not_lost_without_a_word(tmp_path):
    with pytest.raises(FaultyInput) as refusal:
        read(tmp_path, HEADER.replace("known_at", "known at"))

    (fault,) = refusal.value.faults
    assert (fault.code, fault.line, fault.field) == ("unknown_column", 1, "known at")
    assert "Write known_at" in fault.in_language("en")


def test_other_columns_and_a_source_are_left_alone(tmp_path):
    text = HEADER.strip() + ",source,sampler\nS1,2005-11-20,nitrobenzene,1,mg/L,value,,,a page,Li\n"

    (found,) = read(tmp_path, text)

    assert (found.value, found.source) == (1.0, "a page")


def test_flow_cases_and_ash_are_kept_in_their_own_units(tmp_path):
    file = tmp_path / "seen.csv"
    file.write_text(
        HEADER
        + "S1,2005-11-13T13:00+08:00,flow,1500,L/s,value,,\n"
        + "cn:220200,2005-11-14T13:00+08:00,reported_cases,12,cases,count,,\n"
        + "cn:220200,2005-11-15T13:00+08:00,load,250,g/m2,value,50,\n"
    )

    found = read_observations(
        file, sites={*SITES, "cn:220200"}, substances=SUBSTANCES, zone=None, now=NOW
    )

    assert [(each.value, each.unit) for each in found] == [
        (1.5, "m3/s"), (12.0, "cases"), (0.25, "kg/m2"),
    ]  # fmt: skip
    assert found[2].error == 0.05


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("S1,2005-11-13T13:00+08:00,flow,15,mg/L,value,,", "unit"),
        ("S1,2005-11-13T13:00+08:00,flow,15,m3/s,count,,", "kind"),
        ("S1,2005-11-13T13:00+08:00,reported_cases,1.5,cases,count,,", "kind"),
        ("S1,2005-11-13T13:00+08:00,reported_cases,,cases,count,,", "value"),
        ("S1,2005-11-13T13:00+08:00,speed,1,m/s,value,,", "quantity"),
    ],
)
def test_a_quantity_in_a_wrong_unit_or_kind_is_named(tmp_path, line, field):
    file = tmp_path / "seen.csv"
    file.write_text(HEADER + line + "\n")

    with pytest.raises(FaultyInput) as refusal:
        read_observations(file, sites=SITES, substances=SUBSTANCES, zone=None, now=NOW)

    assert [fault.field for fault in refusal.value.faults] == [field]
