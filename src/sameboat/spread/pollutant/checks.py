"""Checks of the river pollutant model against published figures."""

from collections.abc import Callable, Mapping, Sequence
from math import exp, sqrt

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.spread.checking import Check, Curve, Tables
from sameboat.spread.pollutant import jobson

Row = Mapping[str, float]
#: Concentrations below this part of the source's are not compared: the table's digits end.
SEEN = 1e-9
_EXACT = _("both are closed forms; the table gives twelve digits, or six")


def checks(tables: Tables) -> list[Check]:
    """Return every check of the model.

    Source: A. Ogata & R. B. Banks (1961), USGS Professional Paper 411-A; A. Kreft & A. Zuber
    (1978), Chem. Eng. Sci. 33:1471; H. E. Jobson (1996), USGS WRIR 96-4013.
    """
    closed = _numbers(tables["ade_closed_forms.csv"])
    reaches = _numbers(tables["jobson1996_evaluations.csv"])
    return [*_closed_forms(closed), *_jobson(reaches)]


def _numbers(rows: Sequence[Mapping[str, str]]) -> list[Row]:
    return [{name: float(value) for name, value in row.items()} for row in rows]


def _closed_forms(rows: list[Row]) -> list[Check]:
    kreft = "A. Kreft & A. Zuber (1978), Chem. Eng. Sci. 33:1471"
    ogata = "A. Ogata & R. B. Banks (1961), USGS Professional Paper 411-A"
    return [
        _worst(
            "ogata-banks", _("a steady source: greatest relative difference"), rows,
            "ogata_banks_C_over_C0", _steady, ogata,
        ),
        _worst(
            "ogata-banks-decay", _("a steady source that decays: greatest relative difference"),
            rows, "ogata_banks_with_decay", _steady_decaying, ogata,
        ),
        _worst(
            "slug", _("a release at once: greatest relative difference"), rows,
            "slug_C_per_M_over_A_1_m", _slug, kreft,
        ),
    ]  # fmt: skip


def _worst(
    key: str, says: str, rows: list[Row], column: str, ours: Callable[[Row], float], source: str
) -> Check:
    seen = [row for row in rows if row[column] > SEEN]
    found = [ours(row) for row in seen]
    away = [abs(mine / row[column] - 1.0) for mine, row in zip(found, seen, strict=True)]
    first = [place for place, row in enumerate(seen) if _river(row) == _river(seen[0])]
    curve = Curve(
        column, tuple(seen[place]["t_s"] / 3600 for place in first),
        tuple(found[place] for place in first), tuple(seen[place][column] for place in first),
        "h", "",
    )  # fmt: skip
    return Check(
        key, says, max(away), 0.0, "", 1e-6, False,
        _EXACT, f"{source}; {len(seen)} of {len(rows)} points above {SEEN:g}", curves=(curve,),
    )  # fmt: skip


def _river(row: Row) -> tuple[float, ...]:
    return tuple(row[name] for name in ("v_m_s", "D_m2_s", "k_1_s", "x_m"))


def _passage(row: Row) -> tuple[float, float]:
    return row["x_m"] / row["v_m_s"], row["x_m"] ** 2 / (2 * row["D_m2_s"])


def _steady(row: Row) -> float:
    from sameboat.spread.pollutant.passage import passed_share

    return passed_share(row["t_s"], *_passage(row))


def _steady_decaying(row: Row) -> float:
    from sameboat.spread.pollutant.passage import passed_share

    mean, shape = _passage(row)
    root = sqrt(1 + 2 * row["k_1_s"] * mean**2 / shape)
    return exp(shape / mean * (1 - root)) * passed_share(row["t_s"], mean / root, shape)


def _slug(row: Row) -> float:
    from sameboat.spread.pollutant.passage import resident_density

    found = resident_density(row["t_s"], *_passage(row)) / row["v_m_s"]
    return found * exp(-row["k_1_s"] * row["t_s"])


def _jobson(rows: list[Row]) -> list[Check]:
    columns: dict[str, Callable[[Row], float]] = {
        "Vp_slope": lambda row: _speed(jobson.peak_velocity, row, row["slope"]),
        "Vmp_slope": lambda row: _speed(jobson.fastest_velocity, row, row["slope"]),
        "Vp_noslope": lambda row: _speed(jobson.peak_velocity, row, None),
        "Vmp_noslope": lambda row: _speed(jobson.fastest_velocity, row, None),
        "Cup_1e-6_per_s": lambda row: float(jobson.unit_peak(row["Tp_h"], row["Qa_prime"])),
        "Td10_h": lambda row: float(jobson.passage_hours(row["Tp_h"], row["Qa_prime"])),
    }
    found = []
    for column, ours in columns.items():
        away = [abs(ours(row) / row[column] - 1.0) for row in rows]
        found.append(
            Check(
                f"jobson-{column.split('_1e')[0].lower().replace('_', '-')}",
                _("Jobson's relations: greatest relative difference"), float(np.max(away)), 0.0,
                "", 2e-5, False, _("the table gives six digits, some from rounded ones"),
                f"H. E. Jobson (1996), USGS WRIR 96-4013: {column}",
            )
        )  # fmt: skip
    return found


def _speed(relation: Callable[..., object], row: Row, slope: float | None) -> float:
    return float(relation(row["Da_m2"], row["Qa_m3s"], row["Q_m3s"], slope))  # type: ignore[arg-type]
