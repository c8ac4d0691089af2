"""A seeded physical simulation of lighting circuits: lamps in cable order behind a cabinet, with sun, mains, meters and faults."""
import itertools
import sys
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from feature_window import DAY_MS, sun_elevation_deg

LAT_DEG, LON_DEG = 35.3304, 139.9027
JST_MS = 9 * 3_600_000
DAY = 1440
STEP_MIN = 5
CHUNK = 16
CLASSES = ("healthy", "lamp-out", "day-burning", "cycling", "dimming-failure", "driver-ageing", "cable-fault")
HEALTHY, OUT, BURNING, CYCLING, DIMMING, AGEING, CABLE = range(7)
# A driver counts as aged once its power has left its first level by this share.
AGED_SHARE = 0.10

# What lamps, meters and mains are like. The net is fitted on "seen" and "wide"; "unseen" are other lamp types, worse meters and worse mains.
WORLDS = {
    "seen": {
        "volts": (100, 200), "rating": (15, 150), "discharge": 0.12, "discharge_tau": (1.5, 3.0), "discharge_alpha": (1.5, 1.8),
        "led_alpha": (0.0, 0.15), "cold_start": (0.01, 0.06), "cold_tau": (8, 20), "standby": (0.0, 0.03), "kelvin": (-0.0010, 0.0),
        "floor": (0.03, 0.08), "noise": (0.002, 0.008), "step_w": (0.1, 0.5), "missing": 0.003, "sag_per_day": 0.25,
        "mains": 0.012, "drop": (0.0, 0.03), "dim": (0.40, 0.80), "storm_per_day": 0.10, "lamps": (3, 14),
    },
    "wide": {
        "volts": (100, 200, 230), "rating": (12, 220), "discharge": 0.16, "discharge_tau": (1.5, 4.0), "discharge_alpha": (1.5, 2.05),
        "led_alpha": (-0.05, 0.25), "cold_start": (0.0, 0.08), "cold_tau": (8, 27), "standby": (0.0, 0.045), "kelvin": (-0.0014, 0.0003),
        "floor": (0.03, 0.11), "noise": (0.002, 0.010), "step_w": (0.1, 0.75), "missing": 0.007, "sag_per_day": 0.4,
        "mains": 0.015, "drop": (0.0, 0.045), "dim": (0.36, 0.83), "storm_per_day": 0.14, "lamps": (2, 15),
    },
    "unseen": {
        "volts": (200, 230), "rating": (9, 320), "discharge": 0.20, "discharge_tau": (3.0, 5.0), "discharge_alpha": (1.8, 2.3),
        "led_alpha": (-0.10, 0.35), "cold_start": (0.0, 0.10), "cold_tau": (15, 35), "standby": (0.01, 0.06), "kelvin": (-0.0018, 0.0006),
        "floor": (0.05, 0.14), "noise": (0.004, 0.012), "step_w": (0.5, 1.0), "missing": 0.012, "sag_per_day": 0.6,
        "mains": 0.018, "drop": (0.02, 0.06), "dim": (0.33, 0.85), "storm_per_day": 0.18, "lamps": (2, 16),
    },
}


def noise_ar1(rng, shape, tau, sigma):
    """Stationary first-order noise along the last axis."""
    a = np.exp(-1 / tau)
    shocks = rng.standard_normal(shape, dtype=np.float32) * np.float32(sigma * np.sqrt(1 - a * a))
    shocks[..., 0] = rng.normal(0, sigma, shape[:-1])
    return lfilter([1], [1, -a], shocks, axis=-1).astype(np.float32)


def bumps(rng, count, length, per_day, shortest, longest):
    """Boolean (count, length): events at random minutes with log-uniform duration."""
    out = np.zeros((count, length), bool)
    for row in range(count):
        for _ in range(rng.poisson(per_day * length / DAY)):
            start = rng.integers(0, length)
            out[row, start:start + int(np.exp(rng.uniform(np.log(shortest), np.log(longest))))] = True
    return out


