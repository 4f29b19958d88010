"""`sameboat handover`: who owns a thing that passes from place to place, and passing it on."""

from typing import Annotated

import typer

from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home, moment, open_node
from sameboat.cli.shown import current_language, say
from sameboat.cli.usage import App
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate

app = App(no_args_is_help=True, help="Hand a matter over to another place: exactly one owns it.")

Thing = Annotated[str, typer.Argument(help="Its address, such as cn:220200/alert/0193….")]


@app.command()
def show(thing: Thing, home: Home = None) -> None:
    """Say who owns a thing, by all that is known here, and to whom it is offered."""
    open_node(home)
    _show(_checked(thing))


@app.command()
def offer(
    thing: Thing,
    to: Annotated[str, typer.Option(help="The place, such as cn:230100; one that is followed.")],
    home: Home = None,
) -> None:
    """Offer a thing of ours to another place; it stays ours until that place has accepted."""
    open_to_write(home)
    from sameboat.ground.logbook.handovers import offer_handover

    offer_handover(address=_checked(thing), to=to, by="operator", now=moment())
    _show(thing)


@app.command()
def withdraw(thing: Thing, home: Home = None) -> None:
    """Take back an offer that nobody has accepted."""
    open_to_write(home)
    from sameboat.ground.logbook.handovers import withdraw_offer

    withdraw_offer(address=_checked(thing), by="operator", now=moment())
    _show(thing)


@app.command()
def accept(thing: Thing, home: Home = None) -> None:
    """Accept what another place offers to us; its worker then says that it is handed over."""
    open_to_write(home)
    from sameboat.ground.logbook.handovers import accept_handover

    accept_handover(address=_checked(thing), by="operator", now=moment())
    _show(thing)


@app.command()
def decline(
    thing: Thing,
    because: Annotated[str, typer.Option(help="Why; the other place reads it.")] = "",
    home: Home = None,
) -> None:
    """Decline what another place offers to us."""
    open_to_write(home)
    from sameboat.ground.logbook.handovers import decline_handover

    decline_handover(address=_checked(thing), because=because, by="operator", now=moment())
    _show(thing)


def _checked(thing: str) -> str:
    from sameboat.lib.address import parse_address

    try:
        parse_address(thing)
    except ValueError:
        raise FaultyInput([Fault("no_address", _("is not the address of a thing."), field="THING",
                                 value=thing, allowed="place/noun/id")]) from None  # fmt: skip
    return thing


def _show(thing: str) -> None:
    from sameboat.ground.logbook.handovers import holding_of

    held, language = holding_of(thing), current_language()
    told = translate(_("{thing} is owned by {owner}."), language).format(
        thing=thing, owner=held.owner
    )
    if held.offer is not None:
        text = (_("It is offered to {to}, which has accepted.") if held.offer.accepted
                else _("It is offered to {to}, which has not answered."))  # fmt: skip
        told += " " + translate(text, language).format(to=held.offer.to)
    say(told)
