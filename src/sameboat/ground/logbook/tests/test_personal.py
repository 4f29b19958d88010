"""What looks like a person's number or address is found however it is written, and nothing else."""

from time import perf_counter

import pytest

from sameboat.ground.logbook.personal import personal_in

MOBILE, RESIDENT, MAIL = "a mobile telephone's number", "a resident's number", "an e-mail address"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("139 1234 5678", MOBILE),
        ("call 139-1234-5678.", MOBILE),
        ("139.1234.5678", MOBILE),
        ("1391 234 5678", MOBILE),
        ("139 12 34 56 78", MOBILE),
        ("139-12345678", MOBILE),
        ("139 12345678", MOBILE),
        ("1391234-5678", MOBILE),
        ("139 - 1234 - 5678", MOBILE),
        ("139–1234–5678", MOBILE),
        ("139\u00a01234\u20095678", MOBILE),
        ("139\u200b1234\u200b5678", MOBILE),
        ("电话１３９１２３４５６７８", MOBILE),
        ("电话：１３９－１２３４－５６７８。", MOBILE),
        ("١٣٩١٢٣٤٥٦٧٨", MOBILE),
        ("+86 139 1234 5678", MOBILE),
        ("+86-139-1234-5678", MOBILE),
        ("(+86)13912345678", MOBILE),
        ("＋８６ １３９ １２３４ ５６７８", MOBILE),
        ("0086 139 1234 5678", MOBILE),
        ("008613912345678", MOBILE),
        ("86 139 1234 5678", MOBILE),
        ("at 20:00 139 1234 5678", MOBILE),
        ("139 1234 5678 20:00", MOBILE),
        ("11010519491231002X", RESIDENT),
        ("110105 19491231 002X", RESIDENT),
        ("110105 1949 1231 002x", RESIDENT),
        ("No. 7 110105-19491231-002X", RESIDENT),
        ("１１０１０５１９４９１２３１００２Ｘ", RESIDENT),
        ("wang@example.com", MAIL),
        ("ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", MAIL),
        ("wang @ example.com", MAIL),
        ("wang@ mail.example.cn.", MAIL),
    ],
)
def test_however_it_is_written_it_is_found(text, found):
    assert personal_in({"note": text}) == found


@pytest.mark.parametrize(
    "text",
    [
        "2005-11-13 20:00",
        "2005-11-13T05:00:00.000Z",
        "13 14 1500 1600",
        "20051113 1391234",
        "130.3625 46.8000",
        "46.8000,130.3625",
        "130.36251234",
        "139.1234 5678",
        "150 1520 1610 1700 1650 m3/s",
        "150-160-1700",
        "13000-140000 people",
        "180 20051113",
        "1391234567.8",
        "13912345678.5",
        "a 13912345678b",
        "cn:220200/entry/13912345678901",
        "cn:220200/alert/0193a1f0-1391-1234-5678-5d0c2f1f7a14",
        "cn.220200.alert.0193a1f0-5a6d-7c11-8b52-139123456789",
        "1391-1234-5678-1391",
        "cn:139123 cn:220200 cn:230102001",
        "1" * 64,
        "0193a1f05a6d7c118b52139123456785d0c2f1f7a14139123456780193a1f05a",
        "010-12345678",
        "0432-1391234",
        "110105194912310021",  # its last digit is another
        "110105 19493131 0027",  # no such day
        "320 @ 20.5 m",
        "the desk @ Harbin. Then on.",
        "@",
    ],
)
def test_what_is_another_number_is_let_through(text):
    assert personal_in({"note": text}) is None
    assert personal_in([{"deep": text}]) is None


def test_a_long_text_is_read_in_a_moment():
    marks = "a" + "\u0315\u0300" * 100_000  # to be put in order, which takes the square of a run
    repeated = ("1" * 100_000, "1 " * 50_000, "139 1234 " * 10_000, "a" * 100_000, "a@" * 50_000)
    for text in (marks, *repeated):
        began = perf_counter()
        assert personal_in(text) is None
        assert perf_counter() - began < 5
