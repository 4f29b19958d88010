"""The loops of the epidemic, compiled: some members, from one day on to another.

Every sum of a member runs in one order, whatever members lie beside it, so that its numbers do not
depend on how members are cut into pieces.  Import inside functions: needs numba.

Arrays: `people` (kinds, members, places), int32: susceptible, exposed, infectious, recovered,
infected so far, reported so far, fallen ill in this step, and then those who are still to be
reported, by stage.
"""

from math import log1p
from typing import Any, NamedTuple

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.contagion.random import binomial, leaving, place_key, risk, step_key

S, E, I, R, HIT, TOLD, ILL, WAIT = range(8)  # noqa: E741
#: Kinds of chance at one place in one step: those of the states, of the stages of a report, and,
#: for each state, who leaves, who of them travels, and where to.
INFECTED, SICK, HEALED, SEEN, STAGE, OUT, TRAVELS, SHARED = 0, 1, 2, 3, 4, 16, 20, 24


class Links(NamedTuple):
    """Shares of a mobility, one way: a table of all pairs, or row starts, columns, values."""

    table: Any
    start: Any
    column: Any
    share: Any


class Ground(NamedTuple):
    """What holds between two changes of the counter-measures, by place."""

    there: Links
    back: Links
    residents: Any  #: float64
    contact: Any  #: part of the usual contacts
    gate: Any  #: part of the usual travel, in and out
    away: Any  #: share of the residents who travel, before each member's factor
    arriving: Any  #: visitors less residents who are away, before each member's factor


class Chances(NamedTuple):
    """What is a member's own, (members,)."""

    stream: Any
    infect: Any  #: expected infections by one infectious person in one step, all susceptible
    sicken: Any  #: rate in one step at which exposed people become infectious
    heal: Any  #: rate in one step at which infectious people recover
    report: Any  #: probability to be reported at all
    advance: Any  #: rate in one step to leave one stage of the way to a report
    mobility: Any


class Seeds(NamedTuple):
    """Who brings the infection: step, place, kind (E or I), and persons, (seeds, members)."""

    step: Any
    place: Any
    kind: Any
    persons: Any


class Tally(NamedTuple):
    """What is kept of the course: `peak` (members, places) or (members, 0) where nobody asks."""

    watched: int
    needs: Any  #: persons, (thresholds, places)
    arrival: Any  #: hours, (thresholds, members, places), and so for the next two
    cleared: Any
    duration: Any
    peak: Any
    peak_step: Any
    rows: Any  #: places whose course is kept
    slot: Any  #: where the state of each step is kept in `course`, (steps + 1,); -1: nowhere
    course: Any  #: (rows, slots, members)
    lost: Any  #: persons not accounted for, (members,); empty: nobody asks


@compiled
def multiply(left: Any, links: Any, found: Any) -> None:
    """Write left @ shares into `found`, both (members, places), float32.

    Eight rows are added at a time, in one order of additions for each member; whole rows, for a
    table that is read from end to end comes fastest from memory.
    Source: K. Goto & R. A. van de Geijn (2008), Anatomy of high-performance matrix
    multiplication, ACM Trans. Math. Softw. 34:12 (the rows stay in the second cache).
    """
    members, places = left.shape
    for member in range(members):
        for column in range(places):
            found[member, column] = 0.0
    if links.table.shape[0] != places:
        _multiply_list(left, links.start, links.column, links.share, found)
        return
    table = links.table
    whole = places - places % 8
    for row in range(0, whole, 8):
        a, b, c, d = table[row], table[row + 1], table[row + 2], table[row + 3]
        e, f, g, h = table[row + 4], table[row + 5], table[row + 6], table[row + 7]
        for member in range(members):
            given, out = left[member, row : row + 8], found[member]
            if not given.any():
                continue
            s, t, u, v = given[0], given[1], given[2], given[3]
            w, x, y, z = given[4], given[5], given[6], given[7]
            for k in range(places):
                near = (a[k] * s + b[k] * t) + (c[k] * u + d[k] * v)
                out[k] += near + ((e[k] * w + f[k] * x) + (g[k] * y + h[k] * z))
    for row in range(whole, places):
        a = table[row]
        for member in range(members):
            value, out = left[member, row], found[member]
            if value != 0:
                for k in range(places):
                    out[k] += a[k] * value


@compiled
def _multiply_list(left: Any, start: Any, column: Any, share: Any, found: Any) -> None:
    members, places = left.shape
    for row in range(places):
        for member in range(members):
            value = left[member, row]
            if value != 0:
                for link in range(start[row], start[row + 1]):
                    found[member, column[link]] += share[link] * value


