"""Checks of the air release against published figures."""

from math import inf, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.air.gas_about import ABOUT
from sameboat.spread.air.plume import plume
from sameboat.spread.air.similarity import SurfaceLayer, crosswind_integral, crosswind_spread
from sameboat.spread.air.skill import Skill, skill
from sameboat.spread.air.stability import CLASSES, class_of_obukhov, widths
from sameboat.spread.checking import Check, Curve, Tables
from sameboat.spread.draws import quasi_scores

Array = NDArray[np.float64]
#: Roughness of the field at O'Neill (van Ulden 1978), m.
ROUGHNESS_M = 0.008
#: Of the tracer, sulphur dioxide, on grass: J. A. Garland (1977), The dry deposition of sulphur
#: dioxide to land and water surfaces, Proc. R. Soc. Lond. A 354:245.
DEPOSITION_MS = 0.008
_PLUME = "gaussian_plume_briggs_open_country.csv"
_ARCS, _BASE = "prairie_grass_arcs.csv", "prairie_grass_baseline_predictions.csv"
_NEEDED = (
    "cic_mg_m2", "cmax_mg_m3", "L_m", "ustar_m_s", "zi_m", "sigma_azim_deg", "u_m_s", "Q_g_s"
)  # fmt: skip
_BARAD = "M. L. Barad, ed. (1958), Project Prairie Grass, AFCRF-TR-58-235"


def checks(tables: Tables) -> list[Check]:
    """Return the checks of this model.

    Source: this project, docs/reference/air-release.md, "How well it does".
    """
    return [*_formula(tables), *_steady_puffs(), *_prairie_grass(tables), _sureness(tables)]


def _formula(tables: Tables) -> list[Check]:
    rows = tables[_PLUME]
    ours, theirs = [], []
    for row in rows:
        x, y = float(row["x_m"]), float(row["y_m"])
        found = plume(
            x, y, 0.0, rate=float(row["Q_g_s"]), wind_ms=float(row["u_m_s"]),
            height_m=float(row["H_m"]), stability=row["PG_class"],
        )  # fmt: skip
        sigma_y, sigma_z = widths(x, row["PG_class"])
        ours += [float(found), float(sigma_y), float(sigma_z)]
        columns = ("C_g_m3_ground", "sigma_y_m", "sigma_z_m")
        theirs += [float(row[column]) for column in columns]
    apart = max(abs(a / b - 1) for a, b in zip(ours, theirs, strict=True))
    return [
        Check(
            "plume-briggs", _("plume formula with Briggs's curves: largest deviation of 50 values"),
            ours=apart, theirs=0.0, unit="", tolerance=1e-5, relative=False,
            why=_("distances are printed to six digits"),
            source="G. A. Briggs (1973), ATDL 79; D. B. Turner (1970), AP-26, eq 3.1",
            curves=(
                Curve("C", tuple(float(row["x_m"]) for row in rows), tuple(ours[::3]),
                      tuple(theirs[::3]), "x, m", "g/m3"),
            ),
        )
    ]  # fmt: skip


def steady_puffs(stability: str, distances: Array, *, step_s: float = 60.0) -> Array:
    """Return what puffs of a long release in a steady wind come to over the plume formula.

    Args: distances: m, on the axis.  step_s: of the puffs.
    Source: this project, docs/reference/air-release.md, "How well it does".
    """
    from sameboat.spread.air.puff_kernel import carry
    from sameboat.spread.air.puffs import release_pieces
    from sameboat.spread.air.stability import CURVES, WIND_POWER

    wind, height, hours = 3.0, 10.0, 2.0
    steps = int(hours * 3600 / step_s)
    pieces = release_pieces([[0.0, hours, 1.0]], step_s=step_s)
    points = np.stack([distances, np.zeros_like(distances)], axis=1)
    member = np.array([hours * 3600, 1, 0, 1, 1, 1e9, height, 0, 0, 0, 0, 0, 0.01])
    seen, ledger = np.empty((steps, len(points))), np.empty(5)
    carry(
        member, points, 1.5, np.tile([wind, 0.0], (steps, 1)),
        np.full(steps, CLASSES.index(stability)), np.zeros(steps), pieces, CURVES["open"],
        WIND_POWER["open"], step_s, seen, ledger,
    )  # fmt: skip
    steady = plume(
        distances, 0.0, 1.5, rate=1.0, wind_ms=wind, height_m=height, stability=stability
    )
    return np.asarray(seen[-1] / steady)


def _steady_puffs() -> list[Check]:
    distances = np.array([200.0, 500.0, 1000.0, 3000.0, 8000.0])
    found = []
    for stability in "BDF":
        ratio = steady_puffs(stability, distances)
        found.append(
            Check(
                f"puffs-{stability}",
                _("puffs in a steady wind over the plume formula, furthest from 1 of 5 distances"),
                ours=float(ratio[np.abs(ratio - 1).argmax()]), theirs=1.0, unit="", tolerance=0.05,
                relative=True, why=_("puffs also widen along the wind, the formula does not"),
                source="D. B. Turner (1970), AP-26, eq 3.1",
                curves=(Curve(stability, tuple(distances), tuple(ratio), (1.0,) * len(ratio),
                              "x, m", ""),),
            )
        )  # fmt: skip
    return found


