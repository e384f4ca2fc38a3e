"""Wrong tokens are rationed: so many of one client, and so many of all together."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

WINDOW_SECONDS = 300.0
TRIES_OF_ONE = 5
TRIES_OF_ALL = 100
CLIENTS_KNOWN = 1000
LONGEST_NAME = 64
"""A proxy may pass on anything as an address."""


class Tries:
    """Failed tries by client, on the monotonic clock; memory is bounded however many clients come."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._of_one: OrderedDict[str, deque[float]] = OrderedDict()
        self._of_all: deque[float] = deque(maxlen=TRIES_OF_ALL)

    def wait_seconds(self, client: str) -> float:
        """How long no try of this client counts, right or wrong; 0: now."""
        return max(
            self._left(self._of_one.get(_network(client), deque()), TRIES_OF_ONE),
            self._left(self._of_all, TRIES_OF_ALL),
        )

    def failed(self, client: str) -> None:
        now, name = self._clock(), _network(client)
        own = self._of_one.setdefault(name, deque(maxlen=TRIES_OF_ONE))
        self._of_one.move_to_end(name)
        own.append(now)
        self._of_all.append(now)
        while len(self._of_one) > CLIENTS_KNOWN:
            self._of_one.popitem(last=False)

    def _left(self, times: deque[float], allowed: int) -> float:
        if len(times) < allowed:
            return 0.0
        return max(0.0, times[0] + WINDOW_SECONDS - self._clock())


def _network(client: str) -> str:
    """One household has 2**64 addresses of IPv6."""
    try:
        found = ip_address(client)
    except ValueError:
        return client[:LONGEST_NAME]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else found.exploded[:19]
    return str(found)
