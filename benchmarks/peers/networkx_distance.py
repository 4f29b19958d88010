"""Times networkx's Dijkstra, run by its own interpreter: LINKS.npz -> JSON on standard output."""

import json
import sys
import time

import networkx
import numpy as np

link = np.load(sys.argv[1])
graph = networkx.DiGraph()
graph.add_weighted_edges_from(
    zip(link["home"].tolist(), link["there"].tolist(), link["length"].tolist(), strict=True)
)
times = []
for _run in range(3):
    began = time.perf_counter()
    networkx.single_source_dijkstra_path_length(graph, int(link["first"]))
    times.append(time.perf_counter() - began)
print(json.dumps({"seconds": min(times), "version": networkx.__version__}))
