"""Our Atom feed, and alerts taken out of feeds that others give."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.cap.feed import ATOM, Entry, alerts_in, write_feed
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


def test_a_bare_message_stays_as_it_is():
    assert alerts_in(BOTH) == (BOTH,)


def test_other_xml_is_refused():
    with pytest.raises(Unsafe) as refused:
        alerts_in(b"<html/>")

    assert refused.value.fault.code == "not_a_feed"
