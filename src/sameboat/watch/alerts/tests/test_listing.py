"""The list of other places' alerts: those in force first, and every place has its share."""

from datetime import timedelta

import pytest

from sameboat.ground.logbook.models import Entry
from sameboat.ground.places.models import PlaceVersion
from sameboat.lib.times import as_utc_text
from sameboat.watch.alerts.deliveries import refused_elsewhere
from sameboat.watch.alerts.foreign import foreign_alert, foreign_alerts
from sameboat.watch.alerts.linking import link_threads
from sameboat.watch.alerts.tests.small_province import (
    HARBIN,
    JILIN,
    NOW,
    SONGYUAN,
    add_place,
)
from sameboat.watch.alerts.tests.test_threads import row

TOMORROW, YESTERDAY = (as_utc_text(NOW + timedelta(days=days)) for days in (1, -1))
TOWN = "cn:220202001"


def shown(person, limit=40):
    return [(each.place, each.entry.index, each.standing)
            for each in foreign_alerts(person, "en", now=NOW, limit=limit)]  # fmt: skip


def say(*entries):
    Entry.objects.bulk_create(entries)


def test_in_force_comes_first_and_each_says_how_it_stands(places, li):
    first = [f"{HARBIN}/entry/0"]
    say(
        row(HARBIN, 0, "issued", f"{HARBIN}/alert/a"),
        row(HARBIN, 1, "updated", f"{HARBIN}/alert/b", first, expires=TOMORROW),
        row(HARBIN, 2, "issued", f"{HARBIN}/alert/c"),
        row(HARBIN, 3, "cancelled", f"{HARBIN}/alert/d", [f"{HARBIN}/entry/2"]),
        row(HARBIN, 4, "cancelled", f"{HARBIN}/alert/e", first),
        row(HARBIN, 5, "issued", f"{HARBIN}/alert/f", expires=YESTERDAY),
        row(HARBIN, 6, "issued", f"{HARBIN}/alert/g", expires=TOMORROW),
        row(HARBIN, 7, "expired", f"{HARBIN}/alert/g", [f"{HARBIN}/entry/6"]),
    )

    expected = [
        (HARBIN, 1, "in_force"), (HARBIN, 6, "expired"), (HARBIN, 5, "expired"),
        (HARBIN, 4, "refused"), (HARBIN, 3, "ends"), (HARBIN, 2, "cancelled"),
        (HARBIN, 0, "updated"),
    ]  # fmt: skip
    assert shown(li) == expected
    link_threads()
    assert shown(li) == expected


@pytest.mark.parametrize("linked", [True, False])
def test_a_place_that_issues_thousands_crowds_no_other_out(places, li, linked):
    say(row(SONGYUAN, 0, "issued", f"{SONGYUAN}/alert/quiet"))
    say(*(row(HARBIN, at, "issued", f"{HARBIN}/alert/{at}") for at in range(3000)))
    if linked:
        link_threads()

    assert (SONGYUAN, 0, "in_force") in shown(li)
    assert shown(li, limit=2) == [(HARBIN, 2999, "in_force"), (SONGYUAN, 0, "in_force")]
    assert len(shown(li)) == 11


def test_what_a_place_says_to_others_alone_hides_nothing_that_it_says_to_us(places, li):
    say(row(HARBIN, 0, "issued", f"{HARBIN}/alert/ours"))
    say(*(row(HARBIN, at, "issued", f"{HARBIN}/alert/{at}", audience=["cn:230800"])
          for at in range(1, 150)))  # fmt: skip

    assert shown(li) == [(HARBIN, 0, "in_force")]


def test_what_is_for_a_town_below_us_is_in_the_list_as_on_its_page(places, load, li):
    add_place(load, TOWN, "镇", "Town", lon=126.6, lat=43.8, above=f"{JILIN}/")
    say(row(HARBIN, 0, "issued", f"{HARBIN}/alert/town", audience=[TOWN]))

    assert foreign_alert(f"{HARBIN}/entry/0") is not None
    assert shown(li) == [(HARBIN, 0, "in_force")]
    assert PlaceVersion.objects.get(place__code=TOWN).path == f"{JILIN}/{TOWN}/"


def test_a_place_that_refuses_thousands_hides_no_refusal_of_another(places, li):
    after = [f"{JILIN}/entry/3"]
    say(
        row(SONGYUAN, 0, "refused", f"{JILIN}/alert/a", after, fact="already_ended"),
        row(SONGYUAN, 1, "refused", f"{HARBIN}/alert/b", [f"{HARBIN}/entry/3"]),  # not ours
        *(row(HARBIN, at, "refused", f"{JILIN}/alert/a", after, fact="other_alert")
          for at in range(2000)),
    )  # fmt: skip

    shown = refused_elsewhere(li, JILIN, "en")
    two = refused_elsewhere(li, JILIN, "en", limit=2)

    assert [(each.entry.origin, each.entry.index) for each in shown] == [
        (HARBIN, 1999), (HARBIN, 1998), (HARBIN, 1997), (SONGYUAN, 0),
    ]  # fmt: skip
    assert [each.entry.origin for each in two] == [HARBIN, SONGYUAN]
    assert shown[-1].because == "the alert that it follows had already ended"
