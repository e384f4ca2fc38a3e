"""A footyd elsewhere, asked over its API; every way in which it does not answer is an error with a remedy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError

from footyd import __version__
from footyd.errors import FootydError, TemporaryError

API = "/api/v1"
TIMEOUT_SECONDS = 30
PROBLEM_TYPE = "application/problem+json"
NO_SUCH_CALL = ("Not Found: ", "Method Not Allowed: ")
"""How a footyd begins to tell of an address that it does not have, apart from a thing that is not there."""


@asynccontextmanager
async def open_remote(url: str, token: str) -> AsyncIterator[Remote]:
    """`url` is the address of its page; an empty token is none."""
    headers = {"User-Agent": f"footyd/{__version__}"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        client = httpx.AsyncClient(headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS)
        httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise FootydError(f"{url} is no address", remedy="Write it as http://host:8674") from exc
    async with client:
        yield Remote(client, url.rstrip("/"), has_token=bool(token))


class Remote:
    """One footyd; what it answers is read into the type that is asked for."""

    def __init__(self, client: httpx.AsyncClient, url: str, *, has_token: bool) -> None:
        self._client = client
        self._url = url
        self._has_token = has_token

    async def get(self, path: str, form: TypeAdapter[Any], **params: str | int) -> Any:
        return self._read(await self._ask("GET", path, params=params), form)

    async def post(self, path: str, form: TypeAdapter[Any], body: Mapping[str, Any] | None = None) -> Any:
        """Without a token it shows the CSRF token of a session, as a browser does."""
        headers = {} if self._has_token else await self._csrf()
        return self._read(await self._ask("POST", path, json=body, headers=headers), form)

    async def _csrf(self) -> dict[str, str]:
        found = (await self._ask("GET", "/session")).json()
        return {"X-CSRF-Token": str(found.get("csrf_token") or "")} if isinstance(found, dict) else {}

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._client.request(method, f"{self._url}{API}{path}", **given)
        except (TimeoutError, httpx.TimeoutException) as exc:
            raise TemporaryError(
                f"footyd at {self._url} gave no answer in {TIMEOUT_SECONDS} s", remedy="Look at its log"
            ) from exc
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as exc:
            raise TemporaryError(
                f"footyd at {self._url} is out of reach ({exc or type(exc).__name__})",
                remedy="Compare the address with web.host and web.port there, and see whether it runs",
            ) from exc
        if answer.is_success and answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer
        raise self._refused(method, path, answer)

    def _refused(self, method: str, path: str, answer: httpx.Response) -> FootydError:
        if not answer.headers.get("Content-Type", "").startswith(PROBLEM_TYPE):
            return self._no_footyd(answer)
        try:
            problem = answer.json()
        except ValueError:
            return self._no_footyd(answer)
        if not isinstance(problem, dict):
            return self._no_footyd(answer)
        detail, remedy = str(problem.get("detail", "")), str(problem.get("remedy", ""))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            told = "does not take this token" if self._has_token else "asks for a token"
            return FootydError(
                f"footyd at {self._url} {told}", remedy="Name the file that holds its web.token: --token-file"
            )
        if detail.startswith(NO_SUCH_CALL):
            return self._other_version(f"it knows no {method} {path}")
        kind = TemporaryError if answer.status_code in (429, 503) else FootydError
        return kind(detail.removesuffix(remedy).strip(), remedy=remedy)

    def _no_footyd(self, answer: httpx.Response) -> FootydError:
        told = f"HTTP {answer.status_code}"
        if target := answer.headers.get("Location"):
            told += f", on to {target}"
        return FootydError(
            f"what answers at {self._url} is no footyd ({told})",
            remedy="Give the address of its page, with the path under which a proxy shows it",
        )

    def _read(self, answer: httpx.Response, form: TypeAdapter[Any]) -> Any:
        try:
            return form.validate_json(answer.content)
        except ValidationError as exc:
            first = exc.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise self._other_version(f"{place}: {first['msg']}") from exc

    def _other_version(self, reason: str) -> FootydError:
        return FootydError(
            f"footyd at {self._url} speaks otherwise than this one, {__version__} ({reason})",
            remedy="Bring both to the same version: footyd --version, /api/v1/status there",
        )
