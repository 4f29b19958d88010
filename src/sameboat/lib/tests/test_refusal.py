import json
from typing import ClassVar

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import choose, closest
from sameboat.lib.refusal import Refusal


class TankEmpty(Refusal):
    says = "{tank} holds {litres} L: fill it."


def test_a_refusal_says_its_facts_and_keeps_them():
    refusal = TankEmpty(tank={"zh-Hans": "一号罐", "en": "Tank 1"}, litres=0)

    assert refusal.in_language("en") == "Tank 1 holds 0 L: fill it."
    assert refusal.in_language("zh-Hans").startswith("一号罐")
    assert refusal.name == "TankEmpty"
    assert refusal.facts["litres"] == 0


def test_a_list_among_the_facts_reads_as_a_sentence():
    class Waiting(Refusal):
        says = "waiting for {places}"

    refusal = Waiting(places=[{"zh-Hans": "吉林", "en": "Jilin"}, "cn:230100"])

    assert refusal.in_language("en") == "waiting for Jilin, cn:230100"
    assert refusal.in_language("zh-CN") == "waiting for 吉林、cn:230100"


def test_a_code_among_the_facts_reads_as_words_and_stays_a_code():
    class Shut(Refusal):
        says = "The gate is {state}."
        words: ClassVar = {"state": {"shut_by_hand": "shut by hand"}}

    assert Shut(state="shut_by_hand").in_language("en") == "The gate is shut by hand."
    assert Shut(state="shut_by_hand").facts["state"] == "shut_by_hand"
    assert Shut(state="gone").in_language("en") == "The gate is gone."


def test_a_fault_names_file_line_field_value_range_and_next_step():
    fault = Fault(
        code="share",
        file="places.csv",
        line=7,
        field="share_65",
        value="1.7",
        problem="is not a share.",
        allowed="0 to 1",
        next_step="Write 0.17 for 17 %.",
    )

    said = fault.in_language("en")

    assert said == (
        "places.csv:7: share_65 '1.7': is not a share. Allowed: 0 to 1. Write 0.17 for 17 %."
    )
    assert fault.as_dict()["line"] == 7


def test_a_very_long_value_is_cut_in_the_message():
    fault = Fault(code="x", problem="is too long.", value="a" * 5000)

    assert len(fault.in_language("en")) < 120


def test_faulty_input_counts_its_faults_and_shows_the_first():
    refusal = FaultyInput([Fault(code="a", problem="is empty.", field="mass"), Fault("b", "no")])

    assert "2" in str(refusal)
    assert "mass" in str(refusal)
    assert len(refusal.faults) == 2


def test_any_tag_finds_its_language():
    tags = ("zh", "zh-CN", "zh_Hans", "zh-TW", "en-US", "fr", None)

    assert [closest(tag) for tag in tags] == ["zh-Hans"] * 4 + ["en"] * 3


def test_a_missing_name_falls_back_to_the_one_there_is():
    assert choose({"zh-Hans": "达连河"}, "en") == "达连河"
    assert choose({"zh": "达连河", "en": "Dalianhe"}, "en-US") == "Dalianhe"
    assert choose({}, "en") == ""


def test_a_fault_that_a_row_keeps_is_said_in_any_language():
    fault = Fault(
        "out_of_range", "lies outside its range.", file="a.csv", line=3, field="share",
        value="1.7", allowed="0 to 1", next_step="Check the unit.", facts={"most": 1},
    )  # fmt: skip

    kept = Fault.from_row(json.loads(json.dumps(fault.as_row())))

    assert kept.in_language("en") == fault.in_language("en")
    assert kept.in_language("zh-Hans") == fault.in_language("zh-Hans") != fault.in_language("en")
    assert kept.as_dict() == fault.as_dict()
