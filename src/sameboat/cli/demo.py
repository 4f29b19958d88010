"""`sameboat demo`: a node of its own, the night of November 2005 again, and the console on it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sameboat.cli.init import REGIONS
from sameboat.cli.serve import PortTaken
from sameboat.cli.shown import current_language
from sameboat.lib.home import NodeHome
from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _
from sameboat.lib.likelihood import likelihood_word
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.cli.replay import Line

FOLDER = Path("sameboat-demo")
SECONDS_TO_START = 60.0
#: The folder of each node, and whose console it is.
WHOSE = {
    "jilin": _("Jilin"), "harbin": _("Harbin"), "jiamusi": _("Jiamusi"),
    "body": _("the coordinating body"),
}  # fmt: skip
WIDTH = 150  #: of the table; it is not folded to the window, for it is also piped


class NotADemoNode(Refusal):
    """The folder holds a node that people rely on."""

    says = _("{folder} is a node but not a demo: name another folder with --home.")


class OlderDemo(Refusal):
    """The demo was one node; it is four now, each in a folder of its own."""

    says = _(
        "{folder} holds the demo of an earlier version, which was one node. Remove the folder, or "
        "name another with --home."
    )


class DemoRuns(Refusal):
    """Two servers on one database would each change what the other relies on."""

    says = _("The demo in {folder} is running: use its consoles, or end it first (Ctrl-C).")


class NoRegions(Refusal):
    """The region packs of the demo are not where they are looked for."""

    says = _("{folder} holds no region packs: name the folder of songhua and haihe with --regions.")


class ServerSilent(Refusal):
    """The console did not answer in time."""

    says = _("The console did not answer within {seconds} s: {problem}. Look at its output above.")


def demo(
    home: Annotated[
        Path | None, typer.Option("--home", help="Folder of the demo's nodes [sameboat-demo].")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Do all of it unattended, fetch the page once, end.")
    ] = False,
    port: Annotated[
        int, typer.Option(help="Port of Jilin's console; the other nodes take the next three.")
    ] = 8005,
    regions: Annotated[
        Path, typer.Option(help="Folder of the region packs.", show_default=False)
    ] = REGIONS,
) -> None:
    """Replay November 2005 on four nodes of their own, then open their consoles on that situation.

    Jilin upstream, Harbin and Jiamusi downstream, and the coordinating body: each has a database,
    keys and a port. Nothing but this machine is asked or told. Doing it again on the same folder
    goes on with what is there.

    Exit code: 0 · 1 a step was refused; the reason is printed · 2 the folder is no demo.
    """
    language = current_language()
    try:
        if check and home is None:
            with tempfile.TemporaryDirectory(prefix="sameboat-demo-") as folder:
                _run(Path(folder) / "node", regions, port, True, language)
        else:
            _run(home or FOLDER, regions, port, check, language)
    except NotADemoNode as refusal:
        typer.echo(refusal.in_language(language), err=True)
        raise typer.Exit(2) from None
    except Refusal as refusal:
        typer.echo(refusal.in_language(language), err=True)
        raise typer.Exit(1) from None


def _run(folder: Path, regions: Path, port: int, check: bool, language: str) -> None:
    from sameboat.cli.replay import PACK

    if not (regions / PACK / "pack.toml").exists():
        raise NoRegions(folder=str(regions))
    check_free(folder)
    with running(folder, port):
        serve(_replayed(folder, regions, port, language), check, language)


def _replayed(folder: Path, regions: Path, port: int, language: str) -> list[tuple[Path, int]]:
    """Replay the night on four nodes and tell it; return their folders and ports."""
    from sameboat.cli.beside import audit_of, beside_of, print_beside
    from sameboat.cli.night import Night, players
    from sameboat.cli.players import make_keys
    from sameboat.cli.region_load import load_folder, teller
    from sameboat.cli.replay import (
        BEGINS_AT,
        ENDS_AT,
        OTHER_PACKS,
        PACK,
        add_people,
        model_processes,
        replay,
        table_of,
    )

    # One thread for linear algebra in each process: the matrices are small, the cores are few.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    tell = teller(language)
    # The processes load the model while the nodes are made.
    with model_processes() as pool, players(folder, port) as cast:
        for player in cast[1:]:
            player.begin("make", folder=player.folder, place=player.place,
                         pack=(regions / PACK).resolve(), now=BEGINS_AT)  # fmt: skip
        home = set_up(cast[0].folder)
        started = time.monotonic()
        load, *_took = load_folder(regions / PACK, tell)
        people = add_people([load], datetime.now(UTC))
        make_keys(home, BEGINS_AT)

        def meanwhile() -> None:
            others = [load_folder(regions / name, tell)[0] for name in OTHER_PACKS]
            add_people(others, datetime.now(UTC))

        night = Night(cast, people["wang"], people["li"], tell)
        run = replay(load, people, tell, pool, meanwhile, night)
    homes = [NodeHome(player.folder.resolve()) for player in cast]
    for each in homes:
        set_clock(each, starts_at=ENDS_AT, set_at=datetime.now(UTC))
    lines = table_of(run)
    print_table(lines, language)
    audit = audit_of(night.compact, ENDS_AT)
    print_beside(
        beside_of(audit, lines), audit, {line.code: line.names for line in lines}, language
    )
    tell(
        _("Replayed {count} forecasts in {seconds} s; warnings were issued as exercises."),
        count=len(run.forecasts),
        seconds=f"{time.monotonic() - started:.1f}",
    )
    return [(each.folder, player.port) for each, player in zip(homes, cast, strict=True)]


@contextmanager
def running(folder: Path, port: int) -> Iterator[None]:
    """Hold the demo's folder for one process, and look whether its four ports are free.

    Raises:
        DemoRuns: another process holds it.  PortTaken.  NotWritable.
    """
    import fcntl

    from sameboat.cli.init import NotWritable
    from sameboat.cli.night import NODES

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "demo.lock").open("ab")
    except OSError as problem:
        raise NotWritable(folder=str(folder), problem=problem.strerror) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoRuns(folder=str(folder)) from None
        for _name, _place, step in NODES:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port + step))
                except OSError:
                    raise PortTaken(host="127.0.0.1", port=port + step) from None
        yield


def check_free(folder: Path) -> None:
    """Look whether the demo may have a folder, before anything is made.

    Raises:
        NotADemoNode: it is, or holds, a node that people rely on.  OlderDemo.
    """
    from sameboat.cli.night import NODES

    for home in map(NodeHome, (folder, *(folder / name for name, _place, _step in NODES))):
        if home.settings_file.exists() and home.read_settings().get("demo") is not True:
            raise NotADemoNode(folder=str(home.folder))
    if NodeHome(folder).settings_file.exists():
        raise OlderDemo(folder=str(folder))


def set_up(folder: Path) -> NodeHome:
    """Make the demo's node, or find the one that is there, and start Django on it.

    Raises:
        NotADemoNode: the folder holds a node that is not a demo.
        FolderNotEmpty, NotWritable: the folder cannot become a node.
    """
    from sameboat.cli.init import create_node
    from sameboat.cli.replay import HOME_PLACE

    home = NodeHome(folder)
    if home.settings_file.exists() and home.read_settings().get("demo") is not True:
        raise NotADemoNode(folder=str(folder))
    return create_node(folder, place=HOME_PLACE, demo=True)


def set_clock(home: NodeHome, *, starts_at: datetime, set_at: datetime) -> None:
    """Write into sameboat.toml what time the console shall take it to be."""
    kept = [
        line
        for line in home.settings_file.read_text("utf-8").splitlines()
        if not line.startswith(("clock_starts_at", "clock_set_at"))
    ]
    clock = [
        f"clock_starts_at = {starts_at.isoformat()}",
        f"clock_set_at = {set_at.isoformat(timespec='seconds')}",
    ]
    new = home.settings_file.with_suffix(".new")
    new.write_text("\n".join([*clock, *kept]) + "\n", "utf-8")
    new.chmod(home.settings_file.stat().st_mode)
    new.replace(home.settings_file)


def print_table(lines: list["Line"], language: str) -> None:
    """Print place · reached · arrives · peak · people · hours of warning, in order of arrival."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    heads = (
        _("place"), _("reached"), _("arrives (median, 10–90 %)"), _("peak, mg/L (10–90 %)"),
        _("people"), _("earlier than the first notice"),
    )  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, head in enumerate(heads):
        side = "left" if position in {0, 2} else "right"
        table.add_column(translate(head, language), justify=side, no_wrap=position < 5)  # type: ignore[arg-type]
    for line in lines:
        table.add_row(*(Text(cell) for cell in cells_of(line, language)))
    Console(width=WIDTH, highlight=False).print(table)


