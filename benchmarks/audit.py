"""The audit of a log of a million entries: 2,000 reports, 2,000 receipts, 10,000 checkpoints."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

ENTRIES, EACH_REPORT, EACH_FORECAST, EACH_POINT = 1_000_000, 500, 200, 100
HERE, THERE = "cn:220200", "cn:230100"
BEGAN = datetime(2005, 11, 13, tzinfo=UTC)


def audit_of_a_million() -> list[dict[str, Any]]:
    """Make the node in a process of its own, and audit it in another, from start to end."""
    with tempfile.TemporaryDirectory(prefix="sameboat-bench-") as folder:
        told = [sys.executable, "-m", "benchmarks.audit", folder]
        subprocess.run([*told, "make"], check=True, stdout=subprocess.PIPE)
        done = subprocess.run([*told, "run"], check=True, stdout=subprocess.PIPE, text=True)
    row = json.loads(done.stdout.splitlines()[-1])
    return [{"name": "audit of a million entries", "goal": "<= 60 s", "holds": row["ours_s"] <= 60,
             "work_unit": f"{row['reports']} reports, {row['facts']} facts", **row}]  # fmt: skip


def make(folder: Path) -> None:
    """Fill a node's log; the bytes are real entries, the tiles are left out."""
    subprocess.run([sys.executable, "-m", "sameboat", "init", str(folder / "node"), "--place",
                    HERE], check=True)  # fmt: skip
    _open(folder)
    from sameboat.ground.logbook.models import Checkpoint, Cosignature
    from sameboat.proof.checkpoint import Checkpoint as Point
    from sameboat.proof.cosignature import cosign
    from sameboat.proof.keys import make_signer
    from sameboat.proof.note import read_note, sign_note

    far = _agree()
    _fill_own()
    _fill_theirs()
    signer, points, lines = make_signer("jilin.example/log"), [], []
    for size in range(EACH_POINT, ENTRIES + 1, EACH_POINT):
        note = sign_note(str(Point(signer.name, size, bytes(32))), signer).to_bytes()
        at = _moment(size) + timedelta(seconds=1)
        points.append(Checkpoint(origin=HERE, size=size, root="00" * 32, note=note, kept_at=at))
        lines.append((cosign(read_note(note).text, far.witness, time=int(at.timestamp())), at))
    made = Checkpoint.objects.bulk_create(points, batch_size=1000)
    Cosignature.objects.bulk_create(
        [Cosignature(checkpoint=point, witness=far.witness.name, line=str(line), time=at)
         for point, (line, at) in zip(made, lines, strict=True)], batch_size=1000,
    )  # fmt: skip


def _open(folder: Path) -> None:
    from sameboat.cli.node import open_node

    open_node(folder / "node")


def _agree() -> Any:
    """Agree on a compact with Harbin, whose log is made here."""
    from sameboat.books.compacts import reactions  # noqa: F401
    from sameboat.books.compacts.actions import propose_compact, sign_compact
    from sameboat.ground.logbook.delivery import deliver
    from sameboat.ground.logbook.following import follow
    from sameboat.ground.logbook.tests.far_log import FarLog, entry, joined
    from sameboat.lib.times import as_utc_text

    far = FarLog()
    peer = joined(far, BEGAN)
    version = propose_compact(names={"en": "Songhua"}, purpose={"en": "Warn."},
                              members=[HERE, THERE], key=UUID(int=1), by="operator",
                              now=BEGAN)  # fmt: skip
    sign_compact(proposal=version.proposal, by="operator", now=BEGAN)
    told = {"proposal": version.proposal, "digest": version.digest}
    far.entries.append(entry(0, kind="compact.signed", about=version.compact.address, body=told,
                             said_at=as_utc_text(BEGAN)))  # fmt: skip
    follow(peer=peer, fetch=far.fetch, now=BEGAN)
    deliver(now=BEGAN)
    return far


def _moment(index: int) -> datetime:
    return BEGAN + timedelta(seconds=30 * index)


def _fill_own() -> None:
    from sameboat.ground.logbook.models import Entry
    from sameboat.ground.logbook.queries import head

    last, _chain = head(HERE)
    rows: list[Entry] = []
    for index in range(last + 1, ENTRIES):
        kind, noun, body = "observation.recorded", "observation", {"number": index}
        if index % EACH_REPORT == 0:
            kind, noun = "alert.issued", "alert"
            body = {"kind": "warning", "status": "Actual", "severity": "Severe",
                    "forecast": f"{HERE}/forecast/{index - EACH_FORECAST // 2}",
                    "expires": (_moment(index) + timedelta(hours=2)).isoformat(),
                    "hazard": "river_pollutant", "areas": [{"place": THERE}]}  # fmt: skip
        elif index % EACH_FORECAST == EACH_FORECAST // 2:
            kind, noun = "forecast.made", "forecast"
            body = {"reached": [{"place": "cn:230102", "p_per_mille": 900}]}
        rows.append(_row(HERE, index, kind, f"{HERE}/{noun}/{index}", body, _moment(index)))
        if len(rows) == 5000:
            Entry.objects.bulk_create(rows)
            rows = []
    Entry.objects.bulk_create(rows)


def _fill_theirs() -> None:
    from sameboat.ground.logbook.models import Entry

    rows = [
        _row(THERE, number, "alert.received", f"{HERE}/alert/{index}", {},
             _moment(index) + timedelta(minutes=1), [f"{HERE}/entry/{index}"])
        for number, index in enumerate(range(EACH_REPORT, ENTRIES, EACH_REPORT), 1)
    ]  # fmt: skip
    Entry.objects.bulk_create(rows, batch_size=1000)


def _row(origin: str, index: int, kind: str, about: str, body: dict[str, Any], at: datetime,
         after: list[str] | None = None) -> Any:  # fmt: skip
    from sameboat.ground.logbook.models import Entry
    from sameboat.lib.times import as_utc_text
    from sameboat.proof.canon import canonical

    raw = canonical({"v": 1, "kind": kind, "place": origin, "said_at": as_utc_text(at),
                     "about": about, "after": after or [], "audience": ["*"],
                     "body": body})  # fmt: skip
    return Entry(origin=origin, index=index, kind=kind, place=origin, said_at=at, about=about,
                 audience=["*"], after=after or [], canonical=raw, chain="0" * 64,
                 stored_at=at)  # fmt: skip


def run(folder: Path) -> dict[str, Any]:
    """Audit all of it once; return the seconds, the memory and what was found."""
    _open(folder)
    from sameboat.books.compacts.queries import list_compacts
    from sameboat.watch.alerts.auditing import audit

    address, until = list_compacts()[0].address, _moment(ENTRIES)
    began = time.perf_counter()
    found = audit(compact=address, since=BEGAN, until=until, now=until)
    took = time.perf_counter() - began
    return {"ours_s": took, "reports": len(found.reports), "facts": len(found.facts),
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}  # fmt: skip


BENCHMARKS = {"audit": audit_of_a_million}

if __name__ == "__main__":
    if sys.argv[2] == "make":
        make(Path(sys.argv[1]))
    else:
        sys.stdout.write(json.dumps(run(Path(sys.argv[1]))) + "\n")
