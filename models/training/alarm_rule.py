"""Turns scores or threshold breaches into alarms by one rule for the model and its baseline, and counts them."""
import numpy as np


def alarms(times_ms, over, under, taken, on_delay_s=300, off_delay_s=1800):
    """
    All (n, T): raised after `over` has lasted on_delay_s, cleared after `under` has lasted off_delay_s.
    Returns the mask of active minutes and the mask of the minutes in which an alarm is raised.
    """
    n, length = over.shape
    since, calm = np.full(n, np.inf), np.full(n, np.inf)
    active = np.zeros(n, bool)
    out, edges = np.zeros((n, length), bool), np.zeros((n, length), bool)
    for k in range(length):
        t, ok = times_ms[:, k], taken[:, k]
        since = np.where(ok, np.where(over[:, k], np.minimum(since, t), np.inf), since)
        calm = np.where(ok, np.where(under[:, k], np.minimum(calm, t), np.inf), calm)
        rise = ~active & ok & (t - since >= on_delay_s * 1000)
        fall = active & ok & (t - calm >= off_delay_s * 1000)
        active = (active | rise) & ~fall
        out[:, k], edges[:, k] = active, rise
    return out, edges


def detection(data, active, within_min=1440):
    """Per kind of fault: (found, shown, median delay in minutes) over the series whose fault shows in the value at all."""
    table = {}
    for i, kind in enumerate(data["kind"]):
        shown = np.flatnonzero(data["visible"][i])
        if shown.size == 0:
            continue
        end = shown[0] + within_min
        hit = shown[(shown < end) & active[i, shown]]
        table.setdefault(str(kind), []).append(hit[0] - shown[0] if hit.size else np.nan)
    return {kind: (int(np.isfinite(d).sum()), len(d), float(np.nanmedian(d)) if np.isfinite(d).any() else None)
            for kind, d in ((k, np.array(v)) for k, v in sorted(table.items()))}
