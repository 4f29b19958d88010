"""Every flag and note that a message can get, with its sentence.

A flag makes a message *flagged*: it is shown with the flag and never acted on without a person.
A note is advice of the standard ("should") or a plain oddity; it changes no verdict.
Source: OASIS Common Alerting Protocol 1.2 (2010), sections 3.2.1-3.2.4 and 3.3; the test of what
is a flag and what a note is in docs/reference/cap.md.
"""

from sameboat.lib.language import mark as _

#: flag -> (the rule that is broken, what is allowed)
FLAGS: dict[str, tuple[str, str]] = {
    "cap_1_0": (_("CAP 1.0, read by its own schema."), "CAP 1.2"),
    "cap_1_1": (_("CAP 1.1, read by its own schema."), "CAP 1.2"),
    "identifier_characters": (
        _("The identifier is empty or has a space, a comma, < or &."), "20051113.A-7"),
    "identifier_invisible": (
        _("The identifier has characters that nobody can see."), "20051113.A-7"),
    "sender_characters": (
        _("The sender is empty or has a space, a comma, < or &."), "duty@city.example"),
    "sender_invisible": (
        _("The sender has characters that nobody can see."), "duty@city.example"),
    "time_form": (
        _("The time is not written with its offset in digits."), "2005-11-13T13:40:00+08:00"),
    "time_without_zone": (
        _("The time has no zone, so nobody can say when it was; it was read as UTC."),
        "2005-11-13T13:40:00+08:00"),
    "references_missing": (
        _("An Update, Cancel, Ack or Error must name the earlier message."),
        "sender,identifier,sent"),
    "references_form": (
        _("A reference is not sender,identifier,sent; several stand apart by spaces."),
        "duty@city.example,A-7,2005-11-13T13:40:00+08:00"),
    "references_itself": (_("The message refers to itself."), ""),
    "restriction_missing": (_("A restricted message must say how it is restricted."), ""),
    "addresses_missing": (_("A private message must say to whom it goes."), ""),
    "event_missing": (_("The event has no name."), ""),
    "web_not_absolute": (_("The link is not a full address."), "https://…"),
    "resource_mime_type": (_("The media type is not type/subtype."), "image/png"),
    "resource_uri_relative": (
        _("The file's address is relative and the file is not enclosed."), "https://…"),
    "resource_content": (_("The enclosed file is not in base 64."), ""),
    "resource_size": (_("The size of the file is less than nothing."), ">= 0"),
    "polygon_form": (
        _("The polygon is not a list of lat,lon pairs with spaces between."), "45.7,126.6 …"),
    "polygon_short": (_("The polygon has fewer than four pairs."), ">= 4"),
    "polygon_open": (_("The last pair of the polygon is not its first."), ""),
    "polygon_range": (
        _("A pair of the polygon is not on the globe: latitude comes first."),
        "-90…90,-180…180"),
    "circle_form": (_("The circle is not lat,lon radius."), "45.7,126.6 10.5"),
    "circle_range": (
        _("The circle's centre is not on the globe: latitude comes first."), "-90…90,-180…180"),
    "ceiling_without_altitude": (_("A ceiling needs an altitude."), ""),
    "signature_broken": (_("The signature does not fit the text: one of them was changed."), ""),
    "signature_unreadable": (
        _("The signature does not cover this message in a way that can be checked."), ""),
    "reference_unknown": (
        _("The message follows an earlier one that was never received here."), ""),
    "out_of_sequence": (_("The message is older than the one it follows."), ""),
    "followed_before": (_("A message that updates or cancels it came before it."), ""),
    "identifier_reused": (
        _("An earlier message of this sender had the same identifier."), ""),
}  # fmt: skip

#: note -> what is worth knowing
NOTES: dict[str, str] = {
    "no_info": _("There is no info block."),
    "no_expires": _("No end is given."),
    "no_area": _("No area is given."),
    "area_without_ground": _("An area has neither polygon, circle nor code."),
    "expires_before_sent": _("It ended before it was sent."),
    "expires_before_onset": _("It ends before it begins."),
    "reference_later": _("It refers to a message sent after it."),
    "restriction_not_needed": _("A restriction is given, but the message is not restricted."),
    "utc_as_plus": _("UTC is written +00:00; CAP writes -00:00."),
    "markup_in_text": _("A text has HTML tags."),
    "digest_form": _("The digest is not SHA-1 in hexadecimal."),
    "direction_override": _("A text has characters that turn its direction; show it isolated."),
    "signature_not_checked": _("The message is signed; whose signature it is was not checked."),
}
