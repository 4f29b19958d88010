"""The zones around a source: thresholds, and what people call them."""

from collections.abc import Sequence

from sameboat.lib.language import mark as _
from sameboat.spread.inputs import InputReader


def read_zones(reader: InputReader) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Read the inputs `thresholds` and, where given, `threshold_names`, one for each.

    Source: this project, docs/reference/air-release.md, "Zones".
    """
    limits = reader.thresholds()
    given = reader.given.get("threshold_names")
    if given is None:
        return limits, ()
    field = "threshold_names"
    if isinstance(given, str) or not isinstance(given, Sequence):
        reader.fault("not_a_list", field, given, _("is not a list of names."))
        return limits, ()
    for number, name in enumerate(given):
        if not isinstance(name, str) or not name:
            reader.fault("not_text", f"{field}[{number}]", name, _("is not a text."))
        elif name in given[:number]:
            reader.fault("duplicate", f"{field}[{number}]", name, _("stands twice."))
    if limits and len(given) != len(limits):
        reader.fault(
            "wrong_shape", field, len(given), _("is the wrong number of names."),
            allowed=str(len(limits)),
        )  # fmt: skip
    return limits, tuple(str(name) for name in given)
