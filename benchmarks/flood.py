"""Muskingum routing: a whole network, an ensemble of it, and one source far upstream.

The peer, river-route, needs Python 3.12 (2.x) or 3.14 (3.x) and so does not install beside us: its
figures are those measured of its kernels on this kind of machine, quoted.  The storage times are
those of the peer's measurement (0.5 to 3 h, X 0.05 to 0.35): 29 % of them lie outside of what the
peer's scheme is stable for, and here cost a second stage or the exact solution.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.measuring import best
from sameboat.spread.flood.routing import Reaches, build_reaches, route_members, route_one

REACHES, STEPS, MEMBERS = 100_000, 240, 32
PATH, PATH_MEMBERS = 2_000, 1_000
V2 = "river-route 2.0.1 kernel, float64, 1 thread (quoted)"
V3 = "river-route 3 kernel, float32, 1 thread, best layout (quoted)"
WHOLE = "river-route 2.0.1 end to end, files in and out (quoted)"
#: Seconds measured of the peer, 2 vCPU, Python 3.11-3.14, numba 0.68.
PEER_S = {"binary": 0.195, "chainy": 0.242}
V3_S, WHOLE_S = 0.145, 0.921
BANDWIDTH, FMA = 11.9e9, 27e9


def network(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return both ends, K and X of a tree of two branches each, or of long stems."""
    random = np.random.default_rng(1)
    row = np.arange(REACHES)
    into = (
        (row - 1) // 2 if kind == "binary" else np.maximum(0, row - random.geometric(0.02, REACHES))
    )
    into[0] = REACHES
    random = np.random.default_rng(0)
    return row, into, random.uniform(0.5, 3.0, REACHES), random.uniform(0.05, 0.35, REACHES)


def row_of(name: str, unit: str, ours: tuple[float, float], peer: str, peer_s: float, goal: str,
           holds: bool | None, floor: float, memory: int) -> dict[str, object]:  # fmt: skip
    seconds, busy = ours
    return {
        "name": name, "work_unit": f"{unit}; {busy:.3f} s of processor", "ours_s": seconds,
        "peer": peer, "peer_s": peer_s, "ratio": peer_s / seconds, "goal": goal, "holds": holds,
        "memory": memory, "floor_s": floor, "floor_share": floor / seconds,
    }  # fmt: skip


def stored(kind: str, reaches: Reaches, lateral: np.ndarray) -> list[dict[str, object]]:
    out = np.empty_like(lateral)
    kernel = best(lambda: route_one(reaches, lateral, step_hours=1.0, out=out))
    floor = 12 * REACHES * STEPS / BANDWIDTH
    unit = f"{REACHES:,} reaches, {kind}, {STEPS} h, one member, every flow kept"
    memory = lateral.nbytes + out.nbytes
    found = [
        row_of(f"muskingum-{kind}", unit, kernel, V2, PEER_S[kind], "<= 0.10 s",
               kernel[0] <= 0.10, floor, memory),
    ]  # fmt: skip
    if kind == "chainy":
        return found
    found.append(
        row_of("muskingum-v3", unit, kernel, V3, V3_S, "", None, floor, memory)
    )  # fmt: skip
    ends = network(kind)
    cold = best(lambda: route_one(build_reaches(*ends), lateral, step_hours=1.0))
    found.append(
        row_of("muskingum-call", f"{unit}: from lists of ends, K and X to arrays (no files)", cold,
               WHOLE, WHOLE_S, "<= 0.18 s", cold[0] <= 0.18, floor, memory)
    )  # fmt: skip
    return found


def ensemble(kind: str, reaches: Reaches, lateral: np.ndarray) -> dict[str, object]:
    factor = np.linspace(0.5, 1.5, MEMBERS)
    ours = best(
        lambda: route_members(
            reaches, step_hours=1.0, steps=STEPS, members=MEMBERS, lateral=lateral,
            lateral_factor=factor, limit_m3s=5.0,
        ), 3,
    )  # fmt: skip
    theirs = MEMBERS * PEER_S[kind]
    # Four products and as many sums a step, the recursion and the peaks.
    floor = 8 * REACHES * STEPS * MEMBERS / (2 * FMA * 4)
    return row_of(
        f"muskingum-ensemble-{kind}",
        f"{REACHES:,} reaches, {kind}, {STEPS} h x {MEMBERS} members, peak, arrival and volume "
        "kept, 1 thread", ours, f"{MEMBERS} x {V2}", theirs, ">= 15 x", theirs / ours[0] >= 15,
        floor, lateral.nbytes + REACHES * MEMBERS * 24,
    )  # fmt: skip


def path(name: str, longest_h: float, goal: str) -> dict[str, object]:
    random = np.random.default_rng(0)
    upper = np.arange(PATH)
    reaches = build_reaches(upper, upper + 1, random.uniform(longest_h / 6, longest_h, PATH))
    flow = np.where(np.arange(STEPS) < 24, 1000.0, 0.0)
    storage = np.exp(0.25 * random.standard_normal(PATH_MEMBERS))
    weighting = random.uniform(0.05, 0.35, PATH_MEMBERS)
    strength = np.exp(0.2 * random.standard_normal(PATH_MEMBERS))
    ours = best(
        lambda: route_members(
            reaches, step_hours=1.0, steps=STEPS, members=PATH_MEMBERS, sources=[(0, flow)],
            source_factor=strength, storage_factor=storage, weighting=weighting, limit_m3s=50.0,
        ), 3,
    )  # fmt: skip
    theirs = PATH_MEMBERS * PEER_S["chainy"]
    floor = 8 * PATH * STEPS * PATH_MEMBERS / (2 * FMA * 4)
    return row_of(
        name,
        f"one source, {PATH:,} reaches below it, {STEPS} h x {PATH_MEMBERS:,} members, K and X of "
        f"each its own, K up to {longest_h:g} h, peak, arrival and volume of every reach, 1 thread",
        ours, f"{PATH_MEMBERS:,} x {V2}, the whole network each time", theirs, goal,
        ours[0] <= 0.25 if goal else None, floor, PATH * PATH_MEMBERS * 24,
    )  # fmt: skip


def flood() -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    lateral = np.random.default_rng(2).gamma(0.5, 200 / 3600, (REACHES, STEPS)).astype(np.float32)
    for kind in ("binary", "chainy"):
        reaches = build_reaches(*network(kind))
        found += stored(kind, reaches, lateral)
        found.append(ensemble(kind, reaches, lateral))
    found.append(path("muskingum-path", 3.0, "<= 0.25 s"))
    # Quick reaches: the wave comes through all of them, none can be left out as still dry.
    found.append(path("muskingum-path-quick", 0.15, ""))
    return found


BENCHMARKS = {"flood": flood}
