"""Checks what the epidemic is given, all of it, and makes a problem of it."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.contagion import mobility as ways
from sameboat.spread.contagion.about import ABOUT, COUNTS
from sameboat.spread.contagion.problem import Epidemic, Seed
from sameboat.spread.inputs import InputReader
from sameboat.spread.priors import Prior

Array = NDArray[np.float64]
Rows = list[Mapping[str, Any]]
#: Persons are counted with 32 bits.
MOST_PERSONS = 2**31 - 1
MODELS = ("gravity", "radiation", "matrix", "links", "none")
#: Beyond this growth in one step the steps are halved: people stay whole steps in each state.
MOST_GROWTH = 0.2
_MOST_STAGES = 10
#: A law links all pairs: more places than this would take gigabytes.
MOST_BY_LAW = 6_000


def prepare(inputs: Mapping[str, Any]) -> Epidemic:
    """Return the problem that these inputs describe.

    Raises: FaultyInput: every fault, with field, value and allowed range.
    Source: this project, docs/reference/epidemic.md, "What the model is told".
    """
    reader = InputReader(inputs, ABOUT)
    rows = reader.rows("places")
    places = _places(reader, rows)
    row = {name: position for position, name in enumerate(places)}
    mobility, moves = _mobility(reader, row, places, rows)
    counts = reader.text(reader.given, "counts", among=COUNTS, default="prevalence")
    thresholds = reader.thresholds()
    if thresholds and thresholds[0] <= 0:
        reader.fault(
            "out_of_range", "thresholds[0]", thresholds[0], _("lies outside its range."),
            allowed="> 0",
        )  # fmt: skip
    days = reader.number(reader.given, "horizon_days", low=1.0, high=1000.0, unit="d")
    priors = reader.parameters()
    per_day = _whole(reader, reader.given, "steps_per_day", 1, 24, _steps_per_day(priors))
    stages = _whole(reader, reader.given, "report_stages", 1, _MOST_STAGES, 2)
    horizon = days if isfinite(days) else 1.0
    seeds = _seeds(reader, row, per_day or 1, horizon)
    reader.finish()
    per_day = int(per_day)
    return Epidemic(
        targets=tuple(places), thresholds=thresholds, counts=counts, unit=COUNTS[counts][1],
        # Whole steps: what is asked for beyond the last one is not left out.
        horizon_hours=float(np.ceil(days * per_day - 1e-9)) * 24.0 / per_day,
        steps_per_day=per_day, residents=np.array(list(places.values()), np.int64),
        mobility=mobility, moves=moves, seeds=tuple(seeds), stages=stages,
        priors=tuple(priors[each.key] for each in ABOUT.parameters),
    )  # fmt: skip


def growth_per_day(r0: float, latent_days: float, infectious_days: float) -> float:
    """Return the exponential growth rate of an SEIR epidemic among susceptible people, 1/d.

    Source: M. Lipsitch et al. (2003), Transmission dynamics and control of severe acute
    respiratory syndrome, Science 300:1966 (r^2 + (a + b) r = a b (R0 - 1), a = 1/TE, b = 1/TI).
    """
    a, b = 1 / latent_days, 1 / infectious_days
    found: float = 0.5 * (np.sqrt((a - b) ** 2 + 4 * a * b * r0) - (a + b))
    return found


def _steps_per_day(priors: Mapping[str, Prior]) -> int:
    """Return how many steps a day needs where nobody says: by the growth of the median."""
    growth = growth_per_day(
        priors["r0"].median, priors["latent_days"].median, priors["infectious_days"].median
    )
    return next((each for each in (1, 2, 4, 8, 12) if growth / each <= MOST_GROWTH), 24)


def _whole(
    reader: InputReader, holder: Mapping[str, Any], key: str, low: int, high: int,
    default: int | None = None, field: str = "",
) -> int:  # fmt: skip
    """Return a whole number; a fault gives `low`."""
    value = reader.number(holder, key, field=field, low=low, high=high, default=default)
    if not isfinite(value):
        return low
    if value != int(value):
        reader.fault(
            "not_whole", f"{field}.{key}" if field else key, value, _("is not a whole number."),
            allowed=f"{low} … {high}",
        )  # fmt: skip
        return low
    return int(value)


def _places(reader: InputReader, rows: Rows) -> dict[str, int]:
    found = {}
    for number, row in enumerate(rows):
        field = f"places[{number}]"
        reader.only(row, {"key", "residents", "lon", "lat", "x_km", "y_km", "away"}, field)
        residents = _whole(reader, row, "residents", 1, MOST_PERSONS, field=field)
        key = row.get("key")
        if isinstance(key, str):
            if ">" in key:
                reader.fault(
                    "unknown", f"{field}.key", key, _("holds a sign that means a link."),
                    allowed=_("a name without >"),
                )  # fmt: skip
            found[key] = residents
    return found


def _seeds(reader: InputReader, row: dict[str, int], per_day: int, days: float) -> list[Seed]:
    found = []
    for number, each in enumerate(reader.rows("seeds", least=0, unique=None)):
        field = f"seeds[{number}]"
        reader.only(each, {"place", "day", "persons", "as"}, field)
        place = reader.text(each, "place", field=field, among=row)
        day = reader.number(each, "day", field=field, low=0.0, high=days, unit="d", default=0.0)
        persons = _whole(reader, each, "persons", 0, MOST_PERSONS, field=field)
        as_ = reader.text(
            each, "as", field=field, among=("exposed", "infectious"), default="infectious"
        )
        if place in row and isfinite(day):
            step = int(np.ceil(day * per_day - 1e-9))
            found.append(Seed(row[place], step, persons, as_ == "infectious"))
    return found


def _mobility(
    reader: InputReader, row: dict[str, int], places: dict[str, int], rows: Rows
) -> tuple[ways.Mobility, bool]:
    none = ways.mobility_of(len(row), *(np.empty(0, np.int64),) * 2, np.empty(0))
    table = reader.given.get("mobility")
    if table is None:
        table = {"model": "none"}
    if not isinstance(table, Mapping):
        reader.fault("not_a_table", "mobility", table, _("is not a table."))
        return none, False
    known = {
        "model",
        "travellers",
        "away",
        "exponent",
        "attraction",
        "offset_km",
        "shares",
        "links",
    }
    reader.only(table, known, "mobility")
    model = reader.text(table, "model", field="mobility", among=MODELS)
    travellers = reader.text(
        table, "travellers", field="mobility", among=("return", "stay"), default="return"
    )
    before = len(reader.faults)
    found = none
    if model == "matrix":
        found = _matrix(reader, table, row) or none
    elif model == "links":
        found = _links(reader, table, row) or none
    elif model in ("gravity", "radiation"):
        found = _law(reader, table, model, places, rows, travellers == "stay") or none
    if len(reader.faults) == before and travellers == "return" and (found.away() > 1).any():
        worst = int(found.away().argmax())
        reader.fault(
            "row_sum", f"mobility.{list(row)[worst]}", float(found.away()[worst]),
            _("is more than all of the residents."), allowed="<= 1",
        )  # fmt: skip
    return found, travellers == "stay"


def _matrix(reader: InputReader, table: Mapping[str, Any], row: dict[str, int]) -> Any:
    shares = reader.array(table, "shares", field="mobility", low=0.0, high=1.0, ndim=2)
    if not shares.size:
        return None
    if shares.shape != (len(row), len(row)):
        reader.fault(
            "wrong_shape", "mobility.shares", shares.shape, _("has another number of places."),
            allowed=f"{len(row)} × {len(row)}",
        )  # fmt: skip
        return None
    total = shares.sum(axis=1)
    for place in np.nonzero(np.abs(total - 1) > ways.ROUNDING)[0]:
        reader.fault(
            "row_sum", f"mobility.shares[{place}]", round(float(total[place]), 6),
            _("is the sum of a row, which must be one: the part that stays at home is its own."),
            allowed="1",
        )  # fmt: skip
    return ways.from_shares(shares) if (np.abs(total - 1) <= ways.ROUNDING).all() else None


def _links(reader: InputReader, table: Mapping[str, Any], row: dict[str, int]) -> Any:
    given = table.get("links")
    if not isinstance(given, list | tuple) or not given:
        reader.fault("empty", "mobility.links", None, _("is missing."), allowed=">= 1")
        return None
    home, there, share = [], [], []
    seen: set[tuple[str, str]] = set()
    before = len(reader.faults)
    for number, each in enumerate(given):
        field = f"mobility.links[{number}]"
        if not isinstance(each, Mapping):
            reader.fault("not_a_table", field, each, _("is not a table."))
            continue
        reader.only(each, {"from", "to", "share"}, field)
        one = reader.text(each, "from", field=field, among=row)
        other = reader.text(each, "to", field=field, among=row)
        value = reader.number(each, "share", field=field, low=0.0, high=1.0)
        if one == other and one in row:
            reader.fault("cycle", field, one, _("leads from a place to itself."))
        if (one, other) in seen:
            reader.fault("duplicate", field, f"{one}>{other}", _("stands twice."))
        seen.add((one, other))
        home.append(row.get(one, 0))
        there.append(row.get(other, 0))
        share.append(value)
    if len(reader.faults) > before:
        return None
    return ways.mobility_of(len(row), np.array(home), np.array(there), np.array(share))


def _law(
    reader: InputReader, table: Mapping[str, Any], model: str, places: dict[str, int], rows: Rows,
    stay: bool,
) -> ways.Mobility | None:  # fmt: skip
    before = len(reader.faults)
    usual = reader.number(table, "away", field="mobility", low=0.0, high=1.0, default=0.05)
    exponent = reader.number(table, "exponent", field="mobility", low=0.0, high=10.0, default=2.0)
    attraction = reader.number(
        table, "attraction", field="mobility", low=0.0, high=5.0, default=1.0
    )
    offset = reader.number(
        table, "offset_km", field="mobility", low=0.0, high=1000.0, unit="km", default=10.0
    )
    if len(rows) > MOST_BY_LAW:
        reader.fault(
            "too_many", "places", len(rows), _("are too many to link each with each by a law."),
            allowed=f"<= {MOST_BY_LAW}", next_step=_("Give the links that matter instead."),
        )  # fmt: skip
        return None
    distance = _distances(reader, rows)
    # A wrong usual share is named once, and not again for every place that has none of its own.
    otherwise = usual if isfinite(usual) else 0.0
    away = [
        reader.number(each, "away", field=f"places[{number}]", low=0.0, high=1.0, default=otherwise)
        for number, each in enumerate(rows)
    ]
    if len(reader.faults) > before or distance is None or not 1 < len(places) == len(rows):
        return None
    residents = np.array(list(places.values()), np.float64)
    if model == "radiation":
        share = ways.radiation_shares(residents, distance)
    else:
        apart = distance + np.eye(len(residents))
        if offset == 0 and not (apart > 0).all():
            one, other = (int(each[0]) for each in np.nonzero(apart <= 0))
            reader.fault(
                "out_of_range", "mobility.offset_km", offset,
                _("leaves no distance between {one} and {other}, which lie on one point."),
                allowed="> 0 km", one=list(places)[one], other=list(places)[other],
            )  # fmt: skip
            return None
        share = ways.gravity_shares(
            residents, distance, exponent=exponent, attraction=attraction, offset_km=offset
        )
    share *= np.array(away)[:, None]
    if stay:
        share = ways.balanced(share, residents)
    home, there = np.nonzero(share)
    return ways.mobility_of(len(residents), home, there, share[home, there])


def _distances(reader: InputReader, rows: Rows) -> Array | None:
    """Return the distances of all pairs, km, from degrees or from a plane."""
    before = len(reader.faults)
    flat = any("x_km" in each for each in rows)
    names = (("x_km", 1e5, "km"), ("y_km", 1e5, "km")) if flat else (
        ("lon", 180.0, "°"), ("lat", 90.0, "°")
    )  # fmt: skip
    first, second = (
        np.array(
            [
                reader.number(each, key, field=f"places[{number}]", low=-most, high=most, unit=unit)
                for number, each in enumerate(rows)
            ]
        )
        for key, most, unit in names
    )
    if len(reader.faults) > before:
        return None
    if flat:
        found: Array = np.hypot(first[:, None] - first, second[:, None] - second)
        return found
    return ways.great_circle_km(first, second)
