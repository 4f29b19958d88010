"""Two nodes that follow each other, as real servers on loopback."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time

import httpx2
import pytest

from sameboat.cli.tests.conftest import ROOT
from sameboat.cli.tests.test_log import speak

PATIENCE_SECONDS = 240  # on a busy machine; where all is well it takes a moment
NAMES = {"cn:220200": "jilin", "cn:230100": "harbin"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """A node's folder, and its server while it runs."""

    def __init__(self, sameboat, folder, place):
        self.sameboat, self.folder, self.place = sameboat, folder, place
        self.port, self.server = free_port(), None
        self.address = f"http://127.0.0.1:{self.port}"
        self.options, self.verify = (), True
        self.inside = ()  # how to get to the host it runs on, where that is not this one

    def make(self):
        """Make the folder, with keys whose passphrase lies beside it."""
        word = self.folder.parent / f"{NAMES[self.place]}.pass"
        assert self("init", self.folder, "--place", self.place, at_home=False).returncode == 0
        name = f"{NAMES[self.place]}.example/log"
        assert self("log", "init", "--name", name, "--passphrase-file", word).returncode == 0
        with (self.folder / "sameboat.toml").open("a") as settings:
            settings.write(f'log_passphrase_file = "{word}"\n')

    def __call__(self, *words, at_home=True):
        return self.sameboat(*words, home=self.folder if at_home else None)

    def start(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
        command = [sys.executable, "-c", "from sameboat.cli import main; main()", "serve",
                   "--home", str(self.folder), "--port", str(self.port), *self.options]  # fmt: skip
        quiet = subprocess.DEVNULL
        self.server = subprocess.Popen(
            [*self.inside, *command], env=kept, cwd=ROOT, stdout=quiet, stderr=quiet
        )
        self.until(lambda: self.get("/log/checkpoint") is not None)

    def stop(self, kill=False):
        if self.server:
            self.server.kill() if kill else self.server.terminate()
            self.server.wait()
            self.server = None

    def get(self, path):
        try:
            return httpx2.get(self.address + path, timeout=5.0, verify=self.verify)
        except httpx2.HTTPError:
            return None

    def followed(self, other):
        """Return how many entries of another's log are here."""
        told = [line.split() for line in self("peers").stdout.splitlines()]
        return next((int(row[3]) for row in told if row and row[0] == other.place), 0)

    @staticmethod
    def until(holds):
        ends = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < ends, "it did not come to that in time"
            time.sleep(0.1)  # another process: there is nothing to wait on


@pytest.fixture(scope="module")
def folders(sameboat, tmp_path_factory):
    """The folders of Jilin and Harbin, made once and copied for each test."""
    whole = tmp_path_factory.mktemp("nodes")
    for place, name in NAMES.items():
        Node(sameboat, whole / name, place).make()
    return whole


@pytest.fixture
def nodes(sameboat, folders, tmp_path):
    """Jilin and Harbin, each with a key; they have not joined."""
    for name in NAMES.values():
        shutil.copytree(folders / name, tmp_path / name)
    made = [Node(sameboat, tmp_path / name, place) for place, name in NAMES.items()]
    yield made
    for node in made:
        node.stop()


@pytest.fixture
def joined(nodes, tmp_path):
    """The two of them, each following the other."""
    for node in nodes:
        file = tmp_path / f"{NAMES[node.place]}.json"
        assert node("invite", file, "--address", node.address).returncode == 0
    for node, other in zip(nodes, reversed(nodes), strict=True):
        file = tmp_path / f"{NAMES[other.place]}.json"
        assert node("join", file, "--yes").returncode == 0
    return nodes


def test_what_one_says_the_other_has_and_cosigns(joined):
    jilin, harbin = joined
    speak(jilin.folder, 300)
    for node in joined:
        node.start()

    jilin.until(lambda: harbin.followed(jilin) == 301)  # and that it joined
    key = jilin("log", "key").stdout.strip()
    jilin.until(lambda: b"harbin.example/log/witness" in jilin.get("/log/checkpoint").content)

    assert key.startswith("jilin.example/log+")
    checked = harbin("log", "check")
    assert "cn:220200: 301 signed entries" in checked.stdout
    assert checked.returncode == 0


def test_a_node_that_is_killed_catches_up_by_itself_and_nothing_is_lost(joined):
    jilin, harbin = joined
    speak(jilin.folder, 40)
    for node in joined:
        node.start()
    jilin.until(lambda: harbin.followed(jilin) > 0)
    harbin.stop(kill=True)
    speak(jilin.folder, 300)
    harbin.start()

    jilin.until(lambda: harbin.followed(jilin) == 341)

    assert harbin("log", "check").returncode == 0
    assert jilin("log", "check").returncode == 0


def test_a_server_that_is_killed_leaves_nothing_running_behind(nodes):
    node = nodes[0]
    node.start()

    node.stop(kill=True)

    node.until(lambda: node.get("/accounts/login/") is None)
    node.start()
    assert node.get("/accounts/login/").status_code == 200


def test_who_is_away_is_named_with_the_reason_and_read_when_it_is_back(joined):
    jilin, harbin = joined

    away = harbin("follow")

    assert away.returncode == 1
    assert jilin.address in away.stdout
    speak(jilin.folder, 2)
    jilin.start()
    jilin.until(lambda: harbin("follow").returncode == 0)
    assert harbin.followed(jilin) == 3


def test_the_words_that_are_read_aloud_are_the_same_on_both_sides(nodes, tmp_path):
    jilin, harbin = nodes
    file = tmp_path / "jilin.json"

    said = jilin("invite", file, "--address", jilin.address).stdout
    words = said.rsplit(": ", 1)[1].strip()

    assert len(words.split()) == 6
    assert words in harbin("join", file, "--yes").stdout


def test_an_invitation_with_another_key_has_other_words_and_is_not_joined_unseen(nodes, tmp_path):
    jilin, harbin = nodes
    file = tmp_path / "jilin.json"
    words = jilin("invite", file, "--address", jilin.address).stdout.rsplit(": ", 1)[1].strip()
    told = json.loads(file.read_text())
    other = harbin("log", "key").stdout.strip()
    file.write_text(json.dumps(told | {"key": other}))

    answer = harbin("join", file)  # nobody confirms

    assert answer.returncode == 1
    assert words not in answer.stdout
    assert harbin("peers").stdout == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [("not JSON", "cannot be read"), ("{}", "no invitation"), ('{"form": 1}', "no invitation")],
)
def test_a_file_that_is_no_invitation_is_refused(nodes, tmp_path, content, says):
    file = tmp_path / "x.json"
    file.write_text(content)

    answer = nodes[0]("join", file, "--yes")

    assert answer.returncode == 2
    assert says in answer.stderr


