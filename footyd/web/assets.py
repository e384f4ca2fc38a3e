"""The page's own files, from memory, under names that carry their hash: a browser keeps them for good."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files

from aiohttp import web

from footyd.web.problems import not_found

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}
KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """`served` is its name in addresses, `style.0123456789.css`."""

    served: str
    content_type: str
    body: bytes
    packed: bytes


class Assets:
    """Every file of static/."""

    def __init__(self) -> None:
        found = [file for file in files("footyd.web").joinpath("static").iterdir() if file.is_file()]
        by_name = {file.name: _asset(file.name, file.read_bytes()) for file in found}
        self.by_name = by_name
        self._served = {asset.served: asset for asset in by_name.values()}

    async def serve(self, request: web.Request) -> web.Response:
        asset = self._served.get(request.match_info["name"])
        if asset is None:
            raise not_found("such file")
        headers = {"Cache-Control": KEPT, "Vary": "Accept-Encoding"}
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = asset.packed if packed else asset.body
        return web.Response(body=body, headers=headers, content_type=asset.content_type)


def _asset(name: str, body: bytes) -> Asset:
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:10]
    return Asset(
        served=f"{stem}.{digest}.{suffix}",
        content_type=TYPES[suffix],
        body=body,
        packed=gzip.compress(body, 9, mtime=0),
    )
