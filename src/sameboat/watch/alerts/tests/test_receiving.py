"""What others send us is kept to the byte, judged, and never acted on."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sameboat.ground.logbook.models import Entry
from sameboat.ground.people.models import JournalLine
from sameboat.ground.people.refusals import NotAllowed
from sameboat.watch.alerts import actions, queries, receiving, refusals
from sameboat.watch.alerts.cap.gate import MOST_BYTES
from sameboat.watch.alerts.models import Alert, ReceivedAlert
from sameboat.watch.alerts.tests.small_province import NOW

pytestmark = pytest.mark.django_db


def cap(identifier="A1", message_type="Alert", references="", sent="2005-11-14T10:00:00+08:00"):
    refers = f"<references>{references}</references>" if references else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>
<sender>upstream@example.org</sender><sent>{sent}</sent><status>Actual</status>
<msgType>{message_type}</msgType><scope>Public</scope>{refers}
<info><language>en-US</language><category>Env</category><event>Spill</event>
<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>
<expires>2005-12-01T00:00:00+08:00</expires><headline>Spill</headline>
<area><areaDesc>Harbin</areaDesc><circle>45.7,126.6 5</circle></area></info></alert>""".encode()


def receive(raw, now=NOW):
    return actions.receive_alert(raw=raw, source="alert.xml", by="operator", now=now)


def flags_of(received):
    return " ".join(map(str, received.flags))


def test_a_valid_message_is_kept_to_the_byte_with_who_sent_it():
    kept = receive(cap())

    assert bytes(kept.raw) == cap()
    assert kept.digest == hashlib.sha256(cap()).hexdigest()
    assert (kept.verdict, kept.identifier, kept.sender) == ("valid", "A1", "upstream@example.org")


def test_the_same_bytes_again_are_the_same_row():
    first, second = receive(cap()), receive(cap(), now=NOW + timedelta(days=1))

    assert first == second
    assert JournalLine.objects.filter(what="alert.received").count() == 1


def feed_of(*messages):
    bare = (message.partition(b"?>\n")[2] for message in messages)
    return b"<rss>\r\n%s</rss>" % b"".join(b"<item>%s</item>" % each for each in bare)


def test_a_feed_is_kept_to_the_byte_and_so_is_every_alert_in_it():
    raw = feed_of(cap("A1"), cap("A2"))

    kept, again = receive(raw), receive(raw)

    taken = queries.taken_from(kept)
    assert bytes(kept.raw) == raw
    assert again == kept
    assert (kept.verdict, kept.reason["code"], kept.reason["field"]) == ("refused", "feed", "rss")
    assert "alerts taken from it: 2" in kept.reason["message"]
    assert [each.identifier for each in taken] == ["A1", "A2"]
    assert all(bytes(each.raw) in raw for each in ReceivedAlert.objects.exclude(pk=kept.pk))
    assert [each.source for each in taken] == ["alert.xml#1", "alert.xml#2"]
    assert ReceivedAlert.objects.count() == 3


def test_a_feed_of_links_only_is_kept_as_a_feed():
    kept = receive(b"<rss><item><link>https://a.example/1</link></item></rss>")

    assert "alerts taken from it: 0" in kept.reason["message"]
    assert queries.taken_from(kept) == []


def test_an_update_of_nothing_received_is_flagged():
    update = cap("A2", "Update", "upstream@example.org,A1,2005-11-14T10:00:00+08:00")

    kept = receive(update)

    assert kept.verdict == "flagged"
    assert "reference_unknown" in flags_of(kept)


def test_an_update_of_what_was_received_is_valid():
    receive(cap())
    update = cap("A2", "Update", "upstream@example.org,A1,2005-11-14T10:00:00+08:00")

    assert receive(update).verdict == "valid"


def test_a_cancel_that_matches_nothing_makes_no_alert():
    kept = receive(cap("A3", "Cancel", "upstream@example.org,A1,2005-11-14T10:00:00+08:00"))

    assert kept.verdict == "flagged"
    assert not Alert.objects.exists()


@pytest.mark.parametrize("message_type", ["Update", "Cancel"])
def test_an_alert_that_comes_after_its_update_or_cancel_is_flagged(message_type):
    receive(cap("A2", message_type, "upstream@example.org,A1,2005-11-14T10:00:00+08:00"))

    late = receive(cap("A1"))

    assert (late.verdict, late.flags) == ("flagged", ["followed_before"])
    assert receive(cap("A9")).verdict == "valid"


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_the_calendar_are_received_like_any_other_moment(sent):
    receive(cap(sent=sent))
    update = receive(
        cap("A2", "Update", f"upstream@example.org,A1,{sent}", "9999-12-31T00:00:00-14:00")
    )

    assert "reference_unknown" not in update.flags


def test_a_message_of_countless_references_is_kept_and_flagged():
    many = " ".join(f"a,{number},2005-11-14T10:00:00+08:00" for number in range(40_000))

    kept = receive(cap("A2", "Update", many))

    assert (kept.verdict, kept.flags) == ("flagged", ["reference_unknown"])


def test_other_words_under_the_same_name_are_flagged():
    receive(cap())
    changed = cap().replace(b"Severe", b"Minor")

    assert "identifier_reused" in flags_of(receive(changed))


@pytest.mark.parametrize(
    "raw",
    [b"", b"not xml", b"<alert/>", b"\xff\xfe\x00",
     b'<!DOCTYPE a [<!ENTITY b "c">]><alert>&b;</alert>'],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_with_the_reason(raw):
    kept = receive(raw)

    assert (kept.verdict, bytes(kept.raw)) == ("refused", raw)
    assert kept.reason


def test_what_is_too_large_to_be_parsed_is_kept_unparsed():
    raw = cap().ljust(MOST_BYTES + 1)

    kept = receive(raw)

    assert (kept.verdict, kept.reason["code"]) == ("refused", "too_large")
    assert bytes(kept.raw) == raw


def test_what_is_too_large_is_not_kept():
    with pytest.raises(refusals.MessageTooLarge):
        receive(b" " * (receiving.MOST_KEPT_BYTES + 1))

    assert not ReceivedAlert.objects.exists()


def test_receiving_says_nothing_to_others():
    receive(cap())

    assert not Entry.objects.exists()


def test_a_viewer_does_not_import(places, sun):
    with pytest.raises(NotAllowed):
        actions.receive_alert(raw=cap(), source="alert.xml", by=sun, now=NOW)


def test_only_people_of_the_home_place_see_what_was_received(places, li, sun):
    kept = receive(cap())

    assert list(queries.list_received(li)) == [kept]
    assert not list(queries.list_received(sun))
    assert queries.received_by_digest(sun, kept.digest) is None


def test_the_database_keeps_what_was_received_as_it_was():
    kept = receive(cap())

    with pytest.raises(IntegrityError), transaction.atomic():
        ReceivedAlert.objects.filter(pk=kept.pk).update(raw=b"other")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceivedAlert.objects.filter(pk=kept.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO alerts_receivedalert SELECT * FROM alerts_receivedalert"
            if connection.vendor == "sqlite"
            else "DELETE FROM alerts_receivedalert"
        )