def switching(rng, world, elevation, lamps):
    """
    On/off (C, L, T): one photocell at the cabinet, a photocell per lamp, or an astronomical clock; cloud, storms, and tests by day of
    all lamps or one. And whether the cabinet switches (C), so that a command can be known.
    """
    c, length = elevation.shape
    log_lux = np.interp(elevation, [-18, -12, -6, 0, 5, 10, 30, 90], [-3, -2.1, 0.5, 2.6, 3.5, 4.0, 4.6, 5.0]).astype(np.float32)
    cloud = np.clip(0.4 + noise_ar1(rng, (c, length), 60, 0.35), 0, 1.3)
    storm = bumps(rng, c, length, world["storm_per_day"], 8, 100)
    log_lux = log_lux - np.where(storm, rng.uniform(1.5, 3.2, c)[:, None], cloud)
    kind = rng.choice(3, c, p=[0.45, 0.2, 0.35])
    spread = np.where(kind == 1, 0.25, 0.0)[:, None]
    on_at = np.log10(rng.uniform(10, 70, c))[:, None] + spread * rng.normal(0, 0.5, (c, lamps))
    off_at = on_at + np.log10(rng.uniform(1.3, 3, c))[:, None]
    photocell = np.empty((c, lamps, length), bool)
    state = log_lux[:, :1] < on_at
    for k in range(length):
        now = log_lux[:, k, None]
        state = np.where(state, now < off_at, now < on_at)
        photocell[:, :, k] = state
    clock = elevation < rng.uniform(-6, 1, c)[:, None]
    on = np.where((kind == 2)[:, None, None], clock[:, None, :], photocell)
    test = bumps(rng, c, length, 1 / 40, 5, 75)
    one = bumps(rng, c * lamps, length, 1 / 10, 5, 75).reshape(c, lamps, length)
    return on | test[:, None, :] | (one & (kind != 1)[:, None, None]), kind != 1


def dimming(rng, world, times, lamps):
    """Level (C, L, T) by the clock on the wall: none or one to four steps; some lamps are left out; part-night circuits switch lamps off."""
    c, length = times.shape
    hour = ((times + JST_MS) % DAY_MS) / 3_600_000
    since_noon = (hour - 12) % 24
    kind = rng.choice(5, c, p=[0.3, 0.3, 0.2, 0.1, 0.1])
    level = np.ones((c, lamps, length), np.float32)
    left_out = rng.random((c, lamps)) < np.where(rng.random(c) < 0.4, 0.3, 0.0)[:, None]
    dims = np.zeros((c, lamps), bool)
    for i in range(c):
        if kind[i] == 0:
            continue
        end = rng.integers(15, 19) + rng.choice([0, 0.5])
        starts = np.sort(rng.choice(np.arange(8.5, 13.5, 0.5), kind[i] if kind[i] < 4 else 4, replace=False))
        steps = np.sort(rng.uniform(*world["dim"], len(starts)))[::-1]
        own = np.ones(length, np.float32)
        for start, step in zip(starts, steps):
            own = np.where((since_noon[i] >= start) & (since_noon[i] < end), step, own)
        part_night = rng.random() < 0.2
        for lamp in range(lamps):
            if left_out[i, lamp]:
                continue
            level[i, lamp] = np.where(own < 1, 0, 1) if part_night and lamp % 2 else own
            dims[i, lamp] = True
    return level, dims


def warm_up(on, tau):
    """Share of the cold state that is left (C, L, T): 1 when switched on, decaying with tau (C, L) minutes; recovers while off."""
    out = np.empty(on.shape, np.float32)
    cold = np.ones(on.shape[:2], np.float32)
    fall, rise = np.exp(-1 / tau).astype(np.float32), np.float32(np.exp(-1 / 30))
    for k in range(on.shape[2]):
        lit = on[:, :, k]
        out[:, :, k] = cold
        cold = np.where(lit, cold * fall, 1 - (1 - cold) * rise)
    return out


def supply(rng, world, times, c, length):
    """Voltage at the cabinet relative to nominal (C, T), with evening load, sags and outages."""
    hour = ((times + JST_MS) % DAY_MS) / 3_600_000
    volts = 1 + noise_ar1(rng, (c, length), 120, world["mains"]) - 0.015 * np.exp(-(((hour - 19.5) / 2.5) ** 2))
    depth = rng.uniform(0.6, 0.93, (c, 1))
    volts = np.where(bumps(rng, c, length, world["sag_per_day"], 1, 12), volts * depth, volts)
    return np.where(bumps(rng, c, length, 1 / 25, 1, 60), 0, volts).astype(np.float32)


