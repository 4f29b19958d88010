"""An audit as an auditor runs it: two real nodes, one compact, and proofs checked elsewhere."""

import json
import os
import subprocess
import sys

import pytest

from sameboat.cli.tests.conftest import ROOT
from sameboat.cli.tests.test_compact import both, carry, pair, proposed  # noqa: F401

ALERT = "cn:220200/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a14"
ISSUE = """
import sys
from pathlib import Path
from sameboat.cli.node import moment, open_node
open_node(Path(sys.argv[1]))
from sameboat.ground.logbook.actions import say
say(kind="alert.issued", place="cn:220200", about=sys.argv[2], audience=["*"], by="operator",
    now=moment(), body={"kind": "warning", "status": "Exercise", "message_type": "Alert",
    "headline": {"en-US": "A spill", "zh-CN": "泄漏"}})
"""


@pytest.fixture
def agreed(pair, tmp_path):  # noqa: F811
    """The two of them, bound by a compact; return them and its address."""
    jilin, harbin = pair
    address, _proposal = proposed(jilin)
    assert jilin("compact", "sign", address).returncode == 0
    carry(jilin, harbin, tmp_path / "stick")
    assert harbin("compact", "sign", address).returncode == 0
    carry(harbin, jilin, tmp_path / "stick")
    return jilin, harbin, address


def issue(node):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
    subprocess.run([sys.executable, "-c", ISSUE, str(node.folder), ALERT], env=kept, cwd=ROOT,
                   check=True)  # fmt: skip


def test_a_report_and_its_receipt_are_told_and_proved_offline(agreed, sameboat, tmp_path):
    jilin, harbin, address = agreed
    issue(jilin)
    carry(jilin, harbin, tmp_path / "stick")
    carry(harbin, jilin, tmp_path / "stick")
    folder, file = tmp_path / "proofs", tmp_path / "audit.json"

    answer = jilin("audit", "--compact", address, "--proofs", folder, "--json", file)

    assert answer.returncode == 0, answer.stderr
    assert "A spill" in answer.stdout
    assert "not told" in answer.stdout  # when Jilin knew
    assert "received" in answer.stdout
    assert "Nothing late, missing or contradictory." in answer.stdout
    told = json.loads(file.read_text())
    assert told == json.loads((folder / "audit.json").read_text())
    (report,) = told["reports"]
    assert report["answers"]["cn:230100"][0]["kind"] == "alert.received"
    receipts = sorted(folder.glob("*.receipt"))
    assert len(receipts) == 2
    for each in receipts:
        proved = sameboat("verify", each, "--policy", folder / "policy")
        assert proved.returncode == 0, proved.stderr
        assert "of cn:2" in proved.stdout
    again = jilin("audit", "--compact", address, "--json", file)
    assert again.returncode == 2  # nothing is written over
    assert "there already" in again.stderr


def test_in_chinese_no_word_of_the_wire_is_left(agreed):
    jilin, _harbin, address = agreed
    issue(jilin)

    answer = jilin("--language", "zh-Hans", "audit", "--compact", address)

    assert "发布一条预警  预警 · 演练  泄漏" in answer.stdout
    assert "alert.issued" not in answer.stdout


def test_what_is_not_answered_is_missing_only_once_its_log_was_read_beyond_the_time(agreed):
    jilin, _harbin, address = agreed
    issue(jilin)

    answer = jilin("audit", "--compact", address, "--receive-within", "1")

    assert answer.returncode == 0
    assert "no answer is known" in answer.stdout
    assert "not known" in answer.stdout  # whether anybody has seen it


def test_an_empty_period_says_so_and_json_goes_to_stdout(agreed):
    jilin, _harbin, address = agreed
    period = ("--from", "2005-11-13", "--until", "2005-11-14T00:00+08:00")

    shown = jilin("audit", "--compact", address, *period)
    told = jilin("audit", "--compact", address, *period, "--json", "-")

    assert "Nothing was reported" in shown.stdout
    assert json.loads(told.stdout)["reports"] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "yesterday"), "--from 'yesterday': is no moment. Allowed: 2005-11-13"),
        (("--until", "2005-13-01"), "--until '2005-13-01': is no moment"),
        (("--from", "2005-11-14", "--until", "2005-11-13"), "before it begins"),
        (("--receive-within", "0"), "receive-within"),
    ],
)
def test_what_is_no_period_is_refused(agreed, words, says):
    jilin, _harbin, address = agreed

    answer = jilin("audit", "--compact", address, *words)

    assert answer.returncode == 2
    assert says in answer.stderr.replace("\n", " ")


def test_a_compact_that_is_not_known_is_refused(agreed):
    answer = agreed[0]("audit", "--compact", "cn:220200/compact/7")

    assert answer.returncode == 2
    assert "is no compact" in answer.stderr
