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
    ],
)
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
