"""A flood in the river of a pack: its reaches, the sites on them, the places beside them.

A place is reached where one of the points of its stretches is above its own warning, alert or
danger flow.  Sites take theirs from `inputs.targets`, points from their reach's row in
`inputs.reaches`, or by the rule of `inputs.levels`.
"""

from collections.abc import Mapping
from typing import Any

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.questions import moment_of
from sameboat.packs.records import RegionPack, Scenario
from sameboat.spread.network import Channel, Network, build_network
from sameboat.watch.forecasts.hazards.asked import (
    Asked,
    in_file,
    prepared,
    read_run,
    rows_in,
    table_of,
)
from sameboat.watch.forecasts.hydrology import fill_along
from sameboat.watch.forecasts.points import Watched, watch_points

LEVELS = ("warning", "alert", "danger")
LIMITS = tuple(f"{level}_{unit}" for level in LEVELS for unit in ("m3s", "m"))
#: What `inputs.levels.of` may name -> the field of a reach.
OF = {
    "mean_discharge": "mean_discharge_m3s", "drainage_area": "drainage_area_km2",
    "width": "width_m",
}  # fmt: skip
#: Fields of a reach that the pack knows and the model takes.
FROM_PACK = ("slope", "width_m")
#: What the adapter reads itself.
OWN = ("levels", "channel", "reaches", "targets", "sources", "lateral", "reservoirs")
#: Inputs whose rows may be of one moment each.
BY_TIME = ("sources", "lateral", "reservoirs")
#: Where water may come from; without any of them the river stays as it is.
COMES_FROM = ("sources", "lateral", "reservoirs", "dams")
#: What makes a list of rows of one moment each.
LISTS = ("hours", "flow_m3s", "target_hours", "target_m")


def ask(pack: RegionPack, scenario: Scenario, where: str = "") -> Asked:
    """Return the question; the network and the points come from the pack.

    Raises:
        FaultyInput: every fault, by field.
        RiverRunsInACircle, SharesDoNotAddUp: the network of the pack cannot carry water.
    """
    inputs = table_of(scenario, "inputs")
    run = read_run(scenario)
    network = build_network(
        Channel(each.key, each.from_node, each.to_node, each.length_km, each.share)
        for each in pack.reaches
    )
    watched = watch_points(pack, network)
    told = {str(row.get("key")): row for row in rows_in(inputs, "reaches")}
    faults = _unknown(pack, scenario, inputs, told, where)
    limits = _limits(pack, inputs, network, told, faults, where)
    if faults:
        raise FaultyInput(in_file(faults, scenario))
    targets = _targets(inputs, network, watched, limits)
    given = table_of(scenario, "parameters")
    asked: dict[str, Any] = {key: value for key, value in inputs.items() if key not in OWN}
    asked |= {
        "horizon_hours": run.horizon_hours,
        "reaches": _reaches(pack, network, inputs, told),
        "targets": list(targets.values()),
        "parameters": given,
    }
    if run.step_hours is not None:
        asked["step_hours"] = run.step_hours
    for name in BY_TIME:
        if name in inputs:
            asked[name] = _by_time(inputs[name], scenario)
    problem = prepared("river-flood", asked, scenario, where)
    kept = set(targets)
    places = {
        code: tuple(name for name in names if name in kept)
        for code, names in watched.places.items()
    }
    own = {key: (key,) for key in kept - set(watched.names)}
    stage = inputs.get("intensity") == "stage"
    return Asked(
        problem=problem,
        sites={site: site for site in watched.sites if site in kept},
        places={code: names for code, names in places.items() if names},
        quantities=("stage",) if stage else ("flow", "discharge"),
        observed={site: site for site in (*watched.sites, *own) if site in kept},
        names={site.key: site.names for site in pack.sites},
        facilities=dict.fromkeys(own, ""),
        given=given,
    )


