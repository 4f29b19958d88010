"""Make the node that the browsers visit: `python -m tests.browser.make_node FOLDER`.

A process of its own, because the tests' Django is set up for another node.  Prints what the tests
need to know of it as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

MEMBERS = 60  # fewer than a duty officer would ask for: the tests look at screens, not at numbers


def make(folder: Path) -> dict[str, str]:
    """Make a demo node with two forecasts, an issued alert and a draft, by the real actions."""
    from sameboat.cli.demo import REGIONS, set_clock, set_up

    home = set_up(folder)
    from sameboat.cli.node import moment
    from sameboat.cli.region_load import load_folder
    from sameboat.cli.replay import ENDS_AT, PACK, add_people

    load = load_folder(REGIONS / PACK, _silent)[0]
    people = add_people([load], moment())
    first, newest = _forecasts(load, people["wang"])
    issued, draft = _alerts(newest, people)
    set_clock(home, starts_at=ENDS_AT, set_at=moment())
    made = {"first": first, "newest": newest, "issued": issued, "draft": draft}
    return {name: str(each.uuid) for name, each in made.items()}


def _forecasts(load: Any, asker: Any) -> list[Any]:
    from sameboat.cli.replay import ENDS_AT, HOME_PLACE, SCENARIO, SERIES
    from sameboat.watch.forecasts import actions, queries

    scenario = queries.scenario(load, SCENARIO)
    made: list[Any] = []
    for at in (scenario.started_at, ENDS_AT):
        known = queries.observations_of(load, asker, series=SERIES, until=at)
        asked = actions.request_forecast(
            place=HOME_PLACE, load=load, scenario=scenario.content, scenario_key=scenario.key,
            observations=list(known), until=at, earlier=made[-1] if made else None,
            members=MEMBERS, seed=1, key=UUID(int=len(made) + 1), by=asker, now=at,
        )  # fmt: skip
        made.append(actions.make_forecast(forecast=asked, by="worker", now=at))
    return made


def _alerts(forecast: Any, people: dict[str, Any]) -> tuple[Any, Any]:
    from sameboat.cli.replay import ENDS_AT, HOME_PLACE
    from sameboat.watch.alerts import actions

    wang, li = people["wang"], people["li"]
    drafted, draft = (
        actions.draft_alert(
            forecast=forecast, place=HOME_PLACE, kind="warning", status="Exercise", content=None,
            key=UUID(int=100 + number), by=wang, now=ENDS_AT,
        )
        for number in range(2)
    )  # fmt: skip
    later = ENDS_AT + timedelta(minutes=2)
    submitted = actions.submit_alert(alert=drafted, revision=drafted.revision, by=wang, now=later)
    issued = actions.issue_alert(
        alert=submitted, revision=submitted.revision, key=UUID(int=200), by=li, now=later
    )
    return issued, draft


def _silent(*_words: object, **_facts: object) -> None:
    """Tell nobody how far it is."""


if __name__ == "__main__":
    # The matrices are small and the cores few: one thread for linear algebra is quicker than many.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.stdout.write(json.dumps(make(Path(sys.argv[1]))))
