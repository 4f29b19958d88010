"""What a scenario asks a model: shapes, options, rules, and the tables read into it."""

import pytest

from sameboat.packs import check_pack, read_pack

FRAME = """title = { zh-Hans = "演练", en = "A drill" }
hazard = "epidemic"
moves = "travels"
origin = "cn:220200"
started_at = 2020-01-10T00:00:00+08:00
"""
EPIDEMIC = (
    FRAME
    + """
[inputs]
places = "@tables/places.csv"
mobility = { model = "links", links = "@tables/links.csv" }
[parameters]
r0 = 2.5
[[option]]
key = "stay"
name = { zh-Hans = "限制", en = "Stay" }
[[option.measure]]
kind = "restrict_travel"
at = "220200"
from = 2020-01-23T10:00:00+08:00
amount = 0.9
"""
)
COMPOUND = (
    FRAME.replace("epidemic", "compound")
    + """
[stage.plume]
hazard = "air_release"
[stage.plume.inputs]
weather = "@tables/places.csv"
[stage.grid]
hazard = "cascade"
[[rule]]
stage = "plume"
target = "S1"
above = 0.5
then = "grid"
event = "fails:A"
"""
)


@pytest.fixture
def asking(pack):
    """Write a scenario and its tables into a small pack and return the folder."""

    def write(scenario, **tables):
        kept = {
            "places": "key,residents,levels,name\n0123,1000,1; 2.5,A\n0456,,3,B\n",
            "links": "from,to,share\n0123,0456,0.1\n",
        }
        (pack.folder / "tables").mkdir(exist_ok=True)
        for name, text in {**kept, **tables}.items():
            (pack.folder / f"tables/{name}.csv").write_text(text)
        (pack.folder / "scenarios/drill.toml").write_text(scenario)
        manifest = pack.folder / "pack.toml"
        manifest.write_text(
            manifest.read_text().replace('files = ["*.csv"', 'files = ["*.csv", "tables/*.csv"')
        )
        return pack.folder

    return write


def drill(folder):
    return next(each for each in read_pack(folder).scenarios if each.key == "drill")


def test_rows_of_a_table_stand_in_the_scenario(asking):
    content = drill(asking(EPIDEMIC)).content

    assert content["inputs"]["places"] == [
        {"key": "0123", "residents": 1000, "levels": [1, 2.5], "name": "A"},
        {"key": "0456", "levels": 3, "name": "B"},
    ]
    assert content["inputs"]["mobility"]["links"] == [{"from": "0123", "to": "0456", "share": 0.1}]


def test_a_column_with_one_word_in_it_stays_words(asking):
    folder = asking(EPIDEMIC, places="key,residents\na,10\nb,many\n")

    rows = drill(folder).content["inputs"]["places"]

    assert [row["residents"] for row in rows] == ["10", "many"]


def test_a_table_is_part_of_what_a_pack_is(asking):
    before = read_pack(asking(EPIDEMIC)).digest
    after = read_pack(asking(EPIDEMIC, links="from,to,share\n0123,0456,0.2\n")).digest

    assert before != after


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("@tables/places.csv", "@tables/../pack.csv", "inputs.places"),
        ("@tables/places.csv", "@elsewhere.csv", "inputs.places"),
        ("[inputs]", "[input]", "input"),
        ("[parameters]", "[[parameters]]", "parameters"),
        ('key = "stay"\n', "", "option[0].key"),
        ('key = "stay"', 'key = "nothing"', "option[0].measure"),
        ('name = { zh-Hans = "限制", en = "Stay" }', "", "option[0].name"),
        ("amount = 0.9", 'amount = "most"', "option[0].measure[0].amount"),
        ("amount = 0.9", "ammount = 0.9", "option[0].measure[0].ammount"),
        ('at = "220200"', "", "option[0].measure[0].at"),
        ("from = 2020", "from_hours = 3\nfrom = 2020", "option[0].measure[0].from"),
        ("from = 2020-01-23T10:00:00+08:00", 'from = "soon"', "option[0].measure[0].from"),
        ("[[option]]", "[option]", "option"),
    ],
)
def test_what_has_another_shape_is_named(asking, old, new, field):
    folder = asking(EPIDEMIC.replace(old, new, 1))

    faults = check_pack(folder)

    assert field in [fault.field for fault in faults]
    assert all(fault.file == "scenarios/drill.toml" for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('then = "grid"', 'then = "gird"', "rule[0].then"),
        ('event = "fails:A"', "", "rule[0].event"),
        ('event = "fails:A"', 'event = "fails:A"\nwhen = 5', "rule[0].when"),
        ('hazard = "cascade"', 'hazard = "compound"', "stage.grid.hazard"),
        ('hazard = "cascade"', 'hazard = "cascade"\nmodel = 5', "stage.grid.model"),
        ("[stage.plume]", "rounds = 99\n[stage.plume]", "rounds"),
        ("[stage.plume]", 'shows = "sun"\n[stage.plume]', "shows"),
    ],
)
def test_a_chain_that_does_not_hold_together_is_named(asking, old, new, field):
    assert drill(asking(COMPOUND)).content["stage"]["plume"]["inputs"]["weather"]

    faults = check_pack(asking(COMPOUND.replace(old, new, 1)))

    assert field in [fault.field for fault in faults]


def test_a_table_that_is_not_there_or_broken_is_named_by_its_file(asking):
    missing = check_pack(asking(EPIDEMIC.replace("links.csv", "lniks.csv")))
    broken = check_pack(asking(EPIDEMIC, links='from,to,share\n"a,b,0.1\n'))
    long = check_pack(asking(EPIDEMIC, links="from,to,share\n" + "a,b,0.1\n" * 20_001))

    assert [fault.file for fault in missing] == ["tables/lniks.csv"]
    assert {fault.file for fault in broken} == {"tables/links.csv"}
    assert [fault.code for fault in long] == ["too_large"]


@pytest.mark.parametrize("text", ["", "\n\n", " \n1,2\n", ",,\n1,2,3\n", "\ufeff"])
def test_a_table_without_a_header_is_named(asking, text):
    faults = check_pack(asking(EPIDEMIC, places=text))

    assert any("tables/places.csv" in fault.in_language("en") for fault in faults)
