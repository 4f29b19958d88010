"""The desk at which a scenario is read: names each fault with the file, the field and the value."""

from collections.abc import Collection, Mapping
from typing import Any

from sameboat.lib.fault import FaultList
from sameboat.lib.language import mark as _

#: Words for people; they may stand in every table.
REMARKS = ("source", "note", "description")


class Desk(FaultList):
    """Reads the tables of one file after another and gathers their faults."""

    def only(self, table: Mapping[str, Any], known: Collection[str], where: str) -> None:
        """Note each name that is not known: a misspelt one would be left out without a word."""
        for name in table:
            if name not in known and name not in REMARKS:
                self.fault(
                    "unknown_field",
                    ".".join(part for part in (where, name) if part),
                    None,
                    _("is not known here."),
                    allowed=", ".join(known),
                    next_step=_("Mend its spelling, or take it out."),
                )

    def table(self, holder: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
        """Return a table that must be there; a fault where something else stands in its place."""
        table = holder.get(name)
        if table is None:
            self.fault("empty", where, None, _("is missing."))
            return {}
        if not isinstance(table, Mapping):
            self.fault("not_a_table", where, table, _("is not a table {{...}}."))
            return {}
        return table

    def names(self, value: Any, where: str) -> dict[str, str]:
        """Return a table of words by language; a fault where it is not one."""
        told = value if isinstance(value, Mapping) else {}
        if not told or not all(isinstance(text, str) and text.strip() for text in told.values()):
            self.fault(
                "title",
                where,
                value,
                _("is missing, or is not a table of names by language."),
                next_step=_('Write title = {{zh-Hans = "…", en = "…"}}.')
                if where == "title"
                else _('Write name = {{zh-Hans = "…", en = "…"}}.'),
            )
            return {}
        return dict(told)

    def one_of(self, content: Mapping[str, Any], field: str, known: Collection[str]) -> None:
        """Note a word that is none of those known."""
        if content.get(field) not in known:
            self.fault(
                "unknown_value",
                field,
                content.get(field),
                _("is none of those known."),
                allowed=", ".join(known),
            )
