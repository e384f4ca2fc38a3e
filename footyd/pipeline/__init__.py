"""One goal, top to bottom."""

from footyd.pipeline.goal import next_plan, work_goal
from footyd.pipeline.mend import MendReport, end_quarantine, mend_all
from footyd.pipeline.tools import Announce, GoalReport, Tools

__all__ = [
    "Announce",
    "GoalReport",
    "MendReport",
    "Tools",
    "end_quarantine",
    "mend_all",
    "next_plan",
    "work_goal",
]
