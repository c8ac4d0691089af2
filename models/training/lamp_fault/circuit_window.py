"""The features of a lighting circuit in numpy, many circuits at once: the same definition as models/lamp-fault/circuit-window.ts."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from feature_window import DAY_MS, sun_elevation_deg

FEATURES = (
    "power", "power-now", "range", "spread", "habit-low", "habit-high", "habit-known", "off-habit", "off-habit-held", "sun-elevation",
    "command", "neighbours", "neighbours-power", "neighbours-lit", "off-habit-beside-neighbours", "off-habit-held-beside-neighbours",
    "transitions", "transitions-beside-neighbours", "unrest", "unrest-beside-neighbours", "drift", "drift-beside-neighbours",
    "dark-run", "dark-to-the-end", "dark-at-once", "circuit-dark", "burning", "neighbours-burning", "dark-held", "sag", "switched-ago", "age",
    "drift-slow", "drift-slow-beside-neighbours", "drift-jump", "dark-for", "lit-ago", "transitions-held", "breaks", "breaks-held",
)
WINDOW = {
    "stepS": 300, "maxGapS": 1800, "floorW": 5, "referenceDays": 120, "suspectDays": 14,
    "profile": {"binS": 900, "alpha": 0.15, "slowAlpha": 0.01, "settleNights": 7, "heldNights": 2, "clip": 0.1},
    "litAbove": 0.2, "darkBelow": 0.12, "utcOffsetMin": 540, "place": {"latDeg": 35.3304, "lonDeg": 139.9027},
}
RECENT = 3
DAYLIGHT_DEG, NIGHT_DEG = 8, -8


class CircuitWindow:
    """State of c circuits of up to n lamps in cable order, fed one step at a time."""

    def __init__(self, window, c, n):
        self.w, self.shape = window, (c, n)
        bins = DAY_MS // (window["profile"]["binS"] * 1000)
        full = lambda value, *extra: np.full((c, n, *extra), value, float)
        self.last = np.full(c, np.nan)
        self.reference, self.held = full(0), full(0, 3)
        self.recent, self.recent_n = full(0, RECENT), np.zeros((c, n), int)
        self.habit, self.slow, self.slow_n = full(np.nan, bins), full(np.nan, bins), full(0, bins)
        self.bin_key, self.bin_sum, self.bin_n = np.full((c, n), -1, np.int64), full(0), full(0)
        self.lit, self.seen, self.changed = np.zeros((c, n), bool), np.zeros((c, n), bool), full(-np.inf)
        self.transitions, self.unrest, self.spread = full(0), full(0), full(0)
        self.drift, self.held_off, self.burning, self.dark, self.age = full(1), full(0), full(0), full(0), full(0)
        self.volts, self.volts_n = np.zeros(c), np.zeros(c)
        self.sags = np.zeros((c, RECENT))
        self.suspect_s = full(0)
        self.drift_slow, self.jump, self.dark_s, self.unlit_s, self.flips = full(1), full(0), full(0), full(0), full(0)
        self.broken, self.breaks, self.broken_held = np.zeros((c, n), bool), full(0), full(0)
        self.most, self.switched = np.zeros(c, bool), np.full(c, -np.inf)

    def tick(self, time_ms, power, spread, valid, volts, command, suspect):
        """
        One step: time_ms (C), power and spread in W (C, L), valid (C, L), volts (C, NaN: none), command (C, L; 0, 1, NaN: not
        known), suspect (C, L): lamps whose last verdict was a fault; their habits are not learnt, for up to
        `suspectDays`, where `heldNights` of it are known.
        Returns rows (C, L, len(FEATURES)), float32.
        """
        w = self.w
        first = np.isnan(self.last)
        dt = np.where(first, w["stepS"], np.minimum((time_ms - np.where(first, 0, self.last)) / 1000, w["maxGapS"]))
        self.last = np.array(time_ms, float)
        self.suspect_s = np.where(suspect, self.suspect_s + dt[:, None], 0)
        frozen = suspect & (self.suspect_s < w["suspectDays"] * 86_400)
        part = lambda tau: 1 - np.exp(-dt / tau)[:, None]
        sun = sun_elevation_deg(time_ms, w["place"]["latDeg"], w["place"]["lonDeg"])
        power = np.where(valid, np.maximum(power, 0), 0)
        self._reference(power, valid, dt, frozen)
        reference = np.maximum(self.reference, w["floorW"])
        x, s = np.minimum(power / reference, 2), np.minimum(np.where(valid, spread, 0) / reference, 2)
        before, was_lit = self.recent[:, :, -1].copy(), self.lit.copy()
        self._recent(x, valid)
        mean = self.recent.mean(2)
        self._lit(x, valid, time_ms)
        both = valid & self.lit & was_lit
        step = np.abs(x - before)
        self.unrest = np.where(both, self.unrest + part(1800) * (step - self.unrest), self.unrest)
        flipped = valid & self.seen & (self.lit != was_lit)
        self.transitions = self.transitions * np.exp(-dt / 3600)[:, None] + flipped
        self.flips = self.flips * np.exp(-dt / 21_600)[:, None] + flipped
        self.seen |= valid
        self.spread = np.where(valid, self.spread + part(300) * (s - self.spread), self.spread)
        low, high, known, slow = self._habits(time_ms, x, valid, frozen, reference)
        off = np.where(known, np.where(mean > high, mean - high, np.minimum(mean - low, 0)), 0)
        self.held_off = np.where(valid, self.held_off + part(2400) * (off - self.held_off), self.held_off)
        self._drift(x * reference, valid & self.lit & was_lit & (sun < NIGHT_DEG)[:, None], slow, dt)
        self.burning = np.where(valid, self.burning + part(3600) * ((self.lit & (sun > DAYLIGHT_DEG)[:, None]) - self.burning), self.burning)
        told = ~np.isnan(command)
        wanted = np.where(told, command > 0.5, np.where(known, low > w["litAbove"], (sun < NIGHT_DEG + 1)[:, None]))
        dark = valid & ~self.lit & wanted
        self.dark = np.where(valid, self.dark + part(1800) * (dark - self.dark), self.dark)
        self.dark_s = np.where(valid & self.lit, 0, self.dark_s + np.where(dark, dt[:, None], 0))
        self.unlit_s = np.where(valid & self.lit, 0, self.unlit_s + dt[:, None])
        self.age = np.where(valid & self.lit, self.age + dt[:, None], self.age)
        run, ends, at_once = self._runs(dark, valid, time_ms)
        sag = self._sag(volts, dt)
        fed = np.where(np.isnan(volts), (dark.sum(1) < valid.sum(1)), sag > -0.3)
        self._breaks(dark & (run >= 2) & (ends > 0) & (at_once > 0.5) & fed[:, None], valid & wanted, dt)
        others = valid.sum(1, keepdims=True) - valid
        has = others > 0
        beside = lambda own, alone: np.where(has & valid, own - median_of_others(own, valid), alone)
        lit_others = ((self.lit & valid).sum(1, keepdims=True) - (self.lit & valid)) / np.maximum(others, 1)
        lit_share = (self.lit & valid).sum(1) / np.maximum(valid.sum(1), 1)
        most = np.where(valid.any(1), lit_share > 0.5, self.most)
        self.switched = np.where(most != self.most, time_ms, self.switched)
        self.most = most
        ago = np.exp(-np.minimum((time_ms - self.switched) / 1000, 1e6) / 1200)[:, None]
        grid = lambda value: np.broadcast_to(value, self.shape)
        columns = (
            mean, x, self.recent.max(2) - self.recent.min(2), self.spread, low, high, known, off, self.held_off,
            grid((np.clip(sun, -20, 20) / 10)[:, None]), np.where(told, command, 0.5), np.minimum(others, 5) / 5,
            np.where(has & valid, median_of_others(mean, valid), 0), np.where(has, lit_others, 0), beside(off, off),
            beside(self.held_off, self.held_off), np.minimum(self.transitions, 10) / 10,
            np.clip(beside(self.transitions, self.transitions), -10, 10) / 10, np.minimum(self.unrest * 10, 5),
            np.clip(beside(self.unrest, self.unrest) * 10, -5, 5), np.clip((self.drift - 1) * 5, -3, 3),
            np.clip(beside(self.drift, self.drift - 1) * 5, -3, 3), np.minimum(run, 5) / 5, ends, at_once,
            grid((dark.sum(1) / np.maximum(valid.sum(1), 1))[:, None]), self.burning, np.where(has & valid, median_of_others(self.burning, valid), 0),
            self.dark, grid(sag[:, None]), grid(ago), np.minimum(self.age / (7 * 36_000), 1),
            np.clip((self.drift_slow - 1) * 5, -3, 3), np.clip(beside(self.drift_slow, self.drift_slow - 1) * 5, -3, 3), np.clip(self.jump * 5, -3, 3),
            np.minimum(self.dark_s / 28_800, 3), np.minimum(self.unlit_s / 86_400, 3), np.minimum(self.flips, 20) / 10,
            np.minimum(self.breaks, 5) / 5, self.broken_held,
        )
        return np.stack(columns, axis=2).astype(np.float32)

    def _reference(self, power, valid, dt, frozen):
        self.held[valid, :-1] = self.held[valid, 1:]
        self.held[valid, -1] = power[valid]
        decay = np.where(frozen, 1, np.exp(-dt / (self.w["referenceDays"] * 86_400))[:, None])
        self.reference = np.maximum(self.reference * decay, np.where(valid & ~frozen, self.held.min(2), 0))

    def _recent(self, x, valid):
        fresh = valid & (self.recent_n == 0)
        self.recent[valid, :-1] = self.recent[valid, 1:]
        self.recent[valid, -1] = x[valid]
        self.recent[fresh] = x[fresh, None]
        self.recent_n += valid

    def _lit(self, x, valid, time_ms):
        lit = np.where(valid, np.where(self.lit, x > self.w["darkBelow"], x > self.w["litAbove"]), self.lit)
        self.changed = np.where(lit != self.lit, time_ms[:, None], self.changed)
        self.lit = lit

    def _habits(self, time_ms, x, valid, frozen, reference):
        """Low and high of the habit around this time (C, L), whether it is known, and the slow habit in W (NaN where it is not steady)."""
        p = self.w["profile"]
        bins = self.habit.shape[2]
        key = np.floor((time_ms + self.w["utcOffsetMin"] * 60_000) / (p["binS"] * 1000)).astype(np.int64)[:, None]
        hold = frozen & (self.slow_n[np.arange(len(key)), :, key[:, 0] % bins] >= p["heldNights"])
        learns = valid & ~hold
        done = learns & (key != self.bin_key) & (self.bin_n > 0)
        if done.any():
            i, j = np.nonzero(done)
            at, value = self.bin_key[done] % bins, self.bin_sum[done] / self.bin_n[done]
            old, slow, count = self.habit[i, j, at], self.slow[i, j, at], self.slow_n[i, j, at]
            move = np.clip(p["alpha"] * (value - old), -p["clip"], p["clip"])
            self.habit[i, j, at] = np.where(np.isnan(old), value, old + move)
            rate, watts = np.where(count < p["settleNights"], 1 / (count + 1), p["slowAlpha"]), value * reference[done]
            self.slow[i, j, at] = np.where(np.isnan(slow), watts, slow + rate * (watts - slow))
            self.slow_n[i, j, at] = count + 1
        moved = (valid & (key != self.bin_key)) | hold
        self.bin_sum = np.where(moved, 0, self.bin_sum) + np.where(learns, x, 0)
        self.bin_n = np.where(moved, 0, self.bin_n) + learns
        self.bin_key = np.where(valid, key, self.bin_key)
        now = key[:, 0] % bins
        rows = np.arange(len(now))
        near = [self.habit[rows, :, (now + shift) % bins] for shift in (-1, 0, 1)]
        known = ~np.isnan(near[1])
        near = np.stack([np.where(known, np.where(np.isnan(v), near[1], v), 0) for v in near])
        slows = np.stack([self.slow[rows, :, (now + shift) % bins] for shift in (-1, 0, 1)])
        steady = (slows.min(0) > 0.2 * reference) & (slows.max(0) < 1.15 * slows.min(0)) & (self.slow_n[rows, :, now] >= p["settleNights"] - 2)
        return near.min(0), near.max(0), known, np.where(steady, slows[1], np.nan)

    def _drift(self, watts, counts, slow, dt):
        """Watts against the slow habit: over hours, over a night, and the most by which the two lately differed. A fault comes at once, age does not."""
        counts = counts & ~np.isnan(slow)
        ratio = np.clip(watts / np.where(counts, slow, 1), 0.3, 2)
        self.drift = np.where(counts, self.drift + (1 - np.exp(-dt / 14_400))[:, None] * (ratio - self.drift), self.drift)
        self.drift_slow = np.where(counts, self.drift_slow + (1 - np.exp(-dt / 36_000))[:, None] * (ratio - self.drift_slow), self.drift_slow)
        self.jump = self.jump * np.exp(-dt / 345_600)[:, None]
        gap = self.drift - self.drift_slow
        self.jump = np.where(counts & (np.abs(gap) > np.abs(self.jump)), gap, self.jump)

    def _breaks(self, broken, wanted, dt):
        """How often, and for what share of the last hours in which it should burn, the lamp went dark with all lamps behind it."""
        begins = broken & ~self.broken
        self.breaks = self.breaks * np.exp(-dt / 43_200)[:, None] + begins
        self.broken = np.where(wanted, broken, self.broken)
        self.broken_held = np.where(wanted, self.broken_held + (1 - np.exp(-dt / 7200))[:, None] * (broken - self.broken_held), self.broken_held)

    def _runs(self, dark, valid, time_ms):
        """Per dark lamp: dark lamps in its run (lamps without a value are passed over), 1 if the run reaches the end, share that went dark with it."""
        run, ends, at_once = (np.zeros(self.shape) for _ in range(3))
        for i in np.flatnonzero(dark.any(1)):
            at = np.flatnonzero(valid[i])
            edges = np.flatnonzero(np.diff(np.concatenate([[0], dark[i, at].astype(int), [0]])))
            for start, end in edges.reshape(-1, 2):
                part = at[start:end]
                since = np.maximum(self.changed[i, part], 0)
                run[i, part], ends[i, part] = end - start, end == len(at)
                near = np.abs(since[:, None] - since[None, :]) <= 3000 * self.w["stepS"]
                at_once[i, part] = (near.sum(1) - 1) / max(end - start - 1, 1)
        return run, ends, at_once

    def _sag(self, volts, dt):
        known = ~np.isnan(volts)
        age = np.minimum(self.volts_n, 604_800)
        v = np.where(known, volts, 0)
        move = np.where(self.volts_n == 0, v - self.volts, np.clip(v - self.volts, -0.05 * self.volts, 0.05 * self.volts) * dt / (3600 + age))
        self.volts = np.where(known, self.volts + move, self.volts)
        self.volts_n = np.where(known, self.volts_n + dt, self.volts_n)
        sag = np.where(known, np.clip(v / np.maximum(self.volts, 1) - 1, -0.5, 0.2), 0)
        self.sags = np.concatenate([self.sags[:, 1:], sag[:, None]], 1)
        return np.clip(self.sags.min(1) * 3, -1.5, 0.6)


def median_of_others(values, valid):
    """Per lamp the median of `values` over the other valid lamps of its circuit (the two middle ones averaged); 0 where there is none."""
    order = np.argsort(np.where(valid, values, np.inf), axis=1, kind="stable")
    ordered = np.take_along_axis(np.where(valid, values, 0), order, 1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(values.shape[1])[None, :], 1)
    rank = np.where(valid, rank, values.shape[1])
    count = valid.sum(1, keepdims=True) - valid
    take = lambda at: np.take_along_axis(ordered, np.minimum(at + (at >= rank), values.shape[1] - 1), 1)
    return np.where(count > 0, (take(np.maximum(count - 1, 0) // 2) + take(count // 2)) / 2, 0)
