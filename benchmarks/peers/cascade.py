"""Failing networks by ndlib, EoN and networkx, in an environment of their own: seconds as JSON.

`cascade.py spread NODES DEGREE CHANCE` or `cascade.py mutual FILE`, a numpy archive of edges and of
who is alive.
"""

import json
import random
import sys
import time

import networkx

SEEDS = 10


def ndlib_run(graph, chance):
    import ndlib.models.ModelConfig as config
    from ndlib.models.epidemics import IndependentCascadesModel

    model, setup = IndependentCascadesModel(graph), config.Configuration()
    setup.add_model_initial_configuration("Infected", list(range(SEEDS)))
    for edge in graph.edges():
        setup.add_edge_configuration("threshold", edge, chance)
    model.set_initial_status(setup)
    while True:
        state = model.iteration(node_status=False)["node_count"]
        if state[1] == 0:
            return state[2]


def eon_run(graph, chance):
    import EoN

    # An edge passes before the end of the infection with probability t / (t + r) = chance.
    rate = chance / (1 - chance)
    _time, _well, _ill, over = EoN.fast_SIR(graph, rate, 1.0, initial_infecteds=range(SEEDS))
    return int(over[-1])


def spread(nodes, degree, chance):
    graph = networkx.fast_gnp_random_graph(nodes, degree / nodes, seed=1)
    found = {"edges": graph.number_of_edges()}
    for name, work in (("ndlib", ndlib_run), ("EoN", eon_run)):
        random.seed(1)
        began = time.perf_counter()
        reached = work(graph, chance)
        found[name] = {"seconds": time.perf_counter() - began, "reached": int(reached)}
    return found


def mutual(file):
    import numpy

    given = numpy.load(file)
    alive, graphs = given["alive"], []
    for name in ("first", "second"):
        graph = networkx.Graph()
        graph.add_nodes_from(range(len(alive)))
        graph.add_edges_from(given[name].tolist())
        graphs.append(graph)
    began = time.perf_counter()
    kept = set(numpy.flatnonzero(alive).tolist())
    while True:
        smaller = kept
        for graph in graphs:
            parts = networkx.connected_components(graph.subgraph(smaller))
            smaller = max(parts, key=len, default=set())
        if len(smaller) == len(kept):
            break
        kept = smaller
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "left": len(kept), "version": networkx.__version__}


if __name__ == "__main__":
    if sys.argv[1] == "spread":
        print(json.dumps(spread(int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))))
    else:
        print(json.dumps(mutual(sys.argv[2])))
