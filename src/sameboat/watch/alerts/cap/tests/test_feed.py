"""Our Atom feed, and alerts taken out of feeds that others give."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.cap.feed import (
    ATOM,
    MOST_ALERTS,
    Entry,
    alerts_in,
    open_feed,
    write_feed,
)
from sameboat.watch.alerts.cap.gate import Unsafe
from sameboat.watch.alerts.cap.tests.messages import info, message

NOW = datetime(2005, 11, 18, 1, tzinfo=UTC)
BOTH = message(info(event="Water pollution") + info(language="zh-CN", event="水污染"))
BARE = message().partition(b"\n")[2]
FEEDS = {
    "atom": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content>%s</content></entry>'
    b"<entry><content>%s</content></entry></feed>",
    "rss": b'<rss version="2.0"><channel><item>%s</item><item>%s</item></channel></rss>',
    "edxl": b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><contentObject>'
    b"%s</contentObject><contentObject>%s</contentObject></EDXLDistribution>",
}


def feed(language="en"):
    alert = check_alert(BOTH).alert
    raw = write_feed(
        title="Alerts", address="https://a.example/feed", author="Jilin", updated=NOW,
        entries=[Entry(alert, "https://a.example/A-7.xml", NOW)], language=language,
    )  # fmt: skip
    return etree.fromstring(raw)


def test_an_entry_links_to_the_message():
    entry = feed().find(f"{{{ATOM}}}entry")

    link = entry.find(f"{{{ATOM}}}link")
    assert link.attrib == {
        "rel": "alternate", "type": "application/cap+xml", "href": "https://a.example/A-7.xml"
    }  # fmt: skip
    assert entry.findtext(f"{{{ATOM}}}id") == "urn:cap:duty@city.example:A-7"
    assert entry.findtext(f"{{{ATOM}}}updated") == "2005-11-18T01:00:00Z"


@pytest.mark.parametrize(("language", "title"), [("en", "Water pollution"), ("zh-Hans", "水污染")])
def test_titles_are_in_the_language_asked(language, title):
    assert feed(language).findtext(f"{{{ATOM}}}entry/{{{ATOM}}}title") == title


def test_an_empty_feed_is_a_feed():
    raw = write_feed(
        title="Alerts", address="https://a.example/feed", author="Jilin", updated=NOW, entries=[]
    )

    assert etree.fromstring(raw).findtext(f"{{{ATOM}}}updated") == "2005-11-18T01:00:00Z"


@pytest.mark.parametrize("around", FEEDS.values(), ids=FEEDS)
def test_every_alert_in_a_feed_is_found_and_stands_alone(around):
    found = alerts_in(around % (BARE, BARE.replace(b"A-7", b"A-8")))

    verdicts = [check_alert(raw) for raw in found]
    assert [each.verdict for each in verdicts] == ["valid", "valid"]
    assert [each.alert.identifier for each in verdicts] == ["A-7", "A-8"]


ODD = BARE.replace(b"<status>", b"<!-- kept -->\r\n<status >").replace(b'"', b"'")


@pytest.mark.parametrize("around", FEEDS.values(), ids=FEEDS)
def test_an_alert_is_taken_to_the_byte_where_it_can_stand_alone(around):
    feed = open_feed(around % (ODD, BARE + b" after it"))

    assert [each.raw for each in feed.alerts] == [ODD.strip(), BARE.strip()]
    assert all(each.as_sent for each in feed.alerts)


PREFIXED = (
    b'<rss xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"><cap:alert>'
    b"<cap:identifier>A-9</cap:identifier></cap:alert></rss>"
)
DEFAULTED = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><c:alert xmlns:c='
    b'"urn:oasis:names:tc:emergency:cap:1.2"><identifier/></c:alert></feed>'
)
EMPTY = b'<rss><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2" /><x a=">"/></rss>'


@pytest.mark.parametrize("raw", [PREFIXED, DEFAULTED], ids=["prefixed", "defaulted"])
def test_an_alert_that_would_say_something_else_alone_is_written_anew(raw):
    (taken,) = open_feed(raw).alerts

    assert not taken.as_sent
    assert etree.fromstring(taken.raw).tag == "{urn:oasis:names:tc:emergency:cap:1.2}alert"


def test_an_alert_with_nothing_in_it_is_taken_as_well():
    (taken,) = open_feed(EMPTY).alerts

    assert etree.fromstring(taken.raw).tag == "{urn:oasis:names:tc:emergency:cap:1.2}alert"


def test_a_feed_in_another_encoding_is_written_anew_in_utf_8():
    text = (FEEDS["rss"] % (BARE, BARE.replace(b"A-7", b"A-8"))).decode()

    feed = open_feed(f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16"))

    assert not any(each.as_sent for each in feed.alerts)
    assert [check_alert(each.raw).verdict for each in feed.alerts] == ["valid", "valid"]


def test_more_alerts_than_are_ever_judged_at_once_are_refused():
    many = b"<c:alert/>" * (MOST_ALERTS + 1)
    around = b'<rss xmlns:c="urn:oasis:names:tc:emergency:cap:1.2">%s</rss>'

    with pytest.raises(Unsafe) as refused:
        open_feed(around % many)

    assert refused.value.fault.code == "too_many_alerts"


def test_a_bare_message_stays_as_it_is():
    assert alerts_in(BOTH) == (BOTH,)


def test_other_xml_is_refused():
    with pytest.raises(Unsafe) as refused:
        alerts_in(b"<html/>")

    assert refused.value.fault.code == "not_a_feed"
