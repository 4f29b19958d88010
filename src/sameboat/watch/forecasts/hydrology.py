"""The river of a pack as the model wants it: flow and area everywhere, sites and places as points.

Mean discharge and drainage area are interpolated in the logarithm of their values, by distance,
between the reaches at whose lower end a source states them, and kept beyond the last one.
"""

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.records import Reach, RegionPack
from sameboat.spread.network import Channel, Network, build_network
from sameboat.spread.pollutant import jobson
from sameboat.spread.pollutant.river import River, Spill, spill
from sameboat.watch.forecasts.parameters import Parameters
from sameboat.watch.forecasts.points import Watched, watch_points

Array = NDArray[np.float64]


def prepare(pack: RegionPack, parameters: Parameters) -> tuple[Spill, Watched]:
    """Return the release in its river and the points that are watched.

    Raises:
        FaultyInput: the network tells no discharge or no drainage area at all, or the release
            does not lie on it.
        RiverRunsInACircle: the reaches lead back to themselves.
    """
    network = build_network(
        Channel(each.key, each.from_node, each.to_node, each.length_km, each.share)
        for each in pack.reaches
    )
    watched = watch_points(pack, network)
    if parameters.release_site not in watched.sites:
        raise FaultyInput(
            [
                Fault(
                    "site_off_river",
                    _("does not lie on a reach of the network."),
                    field="release.site",
                    value=parameters.release_site,
                )
            ]
        )
    river = build_river(pack, network, mark_below(pack, network, parameters))
    release = watched.points[watched.names.index(parameters.release_site)]
    prepared = spill(
        river,
        parameters.unknowns,
        release=release,
        targets=watched.points,
        duration_hours=parameters.duration_hours,
    )
    return prepared, watched


def build_river(pack: RegionPack, network: Network, below: NDArray[np.bool_] | None) -> River:
    """Return the network with flow and area everywhere.

    Raises:
        FaultyInput: no reach states its mean discharge, or none its drainage area.
    """
    reaches = {reach.key: reach for reach in pack.reaches}
    rows = [reaches[key] for key in network.keys]
    flow = fill_along(network, rows, [reach.mean_discharge_m3s for reach in rows], divides=True)
    area = fill_along(network, rows, [reach.drainage_area_km2 for reach in rows], divides=False)
    if flow is None or area is None:
        field = "mean_discharge_m3s" if flow is None else "drainage_area_km2"
        raise FaultyInput(
            [
                Fault(
                    "nothing_known",
                    _("is not known of any reach: the river's size cannot be told."),
                    file="reaches.csv",
                    field=field,
                    next_step=_("Fill it in for at least one reach, with its source."),
                )
            ]
        )
    start_flow, start_area = _starts(network, rows, flow), _starts(network, rows, area)
    mean_flow, mean_area = (flow + start_flow) / 2, (area + start_area) / 2 * 1e6
    slope = np.array([reach.slope or np.nan for reach in rows])
    flat = np.isnan(slope)
    scale = jobson.velocity_scale(mean_area, mean_flow)
    if not flat.all():
        steep = jobson.velocity_scale(mean_area, mean_flow, np.where(flat, 1e-4, slope))
        scale = np.where(flat, scale, steep)
    return River(
        network, np.where(flat, 0.020, 0.094), scale, start_flow, flow, dispersion_m2s=None,
        below=below,
    )  # fmt: skip


def mark_below(
    pack: RegionPack, network: Network, parameters: Parameters
) -> NDArray[np.bool_] | None:
    """Return which reaches lie below each river that joins, (inflows, reaches); None: none."""
    if not parameters.inflows:
        return None
    sites = {site.key: site for site in pack.sites}
    below = np.zeros((len(parameters.inflows), len(network.keys)), bool)
    for number, inflow in enumerate(parameters.inflows):
        site = sites[inflow.site]
        assert site.reach is not None
        at = network.index(site.reach)
        # A river joins at a node: the nearer end of the reach that the site lies on.
        below[number, at] = (site.fraction or 0.0) < 0.5
        reached = {*network.leaving[at]}
        for row in range(at + 1, len(network.keys)):
            if row in reached:
                below[number, row] = True
                reached.update(network.leaving[row])
    return below


def fill_along(
    network: Network, rows: list[Reach], told: list[float | None], *, divides: bool
) -> Array | None:
    """Return the value at the lower end of every channel, interpolated where not told."""
    if not any(value is not None for value in told):
        return None
    share = network.share if divides else np.ones(len(rows))
    above: list[tuple[float, float] | None] = [None] * len(rows)
    below: list[tuple[float, float] | None] = [None] * len(rows)
    entering = _entering(network)
    for row, value in enumerate(told):
        if value is not None:
            above[row] = (value, 0.0)
            continue
        known = [found for before in entering[row] if (found := above[before]) is not None]
        if known:
            value_above, distance = max(known)
            above[row] = (
                value_above * float(share[row]) or value_above,
                distance + float(network.length_km[row]),
            )
    for row in range(len(rows) - 1, -1, -1):
        value = told[row]
        if value is not None:
            below[row] = (value, 0.0)
            continue
        for next_ in network.leaving[row]:
            found = below[next_]
            if found is not None and share[next_] > 0:
                below[row] = (
                    found[0] / float(share[next_]), found[1] + float(network.length_km[next_])
                )  # fmt: skip
                break
    return np.array([_between(above[row], below[row], told) for row in range(len(rows))])


def _between(
    above: tuple[float, float] | None,
    below: tuple[float, float] | None,
    told: list[float | None],
) -> float:
    if above is None and below is None:
        # A branch that hangs together with nothing told: the middle of what is told elsewhere.
        return float(np.median([value for value in told if value is not None]))
    if above is None or below is None:
        return (above or below or (1.0, 0.0))[0]
    whole = above[1] + below[1]
    weight = above[1] / whole if whole > 0 else 0.0
    return float(np.exp((1 - weight) * np.log(above[0]) + weight * np.log(below[0])))


def _starts(network: Network, rows: list[Reach], ends: Array) -> Array:
    entering = _entering(network)
    starts = ends.copy()
    for row in range(len(rows)):
        if entering[row]:
            arriving = float(ends[entering[row]].sum()) * float(network.share[row])
            # What flows in below the node is counted at the end; a river does not shrink here.
            starts[row] = min(arriving, float(ends[row]))
    return starts


def _entering(network: Network) -> list[list[int]]:
    entering: list[list[int]] = [[] for _ in network.keys]
    for row, leaving in enumerate(network.leaving):
        for next_ in leaving:
            entering[next_].append(row)
    return entering
