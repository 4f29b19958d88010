"""Failing networks: a spreading fault, the mutual giant component, inoperability.

The peers of the spreading fault, ndlib and EoN, are installed on first use into an environment of
their own under `.cache/peers`; so is networkx, the peer of the mutual giant component.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import peer_python, quickest
from sameboat.spread.cascade.independent import build_links
from sameboat.spread.cascade.inoperability import clip_inoperability, solve_inoperability
from sameboat.spread.cascade.percolation import pair_networks
from sameboat.spread.draws import member_streams

ROOT = Path(__file__).parent.parent
PEER = Path(__file__).parent / "peers"
NODES, DEGREE, CHANCE, MEMBERS = 100_000, 8.0, 0.3, 64
HALF, HALF_DEGREE, KEPT = 50_000, 4.0, 0.62
SECTORS, DRAWS = 1000, 1000
#: What a random look-up in a table of this size costs here, per second (measured, one thread).
GATHERS = 351e6


def asked_of_peers(*words: str) -> dict[str, Any]:
    """Return what the peers' script answers."""
    python = peer_python(
        "cascade", "ndlib==6.0.1", "EoN==2.0", "networkx==3.6.1", "numpy", "six", "setuptools<81"
    )
    told = subprocess.run(
        [python, PEER / "cascade.py", *words], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def random_edges(nodes: int, degree: float, seed: int) -> np.ndarray:
    """Return edges of a random network, both ends of each drawn."""
    random = np.random.default_rng(seed)
    return random.integers(0, nodes, (random.binomial(nodes * (nodes - 1) // 2,
                                                      degree / (nodes - 1)), 2))  # fmt: skip


def spreading() -> list[dict[str, object]]:
    edges = random_edges(NODES, DEGREE, 1)
    links = build_links(
        NODES, np.concatenate([edges[:, 0], edges[:, 1]]),
        np.concatenate([edges[:, 1], edges[:, 0]]), CHANCE,
    )  # fmt: skip
    streams = member_streams(seed=1, members=MEMBERS)
    seconds = quickest(lambda: links.rounds(range(10), streams))
    rate = len(edges) * MEMBERS / seconds
    reached = float((links.rounds(range(10), streams) != 65535).sum(axis=0).mean())
    theirs = asked_of_peers("spread", str(NODES), str(DEGREE), str(CHANCE))
    rows: list[dict[str, object]] = []
    for name, version in (("ndlib", "6.0.1"), ("EoN", "2.0 fast_SIR")):
        peer = theirs[name]["seconds"] * MEMBERS
        ratio = rate / (theirs["edges"] / theirs[name]["seconds"])
        rows.append(
            {
                "name": f"cascade-spreading-{name}",
                "work_unit": f"G({NODES:,}, {DEGREE:g}), chance {CHANCE}, {MEMBERS} members, round "
                f"of every node kept; {rate / 1e6:.0f} M edge-runs/s; {reached:,.0f} reached, "
                f"theirs {theirs[name]['reached']:,}",
                "ours_s": seconds,
                "peer": f"{name} {version}: one run timed, times {MEMBERS}",
                "peer_s": peer,
                "ratio": ratio,
                "goal": ">= 100x edge-runs per second",
                "holds": ratio >= 100,
                "memory": NODES * MEMBERS * 2.0,
                "floor_s": 2 * len(edges) / GATHERS,
                "floor_share": 2 * len(edges) / GATHERS / seconds,
            }
        )
    return rows


def mutual() -> list[dict[str, object]]:
    edges = [random_edges(HALF, HALF_DEGREE, seed) for seed in (1, 2)]
    alive = np.random.default_rng(3).random(HALF) < KEPT
    pair = pair_networks(HALF, *edges)
    seconds = quickest(lambda: pair.mutual(alive))
    left, rounds = pair.mutual(alive)
    file = ROOT / ".cache" / "peers" / "mutual.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, first=edges[0], second=edges[1], alive=alive)
    theirs = asked_of_peers("mutual", str(file))
    peer = theirs["seconds"]
    if theirs["left"] != int(left.sum()):
        sys.exit("the mutual giant component differs from that of networkx")
    visits = rounds * 2 * int(left.sum()) * (1 + HALF_DEGREE)
    return [
        {
            "name": "cascade-mutual",
            "work_unit": f"2 x ER({HALF:,}, {HALF_DEGREE:g}), {KEPT} kept: {left.sum():,} left "
            f"after {rounds} rounds, the same nodes",
            "ours_s": seconds,
            "peer": f"networkx {theirs['version']}",
            "peer_s": peer,
            "ratio": peer / seconds,
            "goal": ">= 50x",
            "holds": peer / seconds >= 50,
            "floor_s": visits / GATHERS,
            "floor_share": visits / GATHERS / seconds,
        }
    ]


def inoperable() -> list[dict[str, object]]:
    random = np.random.default_rng(0)
    matrix = random.random((SECTORS, SECTORS)) * (random.random((SECTORS, SECTORS)) < 0.05)
    matrix *= 0.7 / np.abs(np.linalg.eigvals(matrix)).max()
    loss = random.random((SECTORS, DRAWS)) * (random.random((SECTORS, DRAWS)) < 0.02)
    peer = quickest(lambda: np.linalg.solve(np.eye(SECTORS) - matrix, loss))
    unit = f"{SECTORS:,} sectors x {DRAWS:,} draws"
    rows: list[dict[str, object]] = []
    for name, work in (("linear", solve_inoperability), ("clipped", clip_inoperability)):
        seconds = quickest(lambda work=work: work(matrix, loss))
        rows.append(
            {
                "name": f"cascade-inoperability-{name}", "work_unit": unit, "ours_s": seconds,
                "peer": f"numpy {np.__version__} solve, no check of range", "peer_s": peer,
                "ratio": peer / seconds, "holds": None,
            }
        )  # fmt: skip
    return rows


def cascade() -> list[dict[str, object]]:
    return [*spreading(), *mutual(), *inoperable()]


BENCHMARKS = {"cascade": cascade}
