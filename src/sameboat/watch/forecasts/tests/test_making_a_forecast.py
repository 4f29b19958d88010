import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django_tasks_db.models import DBTaskResult

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import body_of, check_chain
from sameboat.ground.people.models import JournalLine
from sameboat.ground.places.actions import load_pack
from sameboat.ground.places.tests.small_pack import (
    CONTENT,
    EAST,
    FAR,
    LOWER,
    STARTED_AT,
    UPPER,
    WEST,
    make_pack,
)
from sameboat.spread.footprint import Footprint
from sameboat.watch.forecasts import actions, making, queries
from sameboat.watch.forecasts.asking import question_of
from sameboat.watch.forecasts.computing import compute
from sameboat.watch.forecasts.member_files import members_path, store_members
from sameboat.watch.forecasts.models import Forecast, ForecastTarget


@pytest.fixture
def made(ask, make):
    return make(ask())


def test_a_forecast_answers_for_every_site_and_place_on_the_river(made, now):
    sites = {target.code: target for target in queries.targets_of(made, "site")}
    places = {target.code: target for target in queries.targets_of(made, "place")}

    assert (made.state, made.made_at, made.case) == ("made", now, "I")
    assert set(sites) == {"S1", "S2", "S3", "S4"}
    assert set(places) == {"cn:220000", "cn:230000", UPPER, LOWER, WEST, EAST, FAR}
    assert sites["S2"].place.code == WEST
    assert places[WEST].p_reached > 0.9
    assert STARTED_AT < places[WEST].arrival_p50 < places[EAST].arrival_p50
    assert places[LOWER].arrival_p50 <= places[WEST].arrival_p50
    assert places[WEST].arrival_p10 <= places[WEST].arrival_p50 <= places[WEST].arrival_p90
    assert places[WEST].population == 1_097_430
    assert places[FAR].population is None


def test_places_come_in_order_of_arrival(made):
    arrivals = [target.arrival_p50 for target in queries.targets_of(made, "place")]

    known = [arrival for arrival in arrivals if arrival is not None]
    assert known == sorted(known)
    assert arrivals[: len(known)] == known


def test_presence_follows_the_maps_time(made):
    target = queries.targets_of(made, "site").get(code="S2")

    hours = made.map_hours
    assert hours[0] == 0
    assert len(target.presence) == len(hours)
    assert max(target.presence) > 200
    assert all(0 <= share <= 1000 for share in target.presence)
    assert target.presence[0] == target.presence[-1] == 0
    early = (target.arrival_p10 - STARTED_AT) / timedelta(hours=1)
    assert max(p for p, hour in zip(target.presence, hours, strict=True) if hour < early) <= 150


def test_the_answer_is_said_once_in_the_log_without_floats(made, now):
    entry = Entry.objects.get(kind="forecast.made")

    body = body_of(entry)
    assert (entry.about, entry.place) == (queries.address_of(made), UPPER)
    assert entry.audience == []
    assert entry.said_at == now
    assert body["members_digest"] == made.members_digest
    assert body["thresholds"] == [{"value": "0.017", "unit": "mg/L"}]
    assert body["reached"][0]["p_per_mille"] == 1000
    assert {each["place"] for each in body["reached"]} >= {UPPER, WEST}
    assert check_chain(settings.PLACE) is None


def test_the_members_lie_in_a_file_named_by_their_digest(made):
    content = members_path(made.members_digest).read_bytes()

    footprint = Footprint.from_bytes(content)
    target = queries.targets_of(made, "place").get(code=WEST)
    assert footprint.members == 50
    assert footprint.summary(WEST).p_reached == pytest.approx(target.p_reached)
    assert store_members(content) == made.members_digest
    assert not list(members_path(made.members_digest).parent.glob(".new-*"))


def test_the_result_is_what_the_command_line_prints(made):
    assert made.result["model"] == made.model == "river-pollutant"
    assert made.result["case"] == "I"
    assert made.result["region"] == {"id": "small", "version": "1"}
    assert [place["place"] for place in made.result["places"]]
    assert json.loads(json.dumps(made.result)) == made.result


def test_the_same_request_gives_the_same_numbers(ask, make, made):
    again = make(ask())

    assert again.members_digest == made.members_digest
    assert again.result == made.result


