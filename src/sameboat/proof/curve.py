"""Points of the curve under which a signature proves nothing.

Source: RFC 8032, section 5.1; RFC 7748, section 6.1 (why points of small order are refused).
"""

_PRIME = 2**255 - 19


def _small_order() -> frozenset[int]:
    """Return y of the points P with 8P = 0: 1, -1, 0, and the roots of d y^4 + 2 y^2 = 1.

    Under such a "key" one signature fits many texts, and who holds it could deny every one.
    """
    p = _PRIME
    d = -121665 * pow(121666, -1, p) % p
    found = {0, 1, p - 1}
    root = _square_root(1 + d)
    for sign in (1, -1):
        square = (sign * root - 1) * pow(d, -1, p) % p
        y = _square_root(square)
        found |= {y, p - y} if y * y % p == square else set()
    return frozenset(found)


def _square_root(square: int) -> int:
    """Return a root modulo 2^255 - 19, or a number that is none where there is none."""
    p = _PRIME
    root = pow(square, (p + 3) // 8, p)
    return root if root * root % p == square % p else root * pow(2, (p - 1) // 4, p) % p


_SMALL_ORDER = _small_order()


def is_weak(public: bytes) -> bool:
    """Return whether 32 bytes tell a point P with 8P = 0, or one in another than its one form.

    Source: RFC 8032, section 5.1.3.
    """
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return y >= _PRIME or y in _SMALL_ORDER