def prairie_grass(tables: Tables) -> dict[str, Array]:
    """Return measured and predicted values of every arc whose air is known, per unit released.

    `oc`, `om`: measured, integrated across the wind and highest; `similarity`, `falling` (the same
    with deposition), `briggs`, and their highest (`similarity_top` …): ours; `pa`, `pb`, `pm`,
    `pmb`: the published baselines, not a number where a table tells none.
    Source: this project, docs/reference/air-release.md, "How well it does".
    """
    runs: dict[str, list[Any]] = {}
    for row in tables[_ARCS]:
        if all(row[name] for name in _NEEDED):
            runs.setdefault(row["run"], []).append(row)
    base = {(row["run"], float(row["arc_m"])): row for row in tables[_BASE]}
    found: dict[str, list[float]] = {}
    for run, rows in runs.items():
        arcs = np.array([float(row["arc_m"]) for row in rows])
        order = np.argsort(arcs)
        ours = _predict(rows[0], arcs[order])
        for place, number in enumerate(order):
            row = rows[number]
            released = 1000.0 * float(row["Q_g_s"])
            told = base.get((run, arcs[number]), {})
            seen = {
                "oc": float(row["cic_mg_m2"]) / released, "om": float(row["cmax_mg_m3"]) / released
            }  # fmt: skip
            if not min(seen.values()) > 0:
                continue
            seen |= {name: float(told.get(name) or "nan") for name in ("pa", "pb", "pm", "pmb")}
            seen |= {name: float(values[place]) for name, values in ours.items()}
            for name, value in seen.items():
                found.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in found.items()}


def _predict(one: Any, arcs: Array) -> dict[str, Array]:
    layer = SurfaceLayer(float(one["ustar_m_s"]), float(one["L_m"]), ROUGHNESS_M)
    source, seen = float(one["source_h_m"]), float(one["sampler_h_m"])
    lid = float(one["zi_m"])
    lid = lid if lid > 0 else inf  # where it was not told, the table writes -999
    across = crosswind_integral(arcs, air=layer, source_m=source, seen_m=seen, lid_m=lid)
    fallen = crosswind_integral(
        arcs, air=layer, source_m=source, seen_m=seen, lid_m=lid, deposition_ms=DEPOSITION_MS
    )
    spread = crosswind_spread(arcs, sigma_theta_deg=float(one["sigma_azim_deg"]))
    stability = class_of_obukhov(layer.obukhov_m, ROUGHNESS_M)
    top = plume(
        arcs, 0.0, seen, rate=1.0, wind_ms=float(one["u_m_s"]), height_m=source,
        stability=stability, lid_m=lid,
    )  # fmt: skip
    return {
        "similarity": across,
        "similarity_top": across / (sqrt(2 * pi) * spread),
        "falling": fallen,
        "falling_top": fallen / (sqrt(2 * pi) * spread),
        "briggs": top * sqrt(2 * pi) * widths(arcs, stability)[0],
        "briggs_top": top,
    }


def _prairie_grass(tables: Tables) -> list[Check]:
    values = prairie_grass(tables)
    pairs = (
        ("similarity", "oc", "pb", _("Prairie Grass across the wind, similarity")),
        ("similarity_top", "om", "pmb", _("Prairie Grass, highest, similarity")),
        ("falling", "oc", "pb", _("Prairie Grass across the wind, similarity and deposition")),
        ("falling_top", "om", "pmb", _("Prairie Grass, highest, similarity and deposition")),
        ("briggs", "oc", "pa", _("Prairie Grass across the wind, Briggs's curves")),
        ("briggs_top", "om", "pm", _("Prairie Grass, highest, Briggs's curves")),
    )
    found = []
    for ours, seen, theirs, says in pairs:
        # Beside a baseline where there is one, else beside perfect scores.
        both = values[theirs] > 0
        chosen = both if both.any() else np.ones_like(both)
        mine = skill(values[ours][chosen], values[seen][chosen])
        base = Skill(1.0, 0.0, 1.0, 1.0)
        curves: tuple[Curve, ...] = ()
        if both.any():
            base = skill(values[theirs][chosen], values[seen][chosen])
            a, b, c = (tuple(values[name][chosen].tolist()) for name in (seen, ours, theirs))
            curves = (Curve(ours, a, b, c, "measured", "predicted"),)
        found += _scores(ours, says, mine, base, curves)
    return found


def _scores(
    key: str, says: str, mine: Skill, base: Skill, curves: tuple[Curve, ...]
) -> list[Check]:
    why = _("beside what the published baseline scores; nothing was fitted to these runs")
    scores = (
        ("factor-2", mine.factor_2, base.factor_2, 0.05),
        ("bias", mine.bias, base.bias, 0.1),
        ("variance", mine.variance, base.variance, 0.1),
    )
    return [
        Check(
            f"prairie-grass-{key}-{name}".replace("_", "-"), says, ours=a, theirs=b, unit=name,
            tolerance=tolerance, relative=False, why=why, source=_BARAD, reported=True,
            curves=curves if name == "factor-2" else (),
        )
        for name, a, b, tolerance in scores
    ]  # fmt: skip


def _sureness(tables: Tables) -> Check:
    """Compare how often the highest value lies within the band of our own priors."""
    values = prairie_grass(tables)
    scores = quasi_scores(seed=1, members=1024, size=3)
    names = ("wind_factor", "widen_y", "widen_z")
    # On the axis near the ground the three divide the concentration.
    priors = [ABOUT.parameter(name).prior.at(scores[row]) for row, name in enumerate(names)]
    low, high = np.quantile(1.0 / np.prod(priors, axis=0), (0.1, 0.9))
    ratio = values["om"] / values["briggs_top"]
    return Check(
        "prairie-grass-sureness",
        _("Prairie Grass, highest: share within the band from 10 % to 90 % of the model's priors"),
        ours=float(((ratio >= low) & (ratio <= high)).mean()), theirs=0.8, unit="",
        tolerance=0.1, relative=False,
        why=_("arcs of one run are not independent: some 30 runs settle a share to about 0.1"),
        source=_BARAD,
    )  # fmt: skip
