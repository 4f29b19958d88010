"""Numbers and their changes as people read them in a table."""

from collections.abc import Mapping


def number(value: float | None, unit: str | None = None) -> str:
    """Return a number to three digits without an exponent; with the unit "" it is a share, in %.

    A trace far below every threshold is nothing that a duty officer should read: "0".
    """
    if value is None:
        return "–"
    if unit == "":
        return "< 1%" if 0 < value < 0.01 else f"{value:.0%}"
    if abs(value) < 1e-4:
        return "0"
    # Rounded first: 999.7 is 1,000 and not 1e+03.
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:.3g}"


def change(told: Mapping[str, float | None], unit: str | None = None) -> str:
    """Return a change with its standard error and, in brackets, its 10 to 90 % over the members.

    `unit` "": a share, told in per cent.
    """
    if told["change"] is None:
        return "–"
    if not told["change"] and not told["error"]:
        return number(0.0, unit)
    middle = f"{_signed(told['change'], unit)} ± {number(told['error'], unit)}"
    return f"{middle} ({_signed(told['low'], unit)} … {_signed(told['high'], unit)})"


def _signed(value: float | None, unit: str | None) -> str:
    if value is None:
        return "–"
    text = number(abs(value), unit)
    return text if text in {"0", "0%"} else f"{'+' if value > 0 else '−'}{text}"
