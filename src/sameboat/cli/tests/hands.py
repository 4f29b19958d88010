"""Who works at a node in the tests of faults, and what must hold of its log after each fault."""

import json
import os
import sqlite3
import subprocess
import sys

from sameboat.cli.tests.conftest import ROOT
from sameboat.cli.tests.test_alerts_between_nodes import ACT

#: Deeds read from stdin, one a line, so that Django is set up only once; see ACT.
LOOP = """
from sameboat.cli.node import moment
def issued(alert):
    actions.submit_alert(alert=alert, revision=alert.revision, by=person("li"), now=moment())
    return actions.issue_alert(
        alert=alert, revision=alert.revision, by=person("wang"), now=moment())
def speak():
    for number in range(int(argument)):
        say(kind="forecast.made", place=home, about=f"{home}/forecast/{uuid4()}",
            body={"number": number}, audience=["*"], by="worker", now=moment())
def delivered():
    # Everything that any board of ours shows as delivered, and the entries that shall prove it.
    return [[row.place, each.entry.index, each.signed] for alert in Alert.objects.all()
            for row in deliveries.deliveries_of(alert, "en", now=moment())
            if row.state not in ("queued", "refused") for each in row.proofs]
def check():
    from sameboat.ground.logbook.checking import check_log
    return [check_log(origin) for origin in argument.split()]
def peers_page():
    from django.test import Client
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(person("li"))
    return client.get("/peers/").content.decode()
for line in sys.stdin:
    deed, argument = json.loads(line)
    now = moment()
    try:
        told = [True, globals()[deed]()]
    except Exception as problem:
        told = [False, f"{type(problem).__name__}: {problem}"]
    print(json.dumps(told), flush=True)
"""
#: What was received more often than once.
TWICE = """
    select origin, about, count(*) from logbook_entry where kind = 'alert.received'
    group by origin, about having count(*) > 1
"""


class Failed(Exception):
    """What was to be done was not; the text says why."""


class Hand:
    """A process that does one deed after another in a node's folder, by the real actions."""

    def __init__(self, node):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", ACT.rsplit("print(", 1)[0] + LOOP, str(node.folder), "loop"],
            env=kept, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def begin(self, deed, argument=""):
        """Ask for a deed, and do not wait for it."""
        self.process.stdin.write(json.dumps([deed, argument]) + "\n")
        self.process.stdin.flush()

    def __call__(self, deed, argument=""):
        """Do a deed; return what it returns.  Raises: Failed."""
        self.begin(deed, argument)
        done, told = json.loads(self.process.stdout.readline())
        if not done:
            raise Failed(told)
        return told

    def end(self, kill=False):
        """Let it go home, or kill it where it stands."""
        if kill:
            self.process.kill()
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def ask_database(node, question):
    """Return the rows that a node's database has, without any of the node's own code."""
    database = sqlite3.connect(f"file:{node.folder}/node.sqlite3?mode=ro", uri=True, timeout=30)
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def entries(node, origin):
    """Return the entries of a log that a node keeps, as bytes, each with its number."""
    rows = 'select "index", canonical from logbook_entry where origin = \'%s\' order by "index"'
    return [(number, bytes(raw)) for number, raw in ask_database(node, rows % origin)]


def signed(node, origin):
    """Return how many entries of a log are below a checkpoint that a node keeps."""
    question = "select coalesce(max(size), 0) from logbook_checkpoint where origin = '%s'"
    return ask_database(node, question % origin)[0][0]


def is_received(node, giver, taker):
    """Return whether a node has seen a receipt for everything issued by one from the other."""
    counted = "select count(*) from logbook_entry where origin = '%s' and kind = '%s'"
    issued = ask_database(node, counted % (giver, "alert.issued"))
    return issued == ask_database(node, counted % (taker, "alert.received"))


def agree(nodes, giver=None, taker=None):
    """Return whether all nodes keep the same entries of all their logs, all of them signed."""
    places = [node.place for node in nodes]
    for place in places:
        kept = [entries(node, place) for node in nodes]
        if any(each != kept[0] for each in kept):
            return False
        if any(signed(node, place) != len(kept[0]) for node in nodes):
            return False
    return giver is None or is_received(nodes[0], giver.place, taker.place)


def check_promises(hands):
    """Every log is whole on every node, and no honest one received anything twice.

    Args: hands: one at each node, by node.  They look as `sameboat log check` does.
    """
    places = " ".join(node.place for node in hands)
    for node, hand in hands.items():
        hand("check", places)
        assert [row for row in ask_database(node, TWICE) if row[0] in places.split()] == []


def check_honest(hand, others):
    """Whatever a board shows as delivered, the other's own signed log has.  Return how many.

    Args: others: the honest nodes, by place.  What a liar says of itself is its own affair.
    """
    shown = [each for each in hand("delivered") if each[0] in others]
    for place, index, is_signed in shown:
        assert is_signed
        assert index < signed(others[place], place)
    return len(shown)
