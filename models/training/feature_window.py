"""The feature window in numpy, many series at once: the same definition as models/feature-window.ts, checked by golden/trace.json."""
import numpy as np

DAY_MS = 86_400_000


def sun_elevation_deg(time_ms, lat_deg, lon_deg):
    """Elevation of the sun's centre without refraction, degrees (Astronomical Almanac, low-precision formulas)."""
    d = (np.asarray(time_ms, float) - 946_728_000_000) / DAY_MS
    g = np.radians(357.529 + 0.98560028 * d)
    l = np.radians(280.459 + 0.98564736 * d + 1.915 * np.sin(g) + 0.020 * np.sin(2 * g))
    e = np.radians(23.439 - 0.00000036 * d)
    ra = np.arctan2(np.cos(e) * np.sin(l), np.cos(l))
    decl = np.arcsin(np.sin(e) * np.sin(l))
    gmst = np.radians(15 * ((18.697374558 + 24.06570982441908 * d) % 24))
    hour = gmst + np.radians(lon_deg) - ra
    lat = np.radians(lat_deg)
    return np.degrees(np.arcsin(np.sin(lat) * np.sin(decl) + np.cos(lat) * np.cos(decl) * np.cos(hour)))


def width(window):
    """Number of floats that the features of a window definition fill."""
    sizes = {"steps": window["steps"]["count"], "profile": 4, "time-of-day": 2}
    return sum(sizes.get(kind, 1) for kind in window["features"])


