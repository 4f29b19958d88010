"""An audit reads what two places said off their logs, with what proves it."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sameboat.books.compacts.actions import leave_compact, propose_compact, sign_compact
from sameboat.books.compacts.rebuilding import rebuild
from sameboat.books.compacts.refusals import UnknownCompact
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.following import PeerForked, follow, note_answer
from sameboat.ground.logbook.models import Peer
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.queries import address_of
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined
from sameboat.ground.logbook.witnessing import keep_cosignature, witness
from sameboat.lib.times import as_utc_text
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import COSIGNER
from sameboat.proof.note import read_note
from sameboat.proof.policy import read_policy
from sameboat.proof.receipt import read_receipt, verify_receipt
from sameboat.proof.witness import Request
from sameboat.watch.alerts.auditing import audit
from sameboat.watch.alerts.seals import Seals

pytestmark = pytest.mark.django_db
JILIN = "cn:220200"
FORECAST = f"{JILIN}/forecast/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a13"
ALERT = f"{JILIN}/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a14"


def at(**length):
    return NOON + timedelta(**length)


class Pair:
    """Jilin, which is this node, and Harbin's log; they agreed at noon."""

    def __init__(self, folder):
        self.keys = KeyFolder(folder)
        self.signer, _witness = self.keys.make("jilin.example/log", b"open sesame")
        begin_log(origin=JILIN, signer=self.signer, now=NOON)
        self.far = FarLog()
        self.far.peer = joined(self.far, NOON)
        version = propose_compact(
            names={"en": "Songhua"}, purpose={"en": "Warn."}, members=[JILIN, HARBIN],
            key=UUID(int=1), by="operator", now=NOON,
        )  # fmt: skip
        sign_compact(proposal=version.proposal, by="operator", now=NOON)
        self.compact = version.compact.address
        self.hear("compact.signed", self.compact, NOON,
                  {"proposal": version.proposal, "digest": version.digest})  # fmt: skip

    def say(self, kind, about, when, body=None, after=()):
        made = say(kind=kind, place=JILIN, about=about, body=body or {}, audience=["*"],
                   after=after, by="operator", now=when)  # fmt: skip
        return address_of(made)

    def hear(self, kind, about, when, body=None, after=(), **more):
        told = {"said_at": as_utc_text(when), "body": body or {}, "after": list(after)}
        self.far.entries.append(entry(0, kind=kind, about=about, **told | more))
        follow(peer=self.far.peer, fetch=self.far.fetch, now=when)
        rebuild(address=self.compact)  # no reaction answers in our place, whoever imported any
        return f"{HARBIN}/entry/{len(self.far.entries) - 1}"

    def cosigned(self, when):
        """Sign what is staged, and let Harbin cosign it."""
        point = publish(origin=JILIN, signer=self.signer, keys=self.keys, now=when)
        text = read_note(bytes(point.note)).text
        line = cosign(text, self.far.witness, time=int(when.timestamp()))
        keep_cosignature(point=point, peer=self.far.peer, body=f"{line}\n")
        return point

    def forecast(self, when):
        told = {"reached": [{"place": "cn:230102", "p_per_mille": 900}]}
        return self.say("forecast.made", FORECAST, when, told)

    def alert(self, when, about=ALERT, kind="alert.issued", after=(), **body):
        told = {
            "kind": "warning", "status": "Actual", "hazard": "river_pollutant",
            "severity": "Severe", "forecast": FORECAST, "areas": [{"place": HARBIN}],
        }  # fmt: skip
        return self.say(kind, about, when, told | body, after)

    def audit(self, until=None, now=None, **more):
        until = until or at(days=1)
        return audit(compact=self.compact, since=NOON, until=until, now=now or until, **more)


@pytest.fixture
def pair(tmp_path, settings):
    settings.PLACE = JILIN
    return Pair(tmp_path)


def codes(found):
    return [fact.code for fact in found.facts]


