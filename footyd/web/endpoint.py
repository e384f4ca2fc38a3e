"""What an endpoint of the API is, and how lists go on.

Conventions: snake_case, times in ISO 8601 with zone, durations in `_seconds`, sizes in `_bytes`, enumerations
as their words, absent values as null. A list is `{"items": […], "next": cursor or null}`. Errors are problem
documents.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Generic, TypeVar, cast

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from footyd.web.problems import Refusal, bad_request

T = TypeVar("T")
API = "/api/v1"
LIMIT, LIMIT_AT_MOST = 50, 200

Answer = Callable[[web.Request], Awaitable[Any]]
"""Returns the value that `Endpoint.returns` tells the type of; raises FootydError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of the query or, when `in_path`, of the path; `kind` is a Python type."""

    name: str
    told: str
    kind: Any = str
    in_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation under /api/v1. `returns` is a type pydantic can describe, `body` that of a JSON body."""

    method: str
    path: str
    told: str
    answer: Answer
    returns: Any
    params: tuple[Param, ...] = ()
    body: Any = None
    status: int = 200
    fails: tuple[int, ...] = ()

    def route(self) -> web.RouteDef:
        return web.route(self.method, API + self.path, self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        value = await self.answer(request)
        body = adapter(self.returns).dump_json(value)
        headers = {"Cache-Control": "no-store"}
        return web.Response(body=body, status=self.status, content_type="application/json", headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """One page of a list; `next` is the cursor of the following one."""

    items: tuple[T, ...]
    next: str | None


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Built once per type: building costs more than dumping."""
    return TypeAdapter(kind)


def as_json(value: Any) -> Any:
    """A look as plain JSON values."""
    return adapter(cast("Any", type(value))).dump_python(value, mode="json")


async def body_of(request: web.Request, kind: Any) -> Any:
    """The JSON body as a value of that type."""
    if request.content_type != "application/json":
        raise Refusal(415, "the body has to be JSON", remedy="Send Content-Type: application/json")
    try:
        return adapter(kind).validate_json(await request.read())
    except ValidationError as exc:
        raise bad_request("; ".join(_mistake(error) for error in exc.errors(include_url=False))) from exc


def _mistake(error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    return f"{place}: {error['msg']}" if place else str(error["msg"])


# ---------------------------------------------------------------- parameters


def query_date(request: web.Request, name: str) -> date | None:
    text = request.query.get(name, "")
    return read_date(text) if text else None


def read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise bad_request(f"{text!r} is no date", remedy="Write it as 2026-11-21") from exc


def query_int(request: web.Request, name: str, default: int | None = None) -> int | None:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise bad_request(f"{name} is no number: {text!r}")
    return int(text)


def limit_of(request: web.Request) -> int:
    """How many items are asked for, within bounds."""
    wanted = query_int(request, "limit", LIMIT) or 0
    if not 1 <= wanted <= LIMIT_AT_MOST:
        raise bad_request(f"limit has to be 1 to {LIMIT_AT_MOST}")
    return wanted


def cursor_of(request: web.Request) -> Sequence[Any] | None:
    """The sort key after which the list goes on; None: from its beginning."""
    text = request.query.get("cursor", "")
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode() + b"==="))
    except (ValueError, binascii.Error) as exc:
        raise bad_request("the cursor is none of ours", remedy="Begin without one") from exc
    if not isinstance(found, list):
        raise bad_request("the cursor is none of ours", remedy="Begin without one")
    return found


def cursor(key: Sequence[Any]) -> str:
    """A sort key as a cursor: strings, numbers and null."""
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")
