"""Synthetic lakes with exact ground truth: what happened, and what of it was stored."""

from dueng_analytics.simulate.making import Simulation, WorkerError, simulate
from dueng_analytics.simulate.plan import FORMATS, PROFILES, Faults, Plan
from dueng_analytics.simulate.staging import TargetError

__all__ = [
    "FORMATS",
    "PROFILES",
    "Faults",
    "Plan",
    "Simulation",
    "TargetError",
    "WorkerError",
    "simulate",
]
