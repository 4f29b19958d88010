"""Which of the three cross-border cases a footprint is."""

from collections.abc import Mapping

from sameboat.lib.codes import prefecture_of

#: From this probability on, a place counts as reached.
COUNTS_FROM = 0.1
_MUNICIPALITIES = {"11", "12", "31", "50"}


def case_of(*, moves: str, origin: str, p_reached: Mapping[str, float]) -> str:
    """Return "I", "II", "III" or "none" for a hazard that `travels` or `stays`.

    Args: origin: place code where the hazard is.  p_reached: place code -> probability in [0, 1]
        that it is reached; places below a prefecture count for their prefecture, provinces (which
        are unions of prefectures) are passed over.
    Returns: none = only the origin or nobody; I = it travels and reaches another prefecture;
        II = it stays, and harms its origin and others; III = it stays, and harms only others.
    Raises: ValueError: `moves` is neither "travels" nor "stays".
    Source: this project, docs/reference/river-pollutant.md, "The case".
    """
    if moves not in {"travels", "stays"}:
        raise ValueError(f"moves is {moves!r}, allowed: travels, stays")
    reached = {
        prefecture_of(code)
        for code, probability in p_reached.items()
        if probability >= COUNTS_FROM and not _is_province(code)
    }
    home = prefecture_of(origin)
    if not reached - {home}:
        return "none"
    if moves == "travels":
        return "I"
    return "II" if home in reached else "III"


def _is_province(code: str) -> bool:
    return code.startswith("cn:") and code.endswith("0000") and code[3:5] not in _MUNICIPALITIES
