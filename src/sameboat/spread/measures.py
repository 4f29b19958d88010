"""Counter-measures as data: one small vocabulary for every hazard."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import inf, isfinite, isnan

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _


@dataclass(frozen=True)
class MeasureKind:
    """One word of the vocabulary: what it does, what it acts on, what its amount may be."""

    says: str  #: marked: an order, as a plan writes it
    acts_on: str  #: marked
    unit: str = ""
    low: float = 0.0
    high: float = inf
    amount: str = "none"  #: none, optional or required
    sets: bool = False  #: whether it says what holds, so that two at once can contradict


MEASURES: dict[str, MeasureKind] = {
    "close_intake": MeasureKind(_("Close an intake"), _("an intake")),
    "close_road": MeasureKind(_("Close a road or link"), _("a link, written a>b")),
    "open_basin": MeasureKind(
        _("Open a detention basin"), _("a basin"), "m3/s", amount="optional", sets=True
    ),
    "set_gate": MeasureKind(
        _("Set the outflow of a gate"), _("a reservoir"), "m3/s", amount="required", sets=True
    ),
    "release_water": MeasureKind(
        _("Release water"), _("a site or reservoir"), "m3/s", amount="required"
    ),
    "contain": MeasureKind(
        _("Hold back what is still to be released"), _("a source"), "", 0.0, 1.0, "required"
    ),
    "restrict_travel": MeasureKind(
        _("Restrict travel"), _("a place, or a link a>b"), "", 0.0, 1.0, "required"
    ),
    "reduce_contacts": MeasureKind(_("Reduce contacts"), _("a place"), "", 0.0, 1.0, "required"),
    "raise_levee": MeasureKind(
        _("Raise the levee"), _("a site or place"), "m", 0.0, 10.0, "required"
    ),
    "shelter": MeasureKind(
        _("Shelter indoors, windows shut"), _("a place"), "", 0.0, 1.0, "required"
    ),
    "repair_first": MeasureKind(_("Repair first"), _("a facility")),
    "add_backup": MeasureKind(
        _("Bring backup supply"), _("a facility"), "h", 0.0, 8760.0, "required"
    ),
}


@dataclass(frozen=True)
class Measure:
    """One counter-measure: what is done, where, from when until when, how much of it."""

    kind: str
    at: str
    from_hours: float = 0.0
    until_hours: float = inf
    amount: float | None = None


def check_measures(
    measures: Iterable[Measure],
    *,
    kinds: Collection[str],
    at: Collection[str] | None = None,
) -> tuple[Measure, ...]:
    """Return the measures if the model understands each of them.

    Args: kinds: those the model understands.  at: what it knows by name; None: anything.
    Raises: FaultyInput: every fault, by the number of the measure and its field.
    Source: this project, docs/reference/options.md, "The vocabulary".
    """
    found = tuple(measures)
    faults: list[Fault] = []
    for number, each in enumerate(found):
        faults += _faults(each, f"measures[{number}]", kinds, at)
    if not faults:
        faults = _contradictions(found)
    if faults:
        raise FaultyInput(faults)
    return found


def _faults(
    each: Measure, field: str, kinds: Collection[str], at: Collection[str] | None
) -> list[Fault]:
    if each.kind not in kinds:
        return [
            Fault(
                "unknown_measure", _("is no counter-measure that this model understands."),
                field=f"{field}.kind", value=each.kind, allowed=", ".join(sorted(kinds)),
            )
        ]  # fmt: skip
    faults: list[Fault] = []
    kind = MEASURES[each.kind]
    if at is not None and each.at not in at:
        faults.append(
            Fault(
                "unknown_target", _("is not known to this model."), field=f"{field}.at",
                value=each.at, allowed=", ".join(sorted(at)[:12]),
            )
        )  # fmt: skip
    if not (isfinite(each.from_hours) and each.from_hours >= 0):
        faults.append(_range(f"{field}.from_hours", each.from_hours, ">= 0 h"))
    if isnan(each.until_hours) or each.until_hours <= each.from_hours:
        faults.append(
            Fault(
                "order", _("does not come after the beginning."), field=f"{field}.until_hours",
                value=each.until_hours, allowed=f"> {each.from_hours:g} h",
            )
        )  # fmt: skip
    range_ = f">= {kind.low:g}" if kind.high == inf else f"{kind.low:g} … {kind.high:g}"
    limits = f"{range_} {kind.unit}".strip()
    if each.amount is None:
        if kind.amount == "required":
            faults.append(Fault("empty", _("is missing."), field=f"{field}.amount", allowed=limits))
    elif kind.amount == "none":
        faults.append(
            Fault(
                "unknown_field", _("has no meaning for this counter-measure."),
                field=f"{field}.amount", value=each.amount, next_step=_("Leave it out."),
            )
        )  # fmt: skip
    elif not (isfinite(each.amount) and kind.low <= each.amount <= kind.high):
        faults.append(_range(f"{field}.amount", each.amount, limits))
    return faults


def _contradictions(measures: tuple[Measure, ...]) -> list[Fault]:
    """Return those that order one thing to be two ways at once: the last would win unheard."""
    return [
        Fault(
            "contradiction",
            _("contradicts an earlier order for {at}, from hour {first} to {last}."),
            field=f"measures[{number}].amount", value=each.amount,
            next_step=_("Let one end before the other begins, or take one out."),
            facts={
                "at": each.at,
                "first": f"{max(each.from_hours, other.from_hours):g}",
                "last": f"{min(each.until_hours, other.until_hours):g}",
            },
        )
        for number, each in enumerate(measures)
        for other in measures[:number]
        if MEASURES[each.kind].sets
        and (each.kind, each.at) == (other.kind, other.at)
        and each.amount != other.amount
        and each.from_hours < other.until_hours
        and other.from_hours < each.until_hours
    ]  # fmt: skip


def _range(field: str, value: float, allowed: str) -> Fault:
    return Fault(
        "out_of_range", _("lies outside its range."), field=field, value=value, allowed=allowed
    )
