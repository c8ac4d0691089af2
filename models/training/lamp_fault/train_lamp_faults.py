"""Makes the package lamp-fault: simulate, fit, fit again on its mistakes, set the limits, measure, write. One command, seeded, resumable."""
import argparse
import os
import pickle
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import fault_net
import real_circuit
import runs
from alarm_state import CLEAR_BELOW
from fault_package import write_package
from simulate_circuits import CLASSES, joined, simulate

SEED = 20261122
# (circuits, days, world, with faults)
SETS = {
    "fit": [(96, 18, "seen", True), (32, 18, "seen", False)],
    "mistakes": [(64, 18, "seen", True), (64, 18, "seen", False)],
    "limits": [(48, 20, "seen", True), (80, 20, "seen", False)],
    "test": [(112, 22, "seen", True), (48, 22, "seen", False), (128, 22, "unseen", True), (80, 22, "unseen", False)],
}
PARTS = ("seen", "unseen")


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=here.parents[1] / "packages" / "lamp-fault")
    parser.add_argument("--work", type=Path, required=True, help="where finished stages are kept")
    parser.add_argument("--data", type=Path, help="folder with streetlight/: adds the real circuit to the evaluation")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the circuits, to try it out")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    say = lambda text: print(f"[{time.monotonic() - began:.0f} s, {time.process_time():.0f} s of CPU] {text}", flush=True)
    stage = lambda name, make: kept(arguments.work / f"{name}.pkl", make, say)

    def drawn(name, part=slice(None)):
        number = list(SETS).index(name)
        return [simulate(np.random.default_rng([SEED, 4, number, k]), max(4, int(c * arguments.scale)), days, world, faulty, say)
                for k, (c, days, world, faulty) in list(enumerate(SETS[name]))[part]]

    def rows_of(name, params=None):
        return runs.training_rows(np.random.default_rng([SEED, 5, list(SETS).index(name)]), joined(drawn(name)), params, say)

    rows, labels = stage("rows", lambda: rows_of("fit"))
    say(f"rows by class {np.bincount(labels, minlength=7)}")
    first = stage("first", lambda: fault_net.fit(rows, labels, balance(labels), 1))
    more, told = stage("mistakes", lambda: rows_of("mistakes", first))
    say(f"mistakes by class {np.bincount(told, minlength=7)}")
    rows, labels = np.concatenate([rows, more]), np.concatenate([labels, told])
    params = stage("second", lambda: fault_net.fit(rows, labels, balance(labels), 2))

    def judged(name):
        parts = drawn(name)
        data = joined(parts)
        return slim(data), *runs.verdicts(params, data, say)

    limits = stage("limits", lambda: runs.set_limits(*stage("judged", lambda: judged("limits"))[:3], say))
    say("limits " + ", ".join(f"{name} {value:.2f}" for name, value in zip(CLASSES[1:], limits)))
    data, net, judge, rules = stage("test", lambda: judged("test"))
    worlds = np.repeat(PARTS, [sum(max(4, int(c * arguments.scale)) for c, _, w, _ in SETS["test"] if w == world) for world in PARTS])
    lines = runs.table(data, runs.raised(data, net, judge, limits), runs.raised(data, rules, judge, np.full(6, 0.8)), worlds)
    if arguments.data is not None:
        lines += stage("real", lambda: real_circuit.measure(params, limits, arguments.data, say))
    for metric, by_model, by_rule in lines:
        print(f"lamp-fault | {metric} | {by_model} | {by_rule}", flush=True)
    write_package(params, limits, CLEAR_BELOW, lines, arguments.out, SETS, arguments.data is not None)
    say(f"written to {arguments.out}")


def kept(path, make, say):
    """A finished stage is read again, so that a run that was cut off goes on where it was."""
    if path.exists():
        return pickle.loads(path.read_bytes())
    value = make()
    path.with_suffix(".part").write_bytes(pickle.dumps(value))
    path.with_suffix(".part").rename(path)
    say(f"stage {path.stem} done")
    return value


def balance(labels):
    """Weight of each row: faults together weigh about as much as the healthy rows."""
    counts = np.maximum(np.bincount(labels, minlength=len(CLASSES)), 1)
    return np.minimum(1, 0.3 * counts[0] / counts)[labels]


def slim(data):
    return {name: data[name] for name in ("power", "valid", "label", "exists", "faults")}


if __name__ == "__main__":
    main()
