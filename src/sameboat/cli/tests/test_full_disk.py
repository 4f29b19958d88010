"""Nodes on a full disk: nothing is half done, and they go on when there is room again."""

import os
import shutil
import subprocess

import pytest

from sameboat.cli.demo import REGIONS
from sameboat.cli.tests.hands import Failed, check_honest, entries, signed
from sameboat.cli.tests.pairs import Pair
from sameboat.cli.tests.test_peers import folders  # noqa: F401 (fixture)

pytestmark = pytest.mark.faults

MEGABYTES = 64


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, with little room."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root may make a small file system to fill")
    disk = tmp_path / "small"
    disk.mkdir()
    made = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "small", disk],
                          capture_output=True, text=True, check=False)  # fmt: skip
    if made.returncode != 0:
        pytest.skip(f"no small file system can be made here: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture
def pair(sameboat, folders, small_disk):  # noqa: F811
    """Jilin and Harbin on the small disk, running."""
    made = Pair(sameboat, folders, small_disk)
    made.start()
    yield made
    made.stop()


def fill(disk):
    """Write until there is no room at all; return the file that takes it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"\0" * 4096)
        except OSError:
            return filler


def test_a_full_disk_stops_a_node_with_a_reason_and_room_lets_it_go_on(pair, small_disk):
    jilin, harbin = pair.nodes
    pair.hand("issue")
    pair.come_to_agree()
    before = {node.place: entries(node, node.place) for node in pair.nodes}

    filler = fill(small_disk)
    with pytest.raises(Failed, match="full"):  # the room that the database has kept is soon gone
        pair.hand("speak", 5000)
    refused = harbin("region", "load", REGIONS / "huanghe")
    assert refused.returncode != 0
    assert "full" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert jilin.get("/log/checkpoint").status_code == 200  # it can still be read
    check_honest(pair.hand, {harbin.place: harbin})
    for node in pair.nodes:
        assert entries(node, node.place)[: len(before[node.place])] == before[node.place]
        assert signed(node, node.place) <= len(entries(node, node.place))

    filler.unlink()
    told = pair.hand("issue")
    pair.come_to_agree()
    assert pair.hand("board", told)[harbin.place][0] == "delivered"
