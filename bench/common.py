"""Small things that several parts of the benchmark need."""

import statistics
import sys


def say(text):
    print(text, file=sys.stderr, flush=True)


def median_of(runs, key):
    """Of what a key says in each of several results; None when it is in none."""
    values = [run[key] for run in runs if isinstance(run.get(key), (int, float))]
    return statistics.median(values) if values else None
