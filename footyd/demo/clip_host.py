"""The clip host: plain MP4 files over HTTP with ranges; a clip still being made is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from footyd.demo.clip_maker import ClipRecipe

PATIENCE_SECONDS = 60.0
"""Longer than the making of all clips takes; then the host answers 503, which is worth another try."""


class ClipHost:
    """Serves the recipes' files from one folder; any other name is a dead link."""

    def __init__(
        self, recipes: Iterable[ClipRecipe], folder: Path, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._folder = folder
        self._patience_seconds = patience_seconds
        self._ready = {recipe.file_name: asyncio.Event() for recipe in recipes}
        for name in self._ready:
            if (folder / name).is_file():
                self._ready[name].set()

    def ready(self, recipe: ClipRecipe) -> None:
        """The clip lies whole in the folder: whoever waits for it gets it now."""
        self._ready[recipe.file_name].set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{name}", self._clip)
        return app

    async def _clip(self, request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name not in self._ready:
            raise web.HTTPNotFound(text="no such clip")
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._ready[name].wait()
        except TimeoutError as exc:
            raise web.HTTPServiceUnavailable(text="the clip is still being made") from exc
        return web.FileResponse(self._folder / name, headers={"Content-Type": "video/mp4"})
