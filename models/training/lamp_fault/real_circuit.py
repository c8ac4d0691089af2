"""The real lighting circuit (slightlimon) as one lamp, and shared out over simulated lamps: false alarms as it is, and with faults put in."""
import numpy as np

import fault_net
from alarm_state import AlarmState, judgeable
from circuit_window import WINDOW, CircuitWindow
from feature_window import sun_elevation_deg
from runs import fixed_rules
from simulate_circuits import CLASSES, DAY, LAT_DEG, LON_DEG, STEP_MIN

REPEATS, LAMPS = 3, 8
# Put in on the last three nights but one; ageing needs more days than the trace has.
INJECTED = ("lamp-out", "day-burning", "cycling", "dimming-failure", "cable-fault")


def circuit(folder):
    """
    Times (ms), watts and volts a minute. The trace has no clock: the middle of its first night is put on solar midnight of 15
    October, when Kimitsu's night is as long as the trace's. Its six days are repeated so that a habit can be learnt.
    """
    watts, volts = (np.loadtxt(folder / "streetlight" / f"{name}-data-test.txt") for name in ("w", "v"))
    lit = np.flatnonzero(np.nan_to_num(watts[:DAY]) > 0.1 * np.nanmax(watts))
    start = 1_792_074_360_000 - lit.mean().round() * 60_000
    watts, volts = np.tile(watts, REPEATS), np.tile(volts, REPEATS)
    return start + np.arange(len(watts)) * 60_000.0, watts, volts


def shared_out(rng, watts, lamps):
    """(L, T): each lamp's share of the real power, with its own size and meter noise."""
    share = rng.uniform(0.7, 1.3, lamps)
    own = watts[None, :] * (share / share.sum())[:, None]
    return own * (1 + rng.normal(0, 0.005, own.shape)) + rng.normal(0, 0.1, own.shape)


def put_in(rng, name, power, lit):
    """Power with one fault, and its lamps, acting from the start of day REPEATS·6 − 4 on."""
    start, out = (REPEATS * 6 - 4) * DAY, power.copy()
    lamps = [int(rng.integers(0, LAMPS))]
    if name == "cable-fault":
        lamps = list(range(int(rng.integers(1, LAMPS - 1)), LAMPS))
    full = np.nanmax(power[lamps], axis=1, keepdims=True)
    part = out[lamps, start:]
    minute = np.arange(part.shape[1])
    off = (minute // rng.integers(4, 20)) % 2 == 0
    changed = {"lamp-out": 0 * part, "cable-fault": 0 * part, "day-burning": np.fmax(part, 0.7 * full), "cycling": np.where(off, 0, part),
               "dimming-failure": np.where(lit[start:] & (part > 0.05 * full), rng.uniform(0.3, 0.5) * full, part)}[name]
    out[lamps, start:] = changed
    return out, lamps


def judged(params, limits, times, power, volts):
    """Raised class (C, L, T/5) by the net and by the fixed rules. power (C, L, T)."""
    c, n, length = power.shape
    cut = lambda a: a.reshape(*a.shape[:-1], length // STEP_MIN, STEP_MIN)
    p = cut(power)
    valid = np.isfinite(p).any(-1)
    filled = np.where(np.isfinite(p), p, 0)
    mean = filled.sum(-1) / np.maximum(np.isfinite(p).sum(-1), 1)
    reach = np.where(np.isfinite(p), p, -np.inf).max(-1) - np.where(np.isfinite(p), p, np.inf).min(-1)
    spread = np.where(valid, reach, 0)
    v = cut(volts)
    v = np.where(np.isfinite(v), v, 0).sum(-1) / np.maximum(np.isfinite(v).sum(-1), 1)
    v = np.where(v > 0, v, np.nan)
    window, suspect = CircuitWindow(WINDOW, c, n), np.zeros((c, n), bool)
    states = [AlarmState((c, n), limits), AlarmState((c, n), np.full(6, 0.8))]
    raised = np.zeros((2, c, n, length // STEP_MIN), int)
    for k in range(length // STEP_MIN):
        row = window.tick(np.full(c, times[(k + 1) * STEP_MIN - 1]), mean[:, :, k], spread[:, :, k], valid[:, :, k], np.full(c, v[k]),
                          np.full((c, n), np.nan), suspect)
        found = fault_net.probabilities(params, row)
        suspect = valid[:, :, k] & (found[:, :, 0] < 0.5)
        judge = judgeable(row)
        raised[0, :, :, k] = states[0].tick(STEP_MIN * 60, found[:, :, 1:], judge, valid[:, :, k])
        raised[1, :, :, k] = states[1].tick(STEP_MIN * 60, fixed_rules(row).astype(float), judge, valid[:, :, k])
    return raised


def measure(params, limits, folder, say):
    """Lines (metric, model, fixed rules)."""
    rng = np.random.default_rng(77)
    times, watts, volts = circuit(folder)
    lit = sun_elevation_deg(times, LAT_DEG, LON_DEG) < -4
    lines = []
    whole = judged(params, limits, times, watts[None, None, :], volts)
    count = lambda state: int(((np.diff(state, axis=2, prepend=0) != 0) & (state > 0)).sum())
    days = REPEATS * 6
    named = lambda state: ", ".join(sorted({CLASSES[k] for k in np.unique(state) if k})) or "none"
    lines.append((f"real circuit as one lamp, {days} nights (6 repeated)", *(f"{count(s)} false alarms ({named(s)})" for s in whole)))
    spread = judged(params, limits, times, np.stack([shared_out(rng, watts, LAMPS) for _ in range(4)]), volts)
    lines.append((f"real circuit shared out over 4 × {LAMPS} lamps, {days} nights", *(
        f"{count(s)} false alarms in {4 * LAMPS * days} lamp-nights ({named(s)})" for s in spread)))
    for name in INJECTED:
        cases = [put_in(rng, name, shared_out(rng, watts, LAMPS), lit) for _ in range(10)]
        states = judged(params, limits, times, np.stack([power for power, _ in cases]), volts)
        texts = []
        for state in states:
            kind, at = CLASSES.index(name), (days - 4) * DAY // STEP_MIN
            hits = sum(bool((state[i, lamps, at:] == kind).any()) for i, (_, lamps) in enumerate(cases))
            others = sum(count(np.delete(state[i:i + 1], lamps, axis=1)) for i, (_, lamps) in enumerate(cases))
            texts.append(f"{hits} of {len(cases)} found by class, {others} alarms on the other lamps")
        lines.append((f"real circuit with {name} put in", *texts))
        say(f"{lines[-1]}")
    return lines