def _unknown(
    pack: RegionPack,
    scenario: Scenario,
    inputs: Mapping[str, Any],
    told: Mapping[str, Any],
    where: str,
) -> list[Fault]:
    """Return what is no reach of the pack, told twice, at odds, no table, or not there at all."""
    known = {reach.key for reach in pack.reaches}
    faults = [
        Fault(
            "unknown_reach", _("is not a reach of this pack."), field=f"{where}inputs.reaches",
            value=key, next_step=_("Name a reach of reaches.csv."),
        )
        for key in told
        if key not in known
    ]  # fmt: skip
    faults += _twice(inputs, where)
    for name in BY_TIME:
        faults += _rows_at_odds(inputs.get(name), scenario, f"{where}inputs.{name}")
    if not any(inputs.get(name) for name in COMES_FROM):
        faults.append(
            Fault("empty", _("is missing: no water comes, so nobody would be reached."),
                  field=f"{where}inputs.sources",
                  next_step=_("Name at least one source, dam or levee, or inflow along a reach."))
        )  # fmt: skip
    for name in ("levels", "channel"):
        if not isinstance(inputs.get(name, {}), Mapping):
            faults.append(
                Fault("not_a_table", _("is not a table {{...}}."), field=f"{where}inputs.{name}",
                      value=inputs[name])
            )  # fmt: skip
    return faults


def _twice(inputs: Mapping[str, Any], where: str) -> list[Fault]:
    """Return the reaches that are told twice: one of the two would be lost without a word."""
    keys = [str(row.get("key")) for row in rows_in(inputs, "reaches")]
    return [
        Fault("repeated", _("stands twice."), field=f"{where}inputs.reaches[{number}].key",
              value=key, next_step=_("Keep one line."))
        for number, key in enumerate(keys)
        if key in keys[:number]
    ]  # fmt: skip


def _rows_at_odds(value: Any, scenario: Scenario, field: str) -> list[Fault]:
    """Return the rows of one moment each that hold none, or that contradict the first of theirs."""
    faults: list[Fault] = []
    first: dict[str, Mapping[str, Any]] = {}
    for number, row in enumerate(value if isinstance(value, list) else []):
        if not isinstance(row, Mapping) or "time" not in row:
            continue
        try:
            moment_of(row["time"], scenario.zone)
        except ValueError:
            faults.append(
                Fault("not_a_time", _("is no moment with a zone."), field=f"{field}[{number}].time",
                      value=row["time"], next_step=_("Write it as 2005-11-25T00:00+08:00."))
            )  # fmt: skip
        before = first.setdefault(str(row.get("key")), row)
        faults += [
            Fault("contradiction", _("is not what the first row of this key says."),
                  field=f"{field}[{number}].{name}", value=told, allowed=str(before[name]),
                  next_step=_("Give it another key, or the same {field}."), facts={"field": name})
            for name, told in row.items()
            if name not in (*LISTS, "time", "source", "note") and before.get(name, told) != told
        ]  # fmt: skip
    return faults


