"""The signed log as an operator and an auditor meet it: real processes on a real folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sameboat.cli.tests.conftest import ROOT

SPEAK = """
import sys
from sameboat.cli.node import moment, open_node
from pathlib import Path
open_node(Path(sys.argv[1]))
from sameboat.ground.logbook.actions import say
for number in range(int(sys.argv[2])):
    say(kind="forecast.made", place="cn:220200", about=f"cn:220200/forecast/{number}",
        body={"number": number}, audience=["*"], by="worker", now=moment())
"""


@pytest.fixture
def folder(sameboat, tmp_path):
    made = tmp_path / "jilin"
    assert sameboat("init", made, "--place", "cn:220200").returncode == 0
    return made


def speak(folder, count):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
    subprocess.run(
        [sys.executable, "-c", SPEAK, str(folder), str(count)], env=kept, cwd=ROOT, check=True
    )


@pytest.fixture(scope="module")
def made_once(sameboat, tmp_path_factory):
    """A node with a key and 300 signed entries; the passphrase lies in a file beside it."""
    folder = tmp_path_factory.mktemp("signed") / "jilin"
    assert sameboat("init", folder, "--place", "cn:220200").returncode == 0
    made = sameboat("log", "init", "--name", "jilin.example/log", "--passphrase-file",
                    folder.parent / "pass", home=folder)  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert f'log_passphrase_file = "{folder.parent / "pass"}"' in made.stderr
    speak(folder, 300)
    assert sameboat("log", "sign", home=folder, **opened(folder)).stdout == "300\n"
    return folder


@pytest.fixture
def signed(made_once, tmp_path):
    """A copy of it, to do with as one likes."""
    shutil.copy(made_once.parent / "pass", tmp_path / "pass")
    return Path(shutil.copytree(made_once, tmp_path / "signed"))


def opened(folder):
    return {"SAMEBOAT_LOG_PASSPHRASE_FILE": str(folder.parent / "pass")}


def test_without_a_key_nothing_is_signed_and_every_command_says_what_to_do(sameboat, folder):
    for command in ("key", "status", "sign"):
        answer = sameboat("log", command, home=folder)
        assert answer.returncode == 2
        assert "sameboat log init" in answer.stderr


def test_a_key_is_made_once_and_never_over_another(sameboat, signed):
    key = sameboat("log", "key", home=signed).stdout

    again = sameboat("log", "init", "--passphrase-file", signed.parent / "pass", home=signed)

    assert again.returncode == 2
    assert "never written over" in again.stderr
    assert sameboat("log", "key", home=signed).stdout == key
    assert key.startswith("jilin.example/log+")


def test_a_key_stays_locked_without_its_passphrase(sameboat, signed):
    speak(signed, 1)

    for given in ({}, {"SAMEBOAT_LOG_PASSPHRASE": "wrong"}):
        answer = sameboat("log", "sign", home=signed, **given)
        assert answer.returncode == 2
        assert "stays locked" in answer.stderr
    assert "300 entries signed, 1 staged" in sameboat("log", "status", home=signed).stdout


def test_a_passphrase_that_others_can_read_is_refused(sameboat, signed):
    (signed.parent / "pass").chmod(0o644)

    answer = sameboat("log", "sign", home=signed, **opened(signed))

    assert answer.returncode == 2
    assert "chmod 600" in answer.stderr


def test_the_log_is_looked_at_and_a_tile_that_was_changed_is_named(sameboat, signed):
    import sqlite3

    assert "300 signed entries" in sameboat("log", "check", home=signed).stdout
    with sqlite3.connect(signed / "node.sqlite3") as rows:
        rows.execute("UPDATE logbook_logtile SET hashes = zeroblob(8192) WHERE level = 0")

    answer = sameboat("log", "check", home=signed)
    assert answer.returncode == 2
    assert "leaf 0" in answer.stderr


def test_a_receipt_is_checked_offline_with_the_public_key_alone(sameboat, signed, tmp_path):
    key = sameboat("log", "key", home=signed).stdout.strip()
    file = tmp_path / "7.receipt"

    made = sameboat("log", "receipt", "cn:220200/entry/7", file, home=signed)
    proved = sameboat("verify", file, "--key", key)

    assert made.returncode == 0
    assert proved.returncode == 0
    assert "Entry 7 of jilin.example/log (300 entries): forecast.made" in proved.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.replace(b"index 7", b"index 8"), "index '8'"),
        (lambda raw: raw.replace(b"\n300\n", b"\n301\n"), "jilin.example/log'"),
        (lambda raw: raw.replace(b"extra ", b"extra AAAA"), "not the one of this number"),
        (lambda raw: raw[:40], "proves nothing"),
    ],
)
def test_a_receipt_that_was_changed_proves_nothing(sameboat, signed, tmp_path, change, says):
    key = sameboat("log", "key", home=signed).stdout.strip()
    file = tmp_path / "7.receipt"
    sameboat("log", "receipt", "cn:220200/entry/7", file, home=signed)
    file.write_bytes(change(file.read_bytes()))

    answer = sameboat("verify", file, "--key", key)

    assert answer.returncode == 2
    assert says in answer.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give its verifier key"),
        (("--key", "jilin.example/log"), "name+hash+base64"),
        (("--policy", "nowhere.txt"), "nowhere.txt"),
    ],
)
def test_a_receipt_needs_a_key_that_is_trusted(sameboat, signed, tmp_path, words, says):
    file = tmp_path / "7.receipt"
    sameboat("log", "receipt", "cn:220200/entry/7", file, home=signed)

    answer = sameboat("verify", file, *words)

    assert answer.returncode == 2
    assert says.lower() in answer.stderr.lower()


@pytest.mark.parametrize(
    ("address", "says"),
    [("cn:220200/entry/999", "is not an entry"), ("cn:220200/entry/300", "not signed yet")],
)
def test_what_is_not_signed_has_no_receipt(sameboat, signed, tmp_path, address, says):
    speak(signed, 1)

    answer = sameboat("log", "receipt", address, tmp_path / "x", home=signed)

    assert answer.returncode == 2
    assert says in answer.stderr
    assert not (tmp_path / "x").exists()
