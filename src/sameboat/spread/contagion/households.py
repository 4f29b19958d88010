"""Reed and Frost's chain of binomials in a small group, computed exactly."""

from math import comb

import numpy as np
from numpy.typing import NDArray


def reed_frost(susceptible: int, infectious: int, escape: float) -> NDArray[np.float64]:
    """Return the probability of each final size, from `infectious` to all, (susceptible + 1,).

    In each generation a susceptible person escapes each infectious one with probability `escape`;
    those who do not are the next generation.
    Args: susceptible: >= 0.  infectious: >= 1.  escape: 0 … 1.
    Raises: ValueError: a number lies outside its range.
    Source: H. Abbey (1952), An examination of the Reed-Frost theory of epidemics, Hum. Biol.
    24:201.
    """
    if susceptible < 0 or infectious < 1 or not 0 <= escape <= 1:
        raise ValueError("susceptible, infectious, escape: allowed >= 0, >= 1, 0 … 1")
    found = np.zeros(susceptible + 1)
    # How many are susceptible and how many infectious; each generation has fewer of the former.
    now = {(susceptible, infectious): 1.0}
    while now:
        later: dict[tuple[int, int], float] = {}
        for (left, sick), chance in now.items():
            if sick == 0 or left == 0:
                found[susceptible - left] += chance
                continue
            stay = escape**sick
            for hit in range(left + 1):
                part = comb(left, hit) * (1 - stay) ** hit * stay ** (left - hit)
                state = (left - hit, hit)
                later[state] = later.get(state, 0.0) + chance * part
        now = later
    return found
