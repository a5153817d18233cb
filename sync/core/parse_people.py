"""Names in cells, linked to the rows they mean (``design.md`` 3: a name, an e-mail address or an ID)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

from .model import Contact, Organizer
from .say import Say, say
from .tidy import bare, clip, fold, joined

Person = TypeVar("Person", Contact, Organizer)

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
_LIKE = 0.75  # likeness from which on a name may be the same one, corrected
_SUGGESTIONS = 100  # in one parse; each compares with many names
_CANDIDATES = 300


def row_key(person: Contact | Organizer) -> str:
    """Return what a link to a person is stored as: the id, or tab and row number while there is none."""
    kind = "contacts" if isinstance(person, Contact) else "team"
    return person.id or f"{kind}:{person.row}"


class People(Generic[Person]):
    """All people of one tab, found by id, e-mail address or name.  ``title`` is the tab's."""

    def __init__(self, title: str, people: Iterable[Person]) -> None:
        self.title = title
        self.all: tuple[Person, ...] = tuple(people)
        self.by_id: dict[str, Person] = {person.id: person for person in self.all if person.id}
        self._by_name: dict[str, list[Person]] = {}
        self._by_address: dict[str, list[Person]] = {}
        for person in self.all:
            if person.name:
                self._by_name.setdefault(fold(person.name), []).append(person)
            if person.email:
                self._by_address.setdefault(person.email.casefold(), []).append(person)
        self._left = _SUGGESTIONS
        self._starts: dict[str, list[str]] = {}

    def sharing(self, address: str) -> list[Person]:
        """Return the people with this e-mail address, in the order of their rows."""
        return self._by_address.get(address.casefold(), [])

    def find(self, text: str) -> list[Person]:
        """Return everybody whom ``text`` can mean: one by id, else by address, else by name."""
        named = self._by_name.get(fold(text))
        if named:
            return named
        if text in self.by_id:
            return [self.by_id[text]]
        address = _ADDRESS.search(text) if "@" in text else None
        return self.sharing(address[0].strip(".'")) if address else []

    def resolve(self, text: str, column: str, remembered: Person | None = None) -> Person | Say:
        """Return the person whom ``text`` means, or a sentence with the way out.

        ``remembered`` is whom this cell meant before: it settles which of two people with one name is meant, and it is
        still meant when the typed name is nobody's any more but is much like the remembered person's ("a corrected
        name keeps its meetings").  A name that is quite another is never taken for the old person.
        """
        found = self.find(text)
        if len(found) == 1:
            return found[0]
        if found:
            same = [person for person in found if remembered is not None and person.id == remembered.id]
            return same[0] if same else self._several(text, column, found)
        if remembered is not None and alike(text, remembered.name):
            return remembered
        return self._unknown(text, column)

    def _several(self, text: str, column: str, found: list[Person]) -> Say:
        number = _NUMBERS.get(len(found), str(len(found)))
        if "@" in text and fold(text) not in self._by_name:
            return say("{column}: {number} people have the address {address}. Choose the name instead.",
                       column=column, number=number, address=clip(found[0].email))  # fmt: skip
        known = [clip(person.email or person.phone) or f"row {person.row}" for person in found[:4]]
        return say('{column}: {number} people are called {name} ({addresses}). In {tab} add something to one name '
                   '("{name} ml."), then choose here again.',
                   column=column, number=number, name=clip(text), addresses=joined(known, "and"),
                   tab=self.title)  # fmt: skip

    def _unknown(self, text: str, column: str) -> Say:
        like = self._nearest(text)
        if like:
            return say('{column}: "{typed}" is not in {tab}. Add them there, or choose a name from the list, '
                       "like {name}.", column=column, typed=clip(text), tab=self.title, name=clip(like))  # fmt: skip
        return say('{column}: "{typed}" is not in {tab}. Add them there, or choose a name from the list.',
                   column=column, typed=clip(text), tab=self.title)  # fmt: skip

    def _nearest(self, text: str) -> str:
        """Return the name most like ``text``; looks only at names with a word that begins like one of its own."""
        if self._left <= 0 or not self.all or len(text) > 80:
            return ""
        self._left -= 1
        if not self._starts:
            for person in self.all:
                for word in person.name.split():
                    self._starts.setdefault(bare(word)[:2], []).append(person.name)
        some = [name for word in text.split() for name in self._starts.get(bare(word)[:2], ())[:_CANDIDATES]]
        scored = [(_likeness(text, name), name) for name in dict.fromkeys(some)]
        best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
        return best[1] if best[0] >= _LIKE else ""


def alike(one: str, two: str) -> bool:
    """Return whether two names may be one name, corrected: they share a word, or differ in a letter or two."""
    shared = _words(one) & _words(two)
    return any(len(word) > 2 for word in shared) or _ratio(bare(one), bare(two)) >= _LIKE


def _likeness(one: str, two: str) -> float:
    words = [_ratio(a, b) for a in _words(one) for b in _words(two)]
    return max([_ratio(bare(one), bare(two)), *words])


def _words(text: str) -> set[str]:
    return {bare(word) for word in re.split(r"[\W_]+", text) if word}


@lru_cache(maxsize=8192)
def _ratio(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, one, two).ratio()


def remembered(
    people: People[Contact], row_id: str, beside: str, memory: Mapping[str, str]
) -> Contact | None:  # fmt: skip
    """Return whom a row's name meant before: what the ledger remembers, else the ``Contact ID`` beside it."""
    return people.by_id.get(memory.get(row_id, "")) or people.by_id.get(beside)
