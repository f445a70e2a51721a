"""How sure a rate is."""

from __future__ import annotations

from functools import lru_cache

CONFIDENCE = 0.95


@lru_cache(maxsize=4096)
def wilson_interval(hits: int, trials: int) -> tuple[float, float] | None:
    """The 95 % Wilson score interval of ``hits`` in ``trials``, both ends between 0 and 1.

    None where there is nothing to judge: no trials, or more hits than trials (a ratio of two
    counts that is no proportion).
    """
    if trials <= 0 or not 0 <= hits <= trials:
        return None
    # Imported late: it takes about a second to load, and not every page has a small sample.
    from scipy.stats import binomtest

    # The interval comes with a test that is not wanted: against the share itself it costs least.
    interval = binomtest(hits, trials, hits / trials).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)