def test_a_report_is_told_with_when_it_was_known_said_seen_received_and_read(pair):
    pair.forecast(at(minutes=1))
    said = pair.alert(at(minutes=5))
    pair.cosigned(at(minutes=6))
    pair.hear("alert.received", ALERT, at(minutes=7), after=[said])
    pair.hear("alert.acting", ALERT, at(minutes=9), {"text": "closing the intake"}, [said])
    pair.hear("alert.unable", ALERT, at(minutes=11), {"text": "no pumps"}, [said])

    found = pair.audit()

    (report,) = found.reports
    assert report.line.address == said
    assert report.to == (HARBIN,)
    assert report.knew_at == at(minutes=1)
    assert (report.line.seen_at, report.line.seen_by) == (at(minutes=6), pair.far.witness.name)
    assert report.line.kept_at == at(minutes=6)
    assert report.answer(HARBIN, "alert.received").said_at == at(minutes=7)
    assert report.answer(HARBIN, "alert.unable").body["text"] == "no pumps"
    assert report.answer(HARBIN, "alert.read") is None
    assert found.facts == ()


def test_each_line_is_proved_by_a_receipt_under_the_first_cosigned_checkpoint(pair):
    said = pair.alert(at(minutes=5))
    point = pair.cosigned(at(minutes=6))
    pair.say("peer.left", f"{JILIN}/peer/x", at(minutes=8))
    pair.cosigned(at(minutes=9))
    pair.hear("alert.received", ALERT, at(minutes=7), after=[said])
    seals = Seals()
    policy = read_policy(seals.policy())

    lines = {line.address: line for line in pair.audit().lines}

    assert len(lines) == 2
    for line in lines.values():
        receipt = read_receipt(seals.receipt(line))
        proved = verify_receipt(receipt, receipt.extra, policy.logs, policy)
        assert proved.index == line.index
    proved = verify_receipt(seals.receipt(lines[said]), receipt_extra(seals, lines[said]),
                            policy.logs, policy)  # fmt: skip
    assert proved.checkpoint.size == point.size
    assert [each.time for each in proved.cosignatures] == [int(at(minutes=6).timestamp())]


def test_another_places_report_has_the_time_at_which_we_cosigned_it(pair, settings):
    settings.LOG_KEYS = str(pair.keys.folder)
    ours = pair.keys.open(COSIGNER, b"open sesame")
    said = pair.hear("alert.issued", f"{HARBIN}/alert/1", at(minutes=5))
    request = Request(0, (), pair.far.note()).to_bytes()
    witness(request=request, signer=ours, now=at(minutes=6))

    (report,) = pair.audit().reports

    assert (report.line.address, report.line.seen_at) == (said, at(minutes=6))
    assert report.line.seen_by == ours.name
    seals = Seals()
    policy = read_policy(seals.policy())
    receipt = seals.receipt(report.line)
    proved = verify_receipt(receipt, read_receipt(receipt).extra, policy.logs, policy)
    assert [each.witness.name for each in proved.cosignatures] == [ours.name]


def test_the_earliest_cosignature_counts_wherever_it_stands(pair):
    said = pair.alert(at(minutes=5))
    first = publish(origin=JILIN, signer=pair.signer, keys=pair.keys, now=at(minutes=6))
    pair.say("peer.left", f"{JILIN}/peer/x", at(minutes=8))
    pair.cosigned(at(minutes=9))
    text = read_note(bytes(first.note)).text
    late = cosign(text, pair.far.witness, time=int(at(minutes=30).timestamp()))
    keep_cosignature(point=first, peer=pair.far.peer, body=f"{late}\n")

    (report,) = pair.audit().reports

    assert (report.line.address, report.line.seen_at) == (said, at(minutes=9))
    assert Seals().point_of(report.line).size > first.size


def receipt_extra(seals, line):
    return read_receipt(seals.receipt(line)).extra


def test_what_is_not_signed_has_no_receipt_and_no_time(pair):
    pair.alert(at(minutes=5))

    (report,) = pair.audit().reports

    assert (report.line.seen_at, report.line.kept_at) == (None, None)
    assert Seals().receipt(report.line) is None


def test_late_and_missing_are_found_and_what_is_not_known_is_not(pair):
    pair.forecast(at(minutes=1))
    pair.alert(at(minutes=90))
    assert codes(pair.audit(until=at(hours=20))) == ["said_late"]  # Harbin's log ends at noon

    note_answer(peer=Peer.objects.get(origin=HARBIN), now=at(hours=5))

    assert codes(pair.audit(until=at(hours=20))) == ["said_late", "not_received"]