def cells_of(line: "Line", language: str) -> list[str]:
    """Return one line of the table as text."""
    unknown = translate(_("not known"), language)
    word = translate(likelihood_word(line.p_reached), language)
    low, median, high = (_moment(at) for at in line.arrival)
    arrives = f"{median}  {low} – {high or '…'}" if median else f"… ({low} – …)"
    peaks = ["…" if value is None else f"{value:.2g}" for value in line.peak]
    if line.hours_gained is None:
        gained = translate(_("not recorded"), language)
    else:
        gained = translate(_("{hours} h"), language).format(hours=f"{line.hours_gained:+.0f}")
    return [
        f"{choose(line.names, language)} {line.code}",
        f"{word} {line.p_reached:.0%}",
        arrives,
        f"{peaks[1]}  {peaks[0]} – {peaks[2]}",
        unknown if line.population is None else f"{line.population:,}",
        gained,
    ]


def serve(nodes: list[tuple[Path, int]], check: bool, language: str) -> None:
    """Serve the nodes on this machine only; `check` fetches the first's situation and ends.

    Args: nodes: folder and port of each.
    """
    from sameboat.ground.people.actions import DEMO_PASSWORD

    def start(folder: Path, *words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", "from sameboat.cli import main; main()", *words,
                   "--home", str(folder)]  # fmt: skip
        environment = {**os.environ, "SAMEBOAT_HOME": str(folder)}
        process = servers.enter_context(subprocess.Popen(command, env=environment))
        servers.callback(process.terminate)
        return process

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a kill must not orphan the servers
    opened = _("The console of {name} is open on {address} – wang or li, password {password}.")
    with ExitStack() as servers:
        try:
            begun = [
                (folder.name, f"http://127.0.0.1:{port}/",
                 start(folder, "serve", "--no-worker", "--port", str(port)))
                for folder, port in nodes
            ]  # fmt: skip
            for name, address, server in begun:
                page = fetch_situation(address, server)
                said = translate(opened, language)
                name = translate(WHOSE.get(name, name), language)
                typer.echo(said.format(name=name, address=address, password=DEMO_PASSWORD))
                if check:
                    checked = _("The situation page answered with {bytes} bytes.")
                    typer.echo(translate(checked, language).format(bytes=len(page)))
            # Every node answers now: who follows the others before reports them as not reached.
            for folder, _port in nodes:
                start(folder, "work")
            if not check:
                server.wait()
        except KeyboardInterrupt:
            pass