def simulate(rng, circuits, days, world="seen", faulty=False, say=None, repaired=0.0):
    """
    `circuits` circuits for `days`, simulated by the minute, healthy or with faults of all classes in turn, of which a share is `repaired`. In steps of STEP_MIN
    (C, L, T): power (W), spread (W, range within the step), valid, command (0, 1, NaN where not known), label (class that shows), and
    (C, T): times (ms), volts (V, NaN where not metered), elevation. `exists` (C, L). `faults`: list of (circuit, class, lamps).
    """
    kinds = itertools.cycle(range(1, len(CLASSES))) if faulty else None
    parts = []
    for start in range(0, circuits, CHUNK):
        parts.append(simulate_chunk(rng, min(CHUNK, circuits - start), days, world, kinds, repaired))
        if say:
            say(f"simulated {min(start + CHUNK, circuits)} of {circuits} circuits ({world})")
    return joined(parts)


def joined(parts):
    """Simulations of equal length put side by side; missing lamps do not exist."""
    lamps = max(part["exists"].shape[1] for part in parts)
    wide = lambda a: np.pad(a, [(0, 0), (0, lamps - a.shape[1])] + [(0, 0)] * (a.ndim - 2))
    out = {name: np.concatenate([wide(part[name]) for part in parts]) for name in ("exists", "power", "spread", "valid", "command", "label")}
    out |= {name: np.concatenate([part[name] for part in parts]) for name in ("times", "volts", "elevation")}
    first = np.cumsum([0] + [len(part["exists"]) for part in parts])
    return out | {"faults": [(int(i + at), kind, lamps) for at, part in zip(first, parts) for i, kind, lamps in part["faults"]]}


def simulate_chunk(rng, circuits, days, world, kinds, repaired):
    w = WORLDS[world]
    lamps, length = w["lamps"][1], days * DAY
    start = 1_735_689_600_000 + rng.integers(0, 730 * DAY, circuits) * 60_000
    times = start[:, None] + np.arange(length)[None, :] * 60_000.0
    elevation = sun_elevation_deg(times, LAT_DEG, LON_DEG)
    exists = np.arange(lamps)[None, :] < rng.integers(w["lamps"][0], lamps + 1, circuits)[:, None]
    per = lambda low, high: rng.uniform(low, high, (circuits, lamps)).astype(np.float32)
    on, by_circuit = switching(rng, w, elevation, lamps)
    level, dims = dimming(rng, w, times, lamps)
    volts = supply(rng, w, times, circuits, length)
    same = rng.random(circuits) < 0.8
    rating = np.exp(per(*np.log(w["rating"])))
    rating = np.where(same[:, None], rating[:, :1], rating)
    discharge = np.broadcast_to((rng.random(circuits) < w["discharge"])[:, None], rating.shape)
    level[discharge & (per(0, 1) < 0.8)] = 1
    dims &= (level < 1).any(2)
    tau = np.where(discharge, per(*w["discharge_tau"]), per(*w["cold_tau"]))
    gain = np.where(discharge, per(-0.7, -0.5), per(*w["cold_start"]))
    alpha = np.where(discharge, per(*w["discharge_alpha"]), per(*w["led_alpha"]))
    body = dict(rating=rating * per(0.96, 1.04), alpha=alpha, tau=tau, gain=gain, standby=per(*w["standby"]), floor=per(*w["floor"]),
                kelvin=per(*w["kelvin"]), drop=np.cumsum(exists, 1) / exists.sum(1, keepdims=True) * per(*w["drop"])[:, :1])
    kelvin = 8 * np.sin(2 * np.pi * (((times + JST_MS) % DAY_MS) / DAY_MS - 0.38)) + noise_ar1(rng, (circuits, length), 2880, 4)
    power = healthy = power_of(body, on, level, volts, kelvin)
    label, made = np.zeros(healthy.shape, np.int8), []
    commanded = (rng.random(circuits) < 0.4) & by_circuit
    if kinds is not None:
        power, label, made = with_faults(rng, body, kinds, exists, dims, commanded, on, level, volts, kelvin, healthy, repaired)
    nominal = rng.choice(w["volts"], circuits)[:, None]
    volts = np.where((rng.random(circuits) < 0.85)[:, None], volts * nominal + rng.normal(0, 0.1, volts.shape), np.nan)
    command = np.where(commanded[:, None, None], on, np.nan)
    seen, valid, spread = metered(rng, w, power, on, exists)
    return dict(exists=exists, faults=made, **in_steps(times, seen, valid, spread, volts, command, label, elevation))


