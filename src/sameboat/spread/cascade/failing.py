"""The failing, buffering and repairing of the nodes of one member, compiled.

Events are taken in the order of time; at one instant what comes back goes before what is lost.
Import this module inside the functions that use it: it needs numba.  All times are hours.
"""

from heapq import heappop, heappush
from math import inf
from typing import Any, NamedTuple

import numpy as np

from sameboat.spread.compiled import compiled

#: Kinds of event; the lower goes first at one instant.
REPAIRED, OPENED, JOINED, POWERED, FAULT, CLOSED, CUT, UNPOWERED, EMPTY = range(9)
#: What a line of the log says of its node.
UP, DOWN, WAITS = 0, 1, 2
#: Why a node went down, where no other node made it: its own fault, closed on purpose, a cut link.
ITSELF, ON_PURPOSE, LINK = -1, -2, -3


class Graph(NamedTuple):
    """Who needs whom.  Links are in the order of the node they come from.

    A group is one need of one node; it is met while the shares of its links whose giver works,
    and which are not cut, add to one.
    """

    out: Any  #: (nodes + 1,) first link of each node
    giver: Any  #: (links,) node
    group: Any  #: (links,)
    share: Any  #: (links,) of the need that it carries alone, > 0
    needs: Any  #: (nodes + 1,) first group of each node
    needy: Any  #: (groups,) node
    feeds: Any  #: (groups + 1,) first place of each group in `feed`
    feed: Any  #: (links,) links in the order of their group
    pool: Any  #: (nodes,) crew that repairs it
    priority: Any  #: (nodes,) higher is repaired first
    crews: Any  #: (pools,)


class Script(NamedTuple):
    """What happens from outside, the same in every member."""

    hours: Any  #: (events,)
    kind: Any  #: (events,)
    row: Any  #: (events,) node, or link where a link is cut or joined
    amount: Any  #: (events,) hours of backup
    first: Any  #: (nodes, 2) from and until when a node is repaired first


class State(NamedTuple):
    """What one member knows of its nodes at one instant."""

    faulty: Any  #: (nodes,)
    closed: Any  #: (nodes,) how often
    cut: Any  #: (links,) how often
    short: Any  #: (nodes,) some need is not met
    working: Any  #: (nodes,)
    shown: Any  #: (nodes,) `working` as the log has it
    stock: Any  #: (nodes,) hours that it lasts without what it needs
    full: Any  #: (nodes,) hours that it lasts when the stock is full
    since: Any  #: (nodes,) when the running down was last reckoned
    met: Any  #: (nodes,) when its needs were last met again
    empty: Any  #: (nodes,) when the stock will be empty, infinite where it does not run down
    broke: Any  #: (nodes,) when the fault came
    cause: Any  #: (nodes,) of the last failure
    lack: Any  #: (nodes,) of the last shortage
    free: Any  #: (pools,) crews


@compiled
def _is_short(graph: Any, state: Any, node: int) -> bool:
    for group in range(graph.needs[node], graph.needs[node + 1]):
        carried = 0.0
        for place in range(graph.feeds[group], graph.feeds[group + 1]):
            link = graph.feed[place]
            if state.working[graph.giver[link]] and state.cut[link] == 0:
                carried += graph.share[link]
        if carried < 1.0 - 1e-9:
            return True
    return False


@compiled
def _settle(state: Any, node: int, time: float) -> None:
    """Take from the stock what was used up to now."""
    if state.empty[node] < inf:
        state.stock[node] = max(state.stock[node] - (time - state.since[node]), 0.0)
        state.since[node] = time


@compiled
def _judge(graph: Any, state: Any, events: Any, node: int, time: float, cause: int) -> bool:
    """Find out whether a node works now; return whether that has changed."""
    _settle(state, node, time)
    short = _is_short(graph, state, node)
    if short and not state.short[node]:
        # A stock that was only out of need for this very instant has not been filled.
        if time > state.met[node]:
            state.stock[node] = state.full[node]
        state.lack[node] = cause
    elif state.short[node] and not short:
        state.met[node] = time
    state.short[node] = short
    sound = not state.faulty[node] and state.closed[node] == 0
    works = sound and (not short or state.stock[node] > 0.0)
    if works and short:
        if state.empty[node] == inf:
            state.since[node] = time
        state.empty[node] = time + state.stock[node]
        if state.empty[node] < inf:
            heappush(events, (state.empty[node], EMPTY, node))
    else:
        state.empty[node] = inf
    if works == state.working[node]:
        return False
    state.working[node] = works
    if not works:
        state.cause[node] = cause
    return True