@compiled
def commute(
    people: Any, ground: Any, chances: Any, seeds: Any, tally: Any, first: int, last: int,
    hours: float,
) -> None:  # fmt: skip
    """Carry members through the steps first … last, travellers returning home each day.

    The force of infection on the residents of i is sum_j M_ij b_j sum_k M_kj I_k / sum_k M_kj N_k
    with M_ij = m gate_i F_ij gate_j, the rest of each row staying at home.
    Args: as the classes above; `hours` in one step.
    Source: D. Balcan et al. (2009), Multiscale mobility networks and the spatial spreading of
    infectious diseases, PNAS 106:21484 (commuting folded into the force of infection); L. J. S.
    Allen (2008), Mathematical Epidemiology, LNM 1945 (chain binomial).
    """
    members, places = people.shape[1], people.shape[2]
    moving = np.empty((members, places), np.float32)
    mixed = np.empty((members, places), np.float32)
    press = np.empty((members, places), np.float32)
    contact, gate, away = ground.contact, ground.gate, ground.away
    residents, arriving = ground.residents, ground.arriving
    for step in range(first, last):
        _arrive(people, seeds, step)
        _keep_course(people, tally, step)
        for member in range(members):
            _count(people[tally.watched, member], tally, member, step, hours)
            for place in range(places):
                moving[member, place] = people[I, member, place] * gate[place]
        multiply(moving, ground.there, mixed)
        for member in range(members):
            factor, infect = chances.mobility[member], chances.infect[member]
            for place in range(places):
                stay = 1.0 - factor * away[place]
                sick = stay * people[I, member, place]
                sick += factor * gate[place] * mixed[member, place]
                present = max(residents[place] + factor * arriving[place], 1e-9)
                press[member, place] = infect * contact[place] * sick / present
                moving[member, place] = press[member, place] * gate[place]
        multiply(moving, ground.back, mixed)
        for member in range(members):
            factor = chances.mobility[member]
            for place in range(places):
                stay = 1.0 - factor * away[place]
                own = stay * press[member, place]
                press[member, place] = own + factor * gate[place] * mixed[member, place]
            key = step_key(chances.stream[member], step)
            mine = people[:, member]
            _change(mine, press[member], chances.sicken[member], chances.heal[member], key)
            if people.shape[0] > WAIT:
                _report(mine, chances.report[member], chances.advance[member], key)
            if len(tally.lost):
                tally.lost[member] += _missing(mine, residents)


@compiled
def _arrive(people: Any, seeds: Any, step: int) -> None:
    for row in range(len(seeds.step)):
        if seeds.step[row] == step:
            place, kind = seeds.place[row], seeds.kind[row]
            for member in range(people.shape[1]):
                number = min(seeds.persons[row, member], people[S, member, place])
                people[S, member, place] -= number
                people[kind, member, place] += number
                people[HIT, member, place] += number


@compiled
def _change(mine: Any, force: Any, sicken: float, heal: float, key: Any) -> None:
    """One step of one member: infection, the end of latency, recovery.

    Those who fall ill are left in the row ILL, for the reports.
    """
    susceptible, exposed, infectious, recovered = mine[S], mine[E], mine[I], mine[R]
    hit, ill = mine[HIT], mine[ILL]
    sick, well = risk(sicken), risk(heal)
    for place in range(len(force)):
        fresh, ready, healed = 0, 0, 0
        if force[place] > 0.0 and susceptible[place] > 0:
            fresh = leaving(susceptible[place], force[place], place_key(key, place, INFECTED))
        if exposed[place] > 0:
            ready = binomial(exposed[place], sick, -sicken, place_key(key, place, SICK))
        if infectious[place] > 0:
            healed = binomial(infectious[place], well, -heal, place_key(key, place, HEALED))
        susceptible[place] -= fresh
        exposed[place] += fresh - ready
        infectious[place] += ready - healed
        recovered[place] += healed
        hit[place] += fresh
        ill[place] = ready


@compiled
def _report(mine: Any, share: float, advance: float, key: Any) -> None:
    """Move those on their way to a report one step on; the last stage is the report."""
    unseen, onward = log1p(-share), risk(advance)
    for place in range(mine.shape[1]):
        entering = 0
        if mine[ILL, place] > 0:
            seen = place_key(key, place, SEEN)
            entering = binomial(mine[ILL, place], share, unseen, seen)
        for stage in range(WAIT, mine.shape[0]):
            waiting = mine[stage, place]
            going = 0
            if waiting > 0:
                name = place_key(key, place, STAGE + stage - WAIT)
                going = binomial(waiting, onward, -advance, name)
            mine[stage, place] = waiting + entering - going
            entering = going
        mine[TOLD, place] += entering


@compiled
def _missing(mine: Any, residents: Any) -> int:
    """Return the persons of one member that are not accounted for, or counted below nobody."""
    found = 0
    for place in range(mine.shape[1]):
        there = mine[S, place] + mine[E, place] + mine[I, place] + mine[R, place]
        found += abs(there - np.int64(residents[place]))
        least = min(min(mine[S, place], mine[E, place]), min(mine[I, place], mine[R, place]))
        found += max(-least, 0)
    return found


@compiled
def _count(value: Any, tally: Any, member: int, step: int, hours: float) -> None:
    """Note the state of one member at the beginning of a step."""
    peak, peak_step, needs = tally.peak[member], tally.peak_step[member], tally.needs
    for place in range(len(peak)):
        if value[place] > peak[place]:
            peak[place] = value[place]
            peak_step[place] = step
    for level in range(needs.shape[0]):
        arrival, cleared = tally.arrival[level, member], tally.cleared[level, member]
        duration = tally.duration[level, member]
        for place in range(len(value)):
            if value[place] >= needs[level, place]:
                if np.isnan(arrival[place]):
                    arrival[place] = step * hours
                cleared[place] = np.inf
                duration[place] += hours
            elif cleared[place] == np.inf:
                cleared[place] = step * hours


