"""Puffs: an hour of a release over a lattice of 10 km, and chama's plumes beside ours.

FastGaussianPuff is no package: its figure was measured once on the same kind of machine.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.measuring import peer_python, quickest
from sameboat.spread.air.gas import prepare
from sameboat.spread.air.lattice import add_puff
from sameboat.spread.air.plume import plume_lattice
from sameboat.spread.air.stability import CLASSES, CURVES, widths
from sameboat.spread.draws import draw

ROOT = Path(__file__).parent.parent
PEER = "FastGaussianPuff 56f84e7 (C++ -O3, one thread), measured on 2 vCPU with AVX-512"
PEER_S, GOAL, RUNS = 78.1, 10.0, 3
CHAMA = "chama==0.3.0"
SPEED, SOURCE_M, STABILITY = 3.0, 5.0, "D"
HOUR, EVERY, MINUTE = 3600, 10, 60
X = np.linspace(-5000.0, 5000.0, 201)
Z = np.array([0.0, 10.0])
STATES = 60
MEMBERS, PLACES = 100, 200
#: What one core of that machine does of float32 product-sums.
FLOPS = 135e9


def tracks() -> np.ndarray:
    """Return where the air has gone second by second, (seconds + 1, 2): the wind turns."""
    second = np.arange(HOUR) + 0.5
    angle = np.radians(120.0 * np.abs(np.cos(second / 360.0)))
    step = SPEED * np.stack([np.cos(angle), -np.sin(angle)], axis=1)
    return np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)])


def an_hour(gone: np.ndarray) -> np.ndarray:
    """Return means of each minute, (minutes, levels, x, y), of snapshots of every second."""
    found = np.zeros((HOUR // MINUTE, len(Z), len(X), len(X)), np.float32)
    sizes = np.stack(widths(SPEED * np.arange(1.0, HOUR + 1), STABILITY), axis=1)
    heights = np.full(MINUTE, SOURCE_M)
    for minute, mean in enumerate(found):
        last = (minute + 1) * MINUTE
        for born in range(0, last, EVERY):
            first = max(last - MINUTE, born)
            ages = np.arange(first + 1, last + 1) - born
            centres = gone[first + 1 : last + 1] - gone[born]
            weights = np.full(len(ages), 1.0 / MINUTE)
            add_puff(mean, X, X, Z, centres, sizes[ages - 1], weights, heights[: len(ages)])
    return found


def point_by_point(gone: np.ndarray, minute: int, i: int, j: int) -> float:
    """Return one cell's mean of one minute summed puff by puff: a check of the lattice."""
    total = 0.0
    for second in range(minute * MINUTE + 1, (minute + 1) * MINUTE + 1):
        born = np.arange(0, second, EVERY)
        sigma_y, sigma_z = widths(SPEED * (second - born), STABILITY)
        away = gone[second] - gone[born]
        apart = (X[i] - away[:, 0]) ** 2 + (X[j] - away[:, 1]) ** 2
        level = np.exp(-0.5 * apart / sigma_y**2) / (sigma_y**2 * sigma_z * (2 * np.pi) ** 1.5)
        total += float((level * 2 * np.exp(-0.5 * (SOURCE_M / sigma_z) ** 2)).sum())
    return total / MINUTE


def winds() -> np.ndarray:
    angle = np.radians(np.linspace(0.0, 90.0, STATES))
    return -SPEED * np.stack([np.sin(angle), np.cos(angle)], axis=1)


def ensemble() -> float:
    """Return the seconds of MEMBERS members of an hour's release at PLACES places for six hours."""
    random = np.random.default_rng(1)
    problem = prepare(
        {
            "source": {"x_m": 0, "y_m": 0},
            "targets": [
                {"key": str(number), "x_m": float(x), "y_m": float(y)}
                for number, (x, y) in enumerate(random.normal(0, 8000, (PLACES, 2)))
            ],
            "weather": [
                {"hours": 0, "speed_ms": 3, "from_deg": 270, "class": "D"},
                {"hours": 3, "speed_ms": 3, "from_deg": 200, "class": "E"},
            ],
            "release": [{"from_hours": 0, "until_hours": 1}],
            "thresholds": [0.1, 1.0, 10.0],
            "horizon_hours": 6,
        }
    )
    draws = draw(problem, seed=1, members=MEMBERS)
    problem.spread(draws.part(0, 1))
    return quickest(lambda: problem.spread(draws), RUNS)


def chama() -> tuple[float | None, str]:
    """Return the seconds of chama's plumes in its own environment, and what it is."""
    try:
        python = peer_python("chama", CHAMA, "setuptools<80")
        script = ROOT / "benchmarks" / "peers" / "chama_plumes.py"
        told = subprocess.run(
            [python, "-W", "ignore", script], check=True, capture_output=True, text=True
        )
        found = json.loads(told.stdout.splitlines()[-1])
        return float(found["seconds"]), f"chama {found['version']} GaussianPlume"
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"chama could not be run: {error}", file=sys.stderr)
        return None, f"{CHAMA} (could not be run here)"


def puffs() -> list[dict[str, object]]:
    gone = tracks()
    found = an_hour(gone)
    i, j = (int(each) for each in np.unravel_index(found[30, 0].argmax(), found[30, 0].shape))
    apart = found[30, 0, i + 2, j] / point_by_point(gone, 30, i + 2, j) - 1
    assert abs(apart) < 1e-4, f"the lattice and the sum point by point differ by {apart:g}"
    ours = quickest(lambda: an_hour(gone), RUNS)
    # Of a sum over the whole lattice; ours leaves out what is far from each puff.
    snapshots = sum(second // EVERY + 1 for second in range(HOUR))
    floor = 2 * len(Z) * len(X) ** 2 * snapshots / FLOPS
    curves = np.repeat(CURVES["open"][None, :, CLASSES.index(STABILITY)], STATES, axis=0)
    source = np.array([-4000.0, 0.0, SOURCE_M])

    def plumes() -> None:
        plume_lattice(X, X, Z, source, winds(), curves, np.inf)

    plumes()
    quick = quickest(plumes, RUNS)
    theirs, name = chama()
    return [
        {
            "name": "puffs-hour",
            "work_unit": f"{len(X)}x{len(X)}x{len(Z)} points, 10 km, 1 h, {HOUR // EVERY} puffs, "
            "means of each minute of snapshots of every second; one thread, float32",
            "ours_s": ours,
            "peer": PEER,
            "peer_s": PEER_S,
            "ratio": PEER_S / ours,
            "goal": f"{GOAL:.0f} times as quick on one core",
            "holds": PEER_S / ours >= GOAL,
            "floor_s": floor,
            "floor_share": floor / ours,
            "memory": found.nbytes,
        },
        {
            "name": "puffs-members",
            "work_unit": f"{MEMBERS} members, {PLACES} places, 6 h in minutes, a release of an "
            "hour in a wind that turns; arrival, duration, clearing and peak; one thread",
            "ours_s": ensemble(),
            "holds": None,
        },
        {
            "name": "puffs-plumes",
            "work_unit": f"steady plumes on {len(X)}x{len(X)}x{len(Z)} points for {STATES} winds",
            "ours_s": quick,
            "peer": name,
            "peer_s": theirs,
            "ratio": theirs / quick if theirs else None,
            "holds": None,
        },
    ]


BENCHMARKS = {"puffs": puffs}
