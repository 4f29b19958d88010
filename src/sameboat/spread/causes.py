"""Why a target suffers: the chain of consequences, read back in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _
from sameboat.spread.compound import Chain, Rule, Traced
from sameboat.spread.draws import Draws
from sameboat.spread.summary import Band, quantile_bands

Array = NDArray[np.float64]
#: A cause in fewer of the members than this is not told.
LEAST = 0.01
_TARGET = _("{name}: {part} of the members, from {hours}")
_RULE = _("because {name} exceeds {above} {unit}: {part}, from {hours}")
_INSIDE = _("because of {name}: {part}, from {hours}")
#: What the labels of flood levels are called.
_LEVELS = {
    "warning": _("warning level"), "alert": _("alert level"), "danger": _("danger level"),
}  # fmt: skip
_HOURS = _("hour {p50} ({p10} to {p90})")
_NEVER = _("no hour")


@dataclass(frozen=True)
class Link:
    """One step of a chain of consequences, with what led to it.

    `part`: of all members in which this step was taken and led on.  `hours`: when.
    """

    stage: str
    what: str  #: target or event
    says: str  #: marked template
    part: float
    hours: Band
    facts: Mapping[str, Any] = field(default_factory=dict)
    because: tuple["Link", ...] = ()

    def in_language(
        self, language: str, names: Mapping[str, Mapping[str, str]] | None = None
    ) -> list[str]:
        """Return the chain as lines of words, indented by two spaces a step.

        Args: names: target or event -> name by language; without one, the key is shown.
        """
        known = (names or {}).get(self.what)
        above = str(self.facts.get("above", ""))
        facts = {
            **self.facts,
            "name": choose(known, language) if known else self.what,
            "above": translate(_LEVELS.get(above, ""), language) or above,
            "part": f"{self.part:.0%}",
            "hours": _hours(self.hours, language),
        }
        said = translate(self.says, language).format(**facts)
        lines = [said.replace(" :", ":").replace(" ：", "：")]
        for each in self.because:
            lines += [f"  {line}" for line in each.in_language(language, names)]
        return lines


def explain(
    chain: Chain,
    draws: Draws,
    stage: str,
    target: str,
    *,
    threshold: int = 0,
    traced: Traced | None = None,
) -> Link:
    """Return the chain of consequences that leads to a target of a stage.

    Args: threshold: of that stage, by position.  traced: a run of these draws, if at hand.
    Raises: KeyError: the chain has no such stage, or the stage no such target.
    Source: this project, docs/reference/compound.md, "Why".
    """
    run = traced or chain.trace(draws)
    footprint = run.footprints[stage]
    arrival = footprint.arrival_hours[footprint.index(target), threshold].astype(np.float64)
    return Link(
        stage, target, _TARGET, float(np.isfinite(arrival).mean()), _band(arrival),
        because=_causes(chain, draws, run, stage, target, arrival, (stage,)),
    )  # fmt: skip


def _causes(
    chain: Chain,
    draws: Draws,
    run: Traced,
    stage: str,
    target: str,
    when: Array,
    path: tuple[str, ...],
) -> tuple[Link, ...]:
    problem = dict(chain.stages)[stage]
    own = chain.draws_of(draws, stage, run.events)
    found: list[Link] = []
    inside = problem.causes(own, target)
    named = {each.what for each in inside}
    for each in inside:
        led = _led(each.hours, when)
        found.append(
            Link(
                stage, each.what, _INSIDE, float(np.isfinite(led).mean()), _band(led),
                because=_by_rules(chain, draws, run, stage, each.what, led, path),
            )
        )  # fmt: skip
    if not inside:
        found += _by_rules(chain, draws, run, stage, None, when, path)
    else:
        events = {rule.event for rule in chain.rules if rule.then == stage}
        # Sorted: the order of a set changes from one run to the next.
        found += [
            link
            for rule_event in sorted(events - named)
            if not any(_holds(link, rule_event) for link in found)
            for link in _by_rules(chain, draws, run, stage, rule_event, when, path)
            if rule_event.partition(":")[2] == target
        ]
    told = [each for each in found if each.part >= LEAST]
    return tuple(sorted(told, key=lambda each: (-each.part, each.what)))


def _by_rules(
    chain: Chain,
    draws: Draws,
    run: Traced,
    stage: str,
    event: str | None,
    when: Array,
    path: tuple[str, ...],
) -> tuple[Link, ...]:
    """Return the links of the rules that make an event happen (None: any event of the stage)."""
    found = []
    for number, rule in enumerate(chain.rules):
        if rule.then != stage or (event is not None and rule.event != event):
            continue
        led = _led(run.events[number], when)
        earlier: tuple[Link, ...] = ()
        if rule.stage not in path:
            before = _arrival(chain, run, rule)
            kept = np.where(np.isfinite(led), before, np.nan)
            earlier = _causes(chain, draws, run, rule.stage, rule.target, kept, (*path, rule.stage))
        found.append(
            Link(
                rule.stage, rule.target, _RULE, float(np.isfinite(led).mean()), _band(led),
                {"above": _shown(rule), "event": rule.event, "unit": _unit(chain, rule)},
                earlier,
            )
        )  # fmt: skip
    return tuple(each for each in found if each.part >= LEAST)


def _arrival(chain: Chain, run: Traced, rule: Rule) -> Array:
    from sameboat.spread.compound import level_of

    footprint = run.footprints[rule.stage]
    level = level_of(dict(chain.stages)[rule.stage], rule.above)
    found: Array = footprint.arrival_hours[footprint.index(rule.target), level].astype(np.float64)
    return found


def _holds(link: Link, event: str) -> bool:
    return link.facts.get("event") == event or any(_holds(each, event) for each in link.because)


def _led(cause: Array, effect: Array) -> Array:
    """Return when the cause came in the members in which it came no later than its effect."""
    with np.errstate(invalid="ignore"):
        return np.where(cause <= effect + 1e-3, cause, np.nan)


def _band(hours: Array) -> Band:
    chosen = np.isfinite(hours)[None]
    weights = np.full(len(hours), 1.0 / len(hours))
    row = quantile_bands(hours[None], chosen, weights)[0].tolist()
    return Band(*(value if np.isfinite(value) else None for value in row))


def _hours(band: Band, language: str) -> str:
    if band.p50 is None:
        return translate(_NEVER, language)
    return translate(_HOURS, language).format(
        **{name: f"{value:.0f}" for name, value in band.as_dict().items() if value is not None}
    )


def _unit(chain: Chain, rule: Rule) -> str:
    """Return the unit of a rule's limit; a label has none."""
    return "" if isinstance(rule.above, str) else dict(chain.stages)[rule.stage].unit


def _shown(rule: Rule) -> str:
    return rule.above if isinstance(rule.above, str) else f"{rule.above:g}"
