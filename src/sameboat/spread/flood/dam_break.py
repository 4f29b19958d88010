"""A dam that vanishes at once: the closed forms of Ritter and Stoker, for frictionless beds.

They bound what a breach can do: through a slot of width b no more can leave than Ritter's
8/27 b h sqrt(g h).
"""

from dataclasses import dataclass
from math import inf, sqrt

GRAVITY = 9.81


@dataclass(frozen=True)
class DamBreak:
    """What stands and flows where the dam stood, and how fast the front runs down the valley.

    `depth_m`, `speed_ms`: of the constant state behind the shock over a wet bed, at the dam over
    a dry one; `flow_m2s` at the dam, per metre of width; `front_ms` of the front or shock.
    """

    depth_m: float
    speed_ms: float
    flow_m2s: float
    front_ms: float


def break_dam(depth_m: float, below_m: float = 0.0, *, gravity: float = GRAVITY) -> DamBreak:
    """Return what follows when a dam vanishes, water of two depths on its two sides at rest.

    Args: depth_m: behind the dam, > 0.  below_m: on the bed below, 0 = dry, < depth_m.
    Raises: ValueError: a depth outside its range.
    Source: A. Ritter (1892), Die Fortpflanzung der Wasserwellen, Z. VDI 36:947; J. J. Stoker
    (1957), Water Waves, section 10.8.
    """
    if not 0 < depth_m < inf:
        raise ValueError(f"depth_m is {depth_m}, allowed: > 0 m")
    if not 0 <= below_m < depth_m:
        raise ValueError(f"below_m is {below_m}, allowed: >= 0, < {depth_m} m")
    wave = sqrt(gravity * depth_m)
    critical = 8 / 27 * depth_m * wave
    if below_m == 0:
        return DamBreak(4 / 9 * depth_m, 2 / 3 * wave, critical, 2 * wave)
    low, high = below_m, depth_m
    for _halve in range(200):
        middle = 0.5 * (low + high)
        rarefied = 2 * (wave - sqrt(gravity * middle))
        shocked = (middle - below_m) * sqrt(0.5 * gravity * (1 / middle + 1 / below_m))
        low, high = (middle, high) if shocked < rarefied else (low, middle)
    depth = 0.5 * (low + high)
    speed = 2 * (wave - sqrt(gravity * depth))
    # Faster than its own waves, the constant state has left the dam, where flow is critical.
    flow = critical if speed > sqrt(gravity * depth) else depth * speed
    # The shock's speed by its momentum: by its volume, h u / (h - below), a small one is 0 / 0.
    front = sqrt(0.5 * gravity * depth * (1.0 + depth / below_m))
    return DamBreak(depth, speed, flow, front)
