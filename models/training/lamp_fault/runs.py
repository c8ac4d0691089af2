"""Runs simulated circuits through the window, the net and the alarm state, and counts what was found and what was raised for nothing."""
import numpy as np

import fault_net
from alarm_state import LEAST, AlarmState, judgeable
from circuit_window import FEATURES, WINDOW, CircuitWindow
from simulate_circuits import AGEING, CABLE, CLASSES, CYCLING, DAY, DIMMING, STEP_MIN

PER_DAY = DAY // STEP_MIN
# From the first step in which it shows; ageing from 10 % drift on.
WITHIN_DAYS = {"lamp-out": 1, "day-burning": 1, "cycling": 1, "dimming-failure": 2, "driver-ageing": 7, "cable-fault": 1}


def held_labels(data):
    """
    Labels (C, L, T) held for an hour (of a cable: three) after the fault was last seen, so that the bright part of a cycle counts
    as cycling.
    """
    label, hour = data["label"].astype(int), 60 // STEP_MIN
    out, left = label.copy(), np.zeros(label.shape[:2], int)
    for k in range(1, label.shape[2]):
        left = np.where(label[:, :, k] > 0, np.where(label[:, :, k] == CABLE, 3 * hour, hour), left - 1)
        out[:, :, k] = np.where((label[:, :, k] == 0) & (left > 0), out[:, :, k - 1], label[:, :, k])
    return out


def training_rows(rng, data, params=None, say=None):
    """
    Rows and labels of one simulation. The lamps under a fault count as suspect (most of them), as the gateway would see
    it. With `params` (a net fitted before) only that net's mistakes are taken.
    """
    c, n, length = data["power"].shape
    window, told = CircuitWindow(WINDOW, c, n), held_labels(data)
    trusting = rng.random((c, n)) < 0.8
    kind = data["label"].max(2)
    started, suspect = np.zeros((c, n), bool), np.zeros((c, n), bool)
    rows, labels = [], []
    sun = data["elevation"]
    for k in range(length):
        if say and k % 1000 == 0:
            say(f"step {k} of {length}, {c} circuits")
        row = window.tick(*(data[name][..., k] for name in ("times", "power", "spread", "valid", "volts", "command")), suspect)
        label, ok = told[:, :, k], data["valid"][:, :, k]
        started |= label > 0
        suspect = (label > 0) & trusting
        if params is None:
            chance = np.where(label > 0, 0.12, np.where(np.abs(sun[:, k]) < 12, 0.02, 0.012)[:, None])
        else:
            p = fault_net.probabilities(params, row)
            wrong = 1 - np.take_along_axis(p, label[:, :, None], 2)[:, :, 0]
            chance = np.where(wrong > 0.3, 0.6, 0)
        unclear = started & (label == 0) & ((kind == AGEING) | (kind == CYCLING))
        pick = ok & ~unclear & (rng.random((c, n)) < chance)
        rows.append(row[pick])
        labels.append(label[pick])
    return np.concatenate(rows), np.concatenate(labels)


def verdicts(params, data, say=None):
    """Probabilities (C, L, T, 6) float16 and what can be judged, with the habits frozen where the last verdict was a fault."""
    c, n, length = data["power"].shape
    window, suspect = CircuitWindow(WINDOW, c, n), np.zeros((c, n), bool)
    found, judge, rules = np.zeros((c, n, length, 6), np.float16), np.zeros((c, n, length, 6), bool), np.zeros((c, n, length, 6), bool)
    for k in range(length):
        if say and k % 1000 == 0:
            say(f"step {k} of {length}, {c} circuits")
        row = window.tick(*(data[name][..., k] for name in ("times", "power", "spread", "valid", "volts", "command")), suspect)
        p = fault_net.probabilities(params, row)
        suspect = data["valid"][:, :, k] & (p[:, :, 0] < 0.5)
        found[:, :, k], judge[:, :, k], rules[:, :, k] = p[:, :, 1:], judgeable(row), fixed_rules(row)
    return found, judge, rules


def fixed_rules(rows):
    """The rules beside it: sun, power, the neighbours' darkness, changes an hour and drift, each against a fixed limit."""
    at = lambda name: rows[..., FEATURES.index(name)]
    night, day = at("sun-elevation") < -0.6, at("sun-elevation") > 0.6
    dark = night & (at("power") < 0.2)
    cable = dark & (at("dark-run") >= 0.39) & (at("dark-to-the-end") > 0.5)
    cycling = at("transitions") >= 0.35
    dim = night & (at("power") > 0.2) & (np.abs(at("off-habit")) > 0.15)
    return np.stack([dark & ~cable & ~cycling, day & (at("power") > 0.2), cycling, dim, night & (np.abs(at("drift")) > 0.5), cable], -1)


def raised(data, probabilities, judge, raise_at):
    """Raised class (C, L, T) by the alarm state."""
    state = AlarmState(data["power"].shape[:2], raise_at)
    out = np.zeros(data["power"].shape, np.int8)
    for k in range(out.shape[2]):
        out[:, :, k] = state.tick(STEP_MIN * 60, probabilities[:, :, k].astype(float), judge[:, :, k], data["valid"][:, :, k])
    return out


def false_alarms(data, state):
    """Alarms (C, 7) by class on lamps that never have a fault, and the lamp-nights (C) of those lamps."""
    well = data["exists"] & ~(data["label"] > 0).any(2)
    edges = (np.diff(state, axis=2, prepend=np.int8(0)) != 0) & well[:, :, None]
    counts = np.stack([(edges & (state == kind)).sum((1, 2)) for kind in range(len(CLASSES))], 1)
    counts[:, 0] = 0
    return counts, well.sum(1) * state.shape[2] / PER_DAY


