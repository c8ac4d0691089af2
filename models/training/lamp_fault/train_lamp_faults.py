"""Makes the package lamp-fault: simulate, fit, fit again on its mistakes, set the limits, measure, write. One command, seeded, resumable."""
import argparse
import os
import pickle
import time
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import fault_net
import real_circuit
import runs
from alarm_state import CLEAR_BELOW
from fault_package import write_package
from simulate_circuits import CLASSES, joined, simulate

SEED, DAYS = 20261126, 22
# Share of the faults that somebody repairs, so that the net learns what a lamp is like afterwards.
REPAIRED = 0.3
# By name: the world of each part, circuits with faults and healthy ones of a part, and the share repaired.
SETS = {
    "fit": (("seen", "wide") * 6, 80, 24, REPAIRED),
    "mistakes": (("seen", "wide") * 6, 64, 64, REPAIRED),
    "limits": (("seen", "wide") * 3, 40, 50, 0.0),
    "test": (("seen", "unseen") * 5, 40, 20, 0.0),
}


def drawn(name, part, scale, say):
    """The simulated circuits of one part of a set; the rng of its rows."""
    worlds, faulty, healthy, repaired = SETS[name]
    seed = lambda draw: np.random.default_rng([SEED, 3 * list(SETS).index(name) + draw, part])
    size = lambda count: max(4, int(count * scale))
    data = [simulate(seed(1), size(faulty), DAYS, worlds[part], True, None, repaired), simulate(seed(2), size(healthy), DAYS, worlds[part])]
    say(f"{name}: simulated {worlds[part]}")
    return joined(data), seed(3)


def rows_of(name, part, scale, params, say):
    data, rng = drawn(name, part, scale, say)
    return runs.training_rows(rng, data, params, say)


def counted(name, part, scale, params, say):
    data, _ = drawn(name, part, scale, say)
    net, judge, _ = runs.verdicts(params, data, say)
    return runs.alarms_by_limit(data, net, judge)


def tested(name, part, scale, params, limits, say):
    """What the net and the fixed rules raise on one part: small beside the probabilities, of which a part has a gigabyte."""
    data, _ = drawn(name, part, scale, say)
    net, judge, rules = runs.verdicts(params, data, say)
    return [runs.outcome(data, runs.raised(data, found, judge, limit)) for found, limit in ((net, limits), (rules, np.full(6, 0.8)))]


class Stages:
    """Finished stages are read again, so that a run that was cut off goes on where it was."""

    def __init__(self, folder):
        self.folder, self.began = folder, time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)

    def say(self, text):
        print(f"[{time.monotonic() - self.began:.0f} s] {text}", flush=True)

    def kept(self, name, make, *arguments):
        path = self.folder / f"{name}.pkl"
        if path.exists():
            return pickle.loads(path.read_bytes())
        value = make(*arguments)
        path.with_suffix(".part").write_bytes(pickle.dumps(value, protocol=4))
        path.with_suffix(".part").rename(path)
        self.say(f"stage {name} done")
        return value

    def part(self, make, name, part, *arguments):
        return self.kept(f"{name}{part}", make, name, part, *arguments, self.say)

    def all(self, jobs, make, name, *arguments):
        """The parts of a set, `jobs` of them at once."""
        calls = [(make, name, part, *arguments) for part in range(len(SETS[name][0]))]
        if jobs < 2:
            return [self.part(*call) for call in calls]
        with get_context("fork").Pool(jobs) as pool:
            return pool.starmap(self.part, calls, chunksize=1)


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=here.parents[1] / "packages" / "lamp-fault")
    parser.add_argument("--work", type=Path, required=True, help="where finished stages are kept")
    parser.add_argument("--data", type=Path, help="folder with streetlight/: adds the real circuit to the evaluation")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the circuits, to try it out")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    stages, scale, jobs = Stages(arguments.work), arguments.scale, arguments.jobs
    params, limits = fitted(stages, scale, jobs)
    lines = measured(stages, scale, jobs, params, limits)
    if arguments.data is not None:
        lines += stages.kept("real", real_circuit.measure, params, limits, arguments.data, stages.say)
    for metric, by_model, by_rule in lines:
        print(f"lamp-fault | {metric} | {by_model} | {by_rule}", flush=True)
    write_package(params, limits, CLEAR_BELOW, lines, arguments.out, SETS, arguments.data is not None)
    stages.say(f"written to {arguments.out}")


def fitted(stages, scale, jobs):
    """The net, and the limit of each class."""
    rows, labels = together(stages.all(jobs, rows_of, "fit", scale, None))
    stages.say(f"rows by class {np.bincount(labels, minlength=7)}")
    first = stages.kept("first", fault_net.fit, rows, labels, balance(labels), 1)
    more, told = together(stages.all(jobs, rows_of, "mistakes", scale, first))
    stages.say(f"mistakes by class {np.bincount(told, minlength=7)}")
    rows, labels = np.concatenate([rows, more]), np.concatenate([labels, told])
    params = stages.kept("second", fault_net.fit, rows, labels, balance(labels), 2)
    limits = runs.set_limits(stages.all(jobs, counted, "limits", scale, params), stages.say)
    stages.say("limits " + ", ".join(f"{name} {value:.2f}" for name, value in zip(CLASSES[1:], limits)))
    return params, limits


def measured(stages, scale, jobs, params, limits):
    """The lines of the table: (metric, model, fixed rules)."""
    lines = []
    worlds, parts = SETS["test"][0], stages.all(jobs, tested, "test", scale, params, limits)
    for world in dict.fromkeys(worlds):
        by_net, by_rules = zip(*(part for part, of in zip(parts, worlds) if of == world))
        lines += runs.table(world, runs.joined(by_net), runs.joined(by_rules))
    return lines


def together(parts):
    return tuple(np.concatenate(columns) for columns in zip(*parts))


def balance(labels):
    """Weight of each row: faults together weigh about as much as the healthy rows."""
    counts = np.maximum(np.bincount(labels, minlength=len(CLASSES)), 1)
    return np.minimum(1, 0.3 * counts[0] / counts)[labels]


if __name__ == "__main__":
    main()
