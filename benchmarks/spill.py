"""One spill, 2,000 reaches downstream, 1,000 members: arrival, peak and hours above, everywhere.

The peer is the scheme that people write first: Crank-Nicolson in time on one cell for each reach, a
banded solve of scipy for each of 1,000 steps.  A few members are timed and the time is multiplied
up to 1,000, for its members are independent and cost the same.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.linalg import solve_banded

from benchmarks.measuring import quickest
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import run
from sameboat.spread.pollutant import prepare

REACHES, MEMBERS, STEPS, PEER_MEMBERS = 2_000, 1_000, 1_000, 4
GOAL_S = 0.2
#: Bytes of a footprint at one target of one member, written once: five numbers.
WRITTEN = 5 * 4
#: Bytes per second that this kind of machine can write (STREAM, one thread).
BANDWIDTH = 11.9e9


def inputs() -> dict[str, object]:
    """Return a river of 2,000 reaches of one kilometre, each watched at its lower end."""
    reaches = [
        {
            "key": f"R{row:04d}", "from": f"n{row}", "to": f"n{row + 1}", "length_km": 1.0,
            "mean_discharge_m3s": 300.0 + 0.5 * row, "drainage_area_km2": 12_000.0 + 25.0 * row,
        }
        for row in range(REACHES)
    ]  # fmt: skip
    return {
        "reaches": reaches,
        "sources": [{"key": "S", "reach": "R0000", "fraction": 0.0, "mass_kg": 50_000.0}],
        "targets": [{"key": row["key"], "reach": row["key"]} for row in reaches],
        "thresholds": [0.017],
        "horizon_hours": 2400.0,
    }


def stepped() -> float:
    """Return the seconds that 1,000 members of the peer take, from a few of them."""
    bands = np.empty((3, REACHES))
    bands[0], bands[1], bands[2] = -0.2, 1.5, -0.3
    began = time.perf_counter()
    for _member in range(PEER_MEMBERS):
        mass = np.zeros(REACHES)
        mass[0] = 1.0
        peak, arrival, above = np.zeros(REACHES), np.full(REACHES, np.nan), np.zeros(REACHES)
        for step in range(STEPS):
            known = 0.5 * mass
            known[1:] += 0.3 * mass[:-1]
            known[:-1] += 0.2 * mass[1:]
            mass = solve_banded((1, 1), bands, known, overwrite_b=True, check_finite=False)
            np.maximum(peak, mass, out=peak)
            over = mass > 1e-4
            arrival[over & np.isnan(arrival)] = step
            above += over
    return (time.perf_counter() - began) / PEER_MEMBERS * MEMBERS


def spill() -> list[dict[str, object]]:
    problem = prepare(inputs())
    drawn = draw(problem, seed=1, members=MEMBERS)
    one = quickest(lambda: run(problem, draws=drawn))
    with ThreadPoolExecutor(2) as threads:
        two = quickest(lambda: run(problem, draws=drawn, executor=threads, workers=2))
    whole = quickest(lambda: run(problem, members=MEMBERS, seed=1))
    theirs = stepped()
    told = (
        f"scipy solve_banded Crank-Nicolson, {REACHES:,} cells x {STEPS:,} steps: {PEER_MEMBERS} "
        f"members timed, times {MEMBERS // PEER_MEMBERS}"
    )
    floor = REACHES * MEMBERS * WRITTEN / BANDWIDTH
    rows = [("one-thread", one), ("two-threads", two), ("drawn-too", whole)]
    unit = f"{REACHES:,} reaches x {MEMBERS:,} members, arrival, peak and hours above at all places"
    return [
        {
            "name": f"spill-{name}",
            "work_unit": f"{unit}, {name.replace('-', ' ')}",
            "ours_s": seconds, "peer": told, "peer_s": theirs, "ratio": theirs / seconds,
            "goal": f"at most {GOAL_S} s", "holds": seconds <= GOAL_S,
            "memory": problem.footprint_bytes * MEMBERS, "floor_s": floor,
            "floor_share": floor / seconds,
        }
        for name, seconds in rows
    ]  # fmt: skip


BENCHMARKS = {"spill": spill}