@compiled
def _ripple(
    graph: Any, state: Any, events: Any, touched: Any, node: int, time: float, cause: int
) -> None:
    """Judge a node and, while something changes, those that need it."""
    todo = [(node, cause)]
    place = 0
    while place < len(todo):
        row, why = todo[place]
        place += 1
        if _judge(graph, state, events, row, time, why):
            touched.append(row)
            for link in range(graph.out[row], graph.out[row + 1]):
                todo.append((graph.needy[graph.group[link]], row))


@compiled
def _send_crews(
    graph: Any, state: Any, script: Any, events: Any, waiting: Any, hours: Any, time: float
) -> None:
    """Give each free crew the node that is to be repaired first."""
    while True:
        best = -1
        for place in range(len(waiting)):
            node = waiting[place]
            if state.free[graph.pool[node]] > 0 and (
                best < 0 or _goes_before(graph, state, script, node, waiting[best], time)
            ):
                best = place
        if best < 0:
            return
        node = waiting.pop(best)
        state.free[graph.pool[node]] -= 1
        heappush(events, (time + hours[node], REPAIRED, node))


@compiled
def _goes_before(graph: Any, state: Any, script: Any, one: int, other: int, time: float) -> bool:
    first = bool(script.first[one, 0] <= time < script.first[one, 1])
    second = bool(script.first[other, 0] <= time < script.first[other, 1])
    if first != second:
        return first
    if graph.priority[one] != graph.priority[other]:
        return bool(graph.priority[one] > graph.priority[other])
    if state.broke[one] != state.broke[other]:
        return bool(state.broke[one] < state.broke[other])
    return one < other


@compiled
def _happen(
    graph: Any, state: Any, script: Any, events: Any, waiting: Any, touched: Any,
    time: float, kind: int, row: int,
) -> None:  # fmt: skip
    """Let one event happen; `row` is a node, or a row of the script."""
    node, cause = row, ITSELF
    if kind == REPAIRED:
        state.faulty[node] = False
        state.free[graph.pool[node]] += 1
    elif kind == FAULT:
        if state.faulty[node]:
            return  # it is being repaired already
        state.faulty[node] = True
        state.broke[node] = time
        waiting.append(node)
    elif kind == EMPTY:
        if state.empty[node] != time:
            return  # the stock was filled, or filled up, meanwhile
        state.since[node] = time
        state.stock[node] = 0.0
        cause = state.lack[node]
    else:
        node = script.row[row]
        if kind in (CUT, JOINED):
            state.cut[node] += 1 if kind == CUT else -1
            node, cause = graph.needy[graph.group[node]], LINK
        elif kind in (CLOSED, OPENED):
            state.closed[node] += 1 if kind == CLOSED else -1
            cause = ON_PURPOSE
        else:
            _settle(state, node, time)
            more = script.amount[row] if kind == POWERED else -script.amount[row]
            state.full[node] = max(state.full[node] + more, 0.0)
            if kind == POWERED:
                state.stock[node] += more
            state.stock[node] = min(state.stock[node], state.full[node])
            cause = state.lack[node]
    _ripple(graph, state, events, touched, node, time, cause)


@compiled
def _begin(graph: Any, lasts: Any) -> Any:
    nodes, links = graph.pool.shape[0], graph.share.shape[0]
    return State(
        np.zeros(nodes, np.bool_), np.zeros(nodes, np.int32), np.zeros(links, np.int32),
        np.zeros(nodes, np.bool_), np.ones(nodes, np.bool_), np.ones(nodes, np.bool_),
        lasts.copy(), lasts.copy(), np.zeros(nodes), np.full(nodes, -1.0),
        np.full(nodes, inf), np.zeros(nodes), np.full(nodes, ITSELF),
        np.full(nodes, ITSELF), graph.crews.copy(),
    )  # fmt: skip


