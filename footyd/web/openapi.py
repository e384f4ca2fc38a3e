"""The API as an OpenAPI 3.1 document, made from the endpoints that answer: it cannot tell of others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from footyd import __version__
from footyd.web.endpoint import API, LISTING, Endpoint, Param, adapter
from footyd.web.problems import PROBLEM_TYPE, Problem

REFERENCE = "#/components/schemas/{model}"
JSON = "application/json"
INFO = {
    "title": "footyd",
    "version": __version__,
    "summary": "Football matches, their goals and the clips of them.",
    "description": "Times are ISO 8601 with zone, durations end in `_seconds`, sizes in `_bytes`. A list is "
    '`{"items": […], "next": cursor or null}`; the cursor goes into the next request. Errors are '
    "problem documents (RFC 9457) whose `remedy` says what to do.",
    "license": {"name": "MIT", "identifier": "MIT"},
}
SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "`web.token` of the configuration."},
    "session": {"type": "apiKey", "in": "cookie", "name": "footyd_session", "description": "Of a browser."},
}
RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}}
ASKS = {"WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}}}
TOLD = {
    400: "A parameter or the body cannot be understood.",
    401: "No token was sent, or a wrong one.",
    403: "A change without CSRF token, or from another site.",
    404: "There is no such thing.",
    409: "It cannot be done as things stand.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    421: "Without a token, footyd answers only under its own names (`web.hosts`).",
    429: "Too many wrong tokens.",
    503: "The database or the library does not answer.",
}
HEADERS: Mapping[int, Mapping[str, Any]] = {401: ASKS, 429: RETRY, 503: RETRY}
EVERYWHERE = (400, 401, 421, 429, 503)
SAFE = frozenset({"GET", "HEAD"})

Mode = Literal["validation", "serialization"]
Schemas = Mapping[tuple[Any, Mode], dict[str, Any]]


def document(endpoints: Sequence[Endpoint], *, prefix: str, needs_token: bool) -> dict[str, Any]:
    """`needs_token`: whether strangers are refused, as they are wherever `web.token` is set."""
    schemas, definitions = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path = paths.setdefault(re.sub(r"\{(\w+):[^/]+\}", r"{\1}", endpoint.path), {})
        path[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": prefix + API}],
        "security": [{"token": []}, {"session": []}] if needs_token else [],
        "paths": paths,
        "components": {"schemas": definitions, "securitySchemes": SECURITY},
    }


def _schemas(endpoints: Iterable[Endpoint]) -> tuple[Schemas, dict[str, Any]]:
    """Of every type that goes in or out, with the types they are made of named once."""
    wanted: list[tuple[Any, Mode, TypeAdapter[Any]]] = [
        (Problem, "serialization", adapter(Problem)),
        *((one.returns, _out, adapter(one.returns)) for one in endpoints),
        *((one.body, _in, adapter(one.body)) for one in endpoints if one.body is not None),
        *((param.kind, _in, adapter(param.kind)) for one in endpoints for param in one.params),
    ]
    unique = {(kind, mode): (kind, mode, made) for kind, mode, made in wanted}
    found, rest = TypeAdapter.json_schemas(list(unique.values()), ref_template=REFERENCE)
    return found, rest.get("$defs", {})


_in: Mode = "validation"
_out: Mode = "serialization"


def _operation(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _name(endpoint),
        "summary": endpoint.told,
        "tags": [endpoint.path.split("/")[1].partition(".")[0]],
        "parameters": [_parameter(param, schemas) for param in endpoint.params],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.method not in SAFE:
        told["parameters"].append(_CSRF)
    if endpoint.body is not None:
        content = {JSON: {"schema": schemas[endpoint.body, _in]}}
        told["requestBody"] = {"required": True, "content": content}
    return told


_CSRF = {
    "name": "X-CSRF-Token",
    "in": "header",
    "description": "Of the session; a bearer token needs none.",
    "schema": {"type": "string"},
}


def _name(endpoint: Endpoint) -> str:
    words = re.findall(r"[a-z]+", re.sub(r"\{(\w+)(:[^/]+)?\}", r"by_\1", endpoint.path.lower()))
    return "_".join([endpoint.method.lower(), *words])


def _parameter(param: Param, schemas: Schemas) -> dict[str, Any]:
    return {
        "name": param.name,
        "in": "path" if param.in_path else "query",
        "required": param.in_path,
        "description": param.told,
        "schema": schemas[param.kind, _in],
    }


def _responses(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
    if endpoint.status != HTTPStatus.NO_CONTENT:
        answer["content"] = {JSON: {"schema": schemas[endpoint.returns, _out]}}
    problems = {str(status): _problem(status, schemas) for status in failures_of(endpoint)}
    return {str(endpoint.status): answer, **problems}


def failures_of(endpoint: Endpoint) -> list[int]:
    """Every status with which it may refuse."""
    found = {*EVERYWHERE, *endpoint.fails}
    if any(param.in_path or param in LISTING for param in endpoint.params):
        found.add(404)
    if endpoint.method not in SAFE:
        found |= {403, 409}
    if endpoint.body is not None:
        found |= {413, 415}
    return sorted(found)


def _problem(status: int, schemas: Schemas) -> dict[str, Any]:
    content = {PROBLEM_TYPE: {"schema": schemas[Problem, _out]}}
    told = {"description": TOLD.get(status, HTTPStatus(status).phrase), "content": content}
    return told | ({"headers": HEADERS[status]} if status in HEADERS else {})
