"""One goal, top to bottom."""

from footyd.pipeline.goal import next_plan, work_goal, work_pass
from footyd.pipeline.house import QUARANTINE, end_quarantine, keep_house
from footyd.pipeline.mend import MendReport, mend_all
from footyd.pipeline.search import Answered, ask_for, look_of, take_answer, with_company
from footyd.pipeline.tools import Announce, GoalReport, Tools

__all__ = [
    "QUARANTINE",
    "Announce",
    "Answered",
    "GoalReport",
    "MendReport",
    "Tools",
    "ask_for",
    "end_quarantine",
    "keep_house",
    "look_of",
    "mend_all",
    "next_plan",
    "take_answer",
    "with_company",
    "work_goal",
    "work_pass",
]
