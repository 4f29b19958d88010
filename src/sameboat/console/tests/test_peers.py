"""Peers, proofs and other places' alerts, as people see them."""

from importlib import import_module

import pytest
from django.urls import reverse

from sameboat.console.tests.conftest import text_of
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import PeerForked, follow, note_failure
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
from sameboat.ground.logbook.witnessing import keep_cosignature
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.note import read_note
from sameboat.proof.policy import read_policy
from sameboat.proof.receipt import read_receipt, verify_receipt

pytestmark = pytest.mark.django_db
PLACE = "cn:220200"
THEIRS = f"{HARBIN}/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a11"


@pytest.fixture
def signed(tmp_path, draft, now):
    """A log with one signed entry; return its public key."""
    keys = KeyFolder(tmp_path)
    signer, _witness = keys.make("jilin.example/log", b"open sesame")
    begin_log(origin=PLACE, signer=signer, now=now)
    say(kind="peer.left", place=PLACE, about=f"{PLACE}/peer/x", body={}, audience=["*"],
        by="operator", now=now)  # fmt: skip
    publish(origin=PLACE, signer=signer, keys=keys, now=now)
    return signer.verifier


@pytest.fixture
def harbin(draft, now):
    import_module("sameboat.watch.alerts.reactions")
    far = FarLog()
    far.peer = joined(far, now)
    far.entries.append(
        entry(0, kind="alert.issued", about=THEIRS,
              body={"kind": "warning", "status": "Exercise",
                    "headline": {"zh-CN": "泄漏", "en-US": "<b>A spill</b>"}})
    )  # fmt: skip
    follow(peer=far.peer, fetch=far.fetch, now=now)
    deliver(now=now)
    return far


def test_an_empty_page_of_peers_says_the_next_step(browser_of, wang):
    page = text_of(browser_of(wang).get(reverse("peers")))

    assert "sameboat join FILE" in page
    assert "sameboat log init" in page


def test_a_peer_is_shown_with_how_far_it_is_followed_and_what_is_wrong(
    browser_of, wang, harbin, signed, now
):
    page = text_of(browser_of(wang).get(reverse("peers")))
    assert "https://harbin.example" in page
    assert str(signed) in page
    assert "nobody yet" in page

    note_failure(peer=harbin.peer, problem="no route <to> host", now=now, jitter=0.0)
    page = text_of(browser_of(wang).get(reverse("peers")))
    assert "does not answer" in page
    assert "no route &lt;to&gt; host" in page


def test_a_map_shows_who_is_where_and_the_table_how_far_each_log_is_known(
    browser_of, wang, harbin, signed
):
    page = text_of(browser_of(wang).get(reverse("peers")))

    assert page.count('class="dot"') == 2
    assert "to its end, when read last" in page
    assert "newest checkpoint: 1 entries" in page
    assert "0 / " in page  # of ours, it has cosigned nothing yet


def test_a_fork_stands_at_the_top_for_everybody(browser_of, hall, harbin, now):
    harbin.entries[0] = entry(1)
    with pytest.raises(PeerForked):
        follow(peer=harbin.peer, fetch=harbin.fetch, now=now)

    page = text_of(browser_of(hall).get(reverse("peers")))

    assert "harbin.example/log has signed two histories" in page


def part_of(page):
    return page[page.index('id="policy"') :]


def test_without_a_policy_the_page_says_what_that_means_and_how_to_set_one(browser_of, wang):
    page = part_of(text_of(browser_of(wang).get(reverse("peers"))))

    assert "nobody's cosignature is needed" in page
    assert "sameboat log policy --quorum 2 &gt; $SAMEBOAT_HOME/policy.txt" in page


@pytest.fixture
def policy(settings, tmp_path):
    """The node's policy: a function that writes it."""
    settings.LOG_POLICY = tmp_path / "ours.txt"
    return settings.LOG_POLICY.write_text


def test_a_policy_says_who_counts_how_many_are_needed_and_who_is_missing(
    browser_of, wang, harbin, signed, policy, now
):
    other = make_signer("<other>.example", COSIGNER).verifier
    policy(f"witness harbin {harbin.witness.verifier}\nwitness other {other}\n"
           "group both any harbin other\nquorum both\n")  # fmt: skip
    before = part_of(text_of(browser_of(wang).get(reverse("peers"))))

    point = published(PLACE)
    line = cosign(read_note(bytes(point.note)).text, harbin.witness, time=int(now.timestamp()))
    keep_cosignature(point=point, peer=harbin.peer, body=f"{line}\n")
    after = part_of(text_of(browser_of(wang).get(reverse("peers"))))

    assert "not enough yet" in before
    assert "1 of 2 (Harbin, other)" in before
    assert "1 more of:</strong> Harbin, other" in before
    assert "has not cosigned it yet" in before
    assert "so nobody is asked" in before
    assert "&lt;other&gt;.example" in before
    assert "cosigned enough" in after
    assert "has cosigned" in after
    assert "more of:" not in after


