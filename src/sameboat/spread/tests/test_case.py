import pytest

from sameboat.spread.case import case_of

HOME = "cn:220200"


@pytest.mark.parametrize(
    ("moves", "p_reached", "case"),
    [
        ("travels", {}, "none"),
        ("travels", {HOME: 1.0}, "none"),
        ("travels", {"cn:220211": 1.0, HOME: 1.0}, "none"),
        ("travels", {"cn:230100": 0.0999}, "none"),
        ("travels", {"cn:230100": 0.1}, "I"),
        ("travels", {"cn:230102": 0.5}, "I"),
        ("travels", {"iso:RU-KHA": 0.5}, "I"),
        ("stays", {HOME: 1.0}, "none"),
        ("stays", {HOME: 1.0, "cn:230100": 1.0}, "II"),
        ("stays", {HOME: 0.05, "cn:230100": 1.0}, "III"),
    ],
)
def test_the_case_follows_from_what_moves_and_who_is_reached(moves, p_reached, case):
    assert case_of(moves=moves, origin=HOME, p_reached=p_reached) == case


def test_the_origins_own_province_is_not_another_city():
    assert case_of(moves="travels", origin=HOME, p_reached={"cn:220000": 1.0}) == "none"


def test_a_municipality_is_a_city_of_its_own():
    reached = {"cn:110000": 1.0}

    assert case_of(moves="travels", origin="cn:130600", p_reached=reached) == "I"
    assert case_of(moves="travels", origin="cn:110117", p_reached=reached) == "none"


def test_what_neither_travels_nor_stays_is_told_what_is_allowed():
    with pytest.raises(ValueError, match="allowed: travels, stays"):
        case_of(moves="hops", origin=HOME, p_reached={})
