"""Two real nodes on hosts of their own, with TLS: the wire between them dies, or is very slow."""

import shutil
import subprocess
import sys

import pytest

from sameboat.cli.tests.hands import Hand, agree, ask_database, check_honest, check_promises
from sameboat.cli.tests.hosts import Wire, can_be_made
from sameboat.cli.tests.test_peers import NAMES, Node, folders  # noqa: F401 (fixture)

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        not can_be_made(), reason="this machine makes no network namespaces (unshare, ip, tc)"
    ),
]
#: Prints what a node answers to a question for its checkpoint, asked on its own host.
ASK = """
import httpx2, sys
print(httpx2.get(sys.argv[1], timeout=5.0, verify=False).status_code)
"""


class HostedNode(Node):
    """A node on a host that is not this one."""

    def __init__(self, sameboat, folder, place, inside, host):
        super().__init__(sameboat, folder, place)
        self.inside = inside
        self.address, self.options = f"https://{host}:{self.port}", ("--tls", "--host", host)
        with (folder / "sameboat.toml").open("r+") as settings:
            told = [each for each in settings if not each.startswith("hosts")]
            settings.seek(0)
            settings.writelines([f'hosts = ["{host}"]\n', *told])

    def get(self, path):
        command = [*self.inside, sys.executable, "-c", ASK, self.address + path]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return int(answer.stdout) if answer.returncode == 0 else None

    def there(self, *words):
        """Run a command on its own host."""
        return self.sameboat(*words, home=self.folder, inside=self.inside)


@pytest.fixture
def wire():
    """The two hosts and what lies between."""
    with Wire() as made:
        yield made


@pytest.fixture
def pair(sameboat, folders, tmp_path, wire):  # noqa: F811
    """Jilin and Harbin, each on its host, running, each following the other."""
    made = []
    for (place, name), inside, host in zip(NAMES.items(), wire.inside, wire.addresses, strict=True):
        shutil.copytree(folders / name, tmp_path / name)
        made.append(HostedNode(sameboat, tmp_path / name, place, inside, host))
    hands = {node: Hand(node) for node in made}
    for node in made:
        hands[node]("settle")
        node.start()
        file = tmp_path / f"{NAMES[node.place]}.json"
        assert node("invite", file, "--address", node.address).returncode == 0
    for node, other in zip(made, reversed(made), strict=True):
        assert node("join", tmp_path / f"{NAMES[other.place]}.json", "--yes").returncode == 0
    yield made, hands
    for node in made:
        node.stop()
        hands[node].end()


def test_while_the_wire_is_dead_nothing_is_shown_as_delivered_and_then_all_arrives(pair, wire):
    (jilin, harbin), hands = pair
    first = hands[jilin]("issue")
    jilin.until(lambda: agree([jilin, harbin], jilin, harbin))
    hands[jilin]("comes_to", f"{first} delivered")
    known = check_honest(hands[jilin], {harbin.place: harbin})

    wire.cut()
    second = hands[jilin]("issue")
    for node in (jilin, harbin):
        hands[node]("speak", 300)
    failed = "select failures from logbook_peer where failures > 0"
    for node in (jilin, harbin):  # both have noticed
        node.until(lambda node=node: ask_database(node, failed))
    assert check_honest(hands[jilin], {harbin.place: harbin}) == known
    told = jilin.there("doctor").stdout
    assert f"{harbin.address}" in told
    assert "does not answer" in told, told

    wire.mend()
    jilin.until(lambda: agree([jilin, harbin], jilin, harbin))
    hands[jilin]("comes_to", f"{second} delivered")
    check_honest(hands[jilin], {harbin.place: harbin})
    check_promises(hands)
    for node in (jilin, harbin):
        assert ask_database(node, "select * from logbook_fork") == []


def test_on_a_line_of_64_kilobits_600_entries_and_a_warning_arrive(pair, wire):
    (jilin, harbin), hands = pair
    wire.slow("64kbit")

    for node in (jilin, harbin):
        hands[node]("speak", 300)
    said = hands[jilin]("issue")

    jilin.until(lambda: agree([jilin, harbin], jilin, harbin))
    hands[jilin]("comes_to", f"{said} delivered")
    check_promises(hands)
