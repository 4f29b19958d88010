"""The policy as the page of peers shows it: who counts, how many are needed, who is missing."""

from dataclasses import replace
from typing import Any

from sameboat.console.answers import reader
from sameboat.ground.logbook.sufficing import own_policy, policy_file, standing
from sameboat.ground.places.queries import names_of
from sameboat.lib.fault import FaultyInput


def policy_part() -> dict[str, Any]:
    """Return what the part shows; `file` is the name alone: where it lies is the operator's."""
    file = policy_file()
    if file is None:
        return {}
    try:
        policy = own_policy()
    except FaultyInput as refusal:
        fault = replace(refusal.faults[0], file=file.name)
        return {"file": file.name, "problem": fault.in_language(reader())}
    if policy is None:
        return {}
    found = standing(policy)
    places = names_of([each.origin for each in found.witnesses if each.origin], reader())
    names = {each.name: places[each.origin] for each in found.witnesses if each.origin}
    return {
        "file": file.name, "found": found,
        "witnesses": [(each, names.get(each.name, each.name)) for each in found.witnesses],
        "rules": [
            (rule, [names.get(each, each) for each in rule.members],
             [names.get(each, each) for each in rule.missing])
            for rule in found.rules
        ],
    }  # fmt: skip