def test_another_seed_gives_other_numbers(ask, make, made):
    assert make(ask(seed=2)).members_digest != made.members_digest


def test_making_it_again_changes_nothing(make, made, now):
    again = make(made, at=now + timedelta(days=1))

    assert again.made_at == now
    assert Entry.objects.count() == 1


def test_an_answer_is_final_in_the_database(made):
    with pytest.raises(IntegrityError), transaction.atomic():
        Forecast.objects.filter(pk=made.pk).update(case="none")
    with pytest.raises(IntegrityError), transaction.atomic():
        ForecastTarget.objects.filter(forecast=made).update(p_reached=0)


def test_a_newer_pack_changes_no_earlier_forecast(ask, make, made, load, now):
    before = list(queries.targets_of(made, "place").values())
    pack = make_pack()
    slower = tuple(replace(reach, length_km=reach.length_km * 3) for reach in pack.reaches)
    newer = load_pack(
        pack=make_pack(version="2", digest="2" * 64, reaches=slower), by="operator", now=now
    )
    actions.load_scenarios(pack=make_pack(version="2"), load=newer, by="operator", now=now)

    old = make(ask())
    new = make(ask(load=newer))

    assert list(queries.targets_of(made, "place").values()) == before
    assert old.members_digest == made.members_digest
    assert old.load == load
    arrival = {f: queries.targets_of(f, "site").get(code="S2").arrival_p50 for f in (old, new)}
    assert arrival[new] > arrival[old]


def test_a_model_that_declines_leaves_a_failed_forecast_with_the_reason(load, ask, make, now):
    pack = make_pack()
    unknown = tuple(replace(reach, mean_discharge_m3s=None) for reach in pack.reaches)
    dry = make_pack(id="dry", digest="d" * 64, reaches=unknown)
    row = load_pack(pack=dry, by="operator", now=now)
    actions.load_scenarios(pack=dry, load=row, by="operator", now=now)

    failed = make(ask(load=row))

    assert failed.state == "failed"
    assert failed.failure["name"] == "FaultyInput"
    assert "mean_discharge_m3s" in queries.failure_of(failed, "en")
    assert JournalLine.objects.get(what="forecast.failed").about == queries.address_of(failed)
    assert not Entry.objects.exists()
    assert not failed.targets.exists()


def test_a_model_that_breaks_is_a_failure_too(ask, make, monkeypatch):
    def breaks(*_args, **_kwargs):
        raise ZeroDivisionError("no water")

    monkeypatch.setattr("sameboat.watch.forecasts.release_run.prepare", breaks)

    failed = make(ask())

    assert failed.failure["name"] == "ModelStopped"
    assert "no water" in queries.failure_of(failed, "zh-Hans")


class Killed(BaseException):
    """Stands for the process ending at this line."""