@compiled
def _keep_course(people: Any, tally: Any, step: int) -> None:
    """Keep the state of some places at the beginning of a step, if it is asked for."""
    slot = tally.slot[step]
    for row in range(len(tally.rows) if slot >= 0 else 0):
        for member in range(people.shape[1]):
            tally.course[row, slot, member] = people[tally.watched, member, tally.rows[row]]


@compiled
def close(people: Any, seeds: Any, tally: Any, step: int, hours: float) -> None:
    """Note the state at the horizon; the time after it counts for nobody.

    Source: this project, docs/reference/epidemic.md, "Numbers".
    """
    _arrive(people, seeds, step)
    _keep_course(people, tally, step)
    for member in range(people.shape[1]):
        value = people[tally.watched, member]
        _count(value, tally, member, step, hours)
        for level in range(tally.needs.shape[0]):
            for place in range(people.shape[2]):
                if value[place] >= tally.needs[level, place]:
                    tally.duration[level, member, place] -= hours


@compiled
def travel(
    people: Any, ground: Any, chances: Any, seeds: Any, tally: Any, first: int, last: int,
    hours: float,
) -> None:  # fmt: skip
    """Carry members through the steps first … last, travellers moving for good.

    In each step a person leaves her state or her place, not both: one multinomial of the competing
    exits; travellers are then shared among the links by conditional binomials.
    Args: as the classes above; `hours` in one step; shares are per day.
    Source: D. Balcan et al. (2009), PNAS 106:21484 (explicit travel); L. J. S.
    Allen (2008), Mathematical Epidemiology, LNM 1945.
    """
    members, places = people.shape[1], people.shape[2]
    before = np.zeros(members, np.int64)
    arriving = np.zeros((4, places), np.int64)
    for step in range(first, last):
        _arrive(people, seeds, step)
        _keep_course(people, tally, step)
        for member in range(members):
            before[member] = people[S : R + 1, member].sum()
            key = step_key(chances.stream[member], step)
            factor = chances.mobility[member] * hours / 24.0
            arriving[:] = 0
            _count(people[tally.watched, member], tally, member, step, hours)
            for place in range(places):
                here = 0
                for kind in range(4):
                    here += people[kind, member, place]
                sick = people[I, member, place]
                force = 0.0
                if here > 0:
                    force = chances.infect[member] * ground.contact[place] * sick / here
                leave = factor * ground.away[place]
                _exits(people, ground, chances, member, place, key, force, leave, arriving)
            for kind in range(4):
                for place in range(places):
                    people[kind, member, place] += arriving[kind, place]
            if people.shape[0] > WAIT:
                _report(people[:, member], chances.report[member], chances.advance[member], key)
            if len(tally.lost):
                tally.lost[member] += abs(people[S : R + 1, member].sum() - before[member])


@compiled
def _exits(
    people: Any, ground: Any, chances: Any, member: int, place: int, key: Any, force: float,
    leave: float, arriving: Any,
) -> None:  # fmt: skip
    """Let the residents of one place change state or leave; note who arrives elsewhere."""
    rate = (force, chances.sicken[member], chances.heal[member], 0.0)
    moved = np.zeros(4, np.int64)
    for kind in range(4):
        total = rate[kind] + leave
        if people[kind, member, place] == 0 or total <= 0.0:
            continue
        out = leaving(people[kind, member, place], total, place_key(key, place, OUT + kind))
        part = rate[kind] / total
        moved[kind] = binomial(out, part, log1p(-part), place_key(key, place, TRAVELS + kind))
        going = out - moved[kind]
        people[kind, member, place] -= out
        if going > 0:
            _share(going, ground, place, place_key(key, place, SHARED + kind), kind, arriving)
    people[E, member, place] += moved[S]
    people[I, member, place] += moved[E]
    people[R, member, place] += moved[I]
    people[HIT, member, place] += moved[S]
    people[ILL, member, place] = moved[E]


@compiled
def _share(going: int, ground: Any, place: int, key: Any, kind: int, arriving: Any) -> None:
    """Share travellers among the places they go to, in proportion to the links' shares."""
    table, start = ground.there.table, ground.there.start
    dense = table.shape[0] > 0
    links = table.shape[1] if dense else start[place + 1] - start[place]
    left = ground.away[place] / ground.gate[place]
    for link in range(links):
        if going <= 0:
            return
        if dense:
            to, share = link, table[place, link]
        else:
            to = ground.there.column[start[place] + link]
            share = ground.there.share[start[place] + link]
        share *= ground.gate[to]
        if share > 0.0:
            part = min(share / left, 1.0)
            number = binomial(going, part, log1p(-part), place_key(key, link, 0))
            arriving[kind, to] += number
            going -= number
            left -= share
    # What rounding leaves of the last share belongs to nobody else: they stay.
    arriving[kind, place] += going
