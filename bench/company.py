"""The time of a step in company: beside programs that keep cores busy, and with other trainings at once.

Here the mean of the steps counts: a step that waits for a thread which does not run takes many times the usual, and
the median would hide it.
"""

import statistics
import time
from dataclasses import replace

from processes import Failed, busy_programs, measure, measure_together
from workloads import AT_ONCE, BUSY


def fair_slowdown(cores, threads, others):
    """How many times the time alone a step takes which gets its fair share, thread by thread, of the cores.

    Alone the step has min(threads, cores) cores; beside `others` threads, each always ready to run, its fair share is
    cores * threads / (threads + others) of them once there are more threads than cores.
    """
    alone = min(threads, cores)
    share = min(alone, cores * threads / (threads + others))
    return alone / share


class Point:
    """The measurements of one row in one company, ours and those of the peer in each of its settings."""

    def __init__(self, others):
        self.others = others
        self.means = {}
        self.failed = {}

    def note(self, side, measure_mean):
        if side in self.failed:
            return
        try:
            self.means.setdefault(side, []).append(measure_mean())
        except Failed as failure:
            self.failed[side] = str(failure)

    def mean(self, side):
        return statistics.fmean(self.means[side]) if self.means.get(side) else None

    def told(self, alone, slowdown):
        """As the document wants it; `alone` is the point without company."""
        found = {"others": self.others, "slowdown": slowdown, "ours_ms": self.mean("ours"),
                 "alone_ms": alone.mean("ours")}
        if "ours" in self.failed:
            found["ours_failed"] = self.failed["ours"]
        settings = [side for side in self.means if side != "ours" and self.means[side]]
        if settings:
            best = min(settings, key=self.mean)
            alone_ms = [alone.mean(side) for side in settings if alone.mean(side)]
            found.update(theirs_ms=self.mean(best), setting=best.text, theirs_alone_ms=min(alone_ms, default=None))
        return found


def sides_of(row, gradus, peers, setting, seconds):
    """What is launched: ours, and the peer in its best setting alone, also with threads that sleep while they wait."""
    sides = {"ours": gradus.launch(row.ours, seconds)}
    if setting:
        sides[setting] = peers.launch(row.theirs, setting, seconds)
    if setting and setting.torch:
        patient = replace(setting, passive=True)
        sides[patient] = peers.launch(row.theirs, patient, seconds)
    return sides


def rounds(points, sides, measure_mean, most, until):
    """Measures every point on every side, again and again, until the time is up."""
    for done in range(1, most + 1):
        begin = time.monotonic()
        for point in points:
            for side, launch in sides.items():
                point.note(side, lambda: measure_mean(point.others, launch))
        now = time.monotonic()
        if now + (now - begin) > until:
            break


def measure_busy(row, gradus, peers, setting, cores, seconds, most, until):
    """A row beside 0, 1, 2 and 4 busy programs."""
    def beside(count, launch):
        with busy_programs(count):
            return measure(launch)["mean_ms_per_step"]

    points = [Point(count) for count in BUSY]
    rounds(points, sides_of(row, gradus, peers, setting, seconds), beside, most, until)
    return {"workload": row.workload, "batch": row.batch,
            "points": [point.told(points[0], fair_slowdown(cores, gradus.threads, point.others)) for point in points]}


def measure_at_once(row, gradus, peers, setting, cores, seconds, most, until):
    """1, 2, 4 and 8 of a row at the same time; the slowest counts."""
    def together(count, launch):
        return max(found["mean_ms_per_step"] for found in measure_together([launch] * count))

    points = [Point(count) for count in AT_ONCE]
    rounds(points, sides_of(row, gradus, peers, setting, seconds), together, most, until)
    threads = gradus.threads
    return {"workload": row.workload, "batch": row.batch,
            "points": [point.told(points[0], fair_slowdown(cores, threads, (point.others - 1) * threads))
                       for point in points]}
