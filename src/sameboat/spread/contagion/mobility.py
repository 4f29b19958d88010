"""Who spends their days where: shares of each place's residents, from data or from a law.

A share matrix has a row for each home and a column for each place that is visited.  Its diagonal
is the part that stays; the rest is kept here, for the models multiply it by an uncertain factor.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Rows may miss one by this much: shares are printed with six digits.
ROUNDING = 1e-5
#: Above this part of all pairs, a table of all pairs is quicker than a list of links.
_DENSE = 0.15
_EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Mobility:
    """Shares of the residents who are away, by home and place, in both orders.

    Either `there` and `back` (places, places), float32, of which one is the other's transpose, or,
    where few places are linked, lists of links: row starts, columns and shares of each.
    """

    places: int
    there: NDArray[np.float32]
    back: NDArray[np.float32]
    there_list: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
    back_list: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]

    @property
    def dense(self) -> bool:
        """Return whether all pairs are kept."""
        return len(self.there) == self.places

    @property
    def links(self) -> int:
        """Number of pairs with traffic between them."""
        return int(np.count_nonzero(self.there)) if self.dense else len(self.there_list[1])

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
        """Return homes, places visited and shares of all links, (links,) each."""
        if self.dense:
            home, away = np.nonzero(self.there)
            return home, away, self.there[home, away].astype(np.float64)
        start, away_, share = self.there_list
        home = np.repeat(np.arange(self.places), np.diff(start))
        return home, away_.astype(np.int64), share.astype(np.float64)

    def away(self) -> Array:
        """Return the share of each place's residents who are away, (places,)."""
        home, _away, share = self.pairs()
        found: Array = np.bincount(home, share, self.places).astype(np.float64)
        return found

    def scaled(
        self, home: Array, visited: Array, links: dict[tuple[int, int], float]
    ) -> "Mobility":
        """Return the shares times a factor of the home, of the place visited and of some links."""
        row, column, share = self.pairs()
        share = share * home[row] * visited[column]
        for (one, other), factor in links.items():
            share[(row == one) & (column == other)] *= factor
        return mobility_of(self.places, row, column, share, dense=self.dense)


def mobility_of(
    places: int, home: NDArray[np.int64], away: NDArray[np.int64], share: Array,
    *, dense: bool | None = None,
) -> Mobility:  # fmt: skip
    """Return the mobility of a list of links; those from a place to itself are left out.

    Args: dense: whether to keep a table of all pairs; None: where that is quicker.
    Source: this project, docs/reference/epidemic.md, "Mobility".
    """
    kept = (share > 0) & (home != away)
    home, away, share = home[kept], away[kept], share[kept]
    none = np.zeros((0, 0), np.float32)
    if dense or (dense is None and len(share) > _DENSE * places * places):
        there = np.zeros((places, places), np.float32)
        there[home, away] = share
        empty = _rows(places, home[:0], away[:0], share[:0])
        return Mobility(places, there, np.ascontiguousarray(there.T), empty, empty)
    return Mobility(
        places, none, none, _rows(places, home, away, share), _rows(places, away, home, share)
    )


def _rows(
    places: int, row: NDArray[np.int64], column: NDArray[np.int64], share: Array
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    order = np.lexsort((column, row))
    start = np.zeros(places + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=places), out=start[1:])
    return start, column[order].astype(np.int32), share[order].astype(np.float32)


def from_shares(shares: Array) -> Mobility:
    """Return the mobility of a whole share matrix, (places, places), diagonal included.

    Raises: ValueError: not square, a share outside [0, 1], or a row that does not sum to one.
    Source: this project, docs/reference/epidemic.md, "Mobility".
    """
    if shares.ndim != 2 or shares.shape[0] != shares.shape[1]:
        raise ValueError(f"shares has shape {shares.shape}, allowed: one row and column a place")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError("a share lies outside its range, allowed: 0 … 1")
    away = np.abs(shares.sum(axis=1) - 1)
    if away.max() > ROUNDING:
        row = int(away.argmax())
        raise ValueError(f"row {row} sums to {shares[row].sum():.6g}, allowed: 1")
    home, there = np.nonzero(shares)
    return mobility_of(len(shares), home, there, shares[home, there])


