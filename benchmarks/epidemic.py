"""Epidemics: 300 and 3,000 places, 100 days; and the effective distance of 3,000.

The places are made up (lognormal residents with a median of 270,000, gravity, 2 % away) and the
same for everybody.  Peers: epydemix from the package index in its own environment (it has no
places: they are its groups), and the plain numpy code that people write first: members side by
side, two matrix products a day, numpy's own binomials.  The floor is two passes over the table a
day and three draws for each place, day and member, at speeds measured on this kind of machine.
"""

import json
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.sparse.csgraph import dijkstra

from benchmarks.measuring import peer_python, quickest
from sameboat.spread.contagion.effective_distance import (
    effective_distances,
    effective_graph,
    preview,
    shortest,
)
from sameboat.spread.contagion.mobility import from_shares, mobility_of
from sameboat.spread.contagion.problem import Epidemic, Seed
from sameboat.spread.draws import draw
from sameboat.spread.priors import fixed

Row = dict[str, object]
ROOT = Path(__file__).parent.parent
R0, LATENT, INFECTIOUS, DAYS = 2.5, 3.0, 5.0, 100
THREADS = os.cpu_count() or 1
RUNS = 3
#: Measured on 2 cores (AVX-512): bytes and draws per second, all cores.
BYTES_PER_S, DRAWS_PER_S = 17.8e9, 80e6


