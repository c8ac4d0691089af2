"""lamp-power-anomaly: is a lamp's power outside the healthy band for this sun, this hour and this lamp's own habit?"""
import numpy as np

import simulate_lamps
from band_net import Graph, band

ID, VERSION, TASK, UNIT = "lamp-power-anomaly", "0.1.0", "series-anomaly", "W"
LABELS = {"ja": "街路灯の電力異常", "en": "Streetlight power anomaly"}
FLOOR_W = 5.0
WINDOW = {
    "transform": {"kind": "none"},
    "steps": {"count": 2, "stepS": 60, "maxGapS": 3600},
    "profile": {"binS": 900, "alpha": 0.3, "clip": 0.15, "clipOf": "reference"},
    "reference": {"decayDays": 120},
    "baseline": {"tauS": 21600, "startS": 60, "clip": 1000},
    "utcOffsetMin": 540,
    "place": {"latDeg": simulate_lamps.LAT_DEG, "lonDeg": simulate_lamps.LON_DEG},
    "features": ["steps", "reference", "profile", "sun-elevation", "time-of-day"],
}
SIZES = {"train": (72, 16), "calibration": (64, 16), "test": (200, 30), "faults": (150, 12)}
FAULTS = simulate_lamps.FAULTS
TAIL, TWILIGHT_TAIL = 0.999, 0.9999
NIGHT_DEG = 6


def simulate(rng, n, days, faults=False):
    data = simulate_lamps.simulate(rng, n, days, faults)
    return data | {"value": data["power"]}


def parts(rows):
    """Context of the net, floor and ceiling of the habit, and the higher and lower step, in units of the lamp's full power."""
    x = rows.astype(float)
    reference = np.maximum(x[:, 2:3], FLOOR_W)
    power = np.clip(x[:, :2] / reference, 0, 2)
    profile = np.clip(x[:, 3:6] / reference, 0, 2)
    sun = np.clip(x[:, 7:8] / 10, -2, 2)
    context = np.concatenate([profile, x[:, 6:7], sun, x[:, 8:10]], 1)
    return context, profile.min(1), profile.max(1), power.max(1), power.min(1)


def training_set(rows):
    context, floor, ceiling, high, low = parts(rows)
    return context, np.stack([floor - high, low - ceiling], 1)


def residual(params, rows):
    context, floor, ceiling, high, low = parts(rows)
    lower, upper = band(params, context, floor, ceiling)
    return np.maximum(np.maximum(lower - high, low - upper), 0)


def twilight(rows):
    """1 while the sun is within 5° of the horizon, falling to 0 at 7°: there cloud and season move the switching time."""
    return np.clip((7 - np.abs(rows[:, 7].astype(float))) / 2, 0, 1)


def calibrate(params, rows):
    off, dim = residual(params, rows), twilight(rows)
    plain = max(0.02, float(np.quantile(off[dim == 0], TAIL)))
    return {"q": plain, "twilight": max(plain, float(np.quantile(off[dim > 0], TWILIGHT_TAIL)))}


def score(params, limits, rows):
    ratio = residual(params, rows) / (limits["q"] + twilight(rows) * (limits["twilight"] - limits["q"]))
    return ratio**2 / (ratio**2 + 1)


def expected_band(params, rows):
    lower, upper = band(params, *parts(rows)[:3])
    reference = np.maximum(rows[:, 2].astype(float), FLOOR_W)
    return np.stack([lower * reference, upper * reference], 1)


def graph(params, limits):
    g = Graph()
    reference = g.add("Max", g.columns("features", 2, 3), g.constant(FLOOR_W))
    share = lambda a, b: g.add("Clip", g.add("Div", g.columns("features", a, b), reference), g.constant(0.0), g.constant(2.0))
    power, profile = share(0, 2), share(3, 6)
    sun = g.add("Clip", g.add("Div", g.columns("features", 7, 8), g.constant(10.0)), g.constant(-2.0), g.constant(2.0))
    context = g.add("Concat", profile, g.columns("features", 6, 7), sun, g.columns("features", 8, 10), axis=1)
    floor, ceiling = (g.add(op, profile, axes=[1]) for op in ("ReduceMin", "ReduceMax"))
    lower, upper = g.band(params, context, floor, ceiling)
    g.add("Mul", g.add("Concat", lower, upper, axis=1), reference, output="band")
    below = g.add("Sub", lower, g.add("ReduceMax", power, axes=[1]))
    above = g.add("Sub", g.add("ReduceMin", power, axes=[1]), upper)
    outside = g.add("Relu", g.add("Max", below, above))
    height = g.add("Sub", g.constant(7.0), g.add("Abs", g.columns("features", 7, 8)))
    dim = g.add("Clip", g.add("Div", height, g.constant(2.0)), g.constant(0.0), g.constant(1.0))
    extra = g.add("Mul", dim, g.constant(limits["twilight"] - limits["q"]))
    g.score(g.add("Div", outside, g.add("Add", extra, g.constant(limits["q"]))), "score")
    return g.model(ID, 10)


def fit_baseline(_train):
    """Nothing to fit: the rule is given the nameplate rating, which the model never sees."""
    return None


def baseline(_fitted, data):
    """The usual rule: dark and under 20 % of the rating, or bright and over 20 % of it."""
    share = data["value"] / data["rating"][:, None]
    dark, bright = data["elevation"] < -NIGHT_DEG, data["elevation"] > NIGHT_DEG
    return (dark & (share < 0.2)) | (bright & (share > 0.2))


BASELINE_TEXT = "fixed thresholds: sun under −6° and power < 20 % of the nameplate rating, or sun over 6° and power > 20 %"
EXPOSURE = "lamp-nights"
LIMITS = """- Fitted on simulated lamps only. On a real network the habits (profile) are learnt by the gateway in the first day; before that the band is wide.
- A lamp that is dead when it is first seen has no full-power reference: it is judged against 5 W, so its score is still high in the dark, but its band means little.
- A lasting fault is absorbed into the lamp's own profile in about a week: acknowledge and repair within that time. A changed dimming schedule scores high for some nights for the same reason.
- Place and time zone are Kimitsu's. Time-lapse replays whose time stamps do not fit the sun score high.
- The learnt profile lives in memory: a restart of the gateway begins the first day again."""
