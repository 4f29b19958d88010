"""How a page answers: in the reader's language, word for word, once."""

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.address import uuid7
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import translate
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

T = TypeVar("T")


def reader() -> str:
    """Return the language of this page."""
    return get_language() or "en"


def there(found: T | None) -> T:
    """Return what was found, or answer that there is nothing to see."""
    if found is None:
        raise Http404
    return found


def now_of(request: HttpRequest) -> "datetime":
    """Return the moment this request arrived, by the node's clock."""
    moment: datetime = request.now  # type: ignore[attr-defined]
    return moment


def new_key(request: HttpRequest) -> UUID:
    """Return a key for a form: sent twice, it does its work once."""
    return uuid7(now_of(request))


def sent_key(request: HttpRequest) -> UUID:
    """Return the key the form carried; a form without one cannot be repeated safely."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise Http404 from None


def whole_number(text: str | None) -> int | None:
    """Return the number that an address or form carries; None for any other text.

    Longer ones are no row, revision or position; Python refuses thousands of digits.
    """
    return int(text) if text and len(text) <= 18 and text.isascii() and text.isdigit() else None


def pages_of(request: HttpRequest, rows: list[Any], size: int, page: int) -> dict[str, Any]:
    """Return the rows of a page, of which one more was asked for, and where to go from here."""
    asked = request.GET.copy()

    def address(number: int) -> str:
        asked["page"] = str(number)
        return f"?{asked.urlencode()}"

    return {
        "rows": rows[:size],
        "newer": address(page - 1) if page > 1 else "",
        "older": address(page + 1) if len(rows) > size else "",
    }


def page_of(request: HttpRequest) -> int:
    """Return which page of a list the address asks for, from 1."""
    return min(max(whole_number(request.GET.get("page")) or 1, 1), 10_000)


def refuse(request: HttpRequest, refusal: Refusal) -> None:
    """Show a refusal on the next page, word for word; each fault on its own line."""
    if isinstance(refusal, FaultyInput):
        for fault in refusal.faults:
            messages.warning(request, fault.in_language(reader()))
    else:
        messages.warning(request, refusal.in_language(reader()))


def done(
    request: HttpRequest,
    doings: "Mapping[str, Callable[[], object]]",
    deed: str,
    *,
    beside: bool = False,
) -> bool:
    """Do what a button asks for; a refusal is shown on the next page.  Return whether it was done.

    Raises: Http404: no such button.  PermissionDenied: this person may not.
        FaultyInput: what was typed is wrong, and the page says so `beside` it.
    """
    if deed not in doings:
        raise Http404
    try:
        doings[deed]()
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.in_language(reader())) from None
    except Refusal as refusal:
        if beside and isinstance(refusal, FaultyInput):
            raise
        refuse(request, refusal)
        return False
    return True


def say_beside(form: Form, refusal: FaultyInput, field_of: dict[str, str]) -> None:
    """Put each fault beside the field of the form that it speaks of.

    `field_of` maps the beginning of a fault's field to the form's field; others stand above.
    """
    for fault in refusal.faults:
        names = sorted((each for each in field_of if fault.field.startswith(each)), key=len)
        form.add_error(field_of[names[-1]] if names else None, sentence(fault))


def sentence(fault: Fault) -> str:
    """Return the fault without its place, for where the place is plain to see."""
    language = reader()
    facts: dict[str, Any] = fault.facts
    said = translate(fault.problem, language).format(**facts)
    if said[:1].islower() and fault.value is not None:
        said = f"“{fault.value}” {said}"
    if fault.allowed:
        allowed = translate("Allowed: {allowed}.", language)
        said += " " + allowed.format(allowed=translate(fault.allowed, language))
    if fault.next_step:
        said += " " + translate(fault.next_step, language).format(**facts)
    return said
