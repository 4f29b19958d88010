"""An expected "no": a fact with its numbers, then the next step."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sameboat.lib.language import choose, translate


def _shown(value: Any, language: str) -> str:
    if isinstance(value, dict):
        return choose(value, language)
    if isinstance(value, list | tuple | set | frozenset):
        return (", " if language == "en" else "、").join(_shown(each, language) for each in value)
    return str(value)


class Refusal(Exception):
    """The request was understood and is declined; nothing has changed.

    A subclass is named as a fact (`Overdrawn`) and has one template, marked for the catalogue.
    Doors show `in_language`; rows, entries and the API carry `name` and `facts`, never a sentence.
    """

    says: ClassVar[str] = ""
    #: facts that are codes -> code -> the marked words a person reads for it
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.in_language("en"))

    @property
    def name(self) -> str:
        """The fact's name, as rows and the API carry it."""
        return type(self).__name__

    def in_language(self, language: str) -> str:
        """Return the sentence to show, word for word."""
        shown = {
            key: translate(self.words.get(key, {}).get(str(value), ""), language)
            or _shown(value, language)
            for key, value in self.facts.items()
        }
        return translate(self.says, language).format(**shown)
