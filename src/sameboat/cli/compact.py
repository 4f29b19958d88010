"""`sameboat compact`: agreements between places, proposed, signed, amended and left."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from sameboat.cli.compact_file import read_file
from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home, moment, open_node
from sameboat.cli.shown import current_language, say, tell
from sameboat.cli.usage import App
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.books.compacts.models import Compact, CompactAnswer, CompactVersion

app = App(no_args_is_help=True, help="Compacts: agreements between places that share a risk.")

STATES = {
    "proposed": _("proposed"), "in_force": _("in force"), "amended": _("amended"),
    "declined": _("declined"), "overtaken": _("overtaken"), "ended": _("ended"),
}  # fmt: skip
ANSWERS = {"signed": _("signed"), "declined": _("declined")}
LED = {"above": _("led from above"), "beside": _("led from beside")}


class Led(StrEnum):
    """Who may decide."""

    above = "above"
    beside = "beside"


class SeveralOpen(Refusal):
    """Which of the proposals is meant cannot be guessed."""

    says = _("{address} has {count} open proposals. Name one of them: {proposals}")


File = Annotated[
    Path | None,
    typer.Option("--file", help="Terms as a TOML or JSON file: names, purpose, members, body, led.",
                 show_default=False),
]  # fmt: skip
NameEn = Annotated[str, typer.Option(help="Name in English.", show_default=False)]
NameZh = Annotated[str, typer.Option(help="Name in Chinese.", show_default=False)]
PurposeEn = Annotated[str, typer.Option(help="What it is for, in English.", show_default=False)]
PurposeZh = Annotated[str, typer.Option(help="What it is for, in Chinese.", show_default=False)]
Member = Annotated[
    list[str] | None,
    typer.Option(help="A member, such as cn:220200; repeatable.", show_default=False),
]
Body = Annotated[
    str | None,
    typer.Option(help="The coordinating body, such as org:songhua-joint.", show_default=False),
]
LedFrom = Annotated[
    Led | None,
    typer.Option(help="Who set up the body: a common superior, or equal places.",
                 show_default=False),
]  # fmt: skip
Key = Annotated[
    str,
    typer.Option(help="A UUID of your choice: said twice, it is done once.", show_default=False),
]
Because = Annotated[str, typer.Option(help="Why; the other members read it.")]
Proposed = Annotated[
    str, typer.Argument(help="The compact, or the entry that proposes it.", metavar="ADDRESS")
]
Agreed = Annotated[
    str, typer.Argument(help="The compact: place/compact/uuid.", metavar="ADDRESS")
]  # fmt: skip


@app.callback()
def about() -> None:
    """Propose, sign, decline, amend and leave compacts."""


@app.command("list")
def list_them(home: Home = None) -> None:
    """List the compacts that are known here: address, state, our answer, members, name.

    A compact in force of which another text is on the table has two lines.
    """
    open_node(home)
    from sameboat.books.compacts.queries import list_compacts

    language = current_language()
    found = list_compacts()
    if not found:
        tell(_("No compact is known here. Begin one: sameboat compact propose"), language)
    for version in (version for compact in found for version in _live(compact)):
        answer = translate(_our_answer(version), language)
        say(f"{version.compact.address}  {translate(STATES[version.state], language)}  {answer}  "
            f"{','.join(version.members)}  {choose(version.names, language)}")  # fmt: skip


@app.command()
def show(address: Agreed, home: Home = None) -> None:
    """Show one compact: its text in both languages, and what each place's log said of it."""
    open_node(home)
    for number, version in enumerate(_compact(address).versions.all()):
        if number:
            say("")
        for line in _lines(version, current_language()):
            say(line)


@app.command()
def propose(
    name_en: NameEn = "", name_zh: NameZh = "", purpose_en: PurposeEn = "",
    purpose_zh: PurposeZh = "", member: Member = None, body: Body = None, led: LedFrom = None,
    file: File = None, key: Key = "", home: Home = None,
) -> None:  # fmt: skip
    """Propose a compact; nobody is bound before the log of every member has signed.

    Proposing is not signing: this place signs like everybody else.  What the options say takes the
    place of what the file says.
    """
    open_to_write(home)
    terms = _merged({"names": {}, "purpose": {}, "members": [], "body": "", "led": "beside"}, file)
    _take_options(terms, name_en, name_zh, purpose_en, purpose_zh, member, body, led)
    _propose(terms, key, amends="")


@app.command()
def amend(
    address: Agreed, name_en: NameEn = "", name_zh: NameZh = "", purpose_en: PurposeEn = "",
    purpose_zh: PurposeZh = "", member: Member = None, body: Body = None, led: LedFrom = None,
    file: File = None, key: Key = "", home: Home = None,
) -> None:  # fmt: skip
    """Propose another text of a compact in force; what is not named stays as it is.

    It is in force once everybody has signed: those of the text in force, and those who come.
    """
    open_to_write(home)
    from sameboat.books.compacts.queries import in_force
    from sameboat.books.compacts.refusals import NotInForce

    version = in_force(_compact(address))
    if version is None:
        raise NotInForce(address=address)
    terms = _merged(
        {"names": dict(version.names), "purpose": dict(version.purpose),
         "members": [code for code in version.members if code not in version.left],
         "body": version.body, "led": version.led}, file,
    )  # fmt: skip
    _take_options(terms, name_en, name_zh, purpose_en, purpose_zh, member, body, led)
    _propose(terms, key, amends=version.proposal)


@app.command()
def sign(address: Proposed, home: Home = None) -> None:
    """Sign a proposal with this place's log."""
    open_to_write(home)
    from sameboat.books.compacts.actions import sign_compact

    _told(sign_compact(proposal=_proposal(address), by="operator", now=moment()))


