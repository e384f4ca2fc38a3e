"""Who may write: one daemon at a time holds the lease on a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A daemon as the others know it; what its system does not tell is empty.

    `machine` and `state` outlive a restart, `boot` ends with the machine's uptime; `pid` and `started` name
    one process among those of `pids`, its namespace.
    """

    host: str
    state_dir: str
    machine: str
    state: str
    boot: str
    pids: str
    pid: int
    started: str

    def is_same_place(self, other: Holder) -> bool:
        """The same state directory of the same machine, of which a lock lets only one daemon run."""
        return bool(self.state) and (self.machine, self.state) == (other.machine, other.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """As the database has it: all times are its clock's, `left_seconds` too.

    `token` names one hold of it (empty: released), `renewals` counts how often that was prolonged.
    """

    token: str
    renewals: int
    holder: Holder
    since: datetime
    until: datetime
    left_seconds: float

    def is_same_hold(self, other: Lease) -> bool:
        return (self.token, self.renewals) == (other.token, other.renewals)
