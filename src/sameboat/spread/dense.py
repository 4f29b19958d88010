"""The little linear algebra that learning needs, compiled.

A library for it splits sums among as many threads as the machine has; their rounding would then
differ from machine to machine, and one sampled step that falls the other way changes a forecast.
Here every sum has one order.  Import inside functions: needs numba.
"""

from math import sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled


@compiled
def covariance(away: Any) -> Any:
    """Return the sample covariance, (size, size), of deviations from the mean, (size, members).

    Source: standard definition, with members - 1.
    """
    size, members = away.shape
    found = np.empty((size, size))
    for row in range(size):
        for column in range(row + 1):
            product = away[row] * away[column]
            found[row, column] = found[column, row] = product.sum() / (members - 1)
    return found


@compiled
def lower_root(square: Any) -> Any:
    """Return L, lower triangular, of L L' = square, which must be positive definite.

    Source: G. H. Golub & C. F. Van Loan (2013), Matrix Computations, section 4.2 (Cholesky).
    """
    size = square.shape[0]
    root = np.zeros((size, size))
    for row in range(size):
        for column in range(row + 1):
            left = square[row, column]
            for k in range(column):
                left -= root[row, k] * root[column, k]
            root[row, column] = sqrt(left) if row == column else left / root[column, column]
    return root


@compiled
def lower_times(root: Any, right: Any) -> Any:
    """Return root @ right; only the lower triangle of `root` is read.

    Source: standard definition.
    """
    size, members = right.shape
    found = np.zeros((size, members))
    for row in range(size):
        for k in range(row + 1):
            factor = root[row, k]
            for member in range(members):
                found[row, member] += factor * right[k, member]
    return found


@compiled
def solve_lower(root: Any, right: Any) -> Any:
    """Return x of root @ x = right, by forward substitution.

    Source: G. H. Golub & C. F. Van Loan (2013), Matrix Computations, section 3.1.
    """
    size, members = right.shape
    found = right.copy()
    for row in range(size):
        for k in range(row):
            factor = root[row, k]
            for member in range(members):
                found[row, member] -= factor * found[k, member]
        for member in range(members):
            found[row, member] /= root[row, row]
    return found
