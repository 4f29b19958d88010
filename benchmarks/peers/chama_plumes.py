"""Steady plumes for 60 winds by chama, run in its own environment; prints seconds and version."""

import json
import time

import chama
import numpy as np
import pandas as pd
from chama.simulation import GaussianPlume, Grid, Source


def main() -> None:
    axis = np.linspace(-5000.0, 5000.0, 201)
    grid = Grid(axis, axis, np.array([0.0, 10.0]))
    source = Source(-4000.0, 0.0, 5.0, 1.5)
    states = 60
    weather = pd.DataFrame(
        {
            "Wind Direction": np.linspace(0.0, 90.0, states),
            "Wind Speed": np.full(states, 3.0),
            "Stability Class": ["D"] * states,
        },
        index=np.arange(states) * 60.0,
    )
    times = []
    for _run in range(3):
        began = time.perf_counter()
        GaussianPlume(grid, source, weather).run()
        times.append(time.perf_counter() - began)
    print(json.dumps({"seconds": min(times), "version": chama.__version__}))


main()
