"""Ash: tephra2's own example of Colima, 50,328 points, and members that only differ in the grains.

tephra2 is no package: its figure was measured once on the same kind of machine (see `PEER`).
"""

import csv
import os
from dataclasses import replace
from importlib import resources

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.measuring import quickest
from sameboat.spread.air.ash import ABOUT, AshFall, prepare
from sameboat.spread.air.ash_checks import colima_inputs, middle_member
from sameboat.spread.air.lattice import ash_lattice
from sameboat.spread.air.tephra import grain_shares, scattered
from sameboat.spread.draws import Draws

PEER = "tephra2 ff621c6 (gcc -O3, one thread), measured on 2 vCPU with AVX-512"
PEER_S, GOAL, MEMBERS = 11.99, 20.0, 100
#: One product-sum of a member's lattice, and its exponentials, on one core of that machine.
FLOPS, EXPS = 67e9, 0.21e9
LATTICE, SCATTERED = 221, 1_487
ELEVATION = 2500.0


def colima() -> AshFall:
    folder = resources.files("sameboat.spread") / "tables"
    tables = {
        path.name: list(csv.DictReader(path.read_text().splitlines()))
        for path in folder.iterdir()
        if path.name.startswith("tephra2")
    }
    target = {"key": "vent", "x_m": 645_110, "y_m": 2_158_088, "elevation_m": ELEVATION}
    return prepare(colima_inputs(tables, [target], by_degrees=True))


def points_of(problem: AshFall, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return kg/m2 at scattered points, one by one."""
    values = {name: float(each[0]) for name, each in problem.values(middle_member(problem)).items()}
    phi, place = problem.place(values)
    vent, paths, diameter, density, wind, turn, levels, mixing = place
    each = scattered(
        x, y, np.full(len(x), ELEVATION), vent, paths, diameter, density, wind, turn, levels, mixing
    )
    shares = grain_shares(
        phi, np.array([values["median_phi"]]), np.array([values["deviation_phi"]])
    )
    return each @ shares[0] * values["mass_kg"]


def ash() -> list[dict[str, object]]:
    problem = colima()
    one = middle_member(problem)
    x = np.arange(540e3, 761e3, 1e3) - 645_110
    y = np.arange(2_120e3, 2_341e3, 1e3) - 2_158_088
    random = np.random.default_rng(1)
    near = random.normal(0.0, 10e3, (2, SCATTERED))

    def work() -> None:
        ash_lattice(problem, one, x, y, elevation_m=ELEVATION)
        points_of(problem, *near)

    scores = np.zeros((problem.dimension, MEMBERS))
    many = Draws(scores, np.zeros(MEMBERS, np.uint64))
    grains = prepared_for_members(problem)
    many.scores[:] = random.normal(size=scores.shape)
    pairs = [each.ravel() for each in np.meshgrid(x, y, indexing="ij")]
    work()
    ours = quickest(work)
    lattice = quickest(lambda: ash_lattice(problem, one, x, y, elevation_m=ELEVATION))
    hundred = quickest(lambda: ash_lattice(grains, many, x, y, elevation_m=ELEVATION))
    direct = quickest(lambda: points_of(problem, *pairs))
    kernels = problem.levels * problem.classes
    floor = 2 * LATTICE**2 * kernels / FLOPS + (2 * LATTICE + SCATTERED) * kernels / EXPS
    parts = 8 * (2 * LATTICE * kernels + LATTICE**2)  # both factors, and their product
    unit = f"{LATTICE}x{LATTICE} points, {problem.classes} grain classes, {problem.levels} levels"
    return [
        {
            "name": "ash-colima",
            "work_unit": f"{unit}, and {SCATTERED:,} scattered points; one thread, float64",
            "ours_s": ours,
            "peer": PEER,
            "peer_s": PEER_S,
            "ratio": PEER_S / ours,
            "goal": f"{GOAL:.0f} times as quick",
            "holds": PEER_S / ours >= GOAL,
            "floor_s": floor,
            "floor_share": floor / ours,
            "memory": parts,
        },
        {
            "name": "ash-colima-points",
            "work_unit": f"the same {LATTICE**2:,} points one by one, as if scattered",
            "ours_s": direct,
            "peer": PEER,
            "peer_s": PEER_S,
            "ratio": PEER_S / direct,
            "holds": None,
        },
        {
            "name": "ash-members",
            "work_unit": f"{MEMBERS} members of mass and grain sizes: {unit}",
            "ours_s": hundred,
            "peer": "one member of ours",
            "peer_s": lattice,
            "ratio": lattice / hundred,
            "goal": "less than 2 of one member",
            "holds": hundred < 2 * lattice,
            "memory": parts + 8 * LATTICE**2 * (problem.classes + MEMBERS),
        },
    ]


def prepared_for_members(problem: AshFall) -> AshFall:
    """Return the same question with an uncertain mass and grain sizes."""
    loose = {"mass_kg", "median_phi", "deviation_phi"}
    priors = tuple(
        about.prior if about.key in loose else prior
        for about, prior in zip(ABOUT.parameters, problem.priors, strict=True)
    )
    return replace(problem, priors=priors)


BENCHMARKS = {"ash": ash}
