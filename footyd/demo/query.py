"""X's query language as far as needed here: words, "phrases", OR, parentheses, -not; operators pass."""

from __future__ import annotations

import re
import unicodedata

_TOKEN = re.compile(r'-?"[^"]*"|\(|\)|[^\s()"]+')
_OPERATOR = re.compile(r"-?[a-z_]+:\S+", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def matches(query: str, text: str) -> bool:
    """Whether the text holds all that is wanted; whole words, accents and case aside; an empty query: no."""
    tokens = [token for token in _TOKEN.findall(query) if not _OPERATOR.fullmatch(token)]
    wanted = _Reader(tokens, f" {_words(text)} ")
    return bool(tokens) and wanted.alternatives()


def _words(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(one for one in apart if not unicodedata.combining(one))))


class _Reader:
    """Recursive descent; OR binds weaker than standing side by side."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self._tokens = tokens
        self._text = text

    def alternatives(self) -> bool:
        found = self._together()
        while self._take("OR"):
            found = self._together() or found
        return found

    def _together(self) -> bool:
        found = True
        while self._tokens and self._tokens[0] not in {"OR", ")"}:
            found = self._one() and found
        return found

    def _one(self) -> bool:
        if self._take("("):
            found = self.alternatives()
            self._take(")")
            return found
        token = self._tokens.pop(0)
        if token.startswith("-"):
            return not self._holds(token[1:])
        return self._holds(token)

    def _holds(self, term: str) -> bool:
        return f" {_words(term)} " in self._text

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            del self._tokens[0]
            return True
        return False
