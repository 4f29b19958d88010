"""What a node refuses before it listens."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sameboat.cli.serve import DemoStaysHome, PublishedPasswords, check_accounts, check_address
from sameboat.ground.people.actions import (
    DEMO_PASSWORD,
    OPERATOR,
    add_demo_people,
    reset_password,
)
from sameboat.ground.people.queries import who_has_password

NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)
NODE = Path("node")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "", "192.168.1.7", "node.example"])
def test_a_demo_listens_on_loopback_only(settings, host):
    settings.DEMO = True

    with pytest.raises(DemoStaysHome):
        check_address(host, 8139)


@pytest.mark.django_db
def test_accounts_of_a_demo_are_not_opened_to_others_with_their_published_password(settings):
    settings.DEMO = True
    people = add_demo_people(places=[], by=OPERATOR, now=NOON)
    check_accounts(NODE)

    settings.DEMO = False

    with pytest.raises(PublishedPasswords, match="wang") as refusal:
        check_accounts(NODE)
    assert len(refusal.value.facts["usernames"]) == len(people)
    for person in people:
        reset_password(person=person, password="another-long-word", by=OPERATOR, now=NOON)
    check_accounts(NODE)
    assert who_has_password(DEMO_PASSWORD, ["wang"]) == []
