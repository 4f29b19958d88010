"""What makes the members of an ensemble differ: each is a function of the seed and its number.

The same member is drawn again whatever else is drawn beside it, in whatever order and on whatever
machine; options that are compared share their members (common random numbers).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.priors import standard_scores

Array = NDArray[np.float64]
Words = NDArray[np.uint32]
#: Direction numbers of the first four dimensions of Sobol's sequence (Joe & Kuo 2008): the
#: degree of the polynomial, its inner coefficients, and the first odd numbers.
_SOBOL = ((1, 0, (1,)), (2, 1, (1, 3)), (3, 1, (1, 3, 1)))
_BITS = 32


class Drawn(Protocol):
    """What asks for members: so many scores each, the first `quasi` of them spread evenly."""

    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def quasi(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Draws:
    """Some members of an ensemble.

    `scores` (dimension, members): standard normal, made into values by the priors.  `streams`
    (members,): the key of each member's own stream of random numbers.  `events`: what an earlier
    hazard did in each member, hours since the start, (members,); not a number means never.
    """

    scores: Array
    streams: NDArray[np.uint64]
    events: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.scores.ndim != 2 or self.scores.shape[1] != len(self.streams):
            raise ValueError("scores must have one column for each stream")
        for name, hours in self.events.items():
            if hours.shape != self.streams.shape:
                raise ValueError(f"event {name} must have one time for each member")

    @property
    def members(self) -> int:
        """Number of members."""
        return len(self.streams)

    def part(self, first: int, stop: int) -> "Draws":
        """Return the members from `first` up to `stop`, by position."""
        return Draws(
            np.ascontiguousarray(self.scores[:, first:stop]),
            self.streams[first:stop],
            {name: hours[first:stop] for name, hours in self.events.items()},
        )

    def take(self, rows: NDArray[np.int64]) -> "Draws":
        """Return these members, by position; one may be taken several times."""
        return Draws(
            np.ascontiguousarray(self.scores[:, rows]),
            self.streams[rows],
            {name: hours[rows] for name, hours in self.events.items()},
        )

    def when(self, event: str) -> Array:
        """Return when an event happens in each member; never where nobody told of it."""
        return self.events.get(event, np.full(self.members, np.nan))


def draw(asking: Drawn, *, seed: int, members: int, first: int = 0) -> Draws:
    """Return the members from number `first` on; each depends on (seed, its number) only.

    Args: asking: what has a `dimension` and a number of `quasi`-random scores among them.
        seed: 0 <= seed < 2^63.  members: >= 1.  first: >= 0.
    Raises: ValueError: a number lies outside its range.
    Source: this project, docs/reference/ensembles.md, "How members are drawn".
    """
    if first < 0:
        raise ValueError(f"first is {first}, allowed: >= 0")
    scores = standard_scores(seed=seed, members=members, size=asking.dimension, first=first)
    quasi = min(asking.quasi, asking.dimension)
    if quasi:
        scores[:quasi] = quasi_scores(seed=seed, members=members, size=quasi, first=first)
    return Draws(scores, member_streams(seed=seed, members=members, first=first))


def member_streams(*, seed: int, members: int, first: int = 0) -> NDArray[np.uint64]:
    """Return a 64-bit key for each member's own random numbers, (members,).

    Source: G. L. Steele, D. Lea & C. H. Flood (2014), Fast splittable pseudorandom number
    generators, OOPSLA '14 (the SplitMix64 finaliser).
    """
    number = np.arange(first, first + members, dtype=np.uint64)
    return _mix(_mix(np.full(members, seed, np.uint64)) + number)


def streams_apart(streams: NDArray[np.uint64], number: int) -> NDArray[np.uint64]:
    """Return other streams of the same members, one set for each number >= 0.

    Source: G. L. Steele, D. Lea & C. H. Flood (2014), OOPSLA '14 (the SplitMix64 finaliser).
    """
    return _mix(streams ^ _mix(np.full(1, number, dtype=np.uint64)))


def streams_of(scores: Array) -> NDArray[np.uint64]:
    """Return the streams that scores of their own stand for, (members,): their bits, mixed.

    Learning moves members by their scores; where chance has a say, a step that moves this score
    draws the chances afresh.
    Source: C. Andrieu & G. O. Roberts (2009), The pseudo-marginal approach for efficient Monte
    Carlo computations, Ann. Statist. 37:697.
    """
    bits = np.ascontiguousarray(scores, dtype=np.float64)
    return _mix(bits.view(np.uint64))


def quasi_scores(*, seed: int, members: int, size: int, first: int = 0) -> Array:
    """Return standard normal scores that fill their space evenly, (size, members).

    Sobol's sequence in blocks of four dimensions, the order shuffled and the values scrambled
    block by block and dimension by dimension with hashes of the seed.  Any 2^k members that
    follow each other from a multiple of 2^k on have one value in each of 2^k equal slices of
    probability in every dimension.
    Source: B. Burley (2020), Practical hash-based Owen scrambling, J. Comput. Graph. Tech. 9(4);
    S. Joe & F. Y. Kuo (2008), SIAM J. Sci. Comput. 30:2635 (direction numbers).
    """
    from scipy.special import ndtri

    number = np.arange(first, first + members, dtype=np.uint64).astype(np.uint32)
    begin = _mix(np.full(1, seed, dtype=np.uint64)) ^ np.uint64(0x50B01)
    places: NDArray[np.uint64] = np.arange(2 * size, dtype=np.uint64)
    keys = _mix(begin + places)
    key = (keys >> np.uint64(32)).astype(np.uint32)
    found = np.empty((size, members))
    for row in range(size):
        shuffled = _scramble(number, key[2 * (row - row % 4)])
        point = _sobol(shuffled, row % 4)
        found[row] = ndtri((_scramble(point, key[2 * row + 1]) + 0.5) / 2.0**_BITS)
    return found


def _directions(dimension: int) -> list[int]:
    if dimension == 0:
        return [1 << (_BITS - 1 - bit) for bit in range(_BITS)]
    degree, inner, odd = _SOBOL[dimension - 1]
    numbers = list(odd)
    for bit in range(degree, _BITS):
        value = numbers[bit - degree] ^ (numbers[bit - degree] << degree)
        for step in range(1, degree):
            value ^= ((inner >> (degree - 1 - step)) & 1) * (numbers[bit - step] << step)
        numbers.append(value)
    return [number << (_BITS - 1 - bit) for bit, number in enumerate(numbers)]


def _sobol(number: Words, dimension: int) -> Words:
    found = np.zeros_like(number)
    for bit, direction in enumerate(_directions(dimension)):
        chosen = (number >> np.uint32(bit)) & np.uint32(1)
        found ^= chosen * np.uint32(direction)
    return found


def _scramble(value: Words, key: np.uint32) -> Words:
    """Flip each bit by a hash of the higher ones: the nested scrambling of Owen (1995).

    The constants of the hash are those of Vegdahl (2021), Building a better LK hash.
    """
    found = _reverse(value)
    found ^= found * np.uint32(0x3D20ADEA)
    found += key
    found *= (key >> np.uint32(16)) | np.uint32(1)
    found ^= found * np.uint32(0x05526C56)
    found ^= found * np.uint32(0x53A22864)
    return _reverse(found)


def _reverse(value: Words) -> Words:
    found = value.copy()
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        by, keep = np.uint32(shift), np.uint32(mask)
        found = ((found >> by) & keep) | ((found & keep) << by)
    return (found >> np.uint32(16)) | (found << np.uint32(16))


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    found = value + np.uint64(0x9E3779B97F4A7C15)
    found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return found ^ (found >> np.uint64(31))
