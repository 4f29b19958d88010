from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from sameboat.packs import read_pack
from sameboat.watch.forecasts import observed
from sameboat.watch.forecasts.parameters import ALONG, DEFAULTS
from sameboat.watch.forecasts.simulate import simulate

ROOT = Path(__file__).parents[5]
PAGE = ROOT / "docs" / "reference" / "river-pollutant.md"


@pytest.fixture(scope="module")
def pack():
    return read_pack(ROOT / "regions" / "songhua")


@pytest.fixture
def run(pack, monkeypatch):
    monkeypatch.setattr(observed, "LEARNING_MEMBERS", 80)
    scenario = next(each for each in pack.scenarios if each.key == "nitrobenzene-2005")
    return lambda **given: simulate(pack, scenario, members=40, **given)


def test_the_order_of_observations_changes_nothing(pack, run):
    seen = pack.observations["2005"]

    forwards, backwards = run(observations=seen), run(observations=seen[::-1])

    assert forwards.result == backwards.result
    assert forwards.footprint.digest() == backwards.footprint.digest()


def test_threads_change_nothing(pack, run):
    with ThreadPoolExecutor(3) as threads:
        together = run(executor=threads)

    alone = run()

    assert together.footprint.digest() == alone.footprint.digest()
    assert together.series == alone.series


def test_what_was_not_yet_known_is_not_looked_at(pack, run):
    seen = pack.observations["2005"]
    until = seen[5].known_at
    # Of what becomes known later, even another value must change nothing.
    later = [
        each if each.known_at <= until else replace(each, value=9.0, kind="value") for each in seen
    ]
    # And what was measured before but told after is not known either.
    late = replace(seen[0], value=5.0, line=99, known_at=until + timedelta(minutes=1))

    honest = run(observations=[each for each in seen if each.known_at <= until])
    peeking = run(observations=[*later, late], until=until)

    assert peeking.footprint.digest() == honest.footprint.digest()
    assert {notice["name"] for notice in peeking.notices} - {
        notice["name"] for notice in honest.notices
    } == {"NotYetKnown"}


def test_what_lies_beyond_the_last_station_that_measured_keeps_its_prior(pack, run):
    first = [each for each in pack.observations["2005"] if each.site == "S05"]

    after = run(observations=first)

    drawn = observed.standard_scores(seed=1, members=80, size=len(after.details["taught"].scores))
    kept = np.arange(40) * 80 // 40
    beyond = (after.details["taught"].scores == drawn[:, kept]).all(axis=1)
    assert beyond.sum() > 40
    assert not beyond[: beyond.argmax()].any()
    assert beyond[beyond.argmax() :].all()


def test_the_page_states_the_defaults_that_are_used():
    page = PAGE.read_text()

    for name, (median, spread, _source) in DEFAULTS.items():
        assert any(
            line.strip().startswith(f"{name} =") and f"[{median:g}, {spread:g}]" in line
            for line in page.splitlines()
        ), name
    for name, (spread, length, _source) in ALONG.items():
        assert any(
            line.strip().startswith(f"{name} =") and f"[{spread:g}, {length:g}]" in line
            for line in page.splitlines()
        ), name
