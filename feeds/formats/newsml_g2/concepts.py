"""What NewsML-G2 says of a thing by a code: its name, wherever in the item that stands.

A concept is named by ``qcode``, ``uri`` or ``literal``. Its name may stand in the element, in an
``assert`` of the item under the same code, or only in a catalogue somewhere on the web, which is
not fetched: what is in no file has no name here, but for the first level of IPTC's subjects.
"""

from __future__ import annotations

from ..newscodes import bare, subject
from ..xml_tree import Element, attribute, children, words

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_CODES = ("qcode", "uri", "literal")
# What a text is about beside its topics: things with names of their own make no sections.
_THINGS = frozenset(
    {
        "geoarea",
        "person",
        "organisation",
        "organization",
        "event",
        "poi",
        "object",
        "animal",
        "team",
    }
)
_SECTIONS = frozenset({"category", "section", "ressort", "desk"})
_SHORT = frozenset({"mnemonic", "short", "code"})


class Concepts:
    """The concepts of one item; *language* is preferred for their names."""

    def __init__(self, item: Element, language: str) -> None:
        self.language = language
        self._asserted = {
            code: one
            for one in reversed(children(item, "assert"))
            if (code := attribute(one, *_CODES))
        }

    def text(self, elements: list[Element]) -> str:
        """Return the text of the first of *elements* in the language of the item, else of any."""
        known = [(one, words(one)) for one in elements]
        said = [(one, text) for one, text in known if text]
        own = (text for one, text in said if self._is_own(one.get(LANGUAGE)))
        return next(own, said[0][1] if said else "")

    def name(self, concept: Element | None) -> str:
        """Return the name of *concept*, "" if it has none but a code."""
        if concept is None:
            return ""
        asserted = self._asserted.get(attribute(concept, *_CODES))
        for one in (concept, asserted):
            names = [n for n in children(one, "name") if bare(attribute(n, "role")) not in _SHORT]
            if name := self.text(names or children(one, "name")):
                return name
        return ""

    def party(self, concept: Element | None) -> str:
        """Return who *concept* is: a name, else the literal, else what its code ends in."""
        qcode = attribute(concept, "qcode")
        return self.name(concept) or attribute(concept, "literal") or qcode.partition(":")[2]

    def topics(self, meta: Element | None) -> list[str]:
        """Return the names of the subjects, sections first, then the keywords, each once."""
        subjects = [one for one in children(meta, "subject") if self._kind(one) not in _THINGS]
        subjects.sort(key=lambda one: self._kind(one) not in _SECTIONS)
        named = [self.name(one) for one in subjects]
        named += [words(one) for one in children(meta, "keyword")]
        if not any(named):
            named = [subject(attribute(one, "qcode", "uri")) or "" for one in subjects]
        return list(dict.fromkeys(filter(None, named)))

    def _kind(self, concept: Element) -> str:
        asserted = self._asserted.get(attribute(concept, *_CODES))
        kinds = children(asserted, "type")
        return bare(attribute(concept, "type") or attribute(kinds[0] if kinds else None, "qcode"))

    def _is_own(self, language: str | None) -> bool:
        own, other = self.language.lower(), (language or "").lower()
        return not other or own.partition("-")[0] == other.partition("-")[0]
