"""A node's policy as an operator and an officer meet it: real processes on a real folder."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from sameboat.cli.tests.conftest import ROOT
from sameboat.cli.tests.test_log import folder, made_once  # noqa: F401 (fixtures)

#: Two places are joined and the newest checkpoint is cosigned by the first; its log is taken too.
JOIN = """
import sys
from pathlib import Path
from sameboat.cli.node import moment, open_node
open_node(Path(sys.argv[1]))
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.proving import published, receipt_of
from sameboat.ground.logbook.queries import read_entry
from sameboat.ground.logbook.tests.far_log import entry, joined, log_of
from sameboat.ground.logbook.witnessing import keep_cosignature
from sameboat.proof.cosignature import cosign
from sameboat.proof.note import read_note

point = published("cn:220200")
text = read_note(bytes(point.note)).text
for place in ("cn:230100", "cn:230800"):
    far = log_of(place)
    far.entries = [entry(number, place=place) for number in range(3)]
    peer = joined(far, place=place, address="http://127.0.0.1:9")
    follow(peer=peer, fetch=far.fetch, now=moment())
    Path(sys.argv[2], place[3:]).write_bytes(receipt_of(read_entry(place, 1)))
    if place == "cn:230100":
        line = cosign(text, far.witness, time=1_700_000_000)
        keep_cosignature(point=point, peer=peer, body=f"{line}\\n")
