"""Turns class probabilities into raised and cleared faults: smoothed, with hysteresis, held over the hours in which a fault cannot show."""
import numpy as np

from circuit_window import FEATURES
from simulate_circuits import BURNING, CLASSES

# Per class: how long a verdict must last (time constant, s), and how long calm must last where it can be judged (s).
RULES = {
    "lamp-out": {"smoothS": 1200, "calmS": 3600},
    "day-burning": {"smoothS": 3600, "calmS": 3600},
    "cycling": {"smoothS": 1500, "calmS": 14_400},
    "dimming-failure": {"smoothS": 2400, "calmS": 14_400},
    "driver-ageing": {"smoothS": 36_000, "calmS": 36_000},
    "cable-fault": {"smoothS": 1500, "calmS": 3600},
}
CLEAR_BELOW = 0.2
# No class is raised under these, whatever the simulation says: short events are in reality longer than simulated ones.
LEAST_RAISE = {"driver-ageing": 0.75, "day-burning": 0.92}
LEAST = np.array([LEAST_RAISE.get(name, 0.85) for name in CLASSES[1:]])
SMOOTH = np.array([RULES[name]["smoothS"] for name in CLASSES[1:]], float)
CALM = np.array([RULES[name]["calmS"] for name in CLASSES[1:]], float)
SUN, COMMAND, KNOWN = (FEATURES.index(name) for name in ("sun-elevation", "command", "habit-known"))


def judgeable(rows):
    """
    (..., 6): by night, or while switched on, the faults of the night can be seen; by day and while not switched on, burning by day.
    Nothing is judged of a lamp of which neither the command nor the habit at this hour is known.
    """
    known = (rows[..., KNOWN] > 0.5) | (rows[..., COMMAND] != 0.5)
    night = known & ((rows[..., SUN] < -0.6) | (rows[..., COMMAND] > 0.75))
    day = known & (rows[..., SUN] > 0.6) & (rows[..., COMMAND] < 0.75)
    out = np.repeat(night[..., None], len(CLASSES) - 1, -1)
    out[..., BURNING - 1] = day
    return out


class AlarmState:
    """State of lamps (shape), one class raised at most. `raise_at` (6): the smoothed probability from which each class is raised."""

    def __init__(self, shape, raise_at):
        self.raise_at = np.asarray(raise_at, float)
        self.smooth = np.zeros((*shape, 6))
        self.calm = np.zeros((*shape, 6))
        self.raised = np.zeros(shape, int)

    def tick(self, dt_s, probabilities, judge, valid):
        """dt_s (s, broadcast to the shape), probabilities (..., 6) of the faults, judge (..., 6), valid (...). Returns the raised class (0: none)."""
        go = judge & valid[..., None]
        dt = np.broadcast_to(dt_s, self.raised.shape)[..., None]
        part = 1 - np.exp(-dt / SMOOTH)
        self.smooth = np.where(go, self.smooth + part * (probabilities - self.smooth), self.smooth)
        self.calm = np.where(self.smooth >= CLEAR_BELOW, 0, np.where(go, self.calm + dt, self.calm))
        over = self.smooth - self.raise_at
        best = over.argmax(-1)
        peak = np.take_along_axis(over, best[..., None], -1)[..., 0]
        own = np.maximum(self.raised - 1, 0)[..., None]
        ended = (self.raised > 0) & (np.take_along_axis(self.calm, own, -1)[..., 0] >= CALM[own[..., 0]])
        self.raised = np.where(valid & (peak >= 0), best + 1, np.where(ended & valid, 0, self.raised))
        return self.raised
