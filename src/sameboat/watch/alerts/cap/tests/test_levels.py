"""The official level follows from the borders that harm crosses."""

import pytest

from sameboat.watch.alerts.cap.levels import LEVELS, level_of, level_parameters


@pytest.mark.parametrize(
    ("reached", "level"),
    [
        (["cn:220200"], "IV"),
        (["cn:220202", "cn:220281"], "IV"),
        (["cn:220202", "cn:220700"], "III"),
        (["cn:220700", "cn:230102"], "II"),
        (["cn:230102", "iso:RU-KHA"], "I"),
        ([], "IV"),
    ],
)
def test_the_level_is_that_of_the_farthest_border_crossed(reached, level):
    assert level_of("cn:220200", reached) == LEVELS[level]


def test_a_municipality_is_one_place():
    assert level_of("cn:110117", ["cn:110101"]) == LEVELS["IV"]


def test_within_another_country_no_border_is_crossed():
    assert level_of("iso:RU-KHA", ["iso:RU-AMU"]).numeral in {"II", "III"}


def test_cap_carries_the_numeral_and_the_colour():
    assert level_parameters(LEVELS["I"]) == (("sameboat:level", "I"), ("sameboat:colour", "red"))