"""


@pytest.fixture(scope="module")
def known_once(made_once, tmp_path_factory):  # noqa: F811 (a fixture)
    """A node that follows two places; the receipts of an entry of each lie beside it."""
    around = tmp_path_factory.mktemp("known")
    shutil.copytree(made_once, around / "jilin")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
    subprocess.run([sys.executable, "-c", JOIN, str(around / "jilin"), str(around)],
                   env=kept, cwd=ROOT, check=True)  # fmt: skip
    return around


@pytest.fixture
def jilin(known_once, tmp_path):
    """A copy of it, to do with as one likes."""
    return Path(shutil.copytree(known_once, tmp_path / "known")) / "jilin"


def keep(jilin, text, *, name="policy.txt"):
    (jilin / "policy.txt").write_text(text)
    with (jilin / "sameboat.toml").open("a") as settings:
        settings.write(f'policy = "{name}"\n')


def written(sameboat, jilin, quorum):
    answer = sameboat("log", "policy", "--quorum", quorum, home=jilin)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def about_policy(sameboat, jilin):
    """Return what the doctor says of the policy."""
    told = sameboat("doctor", home=jilin).stdout.splitlines()
    return [line for line in told if "policy" in line]


def test_a_first_policy_is_written_kept_and_looked_at(sameboat, jilin):
    text = written(sameboat, jilin, 1)
    keep(jilin, text)

    told = sameboat("log", "status", home=jilin).stdout

    assert text.endswith("group peers 1 cn:230100 cn:230800\nquorum peers\n")
    assert f"enough for {jilin / 'policy.txt'} since 2023-11-14T22:13:20+00:00" in told


def test_what_is_missing_is_named(sameboat, jilin):
    keep(jilin, written(sameboat, jilin, 2))

    told = sameboat("log", "status", home=jilin).stdout

    assert "not enough yet" in told
    assert "peers: 1 more of cn:230800" in told


@pytest.mark.parametrize("quorum", ["0", "3", "many"])
def test_more_than_are_followed_cannot_be_asked_for(sameboat, jilin, quorum):
    answer = sameboat("log", "policy", "--quorum", quorum, home=jilin)

    assert answer.returncode == 2
    assert answer.stdout == ""


def test_without_peers_no_policy_is_written(sameboat, folder):  # noqa: F811 (a fixture)
    answer = sameboat("log", "policy", "--quorum", "1", home=folder)

    assert answer.returncode == 2
    assert "sameboat join FILE" in answer.stderr


def test_the_environment_names_another_policy(sameboat, jilin, tmp_path):
    keep(jilin, written(sameboat, jilin, 2))
    (tmp_path / "nobody.txt").write_text("quorum none\n")

    told = sameboat("log", "status", home=jilin, SAMEBOAT_POLICY=str(tmp_path / "nobody.txt"))

    assert f"enough for {tmp_path / 'nobody.txt'}" in told.stdout


def test_the_doctor_says_that_a_policy_can_be_met_or_that_there_is_none(sameboat, jilin):
    assert about_policy(sameboat, jilin) == [
        "ok no policy says whose cosignatures are enough: nobody's are needed."
    ]

    keep(jilin, written(sameboat, jilin, 2))

    assert about_policy(sameboat, jilin) == [
        f"ok the policy {jilin / 'policy.txt'} can be met; it counts 2."
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read: No such file or directory. Write one: sameboat log policy"),
        (
            "# ours\ngroup g 9 a\n",
            "policy.txt:2: name 'a': It is used before it is told. Allowed: a witness",
        ),
        ("quorum one two\n", "policy.txt:1: quorum: The line has 3 words. Allowed: 2"),
        ("", "No line tells the quorum. Allowed: quorum <name>|none"),
        ("witness w STRANGER\nquorum w\n", "counts nobody who is followed, so nobody is asked: w."),
    ],
)
def test_the_doctor_tells_a_policy_that_is_missing_wrong_or_counts_no_peer(
    sameboat, jilin, text, says
):
    from sameboat.proof.keys import COSIGNER, make_signer

    stranger = str(make_signer("stranger.example/witness", COSIGNER).verifier)
    keep(jilin, (text or "").replace("STRANGER", stranger))
    if text is None:
        (jilin / "policy.txt").unlink()

    (line,) = about_policy(sameboat, jilin)

    assert line.startswith("!! ")
    assert says in line


def test_the_doctor_tells_a_policy_that_needs_more_than_are_followed(sameboat, jilin):
    keep(jilin, written(sameboat, jilin, 2))
    assert sameboat("leave", "cn:230800", home=jilin).returncode == 0

    (line,) = about_policy(sameboat, jilin)

    assert "can never be met: it needs more than the 1 of its 2 that are followed" in line
    assert "cn:230800" in line


def own_receipt(sameboat, jilin):
    file = jilin.parent / "7.receipt"
    assert sameboat("log", "receipt", "cn:220200/entry/7", file, home=jilin).returncode == 0
    return file


def test_with_a_node_no_keys_need_be_gathered(sameboat, jilin):
    own = sameboat("verify", own_receipt(sameboat, jilin), "--home", jilin)
    theirs = sameboat("verify", jilin.parent / "230800", "--home", jilin)

    assert (own.returncode, theirs.returncode) == (0, 0), own.stderr + theirs.stderr
    assert "Entry 7 of jilin.example/log (300 entries)" in own.stdout
    assert "Witnessed by cn-230100.example/log/witness at 2023-11-14" in own.stdout
    assert "Entry 1 of cn-230800.example/log (3 entries)" in theirs.stdout
    for told in (own.stdout, theirs.stdout):
        assert "has the same entry" in told
        assert "no policy" in told


def test_with_a_node_its_own_policy_counts(sameboat, jilin):
    file = own_receipt(sameboat, jilin)
    keep(jilin, written(sameboat, jilin, 1))
    enough = sameboat("verify", file, home=jilin)
    (jilin / "policy.txt").write_text(written(sameboat, jilin, 2))
    too_few = sameboat("verify", file, home=jilin)
    (jilin / "policy.txt").write_text("quorum us\n")
    wrong = sameboat("verify", file, home=jilin)

    assert (enough.returncode, too_few.returncode, wrong.returncode) == (0, 2, 2)
    assert f"Enough have cosigned for {jilin / 'policy.txt'}" in enough.stdout
    assert "Too few" in too_few.stderr
    assert "policy.txt:1" in wrong.stderr


def test_keys_or_a_policy_that_are_given_count_alone(sameboat, jilin, tmp_path):
    keep(jilin, written(sameboat, jilin, 2))
    (tmp_path / "given.txt").write_text(written(sameboat, jilin, 1))
    file = own_receipt(sameboat, jilin)

    assert sameboat("verify", file, "--policy", tmp_path / "given.txt", home=jilin).returncode == 0
    key = sameboat("log", "key", home=jilin).stdout.strip()
    assert sameboat("verify", file, "--key", key, home=jilin).returncode == 0
    theirs = sameboat("verify", jilin.parent / "230100", "--key", key, home=jilin)
    assert theirs.returncode == 2


def test_a_log_that_is_not_known_here_is_not_vouched_for_by_its_receipt(sameboat, jilin, folder):  # noqa: F811
    answer = sameboat("verify", own_receipt(sameboat, jilin), "--home", folder)

    assert answer.returncode == 2
    assert "jilin.example/log is neither this node's log nor one that it follows" in answer.stderr


def test_a_receipt_of_another_entry_than_the_one_that_is_kept_here_is_no_proof(sameboat, jilin):
    import sqlite3

    file = own_receipt(sameboat, jilin)
    with sqlite3.connect(jilin / "node.sqlite3") as base:
        guards = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' "
                              "AND tbl_name = 'logbook_entry'")  # fmt: skip
        for (guard,) in guards.fetchall():
            base.execute(f"DROP TRIGGER {guard}")
        base.execute("UPDATE logbook_entry SET canonical = x'7b7d' "
                     "WHERE origin = 'cn:220200' AND \"index\" = 7")  # fmt: skip

    answer = sameboat("verify", file, "--home", jilin)

    assert answer.returncode == 2
    assert "another entry stands there (cn:220200/entry/7)" in answer.stderr
    assert "Entry 7" not in answer.stdout


def test_what_is_no_receipt_says_so_with_a_node_too(sameboat, jilin):
    file = own_receipt(sameboat, jilin)
    file.write_bytes(file.read_bytes()[:40])

    answer = sameboat("verify", file, "--home", jilin)

    assert answer.returncode == 2
    assert "proves nothing" in answer.stderr


def test_a_policy_that_lies_among_the_keys_or_elsewhere_is_in_no_backup(sameboat, jilin, tmp_path):
    keep(jilin, "quorum none\n", name="keys/secret_key")

    assert sameboat("backup", tmp_path / "node.tar.gz", home=jilin).returncode == 0

    with tarfile.open(tmp_path / "node.tar.gz") as archive:
        assert not any(name.startswith("keys/") for name in archive.getnames())


def test_a_place_is_expelled_once_and_only_when_that_is_confirmed(sameboat, jilin):
    asked = sameboat("expel", "cn:230800", "--because", "It forged a receipt.", home=jilin)
    done = sameboat("expel", "cn:230800", "--because", "It forged a receipt.", "--yes", home=jilin)
    again = sameboat("expel", "cn:230800", "--because", "Another reason.", home=jilin)

    assert (asked.returncode, done.returncode, again.returncode) == (1, 0, 0), done.stderr
    assert "was expelled before, because: It forged a receipt." in again.stderr


def test_after_a_revocation_an_old_receipt_says_so_and_the_policy_is_no_fault(
    sameboat,
    jilin,
    made_once,  # noqa: F811 (a fixture)
):
    word = str(made_once.parent / "pass")
    file = own_receipt(sameboat, jilin)
    keep(jilin, written(sameboat, jilin, 1))
    old = sameboat("log", "key", home=jilin).stdout.strip()
    for words in (("rotate",), ("sign",), ("revoke", old), ("sign",)):
        answer = sameboat("log", *words, home=jilin, SAMEBOAT_LOG_PASSPHRASE_FILE=word)
        assert answer.returncode == 0, answer.stderr

    answer = sameboat("verify", file, home=jilin)
    told = about_policy(sameboat, jilin)

    assert answer.returncode == 2
    assert "revoked since. Have the receipt made anew" in answer.stderr
    assert [line[:2] for line in told] == ["ok", "ok"]
    assert "counts for nothing" in told[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("verify", "none.receipt"), "there is no such file"),
        (("verify", "cut.receipt"), "cut off, or its line ends were changed"),
        (("import", "none", "--place", "cn:230100"), "there is no such folder"),
        (("import", ".", "--place", "cn:230100"), "Name the folder that sameboat export wrote"),
    ],
)
def test_a_file_or_folder_that_is_not_what_it_should_be_is_named(sameboat, jilin, words, says):
    command, name, *rest = words
    receipt = (jilin.parent / "230800").read_bytes()
    (jilin.parent / "cut.receipt").write_bytes(receipt.replace(b"\n", b"\r\n"))

    answer = sameboat(command, jilin.parent / name, *rest, home=jilin)

    assert answer.returncode == 2
    assert says in answer.stderr


def test_an_https_invitation_without_a_certificate_says_so(sameboat, jilin, made_once):  # noqa: F811
    word, file = str(made_once.parent / "pass"), jilin.parent / "x.json"

    answer = sameboat("invite", file, "--address", "https://node.jilin.example", home=jilin,
                      SAMEBOAT_LOG_PASSPHRASE_FILE=word)  # fmt: skip

    assert answer.returncode == 0
    assert "run sameboat serve --tls first" in answer.stderr


def test_the_doctor_says_that_a_passphrase_opens_nothing(sameboat, jilin):
    told = sameboat("doctor", home=jilin, SAMEBOAT_LOG_PASSPHRASE="wrong")

    assert told.returncode == 1
    assert any("!!" in line and "passphrase" in line for line in told.stdout.splitlines())
