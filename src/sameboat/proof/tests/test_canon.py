from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.proof import canon
from sameboat.proof.canon import canonical, read_canonical
from sameboat.proof.chain import BEGINNING, first_broken, link

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)  # fmt: skip


def test_the_rfc_s_own_literals_and_strings_come_out_as_printed_there():
    value = {
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }

    assert canonical(value) == (
        b'{"literals":[null,true,false],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_sorted_by_utf_16_code_units_as_the_rfc_shows():
    value = {
        "€": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "ö": "Latin Small Letter O With Diaeresis",
    }

    ordered = list(read_canonical(canonical(value)))

    assert ordered == ["\r", "1", "\u0080", "ö", "€", "\U0001f600", "\ufb33"]


@given(VALUES)
def test_what_is_written_is_read_back_and_is_the_same_bytes_again(value):
    raw = canonical(value)

    assert canonical(read_canonical(raw)) == raw


class Level(IntEnum):
    LOW = 1


ODD = [0.5, float("nan"), 1.0, (1, 2), {1: "x"}, {True: 1}, {None: 1}, b"x", 2**53, -(2**53),
       2**53 - 1, 10**15, -(10**14), Level.LOW, "\ud800", "\U0001f600",
       {"\ufb33": 1, "\U0001f600": 2}, {"a": {3}}, float("inf"), -0.0, 10**400]  # fmt: skip


def written(value, at_once):
    try:
        return at_once(value)
    except ValueError:
        return None


@given(VALUES | st.sampled_from(ODD) | st.lists(VALUES | st.sampled_from(ODD), max_size=3))
def test_the_quick_way_writes_what_the_long_way_does_or_leaves_it_to_it(value):
    quick = canon._written_at_once(value)

    assert quick in (None, written(value, canon._written_out))
    assert written(value, canonical) == written(value, canon._written_out)


@pytest.mark.parametrize(
    "value",
    [0.5, float("nan"), 2**53, -(2**53), "\ud800", {"a": [1.0]}, {1: "x"}, b"x", {"a": {3}}],
)
def test_what_has_no_one_text_is_refused(value):
    with pytest.raises(ValueError, match=r"\$|UTF"):
        canonical(value)


@pytest.mark.parametrize(
    "raw", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b'"\\u0041"', b"1.0"]
)
def test_bytes_in_another_form_are_refused(raw):
    with pytest.raises(ValueError, match=r"canonical|float"):
        read_canonical(raw)


def test_what_lies_too_deep_is_refused_and_not_a_crash():
    deep: list[object] = []
    for _level in range(100_000):
        deep = [deep]

    with pytest.raises(ValueError, match="deep"):
        canonical(deep)
    with pytest.raises(ValueError, match="deep"):
        read_canonical(b"[" * 100_000 + b"]" * 100_000)


def test_escapes_are_the_shortest_and_others_stay_as_they_are():
    assert canonical('\b\t\n\f\r"\\/\x00\x1f\x7f\u2028\U0001f30a') == (
        b'"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\x7f\xe2\x80\xa8\xf0\x9f\x8c\x8a"'
    )


@pytest.mark.parametrize("raw", [b"-0", b"1e2", b"NaN", b"9007199254740992", b'"\xed\xa0\x80"'])
def test_numbers_and_texts_with_a_second_form_are_refused(raw):
    with pytest.raises(ValueError, match=r"canonical|float|2\^53|utf-8"):
        read_canonical(raw)


def test_a_chain_follows_and_one_changed_byte_is_found_where_it_is():
    first = link(BEGINNING, b"one")
    second = link(first, b"two")
    entries = [(b"one", first), (b"two", second), (b"three", link(second, b"three"))]

    assert first_broken(entries) is None
    assert first_broken([entries[0], (b"twp", second), entries[2]]) == 1
    assert first_broken(entries[1:]) == 0
    assert first_broken(entries[1:], previous=first) is None