@compiled
def _write(state: Any, touched: Any, log: Any, time: float) -> None:
    """Log which nodes changed for more than an instant."""
    for node in touched:
        if state.working[node] != state.shown[node]:
            state.shown[node] = state.working[node]
            log.append((time, node, UP if state.working[node] else DOWN, state.cause[node]))
    touched.clear()


@compiled
def _wait_for_each_other(graph: Any, state: Any, log: Any, horizon: float) -> None:
    """Log the nodes that stay down although every fault were repaired now."""
    events = [(0.0, 0, 0)]
    touched = [0]
    nodes = graph.pool.shape[0]
    for node in range(nodes):
        state.faulty[node] = False
        state.closed[node] = 0
    for link in range(graph.share.shape[0]):
        state.cut[link] = 0
    for node in range(nodes):
        if not state.working[node]:
            _ripple(graph, state, events, touched, node, horizon, ITSELF)
    for node in range(nodes):
        if not state.working[node]:
            log.append((inf, node, WAITS, state.cause[node]))


@compiled
def run_member(
    graph: Any, script: Any, faults: Any, fault_hours: Any, lasts: Any, repairs: Any, horizon: float
) -> Any:
    """Return one member's log: a list of (hours, node, UP | DOWN | WAITS, cause).

    Args: faults: (faults,) nodes.  fault_hours: (faults,), not a number = never.  lasts: (nodes,)
        hours that each works without what it needs.  repairs: (nodes,) hours, > 0.
    Source: this project, docs/reference/cascade.md, "How a failure travels".
    """
    state = _begin(graph, lasts)
    log = [(0.0, 0, 0, 0)]
    log.pop()
    events = [(0.0, 0, 0)]
    events.pop()
    waiting, touched = [0], [0]
    waiting.pop()
    touched.pop()
    for row in range(faults.shape[0]):
        if fault_hours[row] <= horizon:
            heappush(events, (max(fault_hours[row], 0.0), FAULT, faults[row]))
    for row in range(script.hours.shape[0]):
        if script.hours[row] <= horizon:
            heappush(events, (script.hours[row], script.kind[row], row))
    # A node that is short from the first hour on lives on its stock from then.
    for node in range(graph.pool.shape[0]):
        if _is_short(graph, state, node):
            _ripple(graph, state, events, touched, node, 0.0, LINK)
    while len(events) > 0:
        time = events[0][0]
        if time > horizon:
            break
        while len(events) > 0 and events[0][0] == time:
            _time, kind, row = heappop(events)
            _happen(graph, state, script, events, waiting, touched, time, kind, row)
        _send_crews(graph, state, script, events, waiting, repairs, time)
        _write(state, touched, log, time)
    _write(state, touched, log, 0.0)
    _wait_for_each_other(graph, state, log, horizon)
    return log


@compiled
def run_members(
    graph: Any, script: Any, faults: Any, fault_hours: Any, lasts: Any, repairs: Any, horizon: float
) -> tuple[Any, Any, Any, Any, Any]:
    """Return the logs of all members, one after the other.

    Args: as `run_member`, with `fault_hours` (members, faults), `lasts` and `repairs`
        (members, nodes).
    Returns: begin (members + 1,), hours, node, state, cause (lines,).
    Source: this project, docs/reference/cascade.md, "How a failure travels".
    """
    members = lasts.shape[0]
    begin = np.zeros(members + 1, np.int64)
    hours, node, state, cause = [0.0], [0], [0], [0]
    hours.pop(), node.pop(), state.pop(), cause.pop()
    for member in range(members):
        log = run_member(
            graph, script, faults, fault_hours[member], lasts[member], repairs[member], horizon
        )
        for line in log:
            hours.append(line[0])
            node.append(line[1])
            state.append(line[2])
            cause.append(line[3])
        begin[member + 1] = len(hours)
    size = len(hours)
    out_hours, out_node = np.empty(size), np.empty(size, np.int64)
    out_state, out_cause = np.empty(size, np.int64), np.empty(size, np.int64)
    for row in range(size):
        out_hours[row], out_node[row] = hours[row], node[row]
        out_state[row], out_cause[row] = state[row], cause[row]
    return begin, out_hours, out_node, out_state, out_cause
