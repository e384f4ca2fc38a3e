"""The one object of a library that is no clip's: it says whose the library is, to programs and to people."""

from __future__ import annotations

import json

from footyd.errors import LibraryError
from footyd.model import ObjectKey, Owner

MARKER = ObjectKey(".footyd-owner")
"""At the library's root; no key of a clip begins with a dot."""
_NOTE = "The database whose footyd keeps its clips here; another one is refused: see footyd library adopt"


def text_of(owner: Owner) -> bytes:
    told = {"footyd": 1, "owner": owner.id, "where": owner.where, "note": _NOTE}
    return f"{json.dumps(told, ensure_ascii=False, indent=2)}\n".encode()


def owner_in(content: bytes) -> Owner:
    """Raises LibraryError for what no footyd wrote."""
    try:
        told = json.loads(content)
        return Owner(id=str(told["owner"]), where=str(told["where"]))
    except (ValueError, TypeError, KeyError) as exc:
        raise LibraryError(
            f"{MARKER} in the library does not tell whose it is", remedy="footyd library adopt writes it anew"
        ) from exc
