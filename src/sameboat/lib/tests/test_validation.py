import re
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from pydantic_core import PydanticCustomError

from sameboat.lib.validation import SAYS, fault_from


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    members: int = Field(500, ge=10, le=10_000)
    seed: int = Field(1, ge=0, lt=2**63)
    error: float = Field(1.0, gt=0)
    kind: Literal["front", "peak"] = "peak"
    until: AwareDatetime | None = None
    earlier: UUID | None = None
    because: str = Field("rain", min_length=2, max_length=5)
    code: Annotated[str, Field(pattern="^[a-z]+$")] = "a"
    share: FiniteFloat = 0.5
    sites: list[str] = Field([], max_length=1)
    draft: dict[str, int] = {}
    known: bool = True


def fault_for(**given):
    with pytest.raises(ValidationError) as wrong:
        Asked(**given)
    return fault_from(wrong.value.errors()[0])


@pytest.mark.parametrize(
    ("given", "english", "chinese"),
    [
        ({"members": 5}, "members '5': lies outside its range. Allowed: ≥ 10.", "允许：≥ 10"),
        ({"members": 20_000}, "Allowed: ≤ 10000.", "允许：≤ 10000"),
        ({"seed": 2**63}, "Allowed: < 9223372036854775808.", "超出范围"),
        ({"error": 0}, "Allowed: > 0.", "允许：> 0"),
        ({"members": "many"}, "members 'many': must be a whole number.", "应为整数"),
        ({"members": 10.5}, "must be a whole number.", "应为整数"),
        ({"kind": "big"}, "kind 'big': is none of the allowed values. Allowed: front · peak.",
         "允许：front · peak"),
        ({"until": "2005-11-13T13:00"}, "has no offset from UTC.", "没有写明与 UTC 的时差"),
        ({"until": "noon"}, "until 'noon': must be a moment in time.", "应为时间"),
        ({"earlier": "1"}, "earlier '1': must be a UUID.", "应为 UUID"),
        ({"because": "a"}, "at least 2 characters.", "至少 2 个字符"),
        ({"because": "too long"}, "at most 5 characters. Shorten it.", "最多 5 个字符"),
        ({"because": 5}, "because '5': must be text.", "应为文字"),
        ({"code": "A"}, "does not have the form ^[a-z]+$.", "不符合格式 ^[a-z]+$"),
        ({"share": float("inf")}, "must be a finite number.", "应为有限的数"),
        ({"share": "half"}, "share 'half': must be a number.", "应为数字"),
        ({"sites": ["S1", "S2"]}, "has 2 items; at most 1 are taken.", "有 2 项，最多 1 项"),
        ({"sites": 5}, "must be a list.", "应为列表"),
        ({"draft": 5}, "must be an object.", "应为对象"),
        ({"known": "perhaps"}, "Write true or false.", "请写 true 或 false"),
        ({"colour": "red"}, "colour 'red': is not a field here.", "此处没有这个字段"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_in_both_languages(given, english, chinese):
    fault = fault_for(**given)

    assert english in fault.in_language("en")
    assert chinese in fault.in_language("zh-Hans")


def test_a_missing_field_is_told_without_the_whole_that_it_is_missing_from():
    class Draft(BaseModel):
        place: str

    with pytest.raises(ValidationError) as wrong:
        Draft(colour="red")

    fault = fault_from(wrong.value.errors()[0])
    assert fault.in_language("en") == "place: is missing. Give it and send again."
    assert fault.in_language("zh-Hans") == "place: 缺失。 请补上后重新提交。"


def test_a_type_without_words_of_ours_is_told_in_the_schema_s_own():
    error = {"type": "set_type", "loc": ("a",), "msg": "Input should be a {set}", "input": 5}

    assert fault_from(error).in_language("zh-Hans") == "a '5': Input should be a {set}."


def test_every_sentence_takes_only_what_the_context_has():
    names = {"min_length", "max_length", "actual_length", "pattern", "multiple_of"}

    found = {
        name for pair in SAYS.values() for says in pair for name in re.findall(r"{(\w+)}", says)
    }

    assert found == names


def test_the_types_of_our_own_have_words():
    for kind in ("not_whole", "not_a_moment"):
        assert PydanticCustomError(kind, "words").type in SAYS
