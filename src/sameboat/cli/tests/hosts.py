"""Hosts on a wire of their own: network namespaces, which vanish with the processes that hold them.

Made without rights that a user of this machine lacks; where it allows no such thing, `can_be_made`
says so.
"""

import subprocess
from shutil import which

#: A namespace lives as long as this process, which ends when its input does.
HOLD = ("sh", "-c", "echo ready; exec cat >/dev/null")


def can_be_made():
    """Return whether this machine lets us make hosts, and a wire between them."""
    if not all(map(which, ("unshare", "nsenter", "ip", "tc"))):
        return False
    try:
        with Wire() as wire:
            wire.slow("1mbit")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


class Wire:
    """Two hosts, `inside` each of which a command runs, and the wire between them."""

    addresses = ("10.77.0.1", "10.77.0.2")

    def __init__(self):
        self.holders = []
        self._hold("unshare", "--map-root-user", "--net")
        self._hold(*self._enter(0, "--user"), "unshare", "--net")
        self.inside = [self._enter(number, "--user", "--net") for number in range(2)]
        other = str(self.holders[1].pid)
        self._on(0, "ip", "link", "add", "wire", "type", "veth", "peer", "wire", "netns", other)
        for number, address in enumerate(self.addresses):
            self._on(number, "ip", "address", "add", f"{address}/24", "dev", "wire")
            self._on(number, "ip", "link", "set", "lo", "up")
            self._on(number, "ip", "link", "set", "wire", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_raised):
        self.close()

    def close(self):
        """Let both hosts vanish, and the wire."""
        for holder in self.holders:
            holder.stdin.close()
            holder.wait()
            holder.stdout.close()

    def cut(self):
        """Let everything that goes through vanish: nobody answers, and nobody refuses."""
        for number in range(2):
            self._tc(number, "tbf", "rate", "8bit", "burst", "1", "limit", "1")

    def slow(self, rate):
        """Let only so much go through: `64kbit` is a line of the nineties."""
        for number in range(2):
            self._tc(number, "tbf", "rate", rate, "burst", "4kb", "latency", "400ms")

    def mend(self):
        """Let everything go through again."""
        for number in range(2):
            self._on(number, "tc", "qdisc", "del", "dev", "wire", "root")

    def _tc(self, number, *words):
        self._on(number, "tc", "qdisc", "replace", "dev", "wire", "root", *words)

    def _hold(self, *words):
        pipe = subprocess.PIPE
        holder = subprocess.Popen([*words, *HOLD], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.holders.append(holder)
        if holder.stdout.readline() != "ready\n":
            told = holder.stderr.read()
            self.close()
            raise OSError(told)

    def _enter(self, number, *spaces):
        pid = str(self.holders[number].pid)
        return ["nsenter", "--target", pid, *spaces, "--preserve-credentials", "--"]

    def _on(self, number, *words):
        subprocess.run([*self.inside[number], *words], check=True, capture_output=True)