def detection(data, state):
    """Per fault that shows for long enough: (class, found in time by its class, another class raised on the way, delay in hours)."""
    out = []
    for i, kind, lamps in data["faults"]:
        shows = data["label"][i, lamps] > 0
        if not shows.any():
            continue
        name, first = CLASSES[kind], int(shows.any(0).argmax())
        part = state[i, lamps, first:first + WITHIN_DAYS[name] * PER_DAY]
        if part.shape[1] < WITHIN_DAYS[name] * PER_DAY:
            continue
        hit = (part == kind).any(0)
        other = ((part != kind) & (part > 0)).any()
        out.append((name, bool(hit.any()), bool(other), hit.argmax() * STEP_MIN / 60 if hit.any() else np.nan))
    return out


LIMITS = np.array([0.6, 0.65, 0.7, 0.75, 0.8, 0.84, 0.88, 0.92, 0.95, 0.97, 0.98, 0.99])


def set_limits(parts, say, per_thousand=0.15):
    """
    Per class the lowest of LIMITS from which up at most `per_thousand` false alarms of that class come in 1,000 lamp-nights; where
    even the highest raises more, the highest, which is said.
    """
    rate = sum(counts for counts, _ in parts) / sum(nights for _, nights in parts) * 1000
    for limit, row in zip(LIMITS, rate):
        say(f"limit {limit}: false alarms per 1,000 lamp-nights by class {row.round(2)}")
    too_many = (rate > per_thousand) | (LIMITS[:, None] < LEAST - 1e-9)
    for name in np.array(CLASSES[1:])[too_many[-1]]:
        say(f"no limit keeps {name} under {per_thousand} false alarms per 1,000 lamp-nights: it gets {LIMITS[-1]}")
    first = np.minimum(len(LIMITS) - np.argmax(too_many[::-1], 0), len(LIMITS) - 1)
    return LIMITS[np.where(too_many.any(0), first, 0)]


def alarms_by_limit(data, probabilities, judge):
    """False alarms (limits, 6) where all classes have the same limit, and the lamp-nights."""
    well = data["exists"] & ~(data["label"] > 0).any(2)
    p, go, valid = probabilities[well], judge[well], data["valid"][well]
    state = AlarmState((len(LIMITS), len(p)), LIMITS[:, None, None])
    counts, before = np.zeros((len(LIMITS), 6), int), np.zeros((len(LIMITS), len(p)), int)
    for k in range(p.shape[1]):
        now = state.tick(STEP_MIN * 60, p[None, :, k].astype(float), go[None, :, k], np.broadcast_to(valid[:, k], before.shape))
        began = (now != before) & (now > 0)
        if began.any():
            counts += np.stack([(began & (now == kind)).sum(1) for kind in range(1, 7)], 1)
        before = now.copy()
    return counts, len(p) * p.shape[1] / PER_DAY


def outcome(data, state):
    """Of one simulation and the classes raised on it: false alarms by circuit, lamp-nights by circuit, and each fault."""
    return *false_alarms(data, state), detection(data, state)


def joined(outcomes):
    counts, nights, hits = zip(*outcomes)
    return np.concatenate(counts), np.concatenate(nights), sum(hits, [])


def table(world, by_net, by_rules):
    """Lines (metric, model, fixed rules) with 95 % intervals: bootstrap over circuits for the false alarms, Wilson for the shares."""
    sides = by_net, by_rules
    texts = lambda which: [share_text([hit for hit in hits if which(hit[0])]) for _, _, hits in sides]
    return [
        (f"{world}: false alarms per 1,000 lamp-nights, all classes together", *(false_text(counts, nights) for counts, nights, _ in sides)),
        *((f"{world}: {name} found by its class within {WITHIN_DAYS[name]} d", *texts(name.__eq__)) for name in CLASSES[1:]),
        (f"{world}: all faults", *texts(CLASSES.__contains__)),
        (f"{world}: all faults but driver ageing", *texts(CLASSES[AGEING].__ne__)),
    ]


def false_text(counts, nights):
    draws = np.random.default_rng(1).integers(0, len(nights), (1000, len(nights)))
    total = counts.sum(1)
    low, high = np.percentile(total[draws].sum(1) / nights[draws].sum(1) * 1000, [2.5, 97.5])
    named = ", ".join(f"{name} {count}" for name, count in zip(CLASSES, counts.sum(0)) if count) or "none"
    return f"{total.sum() / nights.sum() * 1000:.2f} [{low:.2f}–{high:.2f}] ({total.sum()} in {nights.sum():.0f}: {named})"


def share_text(hits):
    got = sum(hit[1] for hit in hits)
    low, high = wilson(got, len(hits))
    delays = [hit[3] for hit in hits if hit[1]]
    middle = np.median(delays) if delays else np.nan
    return (f"{got / max(len(hits), 1):.3f} [{low:.3f}–{high:.3f}] ({got} of {len(hits)}), median delay {middle:.1f} h, "
            f"other class on the way {sum(hit[2] for hit in hits)}")


def wilson(hits, n):
    """95 % score interval of a share: unlike the bootstrap it does not shrink to nothing at 100 %."""
    if n == 0:
        return 0.0, 1.0
    share, z = hits / n, 1.96
    middle, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
