from datetime import UTC, datetime

import pytest

from sameboat.lib.address import Address, parse_address, uuid7
from sameboat.lib.codes import normalise_code, prefecture_of
from sameboat.lib.geometry import great_circle_km
from sameboat.lib.likelihood import likelihood_word
from sameboat.lib.times import as_utc_text, parse_moment
from sameboat.lib.units import convert

NOON = datetime(2005, 11, 13, 5, 0, tzinfo=UTC)


def test_a_uuid_carries_its_moment_its_version_and_its_variant():
    made = uuid7(NOON, randomness=b"\xff" * 10)

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_later_uuids_sort_later():
    later = datetime(2005, 11, 13, 5, 0, 0, 1000, tzinfo=UTC)

    assert uuid7(NOON, b"\xff" * 10) < uuid7(later, b"\x00" * 10)


def test_an_address_survives_being_written_and_read():
    address = Address("iso:RU-KHA", "forecast", str(uuid7(NOON)))

    assert parse_address(str(address)) == address
    assert not set("/:") & set(address.as_cap_identifier())


@pytest.mark.parametrize(
    "text",
    ["", "cn:220200", "cn:220200/forecast", "cn:220200/forecast/a/b", "220200/x/1", "cn:1/X/1"],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="not an address"):
        parse_address(text)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("22", "cn:220000"),
        ("2202", "cn:220200"),
        ("230102", "cn:230102"),
        ("cn:110117114", "cn:110117114"),
        (" 110117114003 ", "cn:110117114003"),
        ("iso:RU-KHA", "iso:RU-KHA"),
        ("org:songhua-joint", "org:songhua-joint"),
    ],
)
def test_codes_of_every_source_are_kept_in_one_form(written, kept):
    assert normalise_code(written) == kept


@pytest.mark.parametrize(
    "written", ["", "2", "22020", "cn:22020", "RU-KHA", "cn:abcdef", "２２０２００"]
)
def test_what_is_no_code_is_refused(written):
    with pytest.raises(ValueError, match="neither"):
        normalise_code(written)


def test_places_compare_at_prefecture_level_and_municipalities_are_one_place():
    assert prefecture_of("cn:230102") == prefecture_of("cn:230183") == "cn:230100"
    assert prefecture_of("cn:110117") == "cn:110000"
    assert prefecture_of("iso:RU-KHA") == "iso:RU-KHA"


def test_a_moment_keeps_its_instant_and_one_without_zone_is_refused():
    assert parse_moment("2005-11-13T13:00+08:00") == NOON
    assert parse_moment("2005-11-13 13:00", zone="Asia/Shanghai") == NOON
    with pytest.raises(ValueError, match="no zone"):
        parse_moment("2005-11-13 13:00")


def test_moments_are_written_in_utc_with_milliseconds():
    assert as_utc_text(NOON.replace(microsecond=123999)) == "2005-11-13T05:00:00.123Z"


def test_moments_of_the_first_centuries_are_read_back():
    early = datetime(5, 1, 1, tzinfo=UTC)

    assert as_utc_text(early) == "0005-01-01T00:00:00.000Z"
    assert parse_moment(as_utc_text(early)) == early


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_has_no_date_in_utc_is_refused(text):
    with pytest.raises(ValueError, match="no calendar"):
        parse_moment(text)


def test_units_are_converted_once_and_strange_ones_refused():
    assert convert(100, "t", "mass") == 100_000
    assert convert(17, "µg/L", "concentration") == pytest.approx(0.017)
    with pytest.raises(ValueError, match="not a unit of mass"):
        convert(1, "mg/L", "mass")


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (1.0, "virtually certain"),
        (0.99, "virtually certain"),
        (0.9, "very likely"),
        (0.66, "likely"),
        (0.5, "as likely as not"),
        (0.32, "unlikely"),
        (0.05, "very unlikely"),
        (0.0, "very unlikely"),
    ],
)
def test_every_probability_has_one_word(probability, word):
    assert likelihood_word(probability) == word


def test_a_degree_of_latitude_is_111_km():
    assert great_circle_km(126.5, 45.0, 126.5, 46.0) == pytest.approx(111.19, abs=0.1)
