"""Every error footyd raises on purpose: one class per reaction, facts as attributes, a remedy for the reader.

```
FootydError                      exit 1   one line: what, and the remedy
├── ConfigError                  exit 78  (EX_CONFIG) the file or the environment is wrong
├── InUseError                   exit 75  (EX_TEMPFAIL) another footyd holds the state, database or library
├── PermanentError               exit 69  (EX_UNAVAILABLE) stop the daemon: it cannot work here
├── TemporaryError               exit 69  retry later, by the caller's ladder
│   ├── FeedError                         one poll or ingest is lost, nothing votes
│   │   ├── FeedUnavailable               time-out, connection, HTTP 499/5xx, not JSON
│   │   ├── FeedMalformed                 the reply breaks its own contract; refused whole
│   │   ├── FeedRateLimited               `errors.rateLimit` or HTTP 429: the minute's budget
│   │   ├── FeedQuotaSpent                `errors.requests`: the day's budget
│   │   ├── FeedKeyRefused                `errors.token`: missing or wrong key
│   │   ├── FeedSuspended                 `errors.access`: the account is suspended
│   │   ├── FeedPlanRefused               `errors.plan`: this plan may not ask that
│   │   └── FeedBadParameter              any other `errors`: we asked wrongly
│   ├── StoreError                        the database did not answer in time
│   ├── LibraryError                      an object could not be written, read or deleted
│   └── WorkerError                       a pool task crashed or ran out of time
└── GoalError                             this goal fails, the others go on
```
"""

from __future__ import annotations

from datetime import datetime


class FootydError(Exception):
    """Root: `str()` is one line that names the thing; `remedy` says what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def line(self) -> str:
        """Message and remedy as one line, for terminal and journal."""
        message = str(self).rstrip(".")
        return f"{message}. {self.remedy}" if self.remedy else f"{message}."


class ConfigError(FootydError):
    """One `mistakes` line per wrong key: path, what was found, what is allowed."""

    exit_code = 78

    def __init__(self, message: str, *, mistakes: tuple[str, ...] = (), remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.mistakes = mistakes


class InUseError(FootydError):
    exit_code = 75


class PermanentError(FootydError):
    exit_code = 69


class TemporaryError(FootydError):
    exit_code = 69


class FeedError(TemporaryError):
    """A call to API-Football failed; `retry_at` where the feed named a time."""

    def __init__(self, message: str, *, remedy: str = "", retry_at: datetime | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_at = retry_at


class FeedUnavailable(FeedError): ...


class FeedMalformed(FeedError): ...


class FeedRateLimited(FeedError): ...


class FeedQuotaSpent(FeedError): ...


class FeedKeyRefused(FeedError): ...


class FeedSuspended(FeedError): ...


class FeedPlanRefused(FeedError): ...


class FeedBadParameter(FeedError): ...


class StoreError(TemporaryError): ...


class LibraryError(TemporaryError): ...


class WorkerError(TemporaryError):
    """`timed_out` tells a killed task from a crashed one."""

    def __init__(self, message: str, *, remedy: str = "", timed_out: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.timed_out = timed_out


class GoalError(FootydError): ...
