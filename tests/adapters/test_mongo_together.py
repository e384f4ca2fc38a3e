"""Many calls, few round trips."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from footyd.adapters.mongo.together import Together
from footyd.errors import StoreError


class Server:
    """Doubles numbers, one round trip at a time; each waits until it is let go."""

    def __init__(self) -> None:
        self.trips: list[list[int]] = []
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def answer(self, numbers: Sequence[int]) -> list[int]:
        self.trips.append(list(numbers))
        await self.go.wait()
        if self.error:
            raise self.error
        return [2 * number for number in numbers]


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_calls_of_one_moment_are_one_round_trip_and_each_gets_its_own_answer() -> None:
    server = Server()
    server.go.set()
    ask = Together(server.answer)
    assert await asyncio.gather(*map(ask, [3, 1, 3])) == [6, 2, 6]
    assert server.trips == [[3, 1, 3]]


async def test_a_call_is_never_answered_by_a_round_trip_that_began_before_it() -> None:
    server = Server()
    ask = Together(server.answer)
    first = asyncio.ensure_future(ask(1))
    await turns()
    later = asyncio.gather(ask(2), ask(3))
    await turns()
    assert server.trips == [[1]]
    server.go.set()
    assert await first == 2
    assert list(await later) == [4, 6]
    assert server.trips == [[1], [2, 3]]


async def test_an_error_is_told_to_all_who_asked_and_to_nobody_later() -> None:
    server = Server()
    server.go.set()
    server.error = StoreError("the database hung")
    ask = Together(server.answer)
    told = await asyncio.gather(ask(1), ask(2), return_exceptions=True)
    assert [str(error) for error in told] == ["the database hung", "the database hung"]
    server.error = None
    assert await ask(4) == 8


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    server = Server()
    ask = Together(server.answer)
    impatient, patient = asyncio.ensure_future(ask(1)), asyncio.ensure_future(ask(2))
    await turns()
    impatient.cancel()
    await turns()
    server.go.set()
    assert await patient == 4
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_one_round_trip_that_is_ended_from_outside_ends_those_who_wait_for_it() -> None:
    server = Server()
    ask = Together(server.answer)
    waiting = asyncio.ensure_future(ask(1))
    await turns()
    assert ask._trip is not None
    ask._trip.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    server.go.set()
    assert await ask(2) == 4


async def test_nobody_sets_out_for_callers_that_gave_up() -> None:
    """When the loop ended, a trip was begun for those it had just ended, and was destroyed on its way."""
    trips: list[list[int]] = []

    async def never(numbers: Sequence[int]) -> list[int]:
        trips.append(list(numbers))
        await asyncio.Event().wait()
        return []

    together = Together(never)
    callers = [asyncio.create_task(together(1))]
    await turns()
    callers.append(asyncio.create_task(together(2)))
    await turns()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    await turns()
    assert trips == [[1]]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("answers", [[], [1], [1, 2, 3]])
async def test_answers_that_do_not_fit_the_questions_are_an_error_for_everyone(answers: list[int]) -> None:
    """Callers beyond the end of a short list waited for ever."""

    async def misfitting(_numbers: Sequence[int]) -> list[int]:
        return answers

    together = Together(misfitting)
    async with asyncio.timeout(10):
        told = await asyncio.gather(together(1), together(2), return_exceptions=True)
    assert [str(error) for error in told] == [f"the database gave {len(answers)} answers to 2 questions"] * 2