def in_steps(times, seen, valid, spread, volts, command, label, elevation):
    """Minutes to steps of STEP_MIN: means of what there is, range within the step, the last command, the class that shows in most of the step."""
    cut = lambda a: a.reshape(*a.shape[:-1], a.shape[-1] // STEP_MIN, STEP_MIN)
    v, p = cut(valid), cut(seen)
    count = v.sum(-1)
    power = np.where(v, p, 0).sum(-1) / np.maximum(count, 1)
    reach = np.where(v, p, -np.inf).max(-1) - np.where(v, p, np.inf).min(-1)
    spread = np.where(count > 0, np.maximum(reach, np.where(v, cut(spread), 0).max(-1)), 0)
    labels = cut(label)
    shown = np.where((labels > 0).sum(-1) * 2 > STEP_MIN, labels.max(-1), 0)
    return dict(times=cut(times)[..., -1], power=power.astype(np.float32), spread=spread.astype(np.float32), valid=count > 0,
                volts=cut(volts).mean(-1), command=cut(command)[..., -1].astype(np.float32), label=shown.astype(np.int8), elevation=cut(elevation)[..., -1])


def power_of(body, on, level, volts, kelvin):
    """Watts (C, L, T) of lamps that are fed: regulated or not, cold or warm, dimmed."""
    at_lamp = np.maximum(volts[:, None, :] - body["drop"][:, :, None] * on.mean(1, keepdims=True), 0)
    lit = on & (level > 0) & (at_lamp > 0.45)
    cold = warm_up(lit, body["tau"])
    share = np.where(level > 0, body["floor"][:, :, None] + (1 - body["floor"][:, :, None]) * level, 0)
    run = 1 + body["gain"][:, :, None] * cold + body["kelvin"][:, :, None] * kelvin[:, None, :]
    watts = share * run * np.maximum(at_lamp, 1e-3) ** body["alpha"][:, :, None]
    idle = np.where(at_lamp > 0.3, body["standby"][:, :, None], 0)
    return (np.where(lit, np.maximum(watts, idle), idle) * body["rating"][:, :, None]).astype(np.float32)


def with_faults(rng, body, kinds, exists, dims, commanded, on, level, volts, kelvin, healthy, repaired):
    """
    `kinds`: an iterator over the classes of faults, of which a circuit gets one, two (from six lamps on) or three (from ten on). A fifth
    of the faults that need no settled habit begin on the second or third day, where the command is known from the first, the others after the eighth; a repair
    comes after two to six days (of ageing: eight to eleven). Returns power, label (C, L, T) and the
    list of faults: (circuit, class, lamps).
    """
    power, label, made = healthy.copy(), np.zeros(healthy.shape, np.int8), []
    burnt = power_of(body, np.ones_like(on), level, volts, kelvin)
    full = power_of(body, on, np.ones_like(level), volts, kelvin)
    low = power_of(body, on, np.where(level > 0, rng.uniform(0.2, 0.65, (*level.shape[:2], 1)), 0).astype(np.float32), volts, kelvin)
    length = healthy.shape[2]
    for i in range(len(healthy)):
        count = int(exists[i].sum())
        free = set(range(count))
        for kind in [next(kinds) for _ in range(1 + (count >= 6) + (count >= 10))]:
            if not free:
                break
            early = kind not in (DIMMING, AGEING) and rng.random() < (0.4 if commanded[i] else 0.2)
            start = rng.integers(0, 2 * DAY) + (0 if commanded[i] else DAY) if early else rng.integers(8 * DAY, max(8 * DAY + 1, length - (10 if kind == AGEING else 3) * DAY))
            lamps = list(range(rng.integers(0, count - 1), count)) if kind == CABLE else [int(rng.choice(sorted(free)))]
            if kind == BURNING and len(free) == count and rng.random() < 0.2:
                lamps = list(range(count))
            if not free.issuperset(lamps):
                continue
            if kind == OUT:
                idle = rng.choice([0, 0.3, 1]) * body["standby"][i] * body["rating"][i]
                changed = np.broadcast_to(idle[:, None], healthy[i].shape)
            elif kind == BURNING:
                changed = burnt[i]
            elif kind == CYCLING:
                changed = healthy[i] * (1 - blinking(rng, length) * rng.uniform(0.6, 1))
            elif kind == DIMMING:
                changed = full[i] if dims[i, lamps[0]] and rng.random() < 0.6 else low[i]
            elif kind == AGEING:
                changed = aged(rng, healthy[i], start)
            else:
                dark = blocks(rng, length, rng.uniform(10, 60), rng.uniform(30, 200)) if rng.random() < 0.35 else np.ones(length, bool)
                changed = np.where(dark, 0, healthy[i])
            free -= set(lamps)
            made.append((i, kind, lamps))
            rating = body["rating"][i]
            end = start + int(rng.uniform(8 if kind == AGEING else 2, 11 if kind == AGEING else 6) * DAY) if rng.random() < repaired else length
            for lamp in lamps:
                power[i, lamp, start:end] = changed[lamp, start:end]
                gone = np.abs(power[i, lamp] - healthy[i, lamp])
                shows = gone > (AGED_SHARE * np.maximum(healthy[i, lamp], 0.2 * rating[lamp]) if kind == AGEING else 0.15 * rating[lamp])
                label[i, lamp] = np.where(shows & (np.arange(length) >= start), kind, 0)
    return power, label, made


def blinking(rng, length):
    """0..1 a minute: share of the minute dark, for a driver that restarts every few seconds, minutes or tens of minutes."""
    if rng.random() < 0.3:
        return np.clip(rng.normal(0.5, 0.25, length), 0, 1)
    return blocks(rng, length, rng.uniform(2, 25), rng.uniform(2, 25)).astype(float)


def blocks(rng, length, mean_off, mean_on):
    """Boolean (T): alternating runs with exponential lengths; True: dark."""
    out, k, state = np.zeros(length, bool), 0, True
    while k < length:
        run = max(1, int(rng.exponential(mean_off if state else mean_on)))
        out[k:k + run] = state
        k, state = k + run, not state
    return out


def aged(rng, healthy, start):
    """A drift down or up over 4 to 12 days, on which unrest of the worn driver rides."""
    length = healthy.shape[1]
    days = rng.uniform(4, 12)
    depth = rng.uniform(0.15, 0.35) * (1 if rng.random() < 0.35 else -1)
    ramp = np.clip((np.arange(length) - start) / (days * DAY), 0, 1)
    unrest = rng.uniform(0, 0.06) * rng.standard_normal(healthy.shape) * ramp
    return (healthy * (1 + depth * ramp + unrest)).astype(np.float32)


def metered(rng, w, power, on, exists):
    """
    What the meter shows each minute: noise of the load and its own, steps of its display, inrush seen now and then; which minutes it
    shows; and the range within the minute where it is read more often. A fifth of the circuits is read once a step only.
    """
    c, lamps, length = power.shape
    noise = rng.uniform(*w["noise"], (c, lamps, 1)).astype(np.float32)
    own = rng.uniform(0.02, 0.2, (c, lamps, 1)).astype(np.float32)
    sigma = np.hypot(noise * power, own)
    seen = power + sigma * rng.standard_normal(power.shape, dtype=np.float32)
    inrush = np.zeros(power.shape, bool)
    inrush[:, :, 1:] = on[:, :, 1:] & ~on[:, :, :-1] & (rng.random((c, lamps, length - 1), dtype=np.float32) < 0.05)
    seen = np.where(inrush, seen * rng.uniform(1.3, 2.5, (c, lamps, 1)), seen)
    step = rng.uniform(*w["step_w"], (c, 1, 1))
    valid = exists[:, :, None] & (rng.random(power.shape, dtype=np.float32) > w["missing"])
    rarely = rng.random(c) < 0.2
    valid[rarely] &= np.arange(length) % STEP_MIN == STEP_MIN - 1
    for i in range(c):
        for _ in range(rng.poisson(length / DAY / 20)):
            k, lamp = rng.integers(0, length), rng.integers(0, lamps)
            valid[i, lamp if rng.random() < 0.6 else slice(None), k:k + rng.integers(20, 900)] = False
    often = (rng.random(c) < 0.5) & ~rarely
    jump = np.abs(np.diff(power, axis=2, prepend=power[:, :, :1]))
    spread = np.where(often[:, None, None], 3.5 * sigma * (0.7 + 0.6 * rng.random(power.shape, dtype=np.float32)) + jump, 0)
    return np.maximum(0, np.round(seen / step) * step).astype(np.float32), valid, spread.astype(np.float32)
