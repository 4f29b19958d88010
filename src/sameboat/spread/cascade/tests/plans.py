"""Small plans for the tests: nodes that fail and are repaired at round hours."""

import numpy as np

from sameboat.spread.cascade import prepare
from sameboat.spread.draws import Draws


def node(key, kind="power", repair=10.0, **more):
    return {"key": key, "kind": kind, "repair_hours": repair, **more}


def ask(nodes, needs=(), **more):
    inputs = {
        "nodes": nodes,
        "needs": [
            {"from": need.split(">")[0], "to": need.split(">")[1]}
            if isinstance(need, str)
            else need
            for need in needs
        ],
        "horizon_hours": 100.0,
        "parameters": {"repair_factor": 1.0, "round_hours": 1.0},
        **more,
    }
    return prepare(inputs)


def certain(problem, members=1, **events):
    """Return members without any uncertainty."""
    streams = np.arange(1, members + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    hours = {name.replace("__", ":"): np.full(members, when) for name, when in events.items()}
    return Draws(np.zeros((problem.dimension, members)), streams, hours)


def outage(problem, key, **events):
    """Return from when until when a node or place is out, and for how long in all."""
    found = problem.spread(certain(problem, **events))
    row = found.index(key)
    return (
        float(found.arrival_hours[row, 0, 0]),
        float(found.cleared_hours[row, 0, 0]),
        float(found.duration_hours[row, 0, 0]),
    )
