"""`footyd doctor`: what is wrong here, and what to do about it."""

from footyd.doctor.lines import Level, Line
from footyd.doctor.round import examine

__all__ = ["Level", "Line", "examine"]
