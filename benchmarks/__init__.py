"""Speed and memory as ratios and peaks, measured in one run: ``python -m benchmarks``."""
