"""Four nodes of the demo, each in a process of its own: what one says, the others answer."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest

from sameboat.books.compacts.queries import audience_of
from sameboat.cli.beside import audit_of, beside_of
from sameboat.cli.demo import REGIONS
from sameboat.cli.night import NODES, Night, players
from sameboat.cli.players import Player, PlayerStopped
from sameboat.cli.tests.test_peers import free_port
from sameboat.ground.logbook.checking import check_log
from sameboat.ground.logbook.own import key_folder
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.publishing import begin_log
from sameboat.ground.logbook.witnessing import known_witnesses
from sameboat.watch.alerts import actions
from sameboat.watch.alerts.deliveries import deliveries_of
from sameboat.watch.alerts.tests.conftest import *  # noqa: F403
from sameboat.watch.alerts.tests.small_province import NOW


@pytest.fixture
def cast(db, settings, tmp_path):
    """The four nodes; the tests' own database is Jilin's."""
    settings.LOG_KEYS, settings.LOG_PASSPHRASE = tmp_path / "keys", "a passphrase for tests"
    (tmp_path / "keys").mkdir()
    with players(tmp_path, free_port()) as made:
        for player in made[1:]:
            player.begin("make", folder=player.folder, place=player.place,
                         pack=REGIONS / "songhua", now=NOW)  # fmt: skip
        own, _witness = key_folder().make("cn-220200.demo/log", b"a passphrase for tests")
        begin_log(origin="cn:220200", signer=own, now=NOW)
        yield made


def test_a_warning_is_received_acknowledged_and_acted_on_by_the_logs_of_others(
    cast, wang, li, submitted
):
    told = []
    night = Night(cast, li, wang, lambda text, **facts: told.append(text.format(**facts)))
    night.begin(NOW)
    assert audience_of(night.compact) == sorted(place for _name, place, _step in NODES)

    at = NOW + timedelta(minutes=10)
    issued = actions.issue_alert(alert=submitted, revision=submitted.revision, by=wang, now=at)
    night.deliver(at + timedelta(minutes=1))

    audit = audit_of(night.compact, at + timedelta(minutes=9))
    notice = SimpleNamespace(at=at + timedelta(days=3), actor="SEPA")
    rows = {each.place: each for each in beside_of(
        audit, [SimpleNamespace(code="cn:230000", first_notice=notice)])}  # fmt: skip
    assert rows["cn:230100"].received == at + timedelta(minutes=1)
    assert rows["cn:230100"].acting == at + timedelta(minutes=1)
    assert round(rows["cn:230100"].hours_earlier, 2) == 71.98
    assert rows["cn:230800"].acknowledged is None
    assert rows["org:songhua-joint"].hours_earlier is None

    states = {each.place: each.state for each in deliveries_of(issued, "en", now=at)}
    assert states["cn:230100"] == "acting"
    assert states["cn:230800"] == "delivered"
    assert states["org:songhua-joint"] == "delivered"
    point = published("cn:220200")
    assert point.cosignatures.count() == 3
    for _name, place, _step in NODES:
        assert check_log(place) > 0
    every = {witness.name for witness in known_witnesses()}
    until = (at + timedelta(hours=1)).isoformat()
    for told in (audit.as_dict(), *(_audit_at(each, night.compact, until) for each in cast[1:])):
        for report in told["reports"]:
            lines = [report, *(line for own in report["answers"].values() for line in own)]
            assert all(line["seen_at"] and line["seen_by"] in every for line in lines)
        assert told["reports"]
    night.carry(at + timedelta(minutes=3))
    assert published("cn:220200") == point  # nothing new: nothing is said, nothing signed


def _audit_at(player, compact, until):
    """Return what the audit at another node tells, as its auditor asks for it."""
    words = ["audit", "--compact", compact, "--until", until, "--json", "-"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
    run = [sys.executable, "-m", "sameboat", *words, "--home", str(player.folder)]
    return json.loads(subprocess.run(run, env=kept, capture_output=True, text=True).stdout)


def test_a_node_that_refuses_or_fails_says_so_in_its_own_words(tmp_path):
    player = Player(tmp_path / "node", "Harbin", 1, apart=True)
    try:
        with pytest.raises(PlayerStopped, match="Harbin"):
            player.do("make", folder=player.folder, place="Harbin", pack=tmp_path, now=NOW)
        with pytest.raises(PlayerStopped, match="KeyError"):
            player.do("fly")
    finally:
        player.end()
