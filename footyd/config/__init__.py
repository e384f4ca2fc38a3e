"""The whole configuration as frozen models, one per section: TOML, then secret files, then `FOOTYD_SECTION__KEY` variables.

Every key has a default that works. `load_config` either returns a `Config` or raises `ConfigError` with one line per mistake.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from footyd.config.clips import (
    DEFAULT_KEY_TEMPLATE,
    KEY_FIELDS,
    ClipsConfig,
    DownloadConfig,
    LibraryConfig,
    S3Config,
)
from footyd.config.feed import ApiFootballConfig, ConfirmConfig, FollowConfig, IngestConfig, PollConfig
from footyd.config.search import (
    ApiConfig,
    BrowserConfig,
    CookiesConfig,
    NitterConfig,
    SearchConfig,
    SourceName,
)
from footyd.config.section import PositiveSeconds, Retry, Section, whole_path
from footyd.config.service import (
    DaemonConfig,
    LogConfig,
    MongoConfig,
    NotifyConfig,
    StateConfig,
    WebConfig,
    WorkersConfig,
    default_state_dir,
)

__all__ = [
    "DEFAULT_KEY_TEMPLATE",
    "KEY_FIELDS",
    "ApiConfig",
    "ApiFootballConfig",
    "BrowserConfig",
    "ClipsConfig",
    "Config",
    "ConfirmConfig",
    "CookiesConfig",
    "DaemonConfig",
    "DownloadConfig",
    "FollowConfig",
    "IngestConfig",
    "LibraryConfig",
    "LogConfig",
    "MongoConfig",
    "NitterConfig",
    "NotifyConfig",
    "PollConfig",
    "PositiveSeconds",
    "Retry",
    "S3Config",
    "SearchConfig",
    "Section",
    "SourceName",
    "StateConfig",
    "WebConfig",
    "WorkersConfig",
    "default_state_dir",
]


class Config(Section):
    """All sections; a stage gets its own section, never the whole."""

    state: StateConfig = Field(default_factory=StateConfig, description="Places on disk.")
    api_football: ApiFootballConfig = Field(ApiFootballConfig(), description="The feed.")
    mongo: MongoConfig = Field(MongoConfig(), description="The database, footyd's truth and queue.")
    follow: FollowConfig = Field(FollowConfig(), description="What is followed.")
    ingest: IngestConfig = Field(IngestConfig(), description="The day's fixtures.")
    poll: PollConfig = Field(PollConfig(), description="Live matches.")
    confirm: ConfirmConfig = Field(ConfirmConfig(), description="Believing a goal.")
    search: SearchConfig = Field(SearchConfig(), description="Finding posts.")
    download: DownloadConfig = Field(DownloadConfig(), description="Fetching clips.")
    clips: ClipsConfig = Field(ClipsConfig(), description="Judging and matching clips.")
    workers: WorkersConfig = Field(WorkersConfig(), description="Concurrency.")
    library: LibraryConfig = Field(LibraryConfig(), description="Where the keepers live.")
    web: WebConfig = Field(WebConfig(), description="The page.")
    notify: NotifyConfig = Field(NotifyConfig(), description="Announcements.")
    log: LogConfig = Field(LogConfig(), description="The log.")
    daemon: DaemonConfig = Field(DaemonConfig(), description="The process.")

    @property
    def library_dir(self) -> Path:
        return whole_path(self.library.dir) if self.library.dir else self.state.dir / "library"

    @property
    def session_file(self) -> Path:
        """Where the browser's X login lies; secret, mode 0600."""
        return self.search.browser.session_file or self.state.dir / "x_session.json"

    @property
    def cookies(self) -> CookiesConfig:
        """`search.cookies`, with the browser's login where it names none of its own."""
        own = self.search.cookies
        if own.file or _is_told(own.auth_token) or not self.session_file.is_file():
            return own
        return own.model_copy(update={"file": self.session_file})

    @property
    def ways_to_x(self) -> tuple[SourceName, ...]:
        """The sources that are set up, in the order of `search.sources`."""
        search = self.search
        ready: dict[SourceName, bool] = {
            "cookies": bool(self.cookies.file) or _is_told(search.cookies.auth_token),
            "browser": self.session_file.is_file(),
            "nitter": bool(search.nitter.base_urls),
            "api": _is_told(search.api.bearer_token),
        }
        return tuple(name for name in search.sources if ready[name])

    @property
    def work_dir(self) -> Path:
        """Clips in work: on the state directory's disk, removed when their goal's pass is done."""
        return self.state.dir / "work"


def _is_told(secret: SecretStr | None) -> bool:
    return secret is not None and bool(secret.get_secret_value().strip())
