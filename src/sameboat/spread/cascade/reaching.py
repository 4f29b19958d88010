"""A fault that jumps from node to node with a chance at each link, 64 members at a time, compiled.

A bit of a word is a member.  Whether a link lets the fault pass in a member is a function of the
member's stream and the link's number alone, so no member depends on those beside it.
Import this module inside the functions that use it: it needs numba.
"""

from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled

_ONE, _ZERO = np.uint64(1), np.uint64(0)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BY_30, _BY_27, _BY_31, _BY_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_KIND = np.uint64(48)
_UNIT = 1.0 / 2.0**53
#: Round of a node that is never reached.
NEVER = np.uint16(65535)
#: The number of a word's only bit, found by multiplying (Leiserson, Prokop & Randall 1998).
_SEQUENCE, _BY_58 = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
_NUMBER = np.zeros(64, np.int64)
for _bit in range(64):
    _NUMBER[((0x03F79D71B4CB0A89 << _bit) & (2**64 - 1)) >> 58] = _bit


@compiled
def number_at(stream: Any, index: Any) -> Any:
    """Return the 64 random bits of a stream at an index.

    Source: G. L. Steele, D. Lea & C. H. Flood (2014), Fast splittable pseudorandom number
    generators, OOPSLA '14 (SplitMix64: state = seed + index x golden gamma, then mixed).
    """
    value = stream + index * _GOLDEN
    value = (value ^ (value >> _BY_30)) * _FIRST
    value = (value ^ (value >> _BY_27)) * _SECOND
    return value ^ (value >> _BY_31)


@compiled
def chances(streams: Any, kind: int, rows: int) -> Any:
    """Return uniform numbers in [0, 1), (rows, members), by (stream, kind, row).

    Args: kind: 1 or more; 0 is that of links.
    Source: Steele, Lea & Flood (2014), as `number_at`.
    """
    found = np.empty((rows, streams.shape[0]))
    for row in range(rows):
        index = (np.uint64(kind) << _KIND) + np.uint64(row)
        for member in range(streams.shape[0]):
            found[row, member] = (
                float(np.int64(number_at(streams[member], index) >> _BY_11)) * _UNIT
            )
    return found


@compiled
def _open(windows: Any, link: int, time: Any, asked: Any) -> Any:
    """Return those of the members asked in which a link is not cut at their time."""
    left = asked
    for member in range(64):
        if windows[link, 0] <= time[member] < windows[link, 1]:
            left &= ~(_ONE << np.uint64(member))
    return left


@compiled
def _note(found: Any, node: int, fresh: Any, round_: Any, first: int) -> None:
    rest = fresh
    while rest != _ZERO:
        bit = rest & (~rest + _ONE)
        rest ^= bit
        found[node, first + _NUMBER[(bit * _SEQUENCE) >> _BY_58]] = round_


@compiled
def _try_links(
    out: Any, taker: Any, chance: Any, windows: Any, cut: Any, streams: Any, factor: Any,
    time: Any, now: Any, later: Any, has: Any, fresh: Any, coming: Any,
) -> int:  # fmt: skip
    """Try each link of the nodes of this round once; return how many nodes `later` holds."""
    more = 0
    for node in now:
        for link in range(out[node], out[node + 1]):
            to = taker[link]
            asked = fresh[node] & ~has[to] & ~coming[to]
            if cut[link]:
                asked = _open(windows, link, time, asked)
            passing, rest = _ZERO, asked
            while rest != _ZERO:
                bit = rest & (~rest + _ONE)
                rest ^= bit
                member = _NUMBER[(bit * _SEQUENCE) >> _BY_58]
                come = number_at(streams[member], np.uint64(link)) >> _BY_11
                if float(np.int64(come)) * _UNIT < chance[link] * factor[member]:
                    passing |= bit
            if passing != _ZERO:
                if coming[to] == _ZERO:
                    later[more] = to
                    more += 1
                coming[to] |= passing
    return more


@compiled
def reach_word(
    out: Any, taker: Any, chance: Any, windows: Any, cut: Any, start: Any, streams: Any,
    factor: Any, delay: Any, began: float, found: Any, first: int, members: int,
) -> None:  # fmt: skip
    """Write the round in which each node is reached in up to 64 members.

    Args: out (nodes + 1,), taker, chance (links,): links by the node they come from, and the
        probability of each to let pass, times `factor` (64,).  windows: (links, 2) hours from
        and until when a link is cut; cut: (links,) whether it is at all.  start: nodes that have
        the fault first.  streams, delay: (64,), hours of a round, the first at `began`.  found:
        (nodes, all members), filled with NEVER, changed from column `first` on.
    Source: D. Kempe, J. Kleinberg & E. Tardos (2003), Maximizing the spread of influence through
    a social network, KDD '03, section 2 (independent cascade as reachability by live links).
    """
    nodes = out.shape[0] - 1
    has, fresh = np.zeros(nodes, np.uint64), np.zeros(nodes, np.uint64)
    coming = np.zeros(nodes, np.uint64)
    now, later = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    everyone = ~_ZERO >> np.uint64(64 - members)
    size, time = 0, np.empty(64)
    for node in start:
        if has[node] == _ZERO:
            has[node] = fresh[node] = everyone
            now[size] = node
            size += 1
            _note(found, node, everyone, np.uint16(0), first)
    round_ = 0
    while size > 0 and round_ < 65534:
        for member in range(64):
            time[member] = began + round_ * delay[member]
        round_ += 1
        more = _try_links(
            out, taker, chance, windows, cut, streams, factor, time, now[:size], later, has, fresh,
            coming,
        )  # fmt: skip
        for place in range(size):
            fresh[now[place]] = _ZERO
        for place in range(more):
            node = later[place]
            fresh[node] = coming[node]
            has[node] |= coming[node]
            coming[node] = _ZERO
            _note(found, node, fresh[node], np.uint16(round_), first)
        now, later = later, now
        size = more