def test_a_policy_that_nobody_who_is_followed_can_meet_says_so(
    browser_of, wang, harbin, signed, policy
):
    stranger = make_signer("stranger.example", COSIGNER).verifier
    policy(f"witness far {stranger}\nquorum far\n")

    page = part_of(text_of(browser_of(wang).get(reverse("peers"))))

    assert "can never be met" in page


def test_a_policy_that_cannot_be_used_is_told_by_its_line_and_the_page_stays(
    browser_of, wang, harbin, policy, tmp_path
):
    policy("quorum <us>\n")

    page = text_of(browser_of(wang).get(reverse("peers")))

    assert "ours.txt:1: name &#x27;&lt;us&gt;&#x27;: It is used before it is told" in page
    assert str(tmp_path) not in page
    assert "https://harbin.example" in page


def test_an_entry_is_proved_by_a_file_that_holds_offline(browser_of, wang, signed):
    page = text_of(browser_of(wang).get(reverse("entry", args=[PLACE, 0])))
    answer = browser_of(wang).get(reverse("receipt", args=[PLACE, 0]))

    assert f"sameboat verify cn-220200-0.receipt --key &#x27;{signed}" in page.replace(
        "'", "&#x27;"
    )
    assert 'filename="cn-220200-0.receipt"' in answer["Content-Disposition"]
    receipt = read_receipt(answer.content)
    proved = verify_receipt(receipt, receipt.extra, [signed], read_policy("quorum none\n"))
    assert proved.index == 0


def test_what_is_not_signed_or_not_seen_has_no_proof(browser_of, wang, sun, draft, harbin):
    page = text_of(browser_of(wang).get(reverse("entry", args=[PLACE, 0])))

    assert "Not signed yet" in page
    assert browser_of(wang).get(reverse("receipt", args=[PLACE, 0])).status_code == 404
    assert browser_of(wang).get(reverse("receipt", args=[PLACE, 999])).status_code == 404
    assert browser_of(wang).get(reverse("receipt", args=["cn:999999", 0])).status_code == 404


def test_another_places_alert_is_read_and_acknowledged(browser_of, wang, harbin):
    browser = browser_of(wang)
    page = text_of(browser.get(reverse("alerts")))
    assert "&lt;b&gt;A spill&lt;/b&gt;" in page
    assert "warning · exercise" in page

    for _twice in range(2):
        answer = browser.post(reverse("answer_foreign", args=[HARBIN, 0, "acknowledge"]))
        assert answer.status_code == 302

    page = text_of(browser.get(reverse("alerts")))
    assert "/desk/" in page[page.index('id="foreign"') :]
    log = text_of(browser.get(reverse("log")))
    assert "another&#x27;s alert was acknowledged" in log or "alert was acknowledged" in log


def test_who_only_looks_cannot_acknowledge(browser_of, hall, harbin):
    page = text_of(browser_of(hall).get(reverse("alerts")))

    assert reverse("answer_foreign", args=[HARBIN, 0, "acknowledge"]) not in page
    answer = browser_of(hall).post(reverse("answer_foreign", args=[HARBIN, 0, "acknowledge"]))
    assert answer.status_code == 403


@pytest.mark.parametrize(("index", "method", "status"), [(7, "post", 404), (0, "get", 405)])
def test_an_alert_that_is_not_there_is_not_acknowledged(
    browser_of, wang, harbin, index, method, status
):
    address = reverse("answer_foreign", args=[HARBIN, index, "acknowledge"])

    assert getattr(browser_of(wang), method)(address).status_code == status


def test_an_alert_shows_who_has_it(browser_of, wang, harbin, submitted, zhao, now):
    from sameboat.watch.alerts import actions

    issued = actions.issue_alert(alert=submitted, revision=submitted.revision, by=zhao, now=now)

    page = text_of(browser_of(wang).get(reverse("alert", args=[issued.uuid])))

    assert 'id="deliveries"' in page
    assert "queued" in page[page.index('id="deliveries"') :]