def _reaches(
    pack: RegionPack, network: Network, inputs: Mapping[str, Any], told: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the pack's reaches as the model takes them: `channel` first, then each row's own."""
    channel = {k: v for k, v in inputs.get("channel", {}).items() if k not in ("source", "note")}
    factor = channel.pop("flow_factor", 1.0)
    records = {reach.key: reach for reach in pack.reaches}
    ordered = [records[key] for key in network.keys]
    flow = fill_along(network, ordered, [each.mean_discharge_m3s for each in ordered], divides=True)
    found = []
    for row, reach in enumerate(ordered):
        each: dict[str, Any] = dict(channel)
        each |= {name: value for name in FROM_PACK if (value := getattr(reach, name)) is not None}
        if flow is not None and isinstance(factor, int | float):
            each.setdefault("flow_m3s", float(flow[row]) * factor)
        own = {k: v for k, v in told.get(reach.key, {}).items() if k not in LIMITS}
        if inputs.get("routing") == "todini":
            pass  # every reach is routed by its channel, whatever is told of its waves
        elif own.keys() & {"travel_hours", "celerity_ms"}:
            each = {k: v for k, v in each.items() if k == "weighting"}
        elif each.keys() & {"travel_hours", "celerity_ms"}:
            each = {k: v for k, v in each.items() if k in (
                "travel_hours", "celerity_ms", "weighting", "base_inflow_m3s"
            )}  # fmt: skip
        each |= own
        each |= {
            "key": reach.key, "from_node": reach.from_node, "to_node": reach.to_node,
            "length_km": reach.length_km,
        }  # fmt: skip
        if reach.share is not None:
            each["share"] = reach.share
        found.append(each)
    return found


def _limits(
    pack: RegionPack,
    inputs: Mapping[str, Any],
    network: Network,
    told: Mapping[str, Any],
    faults: list[Fault],
    where: str,
) -> dict[str, dict[str, Any]]:
    """Return the limits that hold along each reach: its row's own, else by the rule of `levels`."""
    found = {key: {k: row[k] for k in LIMITS if k in row} for key, row in told.items()}
    levels = inputs.get("levels")
    if not isinstance(levels, Mapping):
        return {key: each for key, each in found.items() if each}
    of = levels.get("of")
    if of not in OF:
        faults.append(
            Fault("unknown_value", _("is none of those known."), field=f"{where}inputs.levels.of",
                  value=of, allowed=", ".join(OF))
        )  # fmt: skip
        return {}
    factors = {level: levels[level] for level in LEVELS if level in levels}
    for level, factor in factors.items():
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not factor > 0:
            faults.append(
                Fault("out_of_range", _("lies outside its range."), value=factor, allowed="> 0",
                      field=f"{where}inputs.levels.{level}")
            )  # fmt: skip
    records = {reach.key: reach for reach in pack.reaches}
    ordered = [records[key] for key in network.keys]
    values = fill_along(network, ordered, [getattr(each, OF[of]) for each in ordered],
                        divides=of == "mean_discharge")  # fmt: skip
    if values is None or not factors:
        faults.append(
            Fault("nothing_known", _("is not known of any reach: the rule says nothing."),
                  file="reaches.csv", field=OF[of],
                  next_step=_("Fill it in for at least one reach, with its source."))
            if factors
            else Fault("empty", _("is missing."), field=f"{where}inputs.levels.warning",
                       allowed=", ".join(LEVELS))
        )  # fmt: skip
        return {}
    if faults:
        return {}
    for row, key in enumerate(network.keys):
        if not found.get(key):
            found[key] = {
                f"{level}_m3s": float(f"{factor * values[row]:.4g}")
                for level, factor in factors.items()
            }
    return {key: each for key, each in found.items() if each}


def _targets(
    inputs: Mapping[str, Any],
    network: Network,
    watched: Watched,
    limits: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Return the rows of all targets that have a limit: those told first, then points."""
    at = dict(zip(watched.names, watched.points, strict=True))
    found: dict[str, dict[str, Any]] = {}
    for row in rows_in(inputs, "targets"):
        key = str(row.get("key"))
        point = at.get(key)
        if point is not None and "reach" not in row:
            row |= {"reach": network.keys[point.channel], "fraction": point.fraction}
        found[key] = row
    for name, point in at.items():
        reach = network.keys[point.channel]
        if name not in found and reach in limits:
            found[name] = {
                "key": name, "reach": reach, "fraction": point.fraction, **limits[reach]
            }  # fmt: skip
    return found


def _by_time(value: Any, scenario: Scenario) -> Any:
    """Return rows of one moment each, as a table writes them, as one row of lists for each key.

    `time` (a moment) stands for `hours` since the start.  Rows that hold lists stay as they are.
    """
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        return value
    found: dict[str, dict[str, Any]] = {}
    for row in value:
        row = dict(row)
        if "time" in row:
            try:
                since = moment_of(row["time"], scenario.zone) - scenario.started_at
            except ValueError:
                return value
            row["hours"] = since.total_seconds() / 3600
            del row["time"]
        lists = {k: v for k, v in row.items() if k in LISTS}
        if not lists or any(isinstance(each, list) for each in lists.values()):
            found[f"{row.get('key')}#{len(found)}"] = row
            continue
        kept = found.setdefault(str(row.get("key")), {k: v for k, v in row.items()
                                                      if k not in lists})  # fmt: skip
        for name, each in lists.items():
            kept.setdefault(name, []).append(each)
    return list(found.values())
