"""Nodes for benchmarks: real folders, real servers, and logs filled faster than by saying."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROGRAM = "from sameboat.cli import main; main()"
INSIDE = """
import importlib, json, sys
from pathlib import Path
from sameboat.cli.node import open_node
open_node(Path(sys.argv[1]))
module, name = sys.argv[2].split(":")
print(json.dumps(getattr(importlib.import_module(module), name)(**json.loads(sys.argv[3]))))
"""
WITHOUT_HINTS = """
import sys
from sameboat.cli import main
work = sys.modules["sameboat.cli.work"]
find = work.find_reactions
def find_and_be_silent():
    from sameboat.cli import federation
    federation.hint_peers = lambda known, run: known
    find()
work.find_reactions = find_and_be_silent
main()
"""
#: Nobody is told of what nobody does any more.
PATIENCE_SECONDS = 60.0
_ROWS = 4096


def _environment(home: Path | None = None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
    return kept | ({"SAMEBOAT_HOME": str(home)} if home else {}) | {"SAMEBOAT_LANGUAGE": "en"}


def sameboat(*words: object, home: Path | None = None) -> str:
    """Run a command as an operator does; return what it prints."""
    command = [sys.executable, "-c", PROGRAM, *map(str, words)]
    ran = subprocess.run(
        command, env=_environment(home), capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.exit(f"sameboat {' '.join(map(str, words))}: {ran.stderr or ran.stdout}")
    return ran.stdout


def inside(home: Path, function: str, **given: Any) -> Any:
    """Call "module:function" in a process of its own on a node; return what it returns."""
    ran = subprocess.run(
        [sys.executable, "-c", INSIDE, str(home), function, json.dumps(given)],
        env=_environment(home), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(ran.stdout.splitlines()[-1])


def make_node(folder: Path, place: str, name: str) -> Path:
    """Make a node with keys whose passphrase lies beside its folder; return the folder."""
    word = folder.parent / f"{name}.pass"
    sameboat("init", folder, "--place", place)
    sameboat("log", "init", "--name", f"{name}.example/log", "--passphrase-file", word, home=folder)
    with (folder / "sameboat.toml").open("a") as settings:
        settings.write(f'log_passphrase_file = "{word}"\n')
    return folder


def join(one: Path, other: Path, address: str) -> None:
    """Let one node follow another that is served at an address."""
    file = one.parent / f"{other.name}-for-{one.name}.json"
    sameboat("invite", file, "--address", address, home=other)
    sameboat("join", file, "--yes", home=one)
    file.unlink()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(home: Path, port: int, *, hints: bool = True) -> Iterator[list[int]]:
    """Run the two processes of `sameboat serve` on a node; yields their numbers.

    Args: hints: False: its worker tells nobody that there is something new.
    """
    import httpx2

    from sameboat.cli.serve import commands

    words = commands("127.0.0.1", port)
    if not hints:
        words["worker"][2] = WITHOUT_HINTS
    quiet, running = subprocess.DEVNULL, []
    try:
        for each in words.values():
            running.append(
                subprocess.Popen(each, env=_environment(home), stdout=quiet, stderr=quiet)
            )
        until(lambda: _answers(httpx2, f"http://127.0.0.1:{port}/log/checkpoint"))
        yield [each.pid for each in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def _answers(httpx2: Any, address: str) -> bool:
    try:
        httpx2.get(address)
    except httpx2.HTTPError:
        return False
    return True


def until(holds: Callable[[], object], pause: float = 0.1) -> None:
    """Wait until something holds that another process brings about."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > ends:
            sys.exit(f"it did not come to that within {PATIENCE_SECONDS:g} s")
        time.sleep(pause)


def entry_bytes(place: str, number: int, alerts_every: int = 0) -> bytes:
    """Return the canonical bytes of a usual entry: a measurement, or now and then an alert.

    Written out, not made by `canonical`: a million of them are wanted.
    """
    at = datetime.fromtimestamp(1_131_858_000 + number, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    alert = bool(alerts_every) and number % alerts_every == 0
    noun, kind = ("alert", "alert.issued") if alert else ("observation", "observation.recorded")
    return (
        f'{{"about":"{place}/{noun}/{number}","after":[],"audience":["*"],"body":{{'
        f'"accuracy":"0.0005","quantity":"concentration","site":"{place}/site/bridge",'
        f'"substance":"nitrobenzene","taken_at":"{at}","unit":"mg/L","value":"0.{number:07d}"}},'
        f'"kind":"{kind}","place":"{place}","said_at":"{at}","v":1}}'
    ).encode()


def fill(count: int, alerts_every: int = 0) -> dict[str, float]:
    """Fill this node's log, in bulk, and sign it; return the seconds that each took."""
    from django.conf import settings
    from django.db import transaction

    from sameboat.cli.node import moment
    from sameboat.ground.logbook.models import Entry
    from sameboat.ground.logbook.own import open_own, sign_staged
    from sameboat.ground.logbook.queries import head

    began = time.perf_counter()
    last, chain = head(settings.PLACE)
    for first in range(last + 1, last + 1 + count, _ROWS):
        numbers = range(first, min(first + _ROWS, last + 1 + count))
        rows = _rows(settings.PLACE, numbers, chain, alerts_every)
        chain = rows[-1].chain
        with transaction.atomic():
            Entry.objects.bulk_create(rows, batch_size=500)
    stored = time.perf_counter()
    signer = open_own()
    while sign_staged(signer=signer, now=moment()):
        pass
    return {"store_s": stored - began, "sign_s": time.perf_counter() - stored}


def _rows(place: str, numbers: Iterable[int], chain: str, alerts_every: int) -> list[Any]:
    from sameboat.cli.node import moment
    from sameboat.ground.logbook.models import Entry
    from sameboat.proof.chain import link

    rows, now = [], moment()
    for number in numbers:
        raw = entry_bytes(place, number, alerts_every)
        told = json.loads(raw)
        chain = link(chain, raw)
        rows.append(
            Entry(
                origin=place, index=number, kind=told["kind"], place=place, about=told["about"],
                said_at=datetime.fromisoformat(told["said_at"]), audience=["*"], after=[],
                canonical=raw, chain=chain, stored_at=now,
            )
        )  # fmt: skip
    return rows
