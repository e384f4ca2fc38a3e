"""What moves at X: the id of its search query, its feature flags, and the way its requests are signed.

The config's own values win; then what a browser was seen to use; then what twscrape knows, when it is
installed (footyd[x]); then ours, as of September 2026.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType

import structlog

from footyd.adapters.x_features import FEATURES
from footyd.config import CookiesConfig

log = structlog.get_logger(__name__)

OUR_QUERY_ID = "hyPfJYJ_XAtDYoslQc-Rgg"

_SHAPE = re.compile(r"[\w-]{10,64}", re.ASCII)


class QueryIds:
    """The newest query id seen in use, shared by the sources: the browser sees what the cookies need."""

    def __init__(self) -> None:
        self._newest = ""

    @property
    def newest(self) -> str:
        """Empty while none was seen."""
        return self._newest

    def seen(self, query_id: str) -> None:
        """Taken when it has the shape of one."""
        if _SHAPE.fullmatch(query_id):
            self._newest = query_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The moving parts as this installation knows them; `xclid` is twscrape's module of that name."""

    query_id: str = OUR_QUERY_ID
    features: Mapping[str, bool] = field(default_factory=lambda: FEATURES)
    xclid: ModuleType | None = None

    def query_id_for(self, config: CookiesConfig, seen: QueryIds) -> str:
        return config.query_id or seen.newest or self.query_id

    def features_for(self, config: CookiesConfig) -> dict[str, bool]:
        return {**self.features, **config.features}


def known_parts() -> Known:
    """What twscrape knows, else what we do; a quarter of a second and 20 MB when it is installed.

    The parts used here send nothing. twscrape counts calls of its own searches for its makers and writes to
    stderr through loguru: both are switched off before it is imported, by its own variable and by loguru's.
    """
    os.environ["TWS_TELEMETRY"] = "0"
    try:
        importlib.import_module("loguru").logger.disable("twscrape")
        api = importlib.import_module("twscrape.api")
        xclid = importlib.import_module("twscrape.xclid")
        query_id = str(api.OP_SearchTimeline).partition("/")[0]
        features = {str(name): bool(value) for name, value in api.GQL_FEATURES.items()}
    except (ImportError, AttributeError) as exc:
        log.info("twscrape not used", reason=str(exc), remedy="pip install footyd[x]")
        return Known()
    return Known(query_id=query_id, features=features, xclid=xclid)
