"""Makes the package lamp-power-anomaly: simulate, fit, calibrate, measure, write. One command, seeded."""
import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: more threads only cost, and the order of sums would vary

import numpy as np

import lamp_model
import real_data
from alarm_rule import alarms, detection
from band_net import fit_band
from feature_window import extract
from package_writer import write_package

RAISE_AT, CLEAR_AT = 0.8, 0.5
CHUNK = 50


def scored(model, params, limits, data):
    """Scores (n, T) and the mask of taken samples, in chunks of series to bound the memory."""
    scores, taken = [], []
    for start in range(0, len(data["value"]), CHUNK):
        part = slice(start, start + CHUNK)
        rows, ok = extract(model.WINDOW, data["times"][part], data["value"][part], data["valid"][part])
        flat = model.score(params, limits, rows.reshape(-1, rows.shape[-1]))
        scores.append(flat.reshape(ok.shape).astype(np.float32))
        taken.append(ok)
    return np.concatenate(scores), np.concatenate(taken)


def fit(model, rng):
    train = model.simulate(rng, *model.SIZES["train"])
    rows, ok = extract(model.WINDOW, train["times"], train["value"], train["valid"])
    params = fit_band(rng, *model.training_set(rows[ok]))
    calibration = model.simulate(rng, *model.SIZES["calibration"])
    rows, ok = extract(model.WINDOW, calibration["times"], calibration["value"], calibration["valid"])
    return params, model.calibrate(params, rows[ok]), model.fit_baseline(train)


def measure(model, params, limits, fitted, rng):
    """Lines of the evaluation on simulated series that neither the fit nor the calibration saw: (metric, model, baseline)."""
    healthy, faulty = (model.simulate(rng, *model.SIZES[s], s == "faults") for s in ("test", "faults"))
    exposure = len(healthy["value"]) * model.SIZES["test"][1]
    scores, taken = scored(model, params, limits, healthy)
    rule = model.baseline(fitted, healthy)
    _, by_model = alarms(healthy["times"], scores >= RAISE_AT, scores < CLEAR_AT, taken)
    _, by_rule = alarms(healthy["times"], rule, ~rule, taken)
    per_thousand = lambda edges: f"{edges.sum() / exposure * 1000:.2f} ({edges.sum()} in {exposure})"
    lines = [
        ("healthy samples over 0.5", f"{(scores[taken] > 0.5).mean():.3%}", "–"),
        (f"false alarms per 1,000 {model.EXPOSURE}", per_thousand(by_model), per_thousand(by_rule)),
    ]
    scores, taken = scored(model, params, limits, faulty)
    rule = model.baseline(fitted, faulty)
    found = detection(faulty, alarms(faulty["times"], scores >= RAISE_AT, scores < CLEAR_AT, taken)[0])
    plain = detection(faulty, alarms(faulty["times"], rule, ~rule, taken)[0])
    for kind, (hits, shown, delay) in found.items():
        text = lambda h, d: f"{h} of {shown}" + (f", median delay {d:.0f} min" if d is not None else "")
        lines.append((f"{kind} found within 24 h of showing", text(hits, delay), text(plain[kind][0], plain[kind][2])))
    return lines


def main():
    here = Path(__file__).resolve().parent
    models = {m.ID: m for m in (lamp_model,)}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(models))
    parser.add_argument("--out", type=Path, default=here.parent / "packages")
    parser.add_argument("--data", type=Path, help="folder with streetlight/: adds the evaluation on real series")
    parser.add_argument("--skip-evaluation", action="store_true", help="fit and write only; the card then says so")
    arguments = parser.parse_args()
    for number, (name, model) in enumerate(models.items()):
        if arguments.only not in (None, name):
            continue
        began = time.monotonic()
        params, limits, fitted = fit(model, np.random.default_rng([20261122, number, 0]))
        print(f"{name}: fitted in {time.monotonic() - began:.0f} s, limits {limits}", flush=True)
        lines = []
        if not arguments.skip_evaluation:
            lines = measure(model, params, limits, fitted, np.random.default_rng([20261122, number, 1]))
            if arguments.data is not None:
                lines += real_data.measure(model, lambda data: scored(model, params, limits, data), arguments.data)
        for metric, by_model, by_rule in lines:
            print(f"{name} | {metric} | {by_model} | {by_rule}", flush=True)
        write_package(model, params, limits, lines, arguments.out / name, arguments.data is not None)
        print(f"{name}: written to {arguments.out / name} in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
