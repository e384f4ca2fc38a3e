"""Believing goals: what one poll shows against what we believe, as a pure function.

Where each rule of the design page's table lives:

| the feed does | module: name |
|---|---|
| shows a goal first / again / no longer | timeline: `_draft`; rules: `resight`, `remove`, `keep` |
| names the scorer late, or another one | scorer: `merged`, `renamed` |
| moves the minute | align: `align`, `_cost` |
| drops a goal that the score still counts; the score falls | reading: `_against` |
| takes a confirmed goal back, in two polls running | rules: `remove` |
| brings a cancelled or discarded goal back | timeline: `_minted` (a new generation) |
| says `Var`, "Goal cancelled" | observe: `_takebacks`; reading: `_word`, only where the score agrees |
| own goals, missed penalties, shoot-outs, unknown details | observe: `_kind`, `_is_goal` |
| shows more goals than the score | reading: `_supported`, `_is_present` |
| has the score ahead of the events | expected: `expectations` |
| regresses in bulk | guard: `next_guard`, `is_bulk` |
| leaves `events` out; sends a fixture twice | engine: `_readings` |
| abandons, awards or cancels a match | observe: `_score`, `Observation.conclusive` |
"""

from footyd.stages.confirm.engine import confirm
from footyd.stages.confirm.values import Belief, Outcome

__all__ = ["Belief", "Outcome", "confirm"]