@app.command()
def decline(address: Proposed, because: Because = "", home: Home = None) -> None:
    """Decline a proposal, which then never comes into force."""
    open_to_write(home)
    from sameboat.books.compacts.actions import decline_compact

    _told(decline_compact(proposal=_proposal(address), because=because, by="operator",
                          now=moment()))  # fmt: skip


@app.command()
def leave(address: Agreed, because: Because = "", home: Home = None) -> None:
    """Leave a compact in force: from now on nothing said under it is for this place."""
    open_to_write(home)
    from sameboat.books.compacts.actions import leave_compact

    leave_compact(address=address, because=because, by="operator", now=moment())
    tell(_("This place has left {address}."), current_language(), address=address)


def _propose(terms: dict[str, Any], key: str, *, amends: str) -> None:
    from sameboat.books.compacts.actions import propose_compact
    from sameboat.lib.address import uuid7

    now = moment()
    _told(propose_compact(**terms, amends=amends, key=_key(key) or uuid7(now), by="operator",
                          now=now))  # fmt: skip


def _told(version: "CompactVersion") -> None:
    """Print the compact and its proposal, for the next command; tell what it is now."""
    say(f"{version.compact.address}  {version.proposal}")
    language = current_language()
    tell(_("Version {number}: {state}."), language, number=version.number,
         state=translate(STATES[version.state], language))  # fmt: skip


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        fault = Fault("not_a_uuid", _("is no UUID."), field="--key", value=text,
                      allowed="0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a11")  # fmt: skip
        raise FaultyInput([fault]) from None


def _merged(terms: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """Return the terms with what a file says in their place, each field in the form it needs."""
    told = read_file(file) if file else {}
    forms = {"names": dict, "purpose": dict, "members": list, "body": str, "led": str}
    words = {dict: _("one text per language: zh-Hans, en"), list: _("a list of places"),
             str: _("a text")}  # fmt: skip
    faults = [
        Fault("wrong_type", _("has another form."), file=str(file), field=name, value=value,
              allowed=words[forms[name]])
        for name, value in told.items() if not isinstance(value, forms[name])
    ]  # fmt: skip
    if faults:
        raise FaultyInput(faults)
    return terms | told


def _take_options(
    terms: dict[str, Any], name_en: str, name_zh: str, purpose_en: str, purpose_zh: str,
    member: list[str] | None, body: str | None, led: Led | None,
) -> None:  # fmt: skip
    for field, tag, text in (
        ("names", "en", name_en), ("names", "zh-Hans", name_zh),
        ("purpose", "en", purpose_en), ("purpose", "zh-Hans", purpose_zh),
    ):  # fmt: skip
        if text:
            terms[field] = {**terms[field], tag: text}
    if member:
        terms["members"] = member
    if body is not None:
        terms["body"] = body
    if led is not None:
        terms["led"] = led.value


def _compact(address: str) -> "Compact":
    from sameboat.books.compacts.queries import compact_by_address
    from sameboat.books.compacts.refusals import UnknownCompact

    found = compact_by_address(address)
    if found is None:
        raise UnknownCompact(address=address)
    return found


def _proposal(address: str) -> str:
    """Return the proposal that is meant: itself, or the only open one of a compact."""
    if "/compact/" not in address:
        return address
    versions = list(_compact(address).versions.all())
    found = [each.proposal for each in versions if each.state == "proposed"]
    if len(found) > 1:
        raise SeveralOpen(address=address, count=len(found), proposals=", ".join(found))
    # Where none is open the last is meant: what was answered is answered the same, twice is once.
    return found[0] if found else versions[-1].proposal


def _live(compact: "Compact") -> "list[CompactVersion]":
    """Return what holds and what there is to decide on, else the last."""
    versions = list(compact.versions.all())
    return [each for each in versions if each.state in ("proposed", "in_force")] or versions[-1:]


def _our_answer(version: "CompactVersion") -> str:
    from django.conf import settings

    from sameboat.books.compacts.queries import signatories_of

    if settings.PLACE in version.left:
        return _("left")
    said = next((each for each in version.answers.all() if each.place == settings.PLACE), None)
    if said is not None:
        return ANSWERS[said.answer]
    return _("waits for us") if settings.PLACE in signatories_of(version) else _("not ours")


def _lines(version: "CompactVersion", language: str) -> list[str]:
    from sameboat.books.compacts.queries import signatories_of

    def word(text: str, **facts: object) -> str:
        return translate(text, language).format(**facts)

    state = word(STATES[version.state])
    lines = [word(_("Version {number}: {state}, proposed by {place}"), number=version.number,
                  state=state, place=version.place),
             f"  {version.proposal}"]  # fmt: skip
    for tag in ("zh-Hans", "en"):
        if tag in version.names or tag in version.purpose:
            lines.append(f"  {tag}: {version.names.get(tag, '–')}")
            lines += [f"    {line}" for line in version.purpose.get(tag, "").splitlines()]
    if version.body:
        lines.append(f"  {word(LED[version.led])}: {version.body}")
    if version.in_force_at:
        since = version.in_force_at.isoformat(timespec="seconds")
        lines.append("  " + word(_("Signed by all at {at}"), at=since))
    lines.append(f"  SHA-256 {version.digest}")
    answers = {each.place: each for each in version.answers.all()}
    for place in signatories_of(version):
        lines.append(f"  {place}  {_answer_line(answers.get(place), language)}".rstrip())
    for place in version.left:
        lines.append(f"  {place}  {word(_('left'))}")
    return lines


def _answer_line(said: "CompactAnswer | None", language: str) -> str:
    if said is None:
        return translate(_("has not answered"), language)
    at = said.said_at.isoformat(timespec="seconds")
    return f"{translate(ANSWERS[said.answer], language)}  {at}  {said.entry}  {said.because}"
