"""A seeded simulation of public Wi-Fi traffic: visitors by hour and weekday, sessions with heavy tails, background chatter, faults."""
import numpy as np

from feature_window import DAY_MS
from simulate_lamps import JST_MS, minute_times, noise_ar1

FAULTS = ("stuck-zero", "stuck-value", "flood", "no-clients")
# Visitors by hour (0..23) as a share of the busiest hour: station, city hall, park, gymnasium.
CURVES = np.array([
    [2, 1, 1, 1, 3, 12, 45, 90, 80, 50, 45, 50, 60, 55, 50, 55, 70, 95, 100, 75, 50, 35, 20, 8],
    [1, 1, 1, 1, 1, 1, 2, 10, 60, 90, 100, 95, 80, 90, 95, 90, 75, 40, 10, 5, 3, 2, 1, 1],
    [1, 1, 1, 1, 2, 6, 12, 15, 25, 45, 70, 90, 100, 95, 90, 80, 60, 40, 20, 12, 8, 5, 3, 2],
    [1, 1, 1, 1, 1, 1, 2, 5, 20, 45, 50, 45, 40, 45, 50, 55, 60, 75, 95, 100, 85, 40, 5, 1],
]) / 100
WEEKEND = np.array([0.7, 0.08, 1.8, 1.3])


def simulate(rng, n, days, faults=False):
    """
    n access points, one mean rate a minute in bytes per second. Returns times (ms), rate, valid and, with faults, the kind of
    each fault and the mask of the minutes in which it acts.
    """
    times = minute_times(rng, n, days)
    length = times.shape[1]
    place = rng.integers(0, 4, n)
    local = times + JST_MS
    hour = (local % DAY_MS) / 3_600_000
    low = np.floor(hour).astype(int)
    share = hour - low
    curve = CURVES[place[:, None], low] * (1 - share) + CURVES[place[:, None], (low + 1) % 24] * share
    weekend = ((local // DAY_MS + 4) % 7 % 6) == 0  # 1970-01-01 was a Thursday; 0 = Sunday, 6 = Saturday
    curve = curve * np.where(weekend, WEEKEND[place][:, None], 1)
    busy = np.exp(rng.uniform(np.log(4), np.log(60), n))[:, None]
    clients = rng.poisson(busy * curve * np.exp(noise_ar1(rng, n, length, 40, 0.25)))
    per_client = np.exp(rng.uniform(np.log(1500), np.log(15000), n))[:, None]
    sessions = clients * per_client * np.exp(noise_ar1(rng, n, length, 4, 0.9))
    chatter = np.exp(rng.uniform(np.log(150), np.log(3000), n))[:, None] * np.exp(rng.normal(0, 0.12, (n, length)))
    backhaul = rng.choice([12e6, 25e6, 60e6], n)[:, None]
    rate = np.minimum(sessions + chatter, backhaul)
    kind = active = None
    if faults:
        kind = np.array([FAULTS[i % len(FAULTS)] for i in range(n)])
        start = rng.integers(5 * 1440, length - 2 * 1440, n)
        active = (np.arange(length)[None, :] >= start[:, None]) & (np.arange(length)[None, :] < start[:, None] + 1440)
        of = lambda name: active & (kind == name)[:, None]
        frozen = np.take_along_axis(rate, start[:, None], 1)
        attack = np.minimum(backhaul, rng.uniform(0.5e6, 8e6, n)[:, None] * np.exp(rng.normal(0, 0.1, rate.shape)))
        rate = np.where(of("stuck-zero"), 0, np.where(of("stuck-value"), frozen, rate))
        rate = np.where(of("flood"), np.minimum(rate + attack, backhaul), np.where(of("no-clients"), chatter, rate))
    valid = rng.random(rate.shape) > 0.003
    return {"times": times, "rate": rate, "valid": valid, "kind": kind, "visible": active}
