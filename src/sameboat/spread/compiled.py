"""Compiles a function to machine code.  Import inside the functions that use it: needs numba."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return the function compiled, cached on disk, and free of the interpreter's lock.

    Source: S. K. Lam, A. Pitrou & S. Seibert (2015), Numba: a LLVM-based Python JIT compiler,
    LLVM-HPC '15.
    """
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """Return the function compiled into whatever compiled function calls it, whatever its length.

    A loop fills a processor's lanes only where all that it calls is part of it.
    Source: as `compiled`.
    """
    made = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)(function)
    return cast(F, made)
