"""Codes that a telephone reads from paper."""

from functools import lru_cache

import qrcode


@lru_cache(maxsize=256)
def qr_path(text: str) -> tuple[int, str]:
    """Return the size of the square and the SVG path of its dark modules."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return len(matrix), path