@pytest.mark.parametrize("line", ["answer_of", "store_members", "_complete", "say"])
def test_a_worker_killed_at_any_line_loses_nothing_and_doubles_nothing(
    ask, make, monkeypatch, now, line
):
    forecast = ask()

    def killed(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(making, line, killed)
        with pytest.raises(Killed):
            make(forecast)
    forecast.refresh_from_db()
    assert forecast.state == "running"
    assert not forecast.targets.exists()

    assert actions.requeue_unfinished(by="worker", now=now) == 1
    made = make(forecast)

    assert made.state == "made"
    assert Entry.objects.filter(kind="forecast.made").count() == 1
    assert actions.requeue_unfinished(by="worker", now=now) == 0


def test_of_two_workers_only_one_completes(ask, now):
    forecast = ask()

    def overtaken(question, progress):
        actions.requeue_unfinished(by="worker", now=now)
        actions.make_forecast(forecast=forecast, by="worker", now=now)
        return compute(question, progress)

    late = actions.make_forecast(
        forecast=forecast, by="worker", now=now + timedelta(hours=1), model=overtaken
    )

    assert (late.state, late.made_at) == ("made", now)
    assert Entry.objects.filter(kind="forecast.made").count() == 1
    assert late.targets.filter(kind="site", code="S1").count() == 1


def test_the_model_may_run_in_another_process(ask, made, now):
    forecast = ask()
    with ProcessPoolExecutor(1) as pool:
        done = pool.submit(compute, question_of(forecast))

        elsewhere = actions.make_forecast(
            forecast=forecast, by="worker", now=now, model=lambda *_: done.result()
        )

    assert elsewhere.members_digest == made.members_digest
    assert elsewhere.result == made.result


def test_the_task_of_the_queue_makes_the_forecast(ask):
    from sameboat.watch.forecasts.tasks import make_forecast_task

    forecast = ask()
    waiting = DBTaskResult.objects.get()

    state = make_forecast_task.func(*waiting.args_kwargs["args"])

    forecast.refresh_from_db()
    assert state == forecast.state == "made"


def test_it_sharpens_when_an_observation_comes_in(ask, make, load, wang, now, made):
    target = queries.targets_of(made, "site").get(code="S2")
    seen_at = target.arrival_p50 + timedelta(hours=6)
    observation = actions.record_observation(
        load=load, site="S2", at=target.arrival_p50, quantity="nitrobenzene", value=0.02,
        unit="mg/L", kind="front", key=uuid4(), by=wang, now=seen_at,
    )  # fmt: skip

    sharper = make(ask(observations=[observation], earlier=made, until=seen_at, now=seen_at))

    def width(forecast):
        ahead = queries.targets_of(forecast, "site").get(code="S3")
        return ahead.arrival_p90 - ahead.arrival_p10

    assert width(sharper) < 0.8 * width(made)
    assert list(queries.observations_of(sharper)) == [observation]
    assert Entry.objects.order_by("index").last().after == [f"{settings.PLACE}/entry/0"]


def test_each_observation_is_set_beside_what_the_forecast_says(made, load):
    compared = queries.compare_with_observations(made)

    front, peak, nothing = compared
    assert [each.observation.kind for each in compared] == ["front", "peak", "not_detected"]
    assert front.at_p10 <= front.at_p50 <= front.at_p90
    assert peak.p10 <= peak.p50 <= peak.p90
    assert peak.inside is (peak.p10 <= 0.5 <= peak.p90)
    assert nothing.inside is (nothing.p10 <= 0.002)
    assert not any(each.used for each in compared)


def test_what_became_known_later_is_not_set_beside_it(made):
    everything = queries.compare_with_observations(made)
    moments = sorted(each.observation.known_at for each in everything)

    early = queries.compare_with_observations(made, until=moments[0])

    assert {each.observation.known_at for each in early} == {moments[0]}
    assert len(early) < len(everything)


def test_downstream_people_see_a_forecast_that_reaches_them(made, add_person):
    downstream = add_person("lin", 9, ("viewer", WEST))

    assert queries.newest_for(downstream) == made
    assert list(queries.list_forecasts(viewer=downstream, reaching=WEST)) == [made]
    assert list(queries.list_forecasts(viewer=downstream, reaching="cn:110000")) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_in_two_threads_make_it_once(ask, now, lifted_guards):
    forecast, start, states = ask(), Barrier(2), []

    def race():
        start.wait()
        done = actions.make_forecast(forecast=forecast, by="worker", now=now)
        states.append(done.state)
        connections.close_all()

    threads = [Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    forecast.refresh_from_db()
    assert forecast.state == "made"
    assert "made" in states
    assert Entry.objects.filter(kind="forecast.made").count() == 1


def test_a_scenario_with_two_thresholds_answers_for_both(ask, make):
    thresholds = [{"value": 0.017, "unit": "mg/L"}, {"value": 170.0, "unit": "ug/L"}]
    substance = {**CONTENT["substance"], "threshold": thresholds}

    forecast = make(ask(scenario={**CONTENT, "substance": substance}))

    low, high = (queries.targets_of(forecast, "site", at).get(code="S2") for at in (0, 1))
    assert high.p_reached <= low.p_reached
    assert high.arrival_p50 >= low.arrival_p50
    assert queries.thresholds_of(forecast)[1] == {"value": 170.0, "unit": "ug/L"}


def test_the_news_of_a_forecast_is_for_the_places_it_reaches(made):
    told = {path.split("/")[-2] for path in queries.paths_told(str(made.uuid))}

    assert told == {each.code for each in queries.targets_of(made, "place") if each.p_reached}
    assert WEST in told
