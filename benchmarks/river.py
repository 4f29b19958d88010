"""The river: the ensemble of 2005, the whole command, and a network of 100,000 reaches.

The peer is the scheme that people write first: a Crank-Nicolson advection-dispersion equation on a
grid, one banded solve of scipy for each step and member, over the same 1,500 km, 45 days and
5 minutes.  A few members are timed and the time is multiplied up to 500, for its members are
independent and cost the same.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.linalg import solve_banded

from benchmarks.measuring import best
from sameboat.packs import read_pack
from sameboat.spread.network import Channel, build_network
from sameboat.spread.pollutant.river import River, Unknowns, spill
from sameboat.spread.priors import Prior, between, fixed, lognormal, standard_scores
from sameboat.spread.ways import Point
from sameboat.watch.forecasts.simulate import simulate

PACK = Path(__file__).parent.parent / "regions" / "songhua"
SCENARIO = PACK / "scenarios" / "nitrobenzene-2005.toml"
OBSERVATIONS = PACK / "observations" / "2005.csv"
MEMBERS = 500
COMPUTE_GOAL_S, COMMAND_GOAL_S, MEMORY_GOAL = 1.0, 5.0, 500e6
RUNS = 5
#: The grid of the peer: cells of a cell Peclet number below 2, the same times as ours.
LENGTH_M, CELL_M, STEP_S, DAYS = 1_500_000.0, 500.0, 300.0, 45
PEER_MEMBERS = 2
REACHES = 100_000


def gridded(speed_ms: float, dispersion_m2s: float) -> float:
    """Carry one kilogram down the grid; return what is left of it."""
    cells, steps = int(LENGTH_M / CELL_M), int(DAYS * 86_400 / STEP_S)
    mass = np.zeros(cells)
    mass[1] = 1.0
    advect, disperse = speed_ms / (2 * CELL_M), dispersion_m2s / CELL_M**2
    half = 0.5 * STEP_S
    left, right = half * (disperse + advect), half * (disperse - advect)
    bands = np.empty((3, cells))
    bands[0], bands[1], bands[2] = -right, 1 + 2 * half * disperse, -left
    for _step in range(steps):
        known = (1 - 2 * half * disperse) * mass
        known[1:] += left * mass[:-1]
        known[:-1] += right * mass[1:]
        mass = solve_banded((1, 1), bands, known, overwrite_b=True, check_finite=False)
    return float(mass.sum())


def peer() -> float:
    """Return the seconds that 500 members of the peer take, from a few of them."""
    began = time.perf_counter()
    for number in range(PEER_MEMBERS):
        gridded(0.45 + 0.1 * number, 200.0)
    return (time.perf_counter() - began) / PEER_MEMBERS * MEMBERS


def ensemble() -> tuple[float, float]:
    """Return the seconds, and those of processor, of one forecast without observations.

    The pack has been read and the loops compiled before.
    """
    pack = read_pack(PACK)
    scenario = next(each for each in pack.scenarios if each.key == SCENARIO.stem)
    return best(lambda: simulate(pack, scenario, members=MEMBERS))


def command() -> tuple[float, float, float]:
    """Return seconds, seconds of processor and bytes of memory of the whole command."""
    words = [
        str(Path(sys.executable).with_name("sameboat")), "forecast", str(SCENARIO),
        "--observations", str(OBSERVATIONS), "--until", "2005-12-01T05:00",
    ]  # fmt: skip
    found = []
    for _run in range(RUNS + 1):  # the first warms the caches
        began = time.perf_counter()
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _pid, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"the command ended with {child.returncode}: {' '.join(words)}")
        busy = used.ru_utime + used.ru_stime
        found.append((time.perf_counter() - began, busy, used.ru_maxrss * 1024.0))
    seconds, busy = (min(each[part] for each in found[1:]) for part in (0, 1))
    return seconds, busy, max(each[2] for each in found)


def large() -> tuple[float, int]:
    """Return the seconds of a release far up a tree of rivers, and the reaches below it."""
    random = np.random.default_rng(1)
    # Each reach runs into one of the fifty before it: long stems with short branches.
    into = [max(0, row - 1 - int(random.integers(50))) for row in range(REACHES)]
    channels = [
        Channel(f"{row:06d}", f"n{row + 1}", f"n{into[row]}" if row else "sea", 5.0)
        for row in range(REACHES)
    ]
    unknowns = Unknowns(
        mass_kg=lognormal(50_000.0, 0.5), discharge_factor=lognormal(0.5, 0.3),
        velocity_factor=lognormal(1.0, 0.2), width_factor=lognormal(1.0, 0.5),
        width_growth=Prior(0.0, 0.1, 0.1, logarithmic=False), skewness=lognormal(0.8, 0.5),
        freeze_hours=fixed(1e9), ice_factor=between(0.5, 0.7, most=1.0),
        velocity_along=(0.3, 100.0), discharge_along=(0.2, 150.0),
    )  # fmt: skip
    path, row = [REACHES - 1], REACHES - 1
    while row:
        row = into[row]
        path.append(row)

    def work() -> None:
        network = build_network(channels)
        ones = np.ones(REACHES)
        river = River(network, 0.02 * ones, 0.8 * ones, 500 * ones, 500 * ones)
        place = {key: position for position, key in enumerate(network.keys)}
        stops = [path[int(part * (len(path) - 1))] for part in np.linspace(0.05, 1, 16)]
        prepared = spill(
            river, unknowns, release=Point(place[channels[-1].key], 0.0),
            targets=[Point(place[channels[stop].key], 1.0) for stop in stops],
        )  # fmt: skip
        scores = standard_scores(seed=1, members=MEMBERS, size=prepared.dimension)
        prepared.clouds(scores).expose(
            [str(number) for number in range(16)], thresholds=[0.017], unit="mg/L",
            horizon_hours=9600.0, step_hours=1 / 12,
        )  # fmt: skip

    return best(work, 2)[0], len(path)


def river() -> list[dict[str, object]]:
    theirs = peer()
    told = (
        f"scipy solve_banded Crank-Nicolson, {LENGTH_M / CELL_M:,.0f} cells, 5 min, 45 d: "
        f"{PEER_MEMBERS} members timed, times {MEMBERS // PEER_MEMBERS}"
    )
    seconds, busy = ensemble()
    whole, occupied, memory = command()
    far, path = large()
    rows: list[dict[str, object]] = [
        {
            "name": "river-ensemble",
            "work_unit": f"2005 case, {MEMBERS} members, 1,500 km, 45 days, 5 min at 16 stations; "
            f"{busy:.2f} s of processor",
            "ours_s": seconds,
            "goal": "under 1 s of compute after warm-up",
            "holds": seconds < COMPUTE_GOAL_S,
        },
        {
            "name": "river-command",
            "work_unit": "sameboat forecast with 12 observations, whole process, warm caches; "
            f"{occupied:.2f} s of processor",
            "ours_s": whole,
            "goal": "under 5 s and 500 MB",
            "holds": whole < COMMAND_GOAL_S and memory < MEMORY_GOAL,
            "memory": memory,
        },
        {
            "name": "river-network",
            "work_unit": f"{REACHES:,} reaches from their list, {path:,} below the release, "
            f"{MEMBERS} members, 16 stations, 400 days",
            "ours_s": far,
            "holds": None,
        },
    ]
    return [
        {**row, "peer": told, "peer_s": theirs, "ratio": theirs / row["ours_s"]} for row in rows
    ]  # type: ignore[operator]


BENCHMARKS = {"river": river}
