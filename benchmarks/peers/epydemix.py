"""Times epydemix, run by its own interpreter: PLACES.npz MEMBERS -> JSON on standard output.

It knows no places; they are given as its groups, and who meets whom across places as its contact
matrix: the nearest that it can do.
"""

import json
import resource
import sys
import time

import epydemix
import numpy as np
from epydemix import EpiModel
from epydemix.population import Population

place = np.load(sys.argv[1])
members = int(sys.argv[2])
people, share, first = place["people"], place["share"], int(place["first"])
names = [f"place {row}" for row in range(len(people))]
meetings = share @ share.T
population = Population(name="places")
population.add_population(people, names)
population.add_contact_matrix(meetings / meetings.sum(axis=1, keepdims=True), "all")
model = EpiModel(compartments=["S", "E", "I", "R"])
model.add_transition("S", "E", kind="mediated", params=("beta", "I"))
model.add_transition("E", "I", kind="spontaneous", params="sicken")
model.add_transition("I", "R", kind="spontaneous", params="heal")
for name, value in (("beta", 2.5 / 5.0), ("sicken", 1.0 / 3.0), ("heal", 1.0 / 5.0)):
    model.add_parameter(name, value)
model.set_population(population)
nobody = np.zeros(len(people))
sick = nobody.copy()
sick[first] = 100.0
start = {"S": people - sick, "E": nobody, "I": sick, "R": nobody}
began = time.perf_counter()
model.run_simulations(
    start_date="2020-01-01", end_date="2020-04-09", initial_conditions_dict=start, Nsim=members,
    dt=1.0, rng=1,
)  # fmt: skip
seconds = time.perf_counter() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "version": epydemix.__version__, "memory": memory}))
