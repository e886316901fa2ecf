"""Measures a row of the table: Gradus beside the best setting of its peers."""

import time
from dataclasses import replace

import machine
from processes import Failed
from common import median_of, say

# A thread setting that is so much slower than the best is not tried again with channels-last.
HOPELESS = 1.5


class Settings:
    """The best setting of the peers for each row, found in a short pilot and then remembered."""

    def __init__(self, peers, seconds):
        self.peers = peers
        self.seconds = seconds
        self.found = {}

    def best(self, row):
        """(setting, what the pilot said of each setting). Without peers, or when all fail: (None, why)."""
        key = (row.name, row.batch)
        if key not in self.found:
            self.found[key] = self._pilot(row) if self.peers else (None, {})
        return self.found[key]

    def _pilot(self, row):
        tried, said = {}, {}

        def attempt(setting, longest_s=None):
            try:
                tried[setting] = self.peers.bench(row.theirs, setting, self.seconds, longest_s)["ms_per_step"]
                said[setting.text] = tried[setting]
            except Failed as failure:
                said[setting.text] = str(failure)
                say(f"    {setting.text}: {failure}")

        for setting in self.peers.settings(row.runtimes):
            attempt(setting)
        if row.pictures and any(s.torch for s in tried):
            limit = HOPELESS * min(ms for s, ms in tried.items() if s.torch)
            for setting in [s for s, ms in tried.items() if s.torch and ms <= limit]:
                attempt(replace(setting, channels_last=True))
        if self.peers.compile_limit_s and not row.eager and any(s.torch for s in tried):
            best = min((s for s in tried if s.torch), key=tried.get)
            attempt(replace(best, runtime="compile"), self.peers.compile_limit_s)
        return (min(tried, key=tried.get) if tried else None), said


def measure_row(row, gradus, peers, settings, windows, until):
    """Alternating runs of both. What fails on one side is told in words, and the other side is measured alone."""
    found = {"name": row.name, "workload": row.workload, "batch": row.batch, "precision": row.precision,
             "target": row.target, "ours": [], "theirs": []}
    sides = {}
    try:
        gradus.bench(row.ours, windows.pilot)  # times its candidates once; later runs remember
        sides["ours"] = lambda: gradus.bench(row.ours, windows.run)
    except Failed as failure:
        found["ours_failed"] = str(failure)
    if row.precision == "bf16" and not machine.computes_bf16():
        found["theirs_failed"] = "not measured, since the processor does not compute in bf16: it takes minutes a step"
    elif peers is not None:
        setting, found["pilot"] = settings.best(row)
        if setting:
            found["setting"] = setting.text
            sides["theirs"] = lambda: peers.bench(row.theirs, setting, windows.run)
        else:
            found["theirs_failed"] = "it fails in every setting"
    for done in range(1, windows.most_rounds + 1):
        begin = time.monotonic()
        for side, bench in list(sides.items()):
            try:
                found[side].append(bench())
            except Failed as failure:
                found[side + "_failed"] = str(failure)
                del sides[side]
        now = time.monotonic()
        enough = now + (now - begin) > until or "ours" not in sides
        if not sides or (done >= windows.fewest_rounds and enough):
            break
    for side in ("ours", "theirs"):
        found[side + "_ms"] = median_of(found[side], "ms_per_step")
    return found