def fetch_situation(address: str, server: "subprocess.Popen[bytes]") -> str:
    """Sign in over loopback and return the situation page.

    Raises:
        ServerSilent: no answer in time, or the server ended.
    """
    import httpx2

    from sameboat.ground.people.actions import DEMO_PASSWORD

    ends, problem = time.monotonic() + SECONDS_TO_START, "no answer"
    with httpx2.Client(base_url=address, follow_redirects=True, timeout=10.0) as client:
        while time.monotonic() < ends and server.poll() is None:
            try:
                client.get("accounts/login/").raise_for_status()
                break
            except httpx2.HTTPError as failure:
                problem = str(failure) or type(failure).__name__
                time.sleep(0.1)
        else:
            raise ServerSilent(seconds=SECONDS_TO_START, problem=problem)
        form = {"login": "wang", "password": DEMO_PASSWORD,
                "csrfmiddlewaretoken": client.cookies.get("csrftoken") or ""}  # fmt: skip
        client.post("accounts/login/", data=form, headers={"Referer": address})
        page = client.get("")
        if page.status_code != 200 or "login" in page.url.path:
            problem = f"HTTP {page.status_code} {page.url.path}"
            raise ServerSilent(seconds=SECONDS_TO_START, problem=problem)
        return str(page.text)


def _moment(at: datetime | None) -> str:
    from sameboat.cli.replay import ENDS_AT

    return at.astimezone(ENDS_AT.tzinfo).strftime("%m-%d %H:%M") if at else ""
