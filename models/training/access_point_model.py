"""ap-traffic-anomaly: is an access point's traffic outside its own daily habit, or has its counter stopped moving?"""
import numpy as np

import simulate_access_points
from band_net import Graph, band

ID, VERSION, TASK, UNIT = "ap-traffic-anomaly", "0.1.0", "series-anomaly", "B/s"
LABELS = {"ja": "公衆無線LANの通信量異常", "en": "Access-point traffic anomaly"}
COUNT = 10
WINDOW = {
    "transform": {"kind": "log1p", "unit": 100},
    "steps": {"count": COUNT, "stepS": 60, "maxGapS": 3600},
    "profile": {"binS": 1800, "alpha": 0.3, "clip": 0.3, "clipOf": "one"},
    "reference": {"decayDays": 120},
    "baseline": {"tauS": 21600, "startS": 60, "clip": 1},
    "utcOffsetMin": 540,
    "features": ["steps", "fill", "profile", "baseline", "baseline-age", "time-of-day"],
}
SIZES = {"train": (96, 15), "calibration": (64, 15), "test": (150, 21), "faults": (120, 12)}
FAULTS = simulate_access_points.FAULTS
TAIL = 0.9995


def simulate(rng, n, days, faults=False):
    data = simulate_access_points.simulate(rng, n, days, faults)
    return data | {"value": data["rate"]}


def parts(rows):
    """
    Anchor (profile where known, else baseline), context of the net, floor and ceiling of the habit and the mean level of the
    window, both relative to the anchor, and the mean move from step to step; all in the logarithmic unit of the window.
    """
    x = rows.astype(float)
    steps, known, middle, slow = x[:, :COUNT], x[:, 14:15], x[:, 12:13], x[:, 15:16]
    anchor = slow + known * (middle - slow)
    near = known * (x[:, 11:14:2] - middle)
    context = np.concatenate([near, known, anchor / 10 - 0.8, slow - anchor, x[:, 16:17], x[:, 17:19]], 1)
    floor, ceiling = np.minimum(near.min(1), 0), np.maximum(near.max(1), 0)
    return anchor[:, 0], context, floor, ceiling, steps.mean(1) - anchor[:, 0], np.abs(np.diff(steps, axis=1)).mean(1)


def training_set(rows):
    _, context, floor, ceiling, target, _ = parts(rows)
    return context, np.stack([floor - target, target - ceiling], 1)


def residual(params, rows):
    _, context, floor, ceiling, target, _ = parts(rows)
    lower, upper = band(params, context, floor, ceiling)
    return np.maximum(np.maximum(lower - target, target - upper), 0)


def calibrate(params, rows):
    full = rows[rows[:, COUNT] > 0.999]
    still = float(np.quantile(parts(full)[5], 1 - TAIL)) * 9 / 8
    off, known = residual(params, rows), rows[:, 14] > 0.5
    return {"new": float(np.quantile(off[~known], TAIL)), "known": float(np.quantile(off[known], TAIL)), "still": still}


def score(params, limits, rows):
    full = np.clip(rows[:, COUNT].astype(float) * COUNT - (COUNT - 1), 0, 1)
    still = full * limits["still"] / (parts(rows)[5] + limits["still"] / 9)
    limit = limits["new"] + rows[:, 14].astype(float) * (limits["known"] - limits["new"])
    ratio = np.maximum(residual(params, rows) / limit, still)
    return ratio**2 / (ratio**2 + 1)


def expected_band(params, rows):
    anchor, context, floor, ceiling, _, _ = parts(rows)
    lower, upper = band(params, context, floor, ceiling)
    return np.stack([np.expm1(anchor + lower) * 100, np.expm1(anchor + upper) * 100], 1)


def graph(params, limits):
    g = Graph()
    cut = lambda a, b: g.columns("features", a, b)
    steps, known, middle, slow = cut(0, COUNT), cut(14, 15), cut(12, 13), cut(15, 16)
    anchor = g.add("Add", slow, g.add("Mul", known, g.add("Sub", middle, slow)))
    near = [g.add("Mul", known, g.add("Sub", cut(a, a + 1), middle)) for a in (11, 13)]
    centred = g.add("Sub", g.add("Div", anchor, g.constant(10.0)), g.constant(0.8))
    context = g.add("Concat", *near, known, centred, g.add("Sub", slow, anchor), cut(16, 17), cut(17, 19), axis=1)
    floor = g.add("Min", *near, g.constant(0.0))
    ceiling = g.add("Max", *near, g.constant(0.0))
    lower, upper = g.band(params, context, floor, ceiling)
    target = g.add("Sub", g.add("ReduceMean", steps, axes=[1]), anchor)
    outside = g.add("Relu", g.add("Max", g.add("Sub", lower, target), g.add("Sub", target, upper)))
    moves = g.add("Abs", g.add("Sub", cut(1, COUNT), cut(0, COUNT - 1)))
    rough = g.add("ReduceMean", moves, axes=[1])
    fill = g.add("Sub", g.add("Mul", cut(COUNT, COUNT + 1), g.constant(float(COUNT))), g.constant(COUNT - 1.0))
    full = g.add("Clip", fill, g.constant(0.0), g.constant(1.0))
    stiff = g.add("Div", g.constant(limits["still"]), g.add("Add", rough, g.constant(limits["still"] / 9)))
    limit = g.add("Add", g.add("Mul", known, g.constant(limits["known"] - limits["new"])), g.constant(limits["new"]))
    ratio = g.add("Max", g.add("Div", outside, limit), g.add("Mul", full, stiff))
    g.score(ratio, "score")
    edges = g.add("Add", anchor, g.add("Concat", lower, upper, axis=1))
    g.add("Mul", g.add("Sub", g.add("Exp", edges), g.constant(1.0)), g.constant(100.0), output="band")
    return g.model(ID, 19)


def fit_baseline(train):
    """One pair of limits for the whole fleet, the 0.05 % and 99.95 % quantiles of the healthy training rates."""
    return np.quantile(train["value"][train["valid"]], [1 - TAIL, TAIL])


def baseline(fitted, data):
    return (data["value"] < fitted[0]) | (data["value"] > fitted[1])


BASELINE_TEXT = "fixed thresholds: the 0.05 % and 99.95 % quantiles of all healthy training rates"
EXPOSURE = "access-point-days"
LIMITS = """- Fitted on simulated access points only; the simulated background chatter never stops. An access point that is truly silent for ten minutes scores like a stopped counter.
- Each access point's daily habit is learnt by the gateway in the first day; before that the band is wide. There is no weekday in the profile: the first week-end of a quiet office may score high.
- A lasting change of level is absorbed into the profile in one to two weeks.
- Input is a rate in B/s (a counter's difference over time), not the counter.
- The learnt profile lives in memory: a restart of the gateway begins the first day again."""
