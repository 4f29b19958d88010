"""What every benchmark needs: the quickest of several runs, and a peer in its own environment."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent


def best(work: Callable[[], object], runs: int = 5) -> tuple[float, float]:
    """Return the seconds of the quickest run, and the least seconds of processor of any.

    One run before them compiles, and warms the caches.
    """
    work()
    times, busy = [], []
    for _run in range(runs):
        began, used = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - began)
        busy.append(time.process_time() - used)
    return min(times), min(busy)


def quickest(work: Callable[[], object], runs: int = 5) -> float:
    """Return the seconds of the quickest run."""
    return best(work, runs)[0]


def peer_python(name: str, *packages: str) -> Path:
    """Return the interpreter of a peer's own environment, made on first use."""
    folder = ROOT / ".cache" / "peers" / name
    python, told = folder / "bin" / "python", folder / "packages.txt"
    wanted = " ".join(packages)
    if not told.exists() or told.read_text() != wanted:
        uv = str(ROOT / ".tools" / "bin" / "uv")
        if not python.exists():
            subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *packages], check=True)
        told.write_text(wanted)
    return python
