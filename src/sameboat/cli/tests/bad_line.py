"""A bad line to a node: a proxy on loopback that cuts, delays, repeats, changes what goes through.

Each exchange, one request and its whole answer, goes through the fault that is set at the moment.
"""

import re
import socket
import threading
from contextlib import contextmanager

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?im)^content-length:[ ]*([0-9]+)")
CHECKPOINT = b"/log/checkpoint"


class BadLine:
    """A line to the node on a port; `fault` is a function of (line, request), or None: it is well.

    `met`: how many exchanges the fault was given; `recorded`: the answers of checkpoints so far.
    """

    def __init__(self, port):
        self.to, self.fault, self.met, self.recorded = port, None, 0, []
        self.stopping = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """End it: from now on nobody listens there."""
        self.stopping.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    @contextmanager
    def bad(self, fault):
        """Let a fault meet everything that goes through, until the block ends."""
        self.met, self.fault = 0, fault
        try:
            yield self
        finally:
            self.fault = None

    def ask(self, request):
        """Return the node's whole answer to a request."""
        with socket.create_connection(("127.0.0.1", self.to), timeout=30) as node:
            node.sendall(request)
            found = b"".join(iter(lambda: node.recv(65536), b""))
        if request.split(b" ", 2)[1] == CHECKPOINT and found.startswith(b"HTTP/1.1 200"):
            self.recorded.append(found)
        return found

    def _accept(self):
        while not self.stopping.is_set():
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, connection):
        try:
            connection.settimeout(30)
            request = _read_request(connection)
            if request and self.fault is None:
                connection.sendall(self.ask(request))
            elif request:
                self.met += 1
                connection.sendall(self.fault(self, request))
        except OSError:
            pass
        finally:
            connection.close()


def _read_request(connection):
    """Return a request as it came, that asks for its connection to be closed afterwards."""
    found = b""
    while _HEAD_END not in found:
        part = connection.recv(65536)
        if not part:
            return b""
        found += part
    head, body = found.split(_HEAD_END, 1)
    told = _LENGTH.search(head)
    while told and len(body) < int(told[1]):
        body += connection.recv(65536)
    lines = [each for each in head.split(b"\r\n")
             if not each.lower().startswith((b"connection:", b"accept-encoding:"))]  # fmt: skip
    return b"\r\n".join([*lines, b"Connection: close"]) + _HEAD_END + body


def cuts(after):
    """Cut the line after so many bytes of an answer."""
    return lambda line, request: line.ask(request)[:after]


def refuses():
    """Hear what is asked, and hang up: the other has not even heard of it."""
    return lambda _line, _request: b""


def forgets():
    """Let the other do what is asked, and lose its answer: failed, but kept."""
    return lambda line, request: line.ask(request)[:0]


def delays(seconds):
    """Let an answer wait."""

    def fault(line, request):
        found = line.ask(request)
        line.stopping.wait(seconds)
        return found

    return fault


def asks_twice():
    """Ask everything twice, and hand out the answer to the second."""

    def fault(line, request):
        line.ask(request)
        return line.ask(request)

    return fault


def answers_twice():
    """Hand out every answer twice, one behind the other."""
    return lambda line, request: line.ask(request) * 2


def flips(at):
    """Turn a bit over in what an answer holds, another one with each answer, from `at` on."""

    def fault(line, request):
        found = line.ask(request)
        head, body = found.split(_HEAD_END, 1)
        if not body:
            return found
        place = (at * line.met) % len(body)
        body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        return head + _HEAD_END + body

    return fault


def answers_old(which=0):
    """Answer every question for the checkpoint with an old one that went through before."""

    def fault(line, request):
        if request.split(b" ", 2)[1] == CHECKPOINT:
            return line.recorded[which]
        return line.ask(request)

    return fault


def out_of_order():
    """Answer with a newer checkpoint and an older one by turns."""

    def fault(line, request):
        found = line.ask(request)
        if request.split(b" ", 2)[1] == CHECKPOINT and line.met % 2:
            return line.recorded[len(line.recorded) // 2]
        return found

    return fault
