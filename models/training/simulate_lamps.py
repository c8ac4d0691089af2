"""A seeded physical simulation of street lamps: sun, cloud, photocell or astronomical clock, dimming schedule, mains noise, faults."""
import numpy as np

from feature_window import DAY_MS, sun_elevation_deg

LAT_DEG, LON_DEG = 35.3304, 139.9027
JST_MS = 9 * 3_600_000
FAULTS = ("out", "no-dimming", "stuck-dim", "day-burning", "partial-loss")
MINUTE_MS = 60_000


def noise_ar1(rng, n, length, tau_steps, sigma):
    """Stationary first-order noise (n, length) with the given time constant and standard deviation."""
    a = np.exp(-1 / tau_steps)
    shocks = rng.normal(0, sigma * np.sqrt(1 - a * a), (n, length))
    out = np.empty((n, length))
    out[:, 0] = rng.normal(0, sigma, n)
    for k in range(1, length):
        out[:, k] = a * out[:, k - 1] + shocks[:, k]
    return out


def minute_times(rng, n, days):
    """Unix ms (n, days*1440): each series starts at its own minute somewhere in two years."""
    start = 1_735_689_600_000 + rng.integers(0, 730 * 1440, n) * MINUTE_MS
    return start[:, None] + np.arange(days * 1440)[None, :] * MINUTE_MS


def switched_on(rng, times_ms, elevation):
    """Half of the lamps follow a photocell with hysteresis under moving cloud, half an astronomical clock."""
    n, length = elevation.shape
    log_lux = np.interp(elevation, [-18, -12, -6, 0, 5, 10, 30, 90], [-3, -2.1, 0.5, 2.6, 3.5, 4.0, 4.6, 5.0])
    log_lux -= np.clip(0.4 + noise_ar1(rng, n, length, 60, 0.35), 0, 1.3)
    on_at = np.log10(rng.uniform(10, 70, n))
    off_at = on_at + np.log10(rng.uniform(1.3, 3, n))
    photocell = np.empty((n, length), bool)
    state = log_lux[:, 0] < on_at
    for k in range(length):
        state = np.where(state, log_lux[:, k] < off_at, log_lux[:, k] < on_at)
        photocell[:, k] = state
    clock = elevation < rng.uniform(-6, 1, n)[:, None]
    return np.where(rng.random(n)[:, None] < 0.5, photocell, clock)


def dimming(rng, times_ms):
    """Level 0..1 by the clock on the wall: none, one step, or two steps in the middle of the night."""
    n = times_ms.shape[0]
    hour = ((times_ms + JST_MS) % DAY_MS) / 3_600_000
    kind = rng.choice(3, n, p=[0.35, 0.4, 0.25])
    start, end = rng.integers(42, 49, n) / 2, rng.integers(8, 13, n) / 2
    first, second = rng.uniform(0.4, 0.8, n), rng.uniform(0.25, 0.6, n)
    late = (hour >= start[:, None]) | (hour < end[:, None])
    deep = (hour >= (start[:, None] + 2) % 24) & (hour < end[:, None]) & (hour < 12)
    level = np.where(late & (kind > 0)[:, None], first[:, None], 1.0)
    return np.where(deep & (kind == 2)[:, None], np.minimum(first, second)[:, None], level), kind > 0


def simulate(rng, n, days, faults=False):
    """
    n lamps, one mean power a minute. Returns times (ms), power (W), valid, rating (W), elevation (deg) and, with faults,
    the kind of each lamp's fault and the mask of minutes in which it changes the power by more than 15 % of the rating.
    """
    times = minute_times(rng, n, days)
    elevation = sun_elevation_deg(times, LAT_DEG, LON_DEG)
    on = switched_on(rng, times, elevation)
    level, dims = dimming(rng, times)
    rating = np.exp(rng.uniform(np.log(18), np.log(400), n))
    mains = 1 + noise_ar1(rng, n, times.shape[1], 120, 0.012)
    since_on = minutes_on(on)
    sodium = rng.random(n) < 0.15
    run_up = np.where(sodium[:, None], 1 - 0.65 * np.exp(-since_on / 2.0), 1 + 0.03 * np.exp(-since_on / 10))
    standby = rng.uniform(0, 0.012, n)[:, None]

    def power(on, level):
        ideal = np.where(on, np.maximum(level * run_up * mains, standby), standby)
        return ideal * rating[:, None]

    healthy = power(on, level)
    watts, kind, visible = healthy, None, None
    if faults:
        kind, watts, active = with_faults(rng, times, on, level, dims, healthy, power)
        visible = active & (np.abs(watts - healthy) > 0.15 * rating[:, None])
    meter = rng.uniform(0.002, 0.012, n)[:, None] * rating[:, None]
    measured = np.maximum(0, np.round(watts + rng.normal(0, 1, watts.shape) * meter, 1))
    valid = rng.random(watts.shape) > 0.003
    return {"times": times, "power": measured, "valid": valid, "rating": rating, "elevation": elevation,
            "kind": kind, "visible": visible}


def minutes_on(on):
    """Minutes since each lamp was last switched on (large while it has been on since the start)."""
    out = np.empty(on.shape)
    run = np.full(on.shape[0], 1000.0)
    for k in range(on.shape[1]):
        run = np.where(on[:, k], run + 1, -1)
        out[:, k] = np.maximum(run, 0)
    return out


def with_faults(rng, times, on, level, dims, healthy, power):
    """One fault per lamp, from a random minute after the fifth day until the end."""
    n, length = on.shape
    kind = np.array([FAULTS[i % len(FAULTS)] for i in range(n)])
    kind[(kind == "no-dimming") & ~dims] = "out"
    start = rng.integers(5 * 1440, length - 2 * 1440, n)
    active = np.arange(length)[None, :] >= start[:, None]
    of = lambda name: active & (kind == name)[:, None]
    watts = np.where(of("out"), power(np.zeros_like(on), level), healthy)
    watts = np.where(of("no-dimming"), power(on, np.ones_like(level)), watts)
    watts = np.where(of("stuck-dim"), power(on, np.full_like(level, 0.3)), watts)
    watts = np.where(of("day-burning"), power(np.ones_like(on), level), watts)
    return kind, np.where(of("partial-loss"), healthy * 0.6, watts), active
