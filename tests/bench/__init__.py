"""Benchmarks: `make bench`, or `python -m tests.bench SCENARIO [N]`.

Figures are CPU-seconds and counts first, wall-clock second; each run prints a floor, the same
objects written by a bare client. Never a timed assertion in a test.
"""
