"""A line between a browser and the node that can be cut and mended."""

import contextlib
import socket
import threading
from types import TracebackType


class Line:
    """Passes on what comes until it is cut; then nobody is answered until it is mended."""

    def __init__(self, port: int) -> None:
        self.port = port  #: of the node
        self.whole = True
        self.ends: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        """Return where a browser reaches the node by this line."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _it: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        self.cut()
        self.listener.close()

    def cut(self) -> None:
        """Break what is under way and answer nobody."""
        self.whole = False
        while self.ends:
            _close(self.ends.pop())

    def mend(self) -> None:
        """Answer again."""
        self.whole = True

    def _listen(self) -> None:
        while True:
            try:
                near, _whence = self.listener.accept()
            except OSError:
                return
            if not self.whole:
                _close(near)
                continue
            far = socket.create_connection(("127.0.0.1", self.port))
            self.ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _close(source)
    _close(sink)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
