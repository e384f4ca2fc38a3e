"""Text as the judgement reads it: accents folded, words apart, hashtags opened."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {
        "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
        "’": "'", "‘": "'", "′": "'", "´": "'", "`": "'",
        "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ـ": None,
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "×": "x",
    }
)  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_INVISIBLE = frozenset({"Mn", "Me", "Cf"})
"""Unicode categories of accents, key caps and direction marks."""
_WORD = re.compile(r"[^\W_]+")
_HASHTAG = re.compile(r"#(\w+)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DRAWN_OUT = re.compile(r"(\w)\1+")
_SHOUTED = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
_ARABIC = re.compile(r"[\u0621-\u064a]")
_ARABIC_PREFIXES = ("و", "ف", "ب", "ل", "ك")
"""And, so, with, for, like: written together with the word that follows."""


@lru_cache(maxsize=512)
def fold(text: str) -> str:
    """Letters without accents, ASCII digits, dashes and apostrophes; case is kept."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(_digit(char) for char in decomposed if unicodedata.category(char) not in _INVISIBLE)


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def spellings(name: str) -> tuple[str, ...]:
    """The name as given and as people without those keys write it: Müller, Muller, Mueller."""
    return tuple(dict.fromkeys((name, fold(name), fold(name.translate(_UMLAUTS)))))


def split_words(text: str) -> list[str]:
    """The folded words as written."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=4096)
def phrase(text: str) -> str:
    """The folded words in lower case, single spaces between them."""
    return " ".join(split_words(text)).lower()


def padded_phrase(text: str) -> str:
    """The folded words as written, a space at both ends; `#BukayoSaka` is two words too, SAKAAAA is SAKA."""
    heard = _SHOUTED.sub(r"\1", text)
    opened = (_CAMEL.sub(" ", tag) for tag in _HASHTAG.findall(fold(heard)))
    return " ".join(["", *split_words(heard), *split_words(" ".join(opened)), ""])


def names(padded: str, wanted: str) -> bool:
    """Whether a padded phrase holds these whole words, apart or run together as in a hashtag."""
    return f" {wanted} " in padded or f" {wanted.replace(' ', '')} " in padded


def is_arabic(text: str) -> bool:
    return _ARABIC.search(text) is not None


def grown(alias: str) -> tuple[str, ...]:
    """A folded name with what Arabic writes in front of it: `الهلال` → `والهلال`, `للهلال`…"""
    if not is_arabic(alias):
        return (alias,)
    joined = [f"{prefix}{alias}" for prefix in _ARABIC_PREFIXES]
    contracted = [f"لل{alias.removeprefix('ال')}"] if alias.startswith("ال") else []
    return (alias, *joined, *contracted)


def wordset(text: str) -> frozenset[str]:
    return frozenset(text.split())


def squeeze(text: str) -> str:
    """Folded lower case with drawn-out letters shortened: GOOOOL → gol."""
    return _DRAWN_OUT.sub(r"\1", fold(text).lower())


def vocabulary(terms: str) -> re.Pattern[str]:
    """A pattern for squeezed text out of terms parted by commas; `*` stands for more letters."""
    cleaned = (squeeze(term.strip()) for term in terms.split(","))
    longest_first = sorted({term for term in cleaned if term}, key=len, reverse=True)
    alternatives = "|".join(re.escape(term).replace(r"\*", r"\w*") for term in longest_first)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")
