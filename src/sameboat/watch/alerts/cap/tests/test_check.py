"""Every flag, every refusal, and what must be let through, each by a message of its own."""

import base64
import hashlib
import threading

import pytest
from lxml import etree

from sameboat.watch.alerts.cap import Reference, check_alert
from sameboat.watch.alerts.cap.findings import MOST_TOLD
from sameboat.watch.alerts.cap.flags import FLAGS, NOTES
from sameboat.watch.alerts.cap.gate import MOST_BYTES
from sameboat.watch.alerts.cap.tests.messages import (
    AREA,
    OLDEST,
    info,
    message,
    with_area,
    with_resource,
)

EARLIER = "duty@city.example,A-6,2005-11-18T08:00:00+08:00"
FLAT = "<areaDesc>A</areaDesc>"
SIGNED = (
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>'
    '<Reference URI="{uri}"><Transforms><Transform Algorithm='
    '"http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms><DigestMethod '
    'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>{digest}</DigestValue>'
    "</Reference></SignedInfo></Signature>"
)
NEWEST = "urn:oasis:names:tc:emergency:cap:1.1"

FLAGGED = [
    ("identifier_characters", message(identifier="A 7")),
    ("identifier_characters", message(identifier="A,7")),
    ("identifier_characters", message(identifier="A&amp;7")),
    ("identifier_characters", message(identifier="A&lt;7")),
    ("identifier_characters", message(identifier="<!---->")),
    ("identifier_invisible", message(identifier="A\u200b7")),
    ("identifier_invisible", message(identifier="A\u009b7")),
    ("identifier_invisible", message(identifier="A\x7f7")),
    ("sender_characters", message(sender="duty desk")),
    ("sender_invisible", message(sender="d\u202eesk")),
    ("references_missing", message(msgType="Update")),
    ("references_missing", message(msgType="Cancel")),
    ("references_missing", message(msgType="Ack")),
    ("references_missing", message(msgType="Error")),
    ("references_form", message(msgType="Update", references="duty@city.example,A-6")),
    ("references_form", message(msgType="Update", references=f"{EARLIER};{EARLIER}")),
    ("references_form", message(references="a,b,2005-11-18T08:00:00Z")),
    ("references_form", message(references="a,b,2005-02-30T08:00:00+08:00")),
    ("references_form", message(references=f"{EARLIER}\u00a0{EARLIER}")),
    ("references_itself", message(references="duty@city.example,A-7,2005-11-18T09:00:00+08:00")),
    ("restriction_missing", message(scope="Restricted")),
    ("addresses_missing", message(scope="Private")),
    ("event_missing", message(info(event=" "))),
    ("web_not_absolute", message(info(web="city.example/alert"))),
    ("resource_mime_type", with_resource(mimeType="picture", uri="https://city.example/a.png")),
    ("resource_uri_relative", with_resource(uri="a.png")),
    ("resource_content", with_resource(derefUri="not base 64!")),
    ("resource_size", with_resource(size="-1")),
    ("polygon_form", with_area(FLAT + "<polygon>45,126;45,127;46,127;45,126</polygon>")),
    ("polygon_form", with_area(FLAT + "<polygon>4.5e1,126 45,127 46,127 4.5e1,126</polygon>")),
    ("polygon_form", with_area(FLAT + "<polygon>[[126,45],[127,45],[127,46],[126,45]]</polygon>")),
    ("polygon_form", with_area(FLAT + "<polygon/>")),
    ("polygon_form", with_area(FLAT + "<polygon>45,126\u00a045,127 46,127 45,126</polygon>")),
    ("polygon_short", with_area(FLAT + "<polygon>45,126 45,127 45,126</polygon>")),
    ("polygon_open", with_area(FLAT + "<polygon>45,126 45,127 46,127 46,126</polygon>")),
    ("polygon_range", with_area(FLAT + "<polygon>126,45 127,45 127,46 126,45</polygon>")),
    ("polygon_range", with_area(FLAT + "<polygon>45,181 45,182 46,182 45,181</polygon>")),
    ("circle_form", with_area(FLAT + "<circle>45, 126 5</circle>")),
    ("circle_form", with_area(FLAT + "<circle>45,126 -5</circle>")),
    ("circle_form", with_area(FLAT + "<circle>45,126 5km</circle>")),
    ("circle_form", with_area(FLAT + "<circle>45,126,5</circle>")),
    ("circle_form", with_area(FLAT + "<circle>5 45,126</circle>")),
    ("circle_range", with_area(FLAT + "<circle>126,45 5</circle>")),
    ("ceiling_without_altitude", with_area(AREA + "<ceiling>1000</ceiling>")),
    ("signature_broken", message(info() + SIGNED.format(uri="", digest="AAAA"))),
    ("signature_broken", message(info() + SIGNED.format(uri="", digest="no base 64!"))),
    ("signature_unreadable", message(info() + SIGNED.format(uri="https://x.example", digest="A"))),
    ("signature_unreadable", message(info() + SIGNED.format(uri="", digest="AAAA") * 5)),
    ("cap_1_1", message(namespace=NEWEST)),
    ("cap_1_0", OLDEST),
    ("time_form", message(namespace=NEWEST, sent="2005-11-18T01:00:00.5Z")),
    ("time_without_zone", message(namespace=NEWEST, sent="2005-11-18T01:00:00")),
]  # fmt: skip
ACCEPTED = {
    "as it is": message(),
    "prefixed": message().replace(b"<", b"<c:").replace(b"<c:/", b"</c:").replace(
        b"<c:?", b"<?").replace(b"xmlns=", b"xmlns:c="),
    "UTC with plus": message(sent="2005-11-18T09:00:00+00:00"),
    "quarter of an hour": message(sent="2005-11-18T09:00:00+05:45"),
    "leap day at its end": message(sent="2004-02-29T24:00:00+08:00"),
    "year 1": message(sent="0001-01-01T00:00:00-00:00"),
    "over before it was sent": message(info(expires="2005-11-01T09:00:00+08:00")),
    "Cancel without info": message("", msgType="Cancel", references=EARLIER),
    "two references": message(references=f"{EARLIER}\n {EARLIER.replace('A-6', 'A-5')}"),
    "restricted": message(scope="Restricted", restriction="members"),
    "private": message(scope="Private", addresses='"Harbin desk" b@c.example'),
    "CDATA": message(info(event="<![CDATA[Fire & <flood>]]>")),
    "words of a declaration in CDATA": message(note="<![CDATA[<!DOCTYPE html> <!ENTITY a>]]>"),
    "words of a declaration in a comment": message().replace(
        b"<alert", b"<!-- <!DOCTYPE x> --><alert"),
    "words of a declaration in an instruction": message().replace(
        b"<alert", b"<?x <!DOCTYPE?><alert"),
    "the end of a day referred to": message(references="a,b,2005-11-17T24:00:00+08:00"),
    "all scripts": message(info(event="فيضان 洪水 बाढ़ 🌊 é")),
    "over the 180th meridian": with_area(
        FLAT + "<polygon>-18,178 -18,-178 -16,-178 -16,178 -18,178</polygon>"),
    "round a pole": with_area(
        FLAT + "<polygon>80,-180 80,-90 80,0 80,90 80,180 80,-180</polygon>"),
    "plus signs, spaces around": with_area(
        FLAT + "<polygon>\n +10,+20 +11,+20\n+11,+21 +10,+20\t</polygon>"),
    "no area at all": with_area(FLAT + "<polygon>1,2 1,2 1,2 1,2</polygon>"),
    "radius of nothing": with_area(FLAT + "<circle>45,126 0</circle>"),
    "altitude and ceiling": with_area(AREA + "<altitude>0</altitude><ceiling>1000</ceiling>"),
    "empty signature": message(
        info() + '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'),
    "relative name of an enclosed file": with_resource(uri="a.png", derefUri="QUJD\nREVG"),
    "byte order mark": b"\xef\xbb\xbf" + message(),
    "UTF-16 with mark": message().decode().encode("utf-16"),
    "UTF-16 without mark": message().decode().encode("utf-16-be"),
    "GB 18030": message(info(event="洪水")).decode().replace(
        'version="1.0"', 'version="1.0" encoding="GB2312"').encode("gb18030"),
    "Big5": message(info(event="洪水")).decode().replace(
        'version="1.0"', 'version="1.0" encoding="Big5"').encode("big5"),
}  # fmt: skip
DOCTYPE = b'<!DOCTYPE alert [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
REFUSED = {
    "too_large": [message(note="x" * MOST_BYTES)],
    "empty": [b"", b" \n"],
    "control_character": [message(note="\x0b"), message(note="\0"), message(note="\ufffe")],
    "declaration": [
        DOCTYPE + message().partition(b"\n")[2],
        b"<!doctype html><html/>",
        (DOCTYPE + message().partition(b"\n")[2]).decode().encode("utf-16"),
        (DOCTYPE + message().partition(b"\n")[2]).decode().encode("utf-16-le"),
        message().replace(b"?>", b' encoding="UTF-16"?>' + DOCTYPE).decode().encode("utf-16"),
        *[
            before + DOCTYPE + message().partition(b"\n")[2]
            for before in (b"<!-- <!DOCTYPE x> -->", b"<!---->", b"<!-- a -- b -->", b"<?a ?>",
                           b"<?>", b"<?a?><!-- never closed ", b"\xef\xbb\xbf")
        ],
    ],
    "too_many_attributes": [
        message(note="".join(f'<a xmlns:p{n}="u{n}"/>' for n in range(300))),
        message().replace(
            b"<info>", b"<info " + b" ".join(b'a%d="1"' % n for n in range(3000)) + b">"),
    ],
    "encoding_unknown": [message().replace(b"?>", b' encoding="UTF-7"?>')],
    "encoding_broken": [
        message(note="x").replace(b">x<", b">\xed\xa0\x80<"),
        bytes(range(128, 256)) * 4,
    ],
    "not_well_formed": [
        b"{}", b"<alert>", message() + message().partition(b"\n")[2], message()[:200],
        message().replace(b"<status", b'<status a="1" a="2"'),
        message(note="&nbsp;"), message(note="&#8;"), b"<a>" * 100_000,
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
    "not_cap": [b"<root/>", message(namespace="urn:OASIS:names:tc:emergency:cap:1.2"),
                b'<info xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>',
                b'<feed xmlns="http://www.w3.org/2005/Atom"/>'],
    "not_in_schema": [
        message(sender=""), message(info(event="")), with_area("<polygon>1,2</polygon>"),
        message(scope="public"), message(info(urgency="Now")), message(info(category="Weather")),
        message(sent="2005-11-18T01:00:00Z"), message(sent="2005-11-18T09:00:00"),
        message(sent="2005-11-18T09:00:00.5+08:00"), message(sent="2005-11-31T09:00:00+08:00"),
        message(sent="2005-11-18 09:00:00+08:00"), message(info(language="en_US")),
        with_resource(mimeType=""), message(note="<b>bold</b>"),
        message().replace(b"<status>", b'<status id="1">'),
        message().replace(b"<info>", b"<priority>high</priority><info>"),
        message().replace(b"</identifier>", b"</identifier>text"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("flag", "raw"), FLAGGED, ids=lambda each: str(each)[:40])
def test_a_broken_rule_of_the_text_is_flagged(flag, raw):
    found = check_alert(raw)

    assert (found.verdict, found.reason) == ("flagged", None)
    assert flag in found.flags
    assert found.alert is not None


def test_every_flag_that_needs_no_context_has_a_message():
    of_context = {
        "reference_unknown", "out_of_sequence", "identifier_reused", "followed_before",
    }  # fmt: skip

    assert {flag for flag, _raw in FLAGGED} | of_context == set(FLAGS)


@pytest.mark.parametrize("raw", ACCEPTED.values(), ids=ACCEPTED)
def test_what_the_standard_allows_is_valid(raw):
    found = check_alert(raw)

    assert (found.verdict, found.flags, found.reason) == ("valid", (), None)


@pytest.mark.parametrize(
    ("code", "raw"),
    [(code, raw) for code, raws in REFUSED.items() for raw in raws],
    ids=lambda each: str(each)[:30],
)
def test_what_is_unsafe_or_unreadable_is_refused_with_its_reason(code, raw):
    found = check_alert(raw, filename="x.xml")

    assert (found.verdict, found.alert) == ("refused", None)
    assert (found.reason.code, found.reason.file) == (code, "x.xml")
    assert found.reason.in_language("en")


def test_a_moment_that_no_calendar_has_is_refused():
    found = check_alert(message(namespace=NEWEST, sent="12005-11-18T09:00:00+08:00"))

    assert (found.verdict, found.reason.code) == ("refused", "time_unreadable")
    assert (found.reason.field, found.reason.line) == ("sent", 2)


def test_a_refusal_names_line_element_value_and_what_is_allowed():
    reason = check_alert(message(scope="public")).reason

    assert (reason.line, reason.field, reason.value) == (2, "scope", "public")
    assert reason.allowed == "Public, Restricted, Private"


def test_a_missing_element_is_named():
    assert "event" in check_alert(message(info(event=""))).reason.allowed


def test_a_flag_names_line_and_value():
    found = check_alert(with_area(FLAT + "<polygon>45,126 45,127 45,126</polygon>"))

    fault = found.faults[0]
    assert (fault.field, fault.line) == ("polygon", 2)
    assert fault.value == "45,126 45,127 45,126"


@pytest.mark.parametrize(
    "raw",
    [with_area(FLAT + "<polygon/>" * 5000), message(references="a,b " * 5000)],
    ids=["polygons", "references"],
)
def test_a_rule_broken_thousands_of_times_is_told_a_few_times(raw):
    found = check_alert(raw)

    assert found.verdict == "flagged"
    assert len(found.flags) == 1
    assert len(found.faults) == MOST_TOLD


def test_entities_never_reach_a_fault_or_an_alert(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("do-not-tell")
    doctype = f'<!DOCTYPE alert [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'.encode()

    found = check_alert(doctype + message(note="&s;").partition(b"\n")[2])

    assert found.verdict == "refused"
    assert "do-not-tell" not in repr(found)


def test_a_signature_covers_the_instructions_around_the_message():
    raw = message(info() + SIGNED).replace(b"<alert", b"<?xml-stylesheet href='a'?><alert", 1)
    unsigned = raw.replace(SIGNED.encode(), b"")
    whole = etree.tostring(etree.ElementTree(etree.fromstring(unsigned)), method="c14n")
    digest = base64.b64encode(hashlib.sha256(whole).digest()).decode()

    found = check_alert(raw.replace(SIGNED.encode(), SIGNED.format(uri="", digest=digest).encode()))

    assert b"xml-stylesheet" in whole
    assert (found.verdict, found.flags) == ("valid", ())


def test_what_is_odd_but_allowed_is_a_note_and_no_flag():
    found = check_alert(
        message(
            info("<areaDesc>A</areaDesc>", expires="", event="<![CDATA[<b>Flood</b> \u202e]]>"),
            sent="2005-11-18T09:00:00+00:00", restriction="members",
            references="a,b,2006-11-18T08:00:00+08:00",
        )
    )  # fmt: skip

    assert found.verdict == "valid"
    assert set(found.notes) == {
        "no_expires", "area_without_ground", "markup_in_text", "direction_override",
        "utc_as_plus", "restriction_not_needed", "reference_later",
    }  # fmt: skip
    assert set(found.notes) <= set(NOTES)


def test_cap_1_0_is_read_with_its_names_and_values():
    alert = check_alert(OLDEST).alert

    assert alert.version == "1.0"
    assert alert.infos[0].event_codes == (("local", "GAL"),)
    assert alert.infos[0].areas[0].geocodes == (("zone", "12"),)
    assert alert.infos[0].areas[0].circles == ((54.5, -3.1, 20.0),)


def known(text: str) -> Reference:
    return check_alert(message(references=text)).alert.references[0]


def test_a_cancel_of_something_known_is_in_sequence():
    raw = message("", msgType="Cancel", references=EARLIER)

    assert check_alert(raw, known=[known(EARLIER)]).verdict == "valid"


def test_a_cancel_that_matches_nothing_is_flagged():
    raw = message("", msgType="Cancel", references=EARLIER)

    assert check_alert(raw, known=[]).flags == ("reference_unknown",)


def test_a_reference_with_another_moment_matches_nothing():
    raw = message(msgType="Update", references=EARLIER)
    other = known(EARLIER.replace("T08", "T07"))

    assert check_alert(raw, known=[other]).flags == ("reference_unknown",)


def test_an_update_older_than_what_it_updates_is_out_of_sequence():
    later = EARLIER.replace("T08", "T10")

    found = check_alert(message(msgType="Update", references=later), known=[known(later)])

    assert found.flags == ("out_of_sequence",)


def test_the_same_identifier_at_another_moment_is_flagged():
    before = known("duty@city.example,A-7,2005-11-18T08:00:00+08:00".replace("A-7", "A-8"))

    found = check_alert(message(identifier="A-8"), known=[before])

    assert found.flags == ("identifier_reused",)


def test_threads_judge_alike_at_the_same_time():
    raws = [raw for _flag, raw in FLAGGED] + [raw for raws in REFUSED.values() for raw in raws[:1]]
    expected = [check_alert(raw).flags for raw in raws]
    found: list[list[tuple[str, ...]]] = []

    threads = [
        threading.Thread(target=lambda: found.append([check_alert(raw).flags for raw in raws]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 4
