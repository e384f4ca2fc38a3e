"""Who may come in: the token, sessions that need no memory, and tokens against forged requests.

A session is a random id and an end, signed. The signing key lies in the state directory and depends on
`web.token`: sessions outlive a restart, and a new token ends them all.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from footyd.config import WebConfig
from footyd.errors import PermanentError

SESSION_KEPT = timedelta(days=30)
KEY_FILE = "web.key"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`signed_in`: whoever holds it has shown the token; others only get their CSRF token by it."""

    id: str
    signed_in: bool
    ends: int

    def text(self) -> str:
        return f"{self.id}.{int(self.signed_in)}.{self.ends}"


class Access:
    """Decides from the configuration in force; `on_loopback` is how the page was bound at its start.

    Bound to more than loopback without a token nobody is let in: a reload may have taken the token away.
    """

    def __init__(
        self,
        config: Callable[[], WebConfig],
        key: bytes,
        clock: Callable[[], datetime],
        *,
        on_loopback: bool,
    ) -> None:
        self.config = config
        self.on_loopback = on_loopback
        self._key = key
        self._clock = clock

    @property
    def is_open(self) -> bool:
        """Whether everybody who reaches us may come in."""
        return self.config().token is None and self.on_loopback

    def is_token(self, text: str) -> bool:
        """In a time that does not depend on how much of it is right."""
        wanted = self._token()
        return bool(wanted) and hmac.compare_digest(_digest(text.strip()), _digest(wanted))

    def _token(self) -> str:
        token = self.config().token
        return token.get_secret_value() if token else ""

    # -------------------------------------------------- sessions

    def begin(self, *, signed_in: bool) -> Session:
        ends = int((self._clock() + SESSION_KEPT).timestamp())
        return Session(id=secrets.token_urlsafe(18), signed_in=signed_in, ends=ends)

    def cookie(self, session: Session) -> str:
        return f"{session.text()}.{self._sign('session', session.text())}"

    def session(self, cookie: str) -> Session | None:
        """The session of a cookie of ours that has not ended."""
        text, _, mac = cookie.rpartition(".")
        parts = text.split(".")
        if len(parts) != 3 or not _same(mac, self._sign("session", text)):
            return None
        found = Session(id=parts[0], signed_in=parts[1] == "1", ends=int(parts[2]))
        return found if found.ends > self._clock().timestamp() else None

    def csrf(self, session: Session) -> str:
        """What every change has to bring along that a browser could be talked into."""
        return self._sign("csrf", session.id)

    def is_csrf(self, session: Session, text: str) -> bool:
        return _same(text, self.csrf(session))

    def _sign(self, purpose: str, text: str) -> str:
        key = hmac.digest(self._key, self._token().encode(), "sha256")
        return hmac.new(key, f"{purpose}:{text}".encode(), "sha256").hexdigest()


def signing_key(state_dir: Path) -> bytes:
    """Made once, readable by footyd's user only; one that is no key any more is made anew."""
    file = state_dir / KEY_FILE
    try:
        found = file.read_bytes() if file.exists() else b""
        return found if len(found) == KEY_BYTES else _made(file)
    except OSError as exc:
        raise PermanentError(
            f"{file} cannot be used ({exc.strerror})", remedy="Let footyd's user read and write it"
        ) from exc


def _made(file: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(key)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(file)
    return key


def _digest(text: str) -> bytes:
    return hashlib.sha256(_bytes(text)).digest()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(_bytes(given), _bytes(wanted))


def _bytes(text: str) -> bytes:
    """Bytes of a header that are no text come as halves of letters."""
    return text.encode(errors="surrogatepass")
