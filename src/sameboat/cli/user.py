"""`sameboat user`: accounts, roles and tokens, by the operator at the machine itself."""

import re
import secrets
from datetime import timedelta
from typing import Annotated, Any

import typer

from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home, moment, open_node
from sameboat.cli.shown import current_language, say, tell
from sameboat.cli.usage import App
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

app = App(no_args_is_help=True, help="Accounts, roles and tokens of a node.")
Username = Annotated[str, typer.Argument(help="The name to sign in with.")]


class UnknownPerson(Refusal):
    """Nobody signs in by this name."""

    says = _("Nobody signs in as {username}. See: sameboat user list")


class NotAName(Refusal):
    """Nobody can sign in by it."""

    says = _("'{username}' is no name to sign in with: write 1 to 64 letters, digits, . - _ or @.")


def _person(username: str) -> Any:
    from sameboat.ground.people.queries import find_person

    person = find_person(username)
    if person is None:
        raise UnknownPerson(username=username)
    return person


@app.command()
def add(
    username: Username,
    role: Annotated[str, typer.Option(help="viewer, duty_officer, approver, administrator.")] = "",
    place: Annotated[str, typer.Option(help="Where the role holds; empty: the home place.")] = "",
    desk: Annotated[str, typer.Option(help="The desk that entries name.")] = "duty",
    home: Home = None,
) -> None:
    """Open an account and print its first password once."""
    open_to_write(home)
    from django.conf import settings
    from django.db import transaction

    from sameboat.ground.people.actions import OPERATOR, add_person, give_role

    if not re.fullmatch(r"[\w.@-]{1,64}", username):
        raise NotAName(username=username)
    password = secrets.token_urlsafe(12)
    now = moment()
    with transaction.atomic():  # an account whose role is refused would keep its name, unusable
        person = add_person(username=username, password=password, desk=desk, by=OPERATOR, now=now)
        if role:
            ground = place or settings.PLACE
            give_role(person=person, place=ground, kind=role, by=OPERATOR, now=now)
    tell(_("First password of {username}:"), current_language(), username=username)
    say(password)


@app.command("list")
def list_accounts(home: Home = None) -> None:
    """List accounts with their numbers and roles."""
    open_node(home)
    from sameboat.ground.people.queries import all_people, roles_of

    for person in all_people():
        roles = ", ".join(f"{role.kind}@{role.place.code}" for role in roles_of(person))
        closed = "" if person.is_active else "\tclosed"
        say(f"{person.number}\t{person.username}\t{person.desk}\t{roles}{closed}")


@app.command()
def role(
    username: Username,
    kind: Annotated[str, typer.Argument(help="viewer, duty_officer, approver, administrator.")],
    place: Annotated[str, typer.Argument(help="Place code; the role holds there and below.")],
    home: Home = None,
) -> None:
    """Give a role at a place and everything below it."""
    open_to_write(home)
    from sameboat.ground.people.actions import OPERATOR, give_role

    give_role(person=_person(username), place=place, kind=kind, by=OPERATOR, now=moment())


@app.command("reset-password")
def reset(username: Username, home: Home = None) -> None:
    """Print a new password once; end every session and revoke every token of the account."""
    open_to_write(home)
    from sameboat.ground.people.actions import OPERATOR, reset_password

    password = secrets.token_urlsafe(12)
    revoked = reset_password(person=_person(username), password=password, by=OPERATOR, now=moment())
    tell(
        _("Every session has ended; access tokens revoked: {count}."),
        current_language(),
        count=revoked,
    )
    say(password)


@app.command()
def close(username: Username, home: Home = None) -> None:
    """Close an account: nobody signs in by it, its sessions end, its tokens are revoked."""
    open_to_write(home)
    from sameboat.ground.people.actions import OPERATOR, close_account

    close_account(person=_person(username), by=OPERATOR, now=moment())
    tell(_("The account {username} is closed."), current_language(), username=username)


@app.command()
def token(
    username: Username,
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    scope: Annotated[list[str] | None, typer.Option(help="read, forecast, alert.")] = None,
    days: Annotated[
        int, typer.Option(help="Days until it ends; 0: it ends when revoked.", min=0, max=3650)
    ] = 90,
    home: Home = None,
) -> None:
    """Make a token for a program that acts for this person; its secret is printed once."""
    open_to_write(home)
    from sameboat.ground.people.actions import OPERATOR, make_token

    now = moment()
    _token, secret = make_token(
        person=_person(username),
        name=name,
        scopes=scope or ["read"],
        expires_at=now + timedelta(days=days) if days else None,
        by=OPERATOR,
        now=now,
    )
    say(secret)