def test_an_address_that_is_none_is_refused_and_no_file_is_written(nodes, tmp_path):
    answer = nodes[0]("invite", tmp_path / "x.json", "--address", "ftp://jilin.example")

    assert answer.returncode == 2
    assert "https://" in answer.stderr
    assert not (tmp_path / "x.json").exists()


def test_a_witness_is_only_asked_and_tells_what_it_cannot_read(nodes):
    nodes[0].start()
    door = nodes[0].address + "/witness/add-checkpoint"

    assert httpx2.get(door).status_code == 405
    for body, status in ((b"", 400), (b"old 0\n\nx", 400), (b"x" * 600_000, 413)):
        assert httpx2.post(door, content=body).status_code == status
    assert httpx2.post(door, content=iter([b"x" * 600_000])).status_code == 413


def test_a_log_is_carried_on_a_stick_and_verified_as_if_it_came_by_network(joined, tmp_path):
    jilin, harbin = joined
    speak(jilin.folder, 300)
    assert jilin("log", "sign").returncode == 0
    stick = tmp_path / "stick"

    written = jilin("export", stick)
    taken = harbin("import", stick, "--place", jilin.place)

    assert written.returncode == 0
    assert "301 entries" in taken.stdout
    assert harbin.followed(jilin) == 301
    assert "0 entries" in harbin("import", stick, "--place", jilin.place).stdout
    assert harbin("log", "check").returncode == 0
    assert jilin("export", stick).returncode == 2  # nothing is written over