def great_circle_km(longitude: Array, latitude: Array) -> Array:
    """Return the distances of all pairs of places, km, (places, places).

    Args: longitude, latitude: degrees, (places,).
    Source: R. W. Sinnott (1984), Virtues of the haversine, Sky & Telescope 68:159.
    """
    lon, lat = np.radians(longitude), np.radians(latitude)
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    found: Array = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return found


def gravity_shares(
    residents: Array, distance_km: Array, *, exponent: float = 2.0, attraction: float = 1.0,
    offset_km: float = 0.0,
) -> Array:  # fmt: skip
    """Return where those who leave a place go, rows sum to one, diagonal zero.

    P(j | i) is proportional to N_j^attraction / (d_ij + offset)^exponent.
    Args: residents: (places,), > 0.  distance_km: (places, places), with the offset > 0 between
        any two.  exponent, attraction, offset_km: >= 0.
    Raises: ValueError: a number lies outside its range; two places lie on one point.
    Source: G. K. Zipf (1946), The P1 P2 / D hypothesis, Am. Sociol. Rev. 11:677; A. G. Wilson
    (1971), A family of spatial interaction models, Environ. Plan. 3:1 (constrained at the origin).
    """
    if min(exponent, attraction, offset_km) < 0 or not (residents > 0).all():
        raise ValueError("exponent, attraction, offset_km: allowed >= 0; residents: allowed > 0")
    apart = distance_km + offset_km
    np.fill_diagonal(apart, 1.0)
    if not (apart > 0).all():
        raise ValueError("two places lie on one point, allowed: distance_km + offset_km > 0")
    # Logarithms: populations to a power would overflow long before their ratios do.
    pull = attraction * np.log(residents) - exponent * np.log(apart)
    np.fill_diagonal(pull, -np.inf)
    return _by_row(np.exp(pull - pull.max(axis=1, keepdims=True)))


def radiation_shares(residents: Array, distance_km: Array) -> Array:
    """Return where those who leave a place go, rows sum to one, diagonal zero.

    P(j | i) is proportional to m n / ((m + s)(m + n + s)): m lives at i, n at j, and s within
    the distance d_ij of i, both left out.  In a finite country the shares of a row sum to
    1 - m / M; like Masucci et al. we divide by that.
    Args: residents: (places,), > 0.  distance_km: (places, places).
    Raises: ValueError: a place without residents.
    Source: F. Simini, M. C. González, A. Maritan & A.-L. Barabási (2012), A universal model for
    mobility and migration patterns, Nature 484:96, eq 2; A. P. Masucci, J. Serras, A. Johansson &
    M. Batty (2013), Gravity versus radiation models, Phys. Rev. E 88:022812.
    """
    if not (residents > 0).all():
        raise ValueError("residents: allowed > 0")
    found = np.zeros(distance_km.shape)
    for home, m in enumerate(residents):
        order = np.argsort(distance_km[home], kind="stable")
        order = order[order != home]
        apart, n = distance_km[home][order], residents[order]
        # Those at the same distance lie inside each other's circle.
        inside = np.cumsum(n)[np.searchsorted(apart, apart, side="right") - 1] - n
        found[home, order] = m * n / ((m + inside) * (m + n + inside))
    return _by_row(found)


def balanced(share: Array, residents: Array) -> Array:
    """Return shares by which as many go as come between any two places, (places, places).

    Where travellers stay, places would otherwise fill and empty: N_i w_ij = N_j w_ji is made so
    by the mean of both.
    Source: V. Colizza & A. Vespignani (2008), Epidemic modeling in metapopulation systems with
    heterogeneous coupling pattern, J. Theor. Biol. 251:450 (symmetric traffic).
    """
    flow = share * residents[:, None]
    found: Array = 0.5 * (flow + flow.T) / residents[:, None]
    return found


def _by_row(found: Array) -> Array:
    total = found.sum(axis=1, keepdims=True)
    share: Array = np.divide(found, total, out=np.zeros_like(found), where=total > 0)
    return share