class FeatureWindow:
    """State of n series that are fed one sample each per call."""

    def __init__(self, window, n):
        self.w, self.n = window, n
        self.bins = DAY_MS // (window["profile"]["binS"] * 1000)
        self.last = np.full(n, -np.inf)
        self.steps = np.zeros((n, window["steps"]["count"]))
        self.count = np.zeros(n, int)
        self.step_start, self.step_n = np.zeros(n), np.zeros(n)
        self.reference = np.zeros(n)
        self.profile = np.full((n, self.bins), np.nan)
        self.bin_key, self.bin_sum, self.bin_n = np.full(n, -1, np.int64), np.zeros(n), np.zeros(n)
        self.baseline, self.age_s = np.zeros(n), np.zeros(n)

    def push(self, time_ms, value, valid):
        """Takes one sample per series where valid; older or equal times are ignored. Returns where it was taken."""
        w = self.w
        transform = w["transform"]
        y = np.log1p(np.maximum(value, 0) / transform["unit"]) if transform["kind"] == "log1p" else value
        ok = valid & (time_ms > self.last)
        fresh = ok & ~np.isfinite(self.last)
        dt_s = np.where(ok & ~fresh, (time_ms - np.where(fresh | ~ok, 0, self.last)) / 1000, 0)
        gap = ok & (dt_s > w["steps"]["maxGapS"])
        self.count[gap] = 0
        self._step(time_ms, y, ok)
        self._reference(dt_s, ok)
        self._profile(time_ms, y, ok)
        self._baseline(y, np.minimum(dt_s, w["steps"]["maxGapS"]), ok, fresh)
        self.last[ok] = time_ms[ok]
        return ok

    def _step(self, time_ms, y, ok):
        opens = ok & ((self.count == 0) | (time_ms - self.step_start >= self.w["steps"]["stepS"] * 1000))
        goes_on = ok & ~opens
        self.steps[opens, :-1] = self.steps[opens, 1:]
        self.steps[opens, -1] = y[opens]
        first = opens & (self.count == 0)
        self.steps[first] = y[first, None]
        self.count[opens] = np.minimum(self.count[opens] + 1, self.steps.shape[1])
        self.step_start[opens], self.step_n[opens] = time_ms[opens], 1
        self.step_n[goes_on] += 1
        self.steps[goes_on, -1] += (y[goes_on] - self.steps[goes_on, -1]) / self.step_n[goes_on]
        alone = goes_on & (self.count == 1)
        self.steps[alone] = self.steps[alone, -1:]

    def _reference(self, dt_s, ok):
        lower = np.minimum(self.steps[:, -1], self.steps[:, -2])
        candidate = np.where((self.count >= 2) | (self.reference == 0), lower, 0)
        decayed = self.reference * np.exp(-dt_s / (self.w["reference"]["decayDays"] * 86_400))
        self.reference = np.where(ok, np.maximum(decayed, candidate), self.reference)

    def _profile(self, time_ms, y, ok):
        p = self.w["profile"]
        key = np.floor((time_ms + self.w["utcOffsetMin"] * 60_000) / (p["binS"] * 1000)).astype(np.int64)
        moved = ok & (key != self.bin_key)
        done = np.flatnonzero(moved & (self.bin_n > 0))
        if done.size:
            at = self.bin_key[done] % self.bins
            mean, old = self.bin_sum[done] / self.bin_n[done], self.profile[done, at]
            limit = p["clip"] * (self.reference[done] if p["clipOf"] == "reference" else 1.0)
            change = np.clip(p["alpha"] * (mean - old), -limit, limit)
            self.profile[done, at] = np.where(np.isnan(old), mean, old + change)
        self.bin_key[moved], self.bin_sum[moved], self.bin_n[moved] = key[moved], 0, 0
        self.bin_sum[ok] += y[ok]
        self.bin_n[ok] += 1

    def _baseline(self, y, dt_s, ok, fresh):
        b = self.w["baseline"]
        age = np.minimum(self.age_s + dt_s, b["tauS"])
        weight = dt_s / (b["startS"] + age)
        moved = self.baseline + weight * np.clip(y - self.baseline, -b["clip"], b["clip"])
        self.baseline = np.where(fresh, y, np.where(ok, moved, self.baseline))
        self.age_s = np.where(ok, age, self.age_s)

    def features(self, time_ms):
        """The input rows of the model after the newest sample, float32 (n, width)."""
        w, columns = self.w, []
        local = time_ms + w["utcOffsetMin"] * 60_000
        at = np.where(self.bin_key < 0, 0, self.bin_key % self.bins)
        rows = np.arange(self.n)
        for kind in w["features"]:
            if kind == "steps":
                columns += list(self.steps.T)
            elif kind == "fill":
                columns.append(self.count / self.steps.shape[1])
            elif kind == "reference":
                columns.append(self.reference)
            elif kind == "profile":
                here = self.profile[rows, at]
                for shift in (-1, 0, 1):
                    near = self.profile[rows, (at + shift) % self.bins]
                    columns.append(np.where(np.isnan(here), 0, np.where(np.isnan(near), here, near)))
                columns.append(np.where(np.isnan(here), 0.0, 1.0))
            elif kind == "baseline":
                columns.append(self.baseline)
            elif kind == "baseline-age":
                columns.append(self.age_s / w["baseline"]["tauS"])
            elif kind == "sun-elevation":
                columns.append(sun_elevation_deg(time_ms, w["place"]["latDeg"], w["place"]["lonDeg"]))
            elif kind == "time-of-day":
                angle = 2 * np.pi * (local % DAY_MS) / DAY_MS
                columns += [np.sin(angle), np.cos(angle)]
            else:
                raise ValueError(f"unknown feature {kind}")
        return np.stack(columns, axis=1).astype(np.float32)


def extract(window, times_ms, values, valid):
    """(n, T) arrays → float32 features (n, T, width) and the mask of the rows that exist."""
    n, length = values.shape
    state = FeatureWindow(window, n)
    rows = np.zeros((n, length, width(window)), np.float32)
    taken = np.zeros((n, length), bool)
    for k in range(length):
        taken[:, k] = state.push(times_ms[:, k], values[:, k], valid[:, k])
        rows[:, k] = state.features(times_ms[:, k])
    return rows, taken
