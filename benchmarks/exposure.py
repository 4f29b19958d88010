"""Many events x many places through a function of harm, in one pass."""

import time

import numpy as np
from scipy import sparse

from sameboat.spread.exposure import Harm, impact_matrix

PLACES, EVENTS, SHARE = 100_000, 1000, 0.05
#: CLIMADA 6.1.0, ImpactCalc without keeping the matrix, the same unit; measured before on two
#: cores of the same kind of machine: it needs libraries that are not on PyPI alone.
PEER_S = 0.450
#: Bytes that must be read of each entry, and what the memory gives to one core, bytes/s.
ENTRY, BANDWIDTH = 12.0, 11.9e9


def exposure() -> list[dict[str, object]]:
    random = np.random.default_rng(0)
    hazard = sparse.random(
        EVENTS, PLACES, SHARE, format="csr", random_state=1,
        data_rvs=lambda count: random.gamma(2, 1.0, count),
    )  # fmt: skip
    values = random.lognormal(12, 1, PLACES)
    knots = np.linspace(0, 20, 21)
    harm, often = Harm(knots, np.clip(knots / 8, 0, 1)), np.full(EVENTS, 1e-3)
    times = []
    for _run in range(8):
        began = time.perf_counter()
        impact_matrix(hazard, values, harm, often)
        times.append(time.perf_counter() - began)
    seconds = min(times[1:])
    floor = ENTRY * hazard.nnz / BANDWIDTH
    return [
        {
            "name": "exposure-matrix",
            "work_unit": f"{EVENTS:,} events x {PLACES:,} places, {hazard.nnz / 1e6:.0f} M entries;"
            " by event, by place and in all",
            "ours_s": seconds,
            "peer": "CLIMADA 6.1.0 ImpactCalc, quoted: measured before, 2 cores",
            "peer_s": PEER_S,
            "ratio": PEER_S / seconds,
            "goal": ">= 8x",
            "holds": PEER_S / seconds >= 8,
            "memory": hazard.nnz * ENTRY,
            "floor_s": floor,
            "floor_share": floor / seconds,
        }
    ]


BENCHMARKS = {"exposure": exposure}