def test_a_stick_that_was_tampered_with_is_refused_and_nothing_is_taken(joined, tmp_path):
    jilin, harbin = joined
    speak(jilin.folder, 30)
    jilin("log", "sign")
    stick = tmp_path / "stick"
    jilin("export", stick)
    bundle = stick / "tile" / "entries" / "000.p" / "31"
    bundle.write_bytes(bundle.read_bytes().replace(b'"number":7', b'"number":8'))

    answer = harbin("import", stick, "--place", jilin.place)

    assert answer.returncode == 2
    assert "does not hold" in answer.stderr
    assert harbin.followed(jilin) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--place", "cn:999999"), "no peer"), (("--place", "cn:220200"), "no such folder")],
)
def test_what_is_no_log_of_a_peer_is_not_taken(joined, tmp_path, words, says):
    answer = joined[1]("import", tmp_path / "nothing", *words)

    assert answer.returncode == 2
    assert says in answer.stderr


def test_who_cannot_reach_a_node_reads_the_copy_of_another(joined, sameboat, tmp_path, monkeypatch):
    jilin, harbin = joined
    monkeypatch.setitem(NAMES, "cn:230800", "jiamusi")
    jiamusi = Node(sameboat, tmp_path / "jiamusi", "cn:230800")
    jiamusi.make()
    for node in joined:
        assert jiamusi("join", tmp_path / f"{NAMES[node.place]}.json", "--yes").returncode == 0
    speak(jilin.folder, 40)
    for node in joined:
        node.start()
    jilin.until(lambda: harbin.followed(jilin) == 41)
    jilin.stop(kill=True)

    answer = jiamusi("follow")

    assert jilin.address in answer.stdout  # it says who did not answer
    assert jiamusi.followed(jilin) == 41
    assert jiamusi("log", "check").returncode == 0


def test_a_matter_is_handed_over_from_node_to_node_and_exactly_one_owns_it(joined):
    jilin, harbin = joined
    thing = f"{jilin.place}/alert/0193a1f0"
    for node in joined:
        node.start()
    assert jilin("handover", "offer", thing, "--to", harbin.place).returncode == 0
    jilin.until(lambda: "offered" in harbin("handover", "show", thing).stdout)
    assert f"owned by {jilin.place}" in harbin("handover", "show", thing).stdout

    harbin.stop(kill=True)
    assert harbin("handover", "accept", thing).returncode == 0
    harbin.start()

    mine = f"owned by {harbin.place}"
    jilin.until(lambda: all(mine in node("handover", "show", thing).stdout for node in joined))
    again = jilin("handover", "offer", thing, "--to", harbin.place)
    assert again.returncode == 2
    assert "only its owner" in again.stderr


def test_what_is_no_thing_or_not_offered_is_refused(nodes):
    node = nodes[0]

    for words, says in (
        (("show", "alert"), "place/noun/id"),
        (("accept", "cn:230100/alert/1"), "not offered"),
        (("offer", "cn:230100/alert/1", "--to", "cn:230100"), "only its owner"),
        (("offer", "cn:220200/alert/1", "--to", "cn:230100"), "no peer"),
    ):
        answer = node("handover", *words)
        assert answer.returncode != 0
        assert says in answer.stderr


def test_who_is_expelled_is_shown_with_the_reason_and_followed_no_more(joined, tmp_path):
    jilin, harbin = joined
    jilin.start()

    assert harbin("expel", jilin.place).returncode == 2  # it takes a reason
    assert harbin("expel", "cn:999999", "--because", "x").returncode == 2
    why = ("--because", "Forged a receipt.", "--yes")
    for _twice in range(2):
        assert harbin("expel", jilin.place, *why).returncode == 0

    assert "expelled" in harbin("peers").stdout
    assert "Forged a receipt." in harbin("peers").stdout
    assert harbin("follow").stdout.startswith("0 entries")
    assert harbin("join", tmp_path / "jilin.json", "--yes").returncode == 0
    assert "expelled" not in harbin("peers").stdout
