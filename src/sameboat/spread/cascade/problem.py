"""A prepared question: which failures take which others with them, and who is left without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.spread.cascade.dependency import Plan
from sameboat.spread.cascade.independent import Links
from sameboat.spread.cascade.story import Log, causes_of, deadlocks_of
from sameboat.spread.description import Description
from sameboat.spread.draws import Draws
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.priors import Prior
from sameboat.spread.problem import Cause, Problem

Array = NDArray[np.float64]
#: Parameters that hold for the whole member, in the order of their scores.
GLOBALS = (
    "repair_factor", "mobilise_hours", "buffer_factor", "backup_starts", "pass_factor",
    "round_hours",
)  # fmt: skip
#: Kinds of random numbers of a member; 0 is that of the links of a spreading fault.
_OF_FAULTS, _OF_BACKUPS = 1, 2


@dataclass(frozen=True)
class Start:
    """A fault from outside: a node, when, and with what probability it comes at all."""

    node: str
    hours: float = 0.0
    probability: float = 1.0


@dataclass(frozen=True)
class Outbreak:
    """A fault that spreads between nodes by links of its own; `ends` are their keys."""

    start: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]
    probability: Array  #: (links,) where `pass_factor` is 1
    links: Links  #: over the nodes of the plan
    began_hours: float = 0.0


@dataclass(frozen=True)
class Cascade(Problem):
    """Failures that travel along needs, of which each node's buffer, backup and repair decide."""

    about: Description
    plan: Plan
    parameters: Mapping[str, Prior]
    repairs: tuple[Prior, ...]  #: hours, one for each node
    starts: tuple[Start, ...]
    outbreak: Outbreak | None
    thresholds: tuple[float, ...]
    horizon_hours: float
    measures: tuple[Measure, ...] = ()
    unit: str = ""

    @property
    def targets(self) -> tuple[str, ...]:  # type: ignore[override]
        """Nodes, then places."""
        return self.plan.targets

    @property
    def dimension(self) -> int:
        """One score for each parameter, and one for the repair of each node."""
        return len(GLOBALS) + len(self.plan.nodes)

    @property
    def quasi(self) -> int:
        """The parameters hold for the whole member."""
        return len(GLOBALS)

    @property
    def member_bytes(self) -> int:
        """Bytes of working memory of one member."""
        nodes = len(self.plan.nodes)
        return 8 * (8 * nodes + len(self.starts) + self.dimension) + 4 * 40 * nodes

    def spread(self, draws: Draws) -> Footprint:
        """Return when each node is down and each place without, and for how long."""
        from sameboat.spread.cascade.reading import Served, read_logs

        log = self.log(draws)
        found = read_logs(
            Served(**self.plan.served), np.array(self.thresholds), self.horizon_hours,
            log.begin, log.hours, log.node, log.state,
        )  # fmt: skip
        arrival, cleared, lasted, peak, peak_hours = found
        return Footprint(
            self.targets, self.thresholds, self.unit, arrival, cleared, peak, peak_hours,
            duration_hours=lasted,
        )  # fmt: skip

    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return who is down (0 or 1) and the share of people without, over time."""
        from sameboat.spread.cascade.reading import Served, sample_logs

        log = self.log(draws)
        place = {target: row for row, target in enumerate(self.targets)}
        rows = np.array([place[target] for target in targets], np.int64)
        times = np.asarray(hours, dtype=np.float64)
        order = np.argsort(times, kind="stable")
        found = np.empty((len(rows), len(times), draws.members))
        found[:, order] = sample_logs(
            Served(**self.plan.served), rows, times[order], log.begin, log.hours, log.node,
            log.state,
        )  # fmt: skip
        return found

    def person_hours(self, draws: Draws) -> tuple[Array, Array]:
        """Return person-hours without and with each service, (areas, members), reckoned apart.

        The areas are `plan.areas`: places and kinds of service.
        """
        from sameboat.spread.cascade.reading import Served, person_hours

        log = self.log(draws)
        without, having = person_hours(
            Served(**self.plan.served), self.horizon_hours, log.begin, log.hours, log.node,
            log.state,
        )  # fmt: skip
        return without, having

    def service_lost(self, draws: Draws, kind: str | None = None) -> Array:
        """Return person-hours of service lost, (places, members), of one kind or of all together.

        The places are `plan.places`.  A person without power and water for an hour has lost two.
        """
        without, _having = self.person_hours(draws)
        found = np.zeros((len(self.plan.places), draws.members))
        for row, (place, each) in enumerate(self.plan.areas):
            if kind in (None, each):
                found[self.plan.places.index(place)] += without[row]
        return found

    def waiting(self, draws: Draws) -> NDArray[np.bool_]:
        """Return which nodes wait for each other at the end, (nodes, members).

        They stay down although every fault were repaired, every link joined.
        """
        log = self.log(draws)
        found = np.zeros((len(self.plan.nodes), draws.members), np.bool_)
        member = np.repeat(np.arange(draws.members), np.diff(log.begin))
        waits = np.isinf(log.hours)
        found[log.node[waits], member[waits]] = True
        return found

    def deadlocks(self, draws: Draws) -> dict[tuple[str, ...], float]:
        """Return which nodes wait for each other at the end, and in what share of members."""
        return deadlocks_of(self.plan, self.waiting(draws))

    def remarks(self) -> tuple[Fault, ...]:
        """Return what whoever reads the answer should know of the plan, in words."""
        return tuple(
            Fault(
                "circle",
                _("{nodes} need each other: once all are down, none starts without help."),
                field="needs",
                next_step=_("Give one of them a backup, or a second supplier."),
                facts={"nodes": ", ".join(circle)},
            )
            for circle in self.plan.circles()
        )

    def takes(self, event: str) -> bool:
        """Return whether an earlier hazard can do this to it: "fails:NODE"."""
        kind, _colon, key = event.partition(":")
        return kind in self.about.events and key in {node.key for node in self.plan.nodes}

    def causes(self, draws: Draws, target: str) -> list[Cause]:
        """Return what made a node, or the first node to fail a place, fail; nearest first."""
        return causes_of(self.plan, self.log(draws), target)

    def under(self, measures: Sequence[Measure]) -> "Cascade":
        """Return the same question with these counter-measures added."""
        added = check_measures(measures, kinds=self.about.measures)
        nodes = {node.key for node in self.plan.nodes}
        links = {f"{need.from_node}>{need.to_node}" for need in self.plan.needs}
        if self.outbreak is not None:
            links |= {f"{one}>{other}" for one, other in self.outbreak.ends}
        faults = [
            Fault(
                "unknown_target", _("is not known to this model."), field=f"measures[{row}].at",
                value=each.at, allowed=", ".join(sorted(known)[:12]),
            )
            for row, each in enumerate(added)
            if each.at not in (known := links if each.kind == "close_road" else nodes)
        ]  # fmt: skip
        if faults:
            raise FaultyInput(faults)
        return replace(self, measures=self.measures + added)

    def imbalance(self, draws: Draws) -> Array:
        """Return what is missing of: person-hours without and with = people x hours."""
        without, having = self.person_hours(draws)
        if not len(without):
            return np.zeros(draws.members)
        whole = self.plan.served["everybody"][:, None] * self.horizon_hours
        missing: Array = np.abs(without + having - whole) / np.maximum(whole, 1.0)
        worst: Array = missing.max(axis=0)
        return worst

    def log(self, draws: Draws) -> Log:
        """Return what happens in each member, line by line."""
        from sameboat.spread.cascade.failing import Graph, Script, run_members

        values = self.values(draws)
        faults, hours = self.faults(draws, values)
        repairs = np.empty((draws.members, len(self.repairs)))
        for row, prior in enumerate(self.repairs):
            given = prior.at(draws.scores[len(GLOBALS) + row])
            repairs[:, row] = given * values["repair_factor"] + values["mobilise_hours"]
        found = run_members(
            Graph(**self.plan.graph), Script(*self._script()), faults, hours,
            self._lasts(draws, values), np.maximum(repairs, 1e-6), self.horizon_hours,
        )  # fmt: skip
        return Log(*found)

    def values(self, draws: Draws) -> dict[str, Array]:
        """Return the parameters of each member, each (members,)."""
        return {
            name: self.parameters[name].at(draws.scores[row]) for row, name in enumerate(GLOBALS)
        }

    def faults(self, draws: Draws, values: Mapping[str, Array]) -> tuple[NDArray[np.int64], Array]:
        """Return nodes and when a fault from outside comes to them, (members, faults) hours.

        Those set, those of an earlier hazard (`fails:NODE`), and those of a spreading fault.
        """
        from sameboat.spread.cascade.reaching import NEVER, chances

        at = {node.key: row for row, node in enumerate(self.plan.nodes)}
        nodes = [at[start.node] for start in self.starts]
        come = chances(draws.streams, _OF_FAULTS, len(self.starts))
        hours = [
            np.where(come[row] < start.probability, start.hours, np.nan)
            for row, start in enumerate(self.starts)
        ]
        for name in sorted(draws.events):
            kind, _colon, key = name.partition(":")
            if kind == "fails" and key in at:
                nodes.append(at[key])
                hours.append(draws.events[name])
        if self.outbreak is not None:
            rounds = self.outbreak_rounds(draws, values)
            reached = np.flatnonzero((rounds != NEVER).any(axis=1))
            nodes += reached.tolist()
            for row in reached:
                later = self.outbreak.began_hours + rounds[row] * values["round_hours"]
                hours.append(np.where(rounds[row] == NEVER, np.nan, later))
        if not nodes:
            return np.empty(0, np.int64), np.empty((draws.members, 0))
        return np.array(nodes, np.int64), np.ascontiguousarray(np.stack(hours, axis=1))

    def outbreak_rounds(self, draws: Draws, values: Mapping[str, Array]) -> NDArray[np.uint16]:
        """Return the round in which a spreading fault comes to each node, (nodes, members)."""
        outbreak = self.outbreak
        if outbreak is None:
            return np.full((len(self.plan.nodes), draws.members), 65535, np.uint16)
        links = outbreak.links
        for each in self.measures:
            if each.kind == "close_road":
                for row, ends in enumerate(outbreak.ends):
                    if each.at == f"{ends[0]}>{ends[1]}":
                        links = links.cut(row, each.from_hours, each.until_hours)
        at = {node.key: row for row, node in enumerate(self.plan.nodes)}
        return links.rounds(
            [at[key] for key in outbreak.start], draws.streams,
            delay_hours=values["round_hours"], began_hours=outbreak.began_hours,
            factor=values["pass_factor"],
        )  # fmt: skip

    def _lasts(self, draws: Draws, values: Mapping[str, Array]) -> Array:
        """Return how long each node works without what it needs, (members, nodes) hours."""
        from sameboat.spread.cascade.reaching import chances

        start = chances(draws.streams, _OF_BACKUPS, len(self.plan.nodes)).T
        starts = start < values["backup_starts"][:, None]
        buffer = np.array([node.buffer_hours for node in self.plan.nodes])
        backup = np.array([node.backup_hours for node in self.plan.nodes])
        found: Array = buffer * values["buffer_factor"][:, None] + backup * starts
        return np.ascontiguousarray(found)

    def _script(self) -> tuple[Any, ...]:
        """Return the columns of `failing.Script`: what the counter-measures do."""
        from sameboat.spread.cascade import failing

        at = {node.key: row for row, node in enumerate(self.plan.nodes)}
        first = np.tile(np.array([inf, -inf]), (len(at), 1))
        kinds = {
            "close_intake": (failing.CLOSED, failing.OPENED),
            "add_backup": (failing.POWERED, failing.UNPOWERED),
            "close_road": (failing.CUT, failing.JOINED),
        }
        lines: list[tuple[float, int, int, float]] = []
        for each in self.measures:
            if each.kind == "repair_first":
                row = at[each.at]
                first[row] = (
                    min(first[row, 0], each.from_hours),
                    max(first[row, 1], each.until_hours),
                )
                continue
            rows = [at[each.at]] if each.kind != "close_road" else self._rows_of(each.at)
            begin, end = kinds[each.kind]
            for row in rows:
                lines.append((each.from_hours, begin, row, each.amount or 0.0))
                if each.until_hours < inf:
                    lines.append((each.until_hours, end, row, each.amount or 0.0))
        return (
            np.array([line[0] for line in lines], np.float64),
            np.array([line[1] for line in lines], np.int64),
            np.array([line[2] for line in lines], np.int64),
            np.array([line[3] for line in lines], np.float64),
            first,
        )

    def _rows_of(self, link: str) -> list[int]:
        return [
            row
            for row, number in enumerate(self.plan.link)
            if f"{self.plan.needs[number].from_node}>{self.plan.needs[number].to_node}" == link
        ]
