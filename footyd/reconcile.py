"""Records against the library, once after every start: what both say is made to agree, within reason.

Beside the work, for everything found is looked at again before it is touched.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from footyd.errors import LibraryError
from footyd.library_check import LEFT_ALONE, LOST, Checked, Fault, check, repair
from footyd.model import Leftover
from footyd.pipeline import Check, Ground, Tools

UNCLAIMED_AT_MOST = 300
"""A crash leaves three objects at most; so many are another library."""
SIDES_AT_MOST = 20
"""A clip without a readable frame stays without a poster: not all of them are fetched at each start."""
LOST_AT_MOST = 20
LOST_SHARE = 0.1
ALL_OF = 3
"""That so many clips are all gone is no accident of one file."""


def is_another_library(checked: Checked) -> bool:
    """Whether so much is gone that a disk not mounted, or a bucket mistaken, explains it better."""
    lost = sum(finding.fault is Fault.MISSING for finding in checked.findings)
    if lost and not checked.objects:
        return True
    if lost >= max(checked.keepers, ALL_OF):
        return True
    return lost > max(LOST_AT_MOST, LOST_SHARE * checked.keepers)


class LibraryChecks:
    """The checks of one round: records and objects are compared once for all of them."""

    def __init__(self) -> None:
        self._checked: Checked | None = None
        self._leftovers: dict[str, Leftover] = {}

    def all(self) -> tuple[Check, ...]:
        return (
            Check(
                name="write cut off in the library",
                plan="its partial file or upload is removed",
                find=self._cut_off,
                mend=self._sweep,
                beside=True,
            ),
            Check(
                name="record without its object",
                plan="its post is fetched again with the goal's next pass",
                find=self._lost,
                mend=self._repair,
                beside=True,
            ),
            Check(
                name="clip without poster or sidecar",
                plan=f"they are made anew, for {SIDES_AT_MOST} clips at a time",
                find=lambda ground: self._of(frozenset(Fault) - LOST - LEFT_ALONE - {Fault.UNNAMED}, ground),
                mend=lambda keys, tools: self._repair(keys[:SIDES_AT_MOST], tools),
                beside=True,
            ),
            Check(
                name="object without a record",
                plan="it is removed: a sidecar tells that it was footyd's, of a goal that is recorded",
                find=lambda ground: self._of({Fault.UNNAMED}, ground),
                mend=self._repair,
                beside=True,
            ),
        )

    async def _look(self, ground: Ground) -> Checked:
        if self._checked is None:
            self._checked = await check(ground.store, ground.library, unclaimed_at_most=UNCLAIMED_AT_MOST)
        return self._checked

    async def _of(self, faults: Container[Fault], ground: Ground) -> list[str]:
        return [finding.key for finding in (await self._look(ground)).findings if finding.fault in faults]

    async def _lost(self, ground: Ground) -> list[str]:
        """Raises LibraryError where too much is gone to be fetched again unasked."""
        lost = await self._of(LOST, ground)
        checked = await self._look(ground)
        if is_another_library(checked):
            raise LibraryError(
                f"{len(lost)} of {checked.keepers} clips are not in the library: it may be another one",
                remedy="Mount its disk, or correct library.dir or library.s3.bucket; "
                "if they are truly gone, footyd library verify --repair fetches them again",
            )
        return lost

    async def _repair(self, keys: Sequence[str], tools: Tools) -> None:
        wanted = set(keys)
        for finding in (await self._look(tools)).findings:
            if finding.key in wanted and finding.fault not in LEFT_ALONE:
                await repair(finding, tools)

    async def _cut_off(self, ground: Ground) -> list[str]:
        """Uploads in parts are anybody's, unless a record of ours names their key."""
        for left in await ground.library.leftovers():
            if left.key is None or await ground.store.shelf.names(left.key):
                self._leftovers[left.name] = left
        return list(self._leftovers)

    async def _sweep(self, names: Sequence[str], tools: Tools) -> None:
        for name in names:
            await tools.library.sweep(self._leftovers[name])
