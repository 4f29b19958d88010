"""Mass-conserving Muskingum-Cunge over a whole network: 100,000 reaches, 288 steps of 300 s.

The peer, the Muskingum-Cunge kernel of t-route, is not packaged: its figure is that of a C driver
around its Fortran on the same kind of machine, quoted.  Ours runs twice: a reach in one piece, as
there, and cut into pieces as the theory asks.
"""

import os
import resource
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.measuring import best
from sameboat.spread.flood.section import Section, rate
from sameboat.spread.flood.todini import count_pieces, route_network, route_reach

REACHES, STEPS, STEP_S = 100_000, 288, 300.0
GOAL_S, ERROR_GOAL = 2.0, 1e-6
PEER = "t-route Muskingum-Cunge Fortran 12a8eae0, -O2, C driver (quoted: 2 vCPU, gcc 12.2)"
PEER_S = {"binary": 8.0, "chainy": 8.7}
#: Bytes that must move for each reach and step, and how many a second do.
FLOOR_BYTES, BANDWIDTH = 24, 11.9e9
MEMBERS, PATH = 64, 50


def network(kind: str) -> dict[str, np.ndarray]:
    """Return a tree of channels that grow with what they drain, and a storm over all of it."""
    random = np.random.default_rng(1)
    row = np.arange(REACHES)
    back = random.integers(0, 50, REACHES)
    into = (row - 1) // 2 if kind == "binary" else np.maximum(0, row - 1 - back)
    into[0] = -1
    drained = np.ones(REACHES)
    for reach in range(REACHES - 1, 0, -1):
        drained[into[reach]] += drained[reach]
    pulse = 0.02 + 0.5 * np.exp(-(((np.arange(STEPS) - 60) / 12.0) ** 2))
    return {
        "into": into,
        "drained": drained,
        "slope": np.clip(0.01 * drained**-0.4, 1e-4, None),
        "width": 2 + 5 * (0.05 * drained) ** 0.4,
        "length": random.uniform(500.0, 3000.0, REACHES),
        "lateral": (random.uniform(0.5, 1.5, REACHES)[:, None] * pulse).astype(np.float32),
    }


def whole(kind: str) -> list[dict[str, object]]:
    made = network(kind)
    section = Section(made["width"], made["slope"], 0.04, side=1.0)
    began = time.perf_counter()
    rating = rate(section, most_m3s=0.9 * made["drained"] + 5)
    tables = time.perf_counter() - began
    pieces = count_pieces(
        rating, made["length"], made["slope"], step_s=STEP_S, flow_m3s=0.25 * made["drained"]
    )
    rows = []
    for told, cut in (("a reach in one piece", None), ("cut as the theory asks", pieces)):

        def work(cut: np.ndarray | None = cut) -> None:
            nonlocal flood
            flood = route_network(
                made["into"], rating, length_m=made["length"], step_s=STEP_S,
                lateral=made["lateral"], pieces=cut, keep=True,
            )  # fmt: skip

        flood = None
        seconds, busy = best(work, 5 if cut is None else 2)
        count = REACHES if cut is None else int(cut.sum())
        size = count * STEPS
        floor = REACHES * STEPS * FLOOR_BYTES / BANDWIDTH
        rows.append(
            {
                "name": f"todini-{kind}" + ("" if cut is None else "-cut"),
                "work_unit": f"{REACHES:,} reaches ({kind}), {told} ({count:,}), {STEPS} steps of "
                f"{STEP_S:g} s, all flows kept, float64; {busy:.2f} s of processor; "
                f"volume error {abs(flood.imbalance):.1e}; "
                f"{flood.bounded.sum() / size:.0%} of the steps on the bound of the diffusion, "
                f"{flood.stopped.sum()} held back from a negative flow; tables made once in "
                f"{tables:.1f} s",
                "ours_s": seconds,
                "peer": PEER,
                "peer_s": PEER_S[kind],
                "ratio": PEER_S[kind] / seconds,
                "goal": f"<= {GOAL_S:g} s, volume error < {ERROR_GOAL:g}" if cut is None else None,
                "holds": (seconds <= GOAL_S and abs(flood.imbalance) < ERROR_GOAL)
                if cut is None
                else None,
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0,
                "floor_s": floor,
                "floor_share": floor / seconds,
            }
        )
    return rows


def members() -> dict[str, object]:
    """Return the row of an ensemble along one path, every member with its own roughness."""
    rating = rate(Section(60.0, 4e-4, 0.035, side=2.0), most_m3s=4000.0)
    part = np.arange(STEPS) * STEP_S / 43_200
    wave = 100 + 900 * (part * np.exp(1 - part)) ** 8
    inflow = wave[:, None] * np.linspace(0.5, 2.0, MEMBERS)
    rough = np.linspace(0.7, 1.4, MEMBERS)

    def work() -> None:
        flow = inflow
        for _reach in range(PATH):
            flow = route_reach(
                flow, rating, length_m=2000.0, step_s=STEP_S, conveyance=rough
            ).outflow

    seconds, _busy = best(work)
    return {
        "name": "todini-members",
        "work_unit": f"{PATH} reaches on a path x {STEPS} steps x {MEMBERS} members, each with its "
        f"own roughness: {PATH * STEPS * MEMBERS / seconds / 1e6:.0f} M reach-step-members a "
        "second",
        "ours_s": seconds,
        "peer": PEER + ", as many reach-steps",
        "peer_s": PEER_S["binary"] * PATH * MEMBERS / REACHES,
        "ratio": PEER_S["binary"] * PATH * MEMBERS / REACHES / seconds,
        "holds": None,
    }


def todini() -> list[dict[str, object]]:
    members()  # compiles
    return [*whole("binary"), *whole("chainy"), members()]


BENCHMARKS = {"todini": todini}
