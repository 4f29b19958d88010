"""The figures that others published of failing networks, beside ours."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.cascade.inoperability import clip_inoperability, solve_inoperability
from sameboat.spread.cascade.percolation import critical_share, mutual_share, pair_networks
from sameboat.spread.checking import Check, Curve, Tables

_PERCOLATION = "interdependent_percolation_ER.csv"
_INOPERABILITY = "inoperability_3_sector.csv"
_BULDYREV = (
    "S. V. Buldyrev et al. (2010), Catastrophic cascade of failures in interdependent networks, "
    "Nature 464:1025"
)
_SANTOS = (
    "J. R. Santos & Y. Y. Haimes (2004), Modeling the demand reduction input-output (I-O) "
    "inoperability due to terrorism of interconnected infrastructures, Risk Anal. 24:1437"
)
#: The matrix behind the table; the table holds its answers only, so it was found from the first
#: three rows (columns of the inverse) and comes out in round numbers.  The fourth row checks it.
MATRIX = ((0.0, 0.3, 0.1), (0.4, 0.0, 0.2), (0.15, 0.25, 0.0))
_NODES, _RUNS = 50_000, 4


def checks(tables: Tables) -> list[Check]:
    """Return every check of this model.

    Args: tables: the published tables by name.
    Source: this project, docs/reference/cascade.md, "Against published figures".
    """
    return [*_inoperable(tables), *_closed_forms(tables), *_drawn(tables)]


def _inoperable(tables: Tables) -> list[Check]:
    found = []
    for number, row in enumerate(tables[_INOPERABILITY]):
        loss = np.array([float(row[f"c{sector}"]) for sector in (1, 2, 3)])
        theirs = np.array([float(row[f"q{sector}"]) for sector in (1, 2, 3)])
        for name, answer in (
            ("linear", solve_inoperability(MATRIX, loss)),
            ("clipped", clip_inoperability(MATRIX, loss)),
        ):
            worst = int(np.argmax(np.abs(answer - theirs)))
            found.append(
                Check(
                    f"cascade-inoperability-{number + 1}-{name}",
                    _("inoperability of three sectors that need each other, the one furthest off"),
                    float(answer[worst]), float(theirs[worst]), "", 1e-9, False,
                    _("the table prints ten digits"), _SANTOS,
                )
            )  # fmt: skip
    return found


def _closed_forms(tables: Tables) -> list[Check]:
    rows = tables[_PERCOLATION]
    found = []
    for degree in sorted({float(row["mean_degree"]) for row in rows}):
        mine = [row for row in rows if float(row["mean_degree"]) == degree]
        kept = [float(row["p_kept"]) for row in mine]
        theirs = [float(row["mutual_giant_fraction"]) for row in mine]
        ours = [mutual_share(degree, share) for share in kept]
        worst = int(np.argmax(np.abs(np.array(ours) - theirs)))
        found += [
            Check(
                f"cascade-percolation-{degree:g}",
                _("share in the mutual giant component, infinite networks; the row furthest off"),
                ours[worst], theirs[worst], "", 1e-8, False,
                _("the table prints ten digits"), _BULDYREV,
                curves=(
                    Curve(
                        f"k = {degree:g}", tuple(kept), tuple(ours), tuple(theirs),
                        "share kept", "mutual giant component",
                    ),
                ),
            ),
            Check(
                f"cascade-threshold-{degree:g}",
                _("share that must be kept for any mutual giant component"),
                critical_share(degree), float(mine[0]["p_c_interdependent"]), "", 1e-6, False,
                _("the table prints six digits"), _BULDYREV,
            ),
        ]  # fmt: skip
    return found


def _drawn(tables: Tables) -> list[Check]:
    """Return how finite random networks compare with the closed form, away from the threshold."""
    found = []
    for row in tables[_PERCOLATION]:
        degree, kept = float(row["mean_degree"]), float(row["p_kept"])
        if degree != 4.0 or kept not in (0.5, 0.62, 0.7, 0.8, 0.9):
            continue
        ours = _mean_share(degree, kept)
        close = kept < 0.65
        found.append(
            Check(
                f"cascade-drawn-{degree:g}-{kept:g}",
                _("mutual giant component of random networks of 50,000 nodes, mean of four"),
                ours, float(row["mutual_giant_fraction"]), "", 0.01, False,
                _("four networks of 50,000 nodes; near the threshold they scatter widely"),
                _BULDYREV, reported=close and kept > 0.6,
            )
        )  # fmt: skip
    return found


@cache
def _mean_share(degree: float, kept: float) -> float:
    shares = []
    for run in range(_RUNS):
        random = np.random.default_rng(run)
        pair = pair_networks(_NODES, _random_edges(random, degree), _random_edges(random, degree))
        left, _rounds = pair.mutual(random.random(_NODES) < kept)
        shares.append(left.sum() / _NODES)
    return float(np.mean(shares))


def _random_edges(random: np.random.Generator, degree: float) -> NDArray[np.int64]:
    """Return edges of a random network: as many as drawn, both ends of each drawn."""
    count = random.binomial(_NODES * (_NODES - 1) // 2, degree / (_NODES - 1))
    return random.integers(0, _NODES, (count, 2))