def test_who_foresaw_and_was_silent_is_named(pair):
    pair.forecast(at(minutes=1))

    assert codes(pair.audit(until=at(minutes=30))) == []
    assert codes(pair.audit(until=at(minutes=30), now=at(hours=2))) == ["said_nothing"]


def test_a_report_that_is_withdrawn_or_updated_is_no_longer_in_force(pair):
    first = pair.alert(at(minutes=5))
    other = f"{JILIN}/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a15"
    gone = pair.alert(at(minutes=25), about=other, kind="alert.cancelled", after=[first])

    found = pair.audit()

    assert codes(found) == ["withdrawn"]
    assert found.reports[0].withdrawn_by.address == gone
    assert found.reports[0].ends_at == at(minutes=25)


def test_an_entry_dated_before_the_log_was_seen_without_it_is_backdated(pair):
    pair.cosigned(at(hours=2))
    pair.alert(at(minutes=5))  # said after two o'clock, dated before
    pair.cosigned(at(hours=2, minutes=1))

    (fact,) = pair.audit().facts

    assert (fact.code, fact.told["witness"]) == ("backdated", pair.far.witness.name)
    assert fact.numbers["minutes"] == 115


def test_another_places_report_is_judged_alike(pair):
    theirs = f"{HARBIN}/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a16"
    forecast = pair.hear("forecast.made", f"{HARBIN}/forecast/1", at(minutes=1))
    said = pair.hear("alert.issued", theirs, at(minutes=90),
                     {"severity": 7, "areas": "x", "expires": "soon"}, [forecast])  # fmt: skip
    pair.say("alert.received", theirs, at(hours=9), after=[said])

    found = pair.audit()

    assert codes(found) == ["said_late", "received_late"]
    assert found.reports[0].to == (JILIN,)


def test_what_was_not_for_a_member_or_before_or_after_belonging_is_no_report(pair):
    pair.hear("alert.issued", f"{HARBIN}/alert/1", at(minutes=1), audience=["cn:999999"])
    pair.hear("alert.issued", f"{HARBIN}/alert/2", at(minutes=-5))
    leave_compact(address=pair.compact, because="x", by="operator", now=at(hours=1))
    pair.alert(at(hours=2))

    assert pair.audit().reports == ()


def test_who_says_that_it_leaves_another_proposal_is_still_a_member(pair):
    pair.hear("compact.left", pair.compact, at(minutes=1), {"proposal": f"{JILIN}/entry/999"})
    pair.alert(at(hours=2))

    (report,) = pair.audit().reports

    assert report.to == (HARBIN,)


def test_a_fork_of_a_members_log_is_a_fact(pair):
    pair.far.entries[0] = entry(7)
    with pytest.raises(PeerForked):
        follow(peer=pair.far.peer, fetch=pair.far.fetch, now=NOON)

    (fact,) = pair.audit().facts

    assert (fact.code, fact.places) == ("two_histories", (HARBIN,))


def test_a_compact_that_is_not_known_is_refused(pair):
    with pytest.raises(UnknownCompact):
        audit(compact="cn:220200/compact/7", since=NOON, until=NOON, now=NOON)


def test_what_the_audit_does_not_ask_for_is_not_read(pair):
    pair.alert(at(minutes=5))
    with CaptureQueriesContext(connection) as few:
        pair.audit()
    for number in range(50):
        pair.say("observation.recorded", f"{JILIN}/observation/{number}", at(minutes=6))

    with CaptureQueriesContext(connection) as many:
        pair.audit()

    assert len(many) == len(few)
    if connection.vendor == "sqlite":
        asked = [each["sql"] for each in many if '"logbook_entry"' in each["sql"]]
        with connection.cursor() as cursor:
            for sql in (each for each in asked if "LIMIT 1" not in each):
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                for step in (row[3] for row in cursor.fetchall()):
                    assert "SCAN logbook_entry" not in step, sql
                    assert not step.endswith("(origin=?)"), sql  # a walk through its whole log
