"""One goal, top to bottom."""

from footyd.pipeline.checks import CHECKS, Check, Ground, mend_all, set_right
from footyd.pipeline.goal import next_plan, work_goal, work_pass
from footyd.pipeline.house import QUARANTINE, end_quarantine, keep_house
from footyd.pipeline.search import Answered, ask_for, look_of, take_answer, with_company
from footyd.pipeline.tools import Announce, GoalReport, Tools

__all__ = [
    "CHECKS",
    "QUARANTINE",
    "Announce",
    "Answered",
    "Check",
    "GoalReport",
    "Ground",
    "Tools",
    "ask_for",
    "end_quarantine",
    "keep_house",
    "look_of",
    "mend_all",
    "next_plan",
    "set_right",
    "take_answer",
    "with_company",
    "work_goal",
    "work_pass",
]