def made_up(places: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return residents, the whole share matrix, and where it begins: the largest place."""
    random = np.random.default_rng(0)
    at = random.uniform(0.0, 1000.0, (places, 2))
    people = np.round(np.exp(random.normal(12.5, 1.0, places)))
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + 10.0
    flow = people[:, None] * people[None] / apart**2
    np.fill_diagonal(flow, 0.0)
    share = 0.02 * flow / flow.sum(axis=1, keepdims=True)
    np.fill_diagonal(share, 0.98)
    return people, share, int(people.argmax())


def asked(people: np.ndarray, share: np.ndarray, first: int) -> Epidemic:
    certain = (R0, LATENT, INFECTIOUS, 0.1, 5.0, 1.0, 1.0)
    return Epidemic(
        targets=tuple(str(row) for row in range(len(people))), thresholds=(1.0,),
        counts="infections", unit="persons", horizon_hours=24.0 * DAYS, steps_per_day=1,
        residents=people.astype(np.int64), mobility=from_shares(share), moves=False,
        seeds=(Seed(first, 0, 100, True),), stages=2, priors=tuple(fixed(each) for each in certain),
    )  # fmt: skip


def plain_numpy(people: np.ndarray, share: np.ndarray, first: int, members: int) -> float:
    """Return the share of people infected, computed as one would without a library."""
    random = np.random.default_rng(1)
    present = share.T @ people
    s = np.repeat(people[:, None].astype(np.int64), members, axis=1)
    e, i, r = (np.zeros_like(s) for _kind in range(3))
    s[first] -= 100
    i[first] = 100
    arrival = np.full(s.shape, -1, np.int16)
    for day in range(DAYS):
        force = R0 / INFECTIOUS * (share @ ((share.T @ i.astype(float)) / present[:, None]))
        infected = random.binomial(s, 1 - np.exp(-force))
        ill = random.binomial(e, 1 - np.exp(-1 / LATENT))
        well = random.binomial(i, 1 - np.exp(-1 / INFECTIOUS))
        s -= infected
        e += infected - ill
        i += ill - well
        r += well
        arrival[(arrival < 0) & (e + i + r > 0)] = day
    return float((e + i + r).sum() / people.sum() / members)


def of_peer(python: Path, script: str, arrays: dict[str, object], *words: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "given.npz"
        np.savez(file, **arrays)
        done = subprocess.run(
            # Safe path: a script may bear the name of what it imports.
            [python, "-P", ROOT / "benchmarks" / "peers" / script, file, *words],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1])


def course(places: int, members: int, timed: int, goals: tuple[float, float]) -> list[Row]:
    """Return the rows of one size; the peer is timed for `timed` members and multiplied."""
    people, share, first = made_up(places)
    problem = asked(people, share, first)
    draws = draw(problem, seed=1, members=members)
    cuts = np.linspace(0, members, THREADS + 1).astype(int)
    parts = [draws.part(a, b) for a, b in pairwise(cuts.tolist()) if b > a]
    problem.spread(draws.part(0, 1))
    alone = quickest(lambda: problem.spread(draws), RUNS)
    with ThreadPoolExecutor(THREADS) as threads:
        ours = quickest(lambda: list(threads.map(problem.spread, parts)), RUNS)
    plain = quickest(lambda: plain_numpy(people, share, first, members), 2)
    told = of_peer(
        peer_python("epydemix", "epydemix==1.5.0"), "epydemix.py",
        {"people": people, "share": share, "first": first}, str(timed),
    )  # fmt: skip
    theirs = float(told["seconds"]) * members / timed  # type: ignore[arg-type]
    floor = 8.0 * places**2 * DAYS / BYTES_PER_S + 3.0 * places * DAYS * members / DRAWS_PER_S
    unit = f"SEIR, {places:,} places, all linked, {DAYS} days of 1 step, {members} members"
    shared = {
        "ours_s": ours,
        "work_unit": f"{unit}; {len(parts)} threads (one: {alone:.3g} s)",
        "memory": float((problem.member_bytes + problem.footprint_bytes) * members
                        + 8 * places**2),
        "floor_s": floor, "floor_share": floor / ours,
    }  # fmt: skip
    size = f"{places}" if places < 1000 else f"{places // 1000}k"
    return [
        {
            **shared, "name": f"epidemic-{size}-epydemix", "peer_s": theirs,
            "peer": f"epydemix {told['version']}, {timed} members timed, times {members // timed}; "
            f"{told['memory'] / 1e9:.1f} GB",  # type: ignore[operator]
            "ratio": theirs / ours, "goal": f">= {goals[0]:g} times",
            "holds": theirs / ours >= goals[0],
        },
        {
            **shared, "name": f"epidemic-{size}-numpy", "peer_s": plain,
            "peer": f"plain numpy {np.__version__}, written for this", "ratio": plain / ours,
            "goal": f">= {goals[1]:g} times", "holds": plain / ours >= goals[1],
        },
    ]  # fmt: skip


def distance() -> list[Row]:
    people, share, first = made_up(3000)
    flow = share * people[:, None]
    np.fill_diagonal(flow, 0.0)
    np.put_along_axis(flow, np.argsort(flow, axis=1)[:, :-13], 0.0, axis=1)
    flow = (flow + flow.T) / 2
    home, there = np.nonzero(flow)
    ways = mobility_of(3000, home, there, flow[home, there] / people[home])
    graph = effective_graph(ways)
    ours = quickest(lambda: shortest(graph, [first]), 9)
    whole = quickest(lambda: effective_distances(ways, [first]), 9)
    theirs = quickest(lambda: dijkstra(graph, indices=first), 9)
    told = of_peer(
        peer_python("networkx", "networkx", "numpy"), "networkx_distance.py",
        {"home": home, "there": there, "length": graph.tocoo().data, "first": first},
    )  # fmt: skip
    problem = asked(people, np.eye(3000), first)
    object.__setattr__(problem, "mobility", ways)
    glance = quickest(lambda: preview(problem), 5)
    unit = f"effective distance from one of 3,000 places, {ways.links:,} links"
    slower = float(told["seconds"])  # type: ignore[arg-type]
    return [
        {
            "name": "epidemic-distance-scipy", "ours_s": ours, "peer": "scipy's dijkstra alone",
            "work_unit": f"{unit}; from the mobility {whole:.3g} s; whole preview {glance:.3g} s",
            "peer_s": theirs, "ratio": theirs / ours, "goal": "equal (>= 0.9 times)",
            "holds": theirs / ours >= 0.9,
        },
        {
            "name": "epidemic-distance-networkx", "ours_s": ours, "work_unit": unit,
            "peer": f"networkx {told['version']}", "peer_s": slower, "ratio": slower / ours,
            "holds": None,
        },
    ]  # fmt: skip


def epidemic() -> list[Row]:
    rows = course(300, 100, 10, (80.0, 2.5))
    rows += course(3000, 10, 1, (200.0, 3.0))
    return rows + distance()


BENCHMARKS = {"epidemic": epidemic}
