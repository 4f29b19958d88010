"""Servers that misbehave, on real sockets of loopback."""

import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

from sameboat.cli.certificate import CertificateFiles, fingerprint, make_certificate


def certificate(folder, names=("localhost",), now=None):
    """Make a certificate in a folder; return its files and its fingerprint."""
    folder.mkdir(parents=True, exist_ok=True)
    files = CertificateFiles(folder)
    make_certificate(files=files, names=list(names), now=now or datetime.now(UTC))
    return files, fingerprint(files.certificate)


@contextmanager
def server(answer, files=None, port=0):
    """Serve every connection with `answer(connection, stopping, request)` until the block ends.

    Yields the port and the list of requests that came through.
    """
    listening = socket.create_server(("127.0.0.1", port), backlog=64)
    came, stopping = [], threading.Event()
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)

    def serve(connection):
        try:
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            request = connection.recv(65536)
            if request:
                came.append(request)
                answer(connection, stopping, request)
        except OSError:
            pass
        finally:
            connection.close()

    def accept():
        while not stopping.is_set():
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], came
    finally:
        stopping.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(timeout=5)


def says(body=b"well", *, status="200 OK", headers=()):
    """Return a way to answer everything alike."""

    def answer(connection, _stopping, _request):
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close",
                 *headers, "", ""]  # fmt: skip
        connection.sendall("\r\n".join(lines).encode() + body)

    return answer


def drips(first, piece):
    """Return a way to answer with a piece again and again, each in good time, without an end."""

    def answer(connection, stopping, _request):
        connection.sendall(first)
        while not stopping.wait(0.02):
            connection.sendall(piece)

    return answer
