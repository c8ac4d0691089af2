"""Evaluation on recorded series that no fit ever sees: one real lighting circuit (slightlimon)."""
import numpy as np

from alarm_rule import alarms
from feature_window import sun_elevation_deg

RAISE_AT, CLEAR_AT = 0.8, 0.5


def measure(model, score, folder):
    """Lines (metric, model, baseline) for the model's own kind of recorded data."""
    return circuit(model, score, folder)


def circuit(model, score, folder):
    """
    The trace has no clock: the middle of its first night is put on solar midnight of 15 October, when Kimitsu's night is as long
    as the trace's (12.7 h and growing). Its own faults are unknown, so an alarm on it as recorded counts as false. Then the fourth
    night is altered.
    """
    watts = np.loadtxt(folder / "streetlight" / "w-data-test.txt")
    lit = np.flatnonzero(np.nan_to_num(watts[:1440]) > 0.1 * np.nanmax(watts))
    minute = np.arange(len(watts))
    midnight = 1_792_074_360_000  # 2026-10-15 23:26 JST
    times = (midnight + (minute - lit.mean().round()) * 60_000)[None, :]
    place = model.WINDOW["place"]
    elevation = sun_elevation_deg(times, place["latDeg"], place["lonDeg"])
    fourth = (minute >= 3 * 1440) & (minute < 4 * 1440)
    cases = {"as recorded": watts, "fourth night dark": np.where(fourth, 0, watts),
             "fourth night at 60 %": np.where(fourth, 0.6 * watts, watts)}
    lines = []
    for name, power in cases.items():
        valid = np.isfinite(power)[None, :]
        data = {"times": times, "value": np.nan_to_num(power)[None, :], "valid": valid, "elevation": elevation,
                "rating": np.array([np.nanmax(watts)])}
        scores, taken = score(data)
        rule = model.baseline(None, data)
        texts = []
        for over, under in ((scores >= RAISE_AT, scores < CLEAR_AT), (rule, ~rule)):
            edges = alarms(times, over, under, taken)[1][0]
            inside, outside = (edges & fourth).any(), (edges & ~fourth).sum()
            texts.append(f"{edges.sum()} alarms" if name == "as recorded" else
                         f"{'found' if inside else 'missed'}, {outside} alarms on the other nights")
        lines.append((f"real circuit, 6 nights, {name}", *texts))
    return lines
