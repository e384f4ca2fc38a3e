"""Which clips show the same footage, and which of them is kept: pure decisions over values."""

from footyd.stages.select.groups import MIN_SHARED, choose_groups, pairs_to_compare

__all__ = ["MIN_SHARED", "choose_groups", "pairs_to_compare"]
