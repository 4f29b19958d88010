"""What the models find wrong with the scenarios of a pack, before anybody needs them."""

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.refusal import Refusal
from sameboat.packs.records import RegionPack, Scenario
from sameboat.watch.forecasts.hazards import ASKED, ask
from sameboat.watch.forecasts.hazards.asked import in_file


def check_scenarios(pack: RegionPack) -> list[Fault]:
    """Return the faults of every scenario, by file and field; nothing is run."""
    return [fault for scenario in pack.scenarios for fault in check_scenario(pack, scenario)]


def check_scenario(pack: RegionPack, scenario: Scenario) -> list[Fault]:
    """Return what its model finds wrong with one scenario, and with each of its options."""
    if scenario.hazard not in ASKED:
        from sameboat.watch.forecasts.parameters import check_parameters

        faults = check_parameters(scenario, pack)
        if faults or "option" not in scenario.content:
            return faults
    from sameboat.watch.forecasts.choices import check_options

    try:
        asked = ask(pack, scenario)
    except FaultyInput as faulty:
        return in_file(faulty.faults, scenario)
    except Refusal as refusal:
        # Refused as a whole: a river in a circle, hazards that set each other off for ever.
        facts = {name: str(fact) for name, fact in refusal.facts.items()}
        return in_file([Fault(refusal.name, refusal.says, field="inputs", facts=facts)], scenario)
    return check_options(asked.problem, scenario)
