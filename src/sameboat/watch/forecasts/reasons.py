"""Why places suffer, in words: the chain of consequences of a run, in both languages."""

from typing import TYPE_CHECKING, Any

from sameboat.lib.language import LANGUAGES, SHORT_KEY
from sameboat.packs.records import Scenario
from sameboat.spread.case import COUNTS_FROM
from sameboat.spread.compound import Chain, chain

if TYPE_CHECKING:
    from sameboat.watch.forecasts.problem_run import Ran

#: Reasons are read back from so many members; the parts told are of these.
MEMBERS = 1000
#: And for so many places, the most surely reached.
MOST_TOLD = 20


def reasons_of(ran: "Ran", scenario: Scenario) -> list[dict[str, Any]]:
    """Return for each place reached the chain that led to it; empty for one hazard alone."""
    if scenario.hazard not in ("compound", "cascade"):
        return []
    from sameboat.spread.causes import explain

    question, problem, main = ran.question, ran.problem, ran.main
    whole = problem if isinstance(problem, Chain) else chain({"": problem}, [])
    few = ran.draws.part(0, MEMBERS)
    traced = whole.trace(few)
    p = main.points.p_reached()
    own = {code: target for code, targets in main.asked.places.items()
           for target in targets if target == code}  # fmt: skip
    told = own | {key: key for key in main.asked.facilities} | dict(main.asked.sites)
    reached = sorted(
        (key for key, target in told.items() if p[target] >= COUNTS_FROM), key=lambda k: -p[told[k]]
    )
    found = []
    for key in reached[:MOST_TOLD]:
        link = explain(whole, few, question.shows, told[key], traced=traced)
        lines = {SHORT_KEY[tag]: link.in_language(tag, question.names) for tag in LANGUAGES}
        found.append({"target": key, "place": key if key in main.asked.places else None, **lines})
    return found
