"""No secret of the configuration is shown anywhere: planted, and looked for in every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from footyd.adapters.mongo import Store
from footyd.web import api, site
from tests.web.days import a_saturday
from tests.web.site import NOW, Site, opened
from tests.web.test_runs import an_afternoon

PLANT = "pl4nted"
TOKEN = f"{PLANT}-token-0123456789"
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "api_football": {"key": f"{PLANT}-key"},
    "mongo": {"uri": f"mongodb://reader:{PLANT}-mongo@192.0.2.7/"},
    "search": {
        "cookies": {"auth_token": f"{PLANT}-auth", "ct0": f"{PLANT}-ct0"},
        "api": {"bearer_token": f"{PLANT}-bearer"},
    },
    "library": {"s3": {"access_key": f"{PLANT}-access", "secret_key": f"{PLANT}-secret"}},
    "notify": {"urls": [f"ntfys://reader:{PLANT}-notify@ntfy.example.org/goals"]},
    "web": {"token": TOKEN},
}
KNOWN = {"run_id": "night", "day": "today", "goal_id": "1-10-1-0-1"}


def secrets(section: BaseModel) -> Iterator[tuple[str, Any]]:
    """Every secret key of a section, as set."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from ((f"{name}.{key}", found) for key, found in secrets(value))
        elif SecretStr.__name__ in str(field.annotation):
            yield name, value


def paths() -> list[str]:
    """All that can be read, with what is known in the place of what is named."""
    read = [route.path for page in site.PAGES for route in page.routes if route.method == "GET"]
    read += [f"/api/v1{one.path}" for one in api.ENDPOINTS if one.method == "GET"]
    read += ["/healthz", "/metrics", "/api/v1/openapi.json", "/api/v1/nothing", "/runs?job=none"]
    return [re.sub(r"\{(\w+)[^}]*\}", lambda found: KNOWN.get(found[1], "1"), path) for path in read]


async def test_no_page_and_no_answer_shows_a_secret(store: Store, tmp_path: Path) -> None:
    (tmp_path / "x_session.json").write_text(f'{{"cookies": [{{"value": "{PLANT}-session"}}]}}')
    async with opened(store, tmp_path, SETTINGS) as found:
        planted = dict(secrets(found.config))
        assert {name for name, value in planted.items() if not value} == set(), "plant the new one too"
        await a_saturday(store, NOW)
        await an_afternoon(store)
        await _assert_nothing_shown(found)


async def _assert_nothing_shown(found: Site) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    asked = paths()
    assert {"/health", "/runs/night", "/api/v1/health", "/api/v1/status"} <= set(asked)
    for path in asked:
        answer = await found.get(path, headers=headers)
        assert answer.status < 500, path
        assert PLANT.encode() not in answer.body, path
        assert not [name for name, value in answer.headers.items() if PLANT in value], path
