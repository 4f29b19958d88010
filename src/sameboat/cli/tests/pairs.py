"""Jilin and Harbin, each reached by the other on a line that can be made bad."""

import shutil
from contextlib import ExitStack

from sameboat.cli.tests.bad_line import BadLine
from sameboat.cli.tests.hands import Hand, agree, check_honest, check_promises
from sameboat.cli.tests.test_peers import NAMES, Node


class Pair:
    """Jilin and Harbin, the lines on which each is reached by the other, and a hand at each."""

    def __init__(self, sameboat, folders, folder):
        for name in NAMES.values():
            shutil.copytree(folders / name, folder / name)
        self.nodes = [Node(sameboat, folder / name, place) for place, name in NAMES.items()]
        self.jilin, self.harbin = self.nodes
        self.lines = [BadLine(node.port) for node in self.nodes]
        for node, line in zip(self.nodes, self.lines, strict=True):
            file = folder / f"{NAMES[node.place]}.json"
            assert node("invite", file, "--address", line.address).returncode == 0
        for node, other in zip(self.nodes, reversed(self.nodes), strict=True):
            file = folder / f"{NAMES[other.place]}.json"
            assert node("join", file, "--yes").returncode == 0
        self.hands = {}

    def start(self):
        for node in self.nodes:
            self.hands[node] = Hand(node)
            self.hands[node]("settle")
            node.start()
        self.hand = self.hands[self.jilin]

    def stop(self):
        for node in self.nodes:
            node.stop()
        for line in self.lines:
            line.close()
        for hand in self.hands.values():
            hand.end()

    def come_to_agree(self):
        """Wait until both have everything, looking all the while at what is shown as delivered."""

        def holds():
            check_honest(self.hand, {self.harbin.place: self.harbin})
            return agree(self.nodes, self.jilin, self.harbin)

        self.jilin.until(holds)
        check_promises(self.hands)

    def meet(self, fault, times):
        """Let a fault meet so many exchanges on each line while Jilin speaks."""
        with ExitStack() as bad:
            for line in self.lines:
                bad.enter_context(line.bad(fault))
            said = self.hand("issue")
            self.hand("speak", 20)
            self.jilin.until(lambda: self.seen(times))
        return said

    def seen(self, times):
        check_honest(self.hand, {self.harbin.place: self.harbin})
        return all(line.met >= times for line in self.lines)
