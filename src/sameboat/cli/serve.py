"""`sameboat serve`: the web server and the worker, in one process group."""

import ctypes
import errno
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from sameboat.cli.certificate import CertificateFiles, make_certificate
from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home
from sameboat.cli.shown import current_language, tell
from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

RESTART_PAUSE_SECONDS = 1.0
#: Of prctl(2): the signal that a process gets when its parent dies.
PR_SET_PDEATHSIG = 1
STOP_SECONDS = 8.0
#: Whoever takes longer to say what is wanted is hung up on; who says nothing holds one of so many
#: connections meanwhile, and the rest are for everybody else.
HEADER_MILLISECONDS, MOST_CONNECTIONS = 10_000, 8192


class PortTaken(Refusal):
    """Another program listens there."""

    says = _("{host}:{port} is taken by another program. Choose another with --port.")


class CannotListen(Refusal):
    """The address is not one of this machine."""

    says = _("{host}:{port} cannot be listened on: {problem}. Name an address of this machine.")


class DemoStaysHome(Refusal):
    """A demo has published passwords."""

    says = _(
        "This node is a demo: its passwords are published, so it listens on loopback only, "
        "not on {host}. Make a real node with `sameboat init`."
    )


class PublishedPasswords(Refusal):
    """Accounts of a demo on a node that is none any more."""

    says = _(
        "{usernames} can be opened with the demo's published password. Give each another one: "
        "sameboat user reset-password NAME --home {folder}"
    )


class NotMigrated(Refusal):
    """The database is older than the program."""

    says = _("The database is older than this program. Run: sameboat upgrade --home {folder}")


def serve(
    home: Home = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve https with a certificate of its own, made once.")
    ] = False,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Only the web: sameboat work runs by itself.")
    ] = False,
) -> None:
    """Serve the console and the API, with the worker beside it.  Ctrl-C stops both.

    Nothing else is needed.  To listen on another address than loopback, name the node's hosts in
    sameboat.toml, and serve with --tls or put TLS in front.
    """
    if tls:
        os.environ["SAMEBOAT_TLS"] = "true"  # also for the processes that are started
    node = open_to_write(home)
    check_address(host, port)
    _check_migrated(node.folder)
    check_accounts(node.folder)
    files = _certificate(node, make=tls)
    collect_static()
    tell(
        _("Sameboat listens on {scheme}://{host}:{port}/ (Ctrl-C stops it)."),
        current_language(),
        scheme="https" if files else "http",
        host=host,
        port=port,
    )
    _allow_connections()
    started = commands(host, port, files)
    if no_worker:
        del started["worker"]
    raise typer.Exit(ProcessGroup(started).run())


def _allow_connections() -> None:
    """Let the server hold as many connections as it may: many systems begin with 1,024 files."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_CONNECTIONS + 1024
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _certificate(node: NodeHome, *, make: bool) -> CertificateFiles | None:
    """Return the certificate to serve with, made where a person asked for it; None: plain http.

    Raises:
        NoCertificate: the settings ask for TLS and there is none.
    """
    from django.conf import settings

    if not settings.TLS:
        return None
    files = CertificateFiles(node.keys)
    if make and make_certificate(files=files, names=settings.ALLOWED_HOSTS, now=datetime.now(UTC)):
        tell(_("A certificate was made: {file}. Invite your peers with it: sameboat invite"),
             current_language(), file=files.certificate)  # fmt: skip
    files.check()
    return files


def check_address(host: str, port: int) -> None:
    """Refuse what cannot or must not be listened on.

    Raises:
        DemoStaysHome: a demo on anything but loopback.  PortTaken, CannotListen.
    """
    from django.conf import settings

    if settings.DEMO and not _is_loopback(host):
        raise DemoStaysHome(host=host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise PortTaken(host=host, port=port) from None
            raise CannotListen(
                host=host, port=port, problem=problem.strerror or str(problem)
            ) from None


def check_accounts(folder: Path) -> None:
    """Refuse to open a node, other than a demo on loopback, whose passwords everybody knows.

    Raises:
        PublishedPasswords.
    """
    from django.conf import settings

    from sameboat.ground.people.actions import DEMO_PASSWORD, DEMO_PEOPLE
    from sameboat.ground.people.queries import who_has_password

    if settings.DEMO:
        return
    if known := who_has_password(DEMO_PASSWORD, [name for name, *_rest in DEMO_PEOPLE]):
        raise PublishedPasswords(usernames=known, folder=folder)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_migrated(folder: Path) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMigrated(folder=folder)


def collect_static() -> None:
    """Gather the static files with their hashes, when those of the program have changed."""
    import hashlib

    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            digest.update(f"{name} {storage.size(name)} ".encode())
            digest.update(str(storage.get_modified_time(name)).encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0, clear=False)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest.hexdigest())


def commands(host: str, port: int, files: CertificateFiles | None = None) -> dict[str, list[str]]:
    """Return the command line of each process of the group."""
    web = [
        sys.executable, "-m", "granian", "sameboat.config.asgi:application",
        "--interface", "asginl", "--host", host, "--port", str(port), "--workers", "1",
        "--workers-kill-timeout", "5", "--log-level", "warning", "--no-ws", "--http", "1",
        "--http1-header-read-timeout", str(HEADER_MILLISECONDS),
        "--backlog", "2048", "--backpressure", str(MOST_CONNECTIONS),
    ]  # fmt: skip
    if files:
        web += ["--ssl-certificate", str(files.certificate), "--ssl-keyfile", str(files.key)]
    worker = [sys.executable, "-c", "from sameboat.cli import main; main()", "work"]
    return {"web": web, "worker": worker}


def _end_with_parent() -> Callable[[], None] | None:
    """Return what a new process does first: ask to be stopped when its parent is gone.

    Without it, a `serve` that was killed would leave a server and a worker behind, and the next
    one would find its port taken.  Only Linux knows how.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was gone before it could be asked
            os._exit(1)

    return ask


class ProcessGroup:
    """Processes that live and die together; one that dies alone is started again."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        self.commands = commands
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = threading.Event()

    def run(self) -> int:
        """Run until told to stop; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for name in self.commands:
            self._start(name)
        try:
            while not self.stopping.wait(0.2):
                self._restart_the_dead()
        finally:
            self.end()
        return 0

    def _start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(
            self.commands[name], env=os.environ.copy(), preexec_fn=_end_with_parent()
        )

    def _restart_the_dead(self) -> None:
        for name, process in list(self.running.items()):
            if process.poll() is not None and not self.stopping.is_set():
                tell(
                    _("The {name} process ended ({code}); it is started again."),
                    current_language(),
                    name=name,
                    code=process.returncode,
                )
                self.stopping.wait(RESTART_PAUSE_SECONDS)
                self._start(name)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def end(self) -> None:
        """Stop every process, in earnest after STOP_SECONDS."""
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
