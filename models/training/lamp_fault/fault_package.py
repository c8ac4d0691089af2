"""Writes the package lamp-fault: graph, golden rows and steps, card, and the manifest with the sha-256 of every file."""
import hashlib
import json

import numpy as np

import fault_net
from alarm_state import RULES
from circuit_window import FEATURES, WINDOW, CircuitWindow
from simulate_circuits import CLASSES, simulate

ID, VERSION = "lamp-fault", "0.3.0"
LABELS = {"ja": "街路灯の故障診断", "en": "Streetlight fault diagnosis"}
CLASS_LABELS = {
    "healthy": ("正常", "Healthy"),
    "lamp-out": ("不点灯", "Lamp out"),
    "day-burning": ("昼間点灯", "Burning by day"),
    "cycling": ("点滅", "Cycling"),
    "dimming-failure": ("調光不良", "Dimming failure"),
    "driver-ageing": ("電源装置の劣化", "Driver ageing"),
    "cable-fault": ("配線の故障", "Cable fault"),
}


def write_package(params, limits, clear, lines, folder, sets, with_real_data):
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    cases, trace = golden(params)
    files = {
        "model.onnx": fault_net.graph(params, ID).SerializeToString(deterministic=True),
        "golden/cases.json": text(cases),
        "golden/trace.json": json.dumps(trace).replace('{"timeMs"', '\n{"timeMs"').encode() + b"\n",
        "card.md": card(lines, sets, with_real_data).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    listed = [{"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()]
    (folder / "manifest.json").write_text(json.dumps(manifest(limits, clear, listed), ensure_ascii=False, indent=2) + "\n")


def manifest(limits, clear, listed):
    tensor = lambda name, size: {"name": name, "dtype": "float32", "shape": ["N", size]}
    rule = lambda name, limit: {"raise": round(float(limit), 2), "clear": clear, **RULES[name]}
    return {
        "format": 1, "id": ID, "version": VERSION, "task": "lamp-fault", "labels": LABELS,
        "runtime": {"name": "onnxruntime", "minimum": "1.12.0", "opset": fault_net.OPSET},
        "model": "model.onnx", "card": "card.md",
        "classes": [{"id": name, "ja": ja, "en": en} for name, (ja, en) in CLASS_LABELS.items()],
        "input": tensor("features", len(FEATURES)) | {"features": list(FEATURES), "window": WINDOW},
        "outputs": [tensor("classes", len(CLASSES)) | {"meaning": "class-scores", "classes": list(CLASSES),
                                                       "labels": {"ja": "各状態の確率", "en": "Probability of each state"}}],
        "thresholds": {name: rule(name, limit) for name, limit in zip(CLASSES[1:], limits)},
        "golden": {"cases": "golden/cases.json", "trace": "golden/trace.json", "tolerance": 0.0002},
        "files": listed,
    }


def golden(params):
    """
    Rows with the outputs that numpy computed; and the steps of one circuit (a week of twenty-minute steps with jitter, a gap and lamps
    that say nothing), with the rows that must follow some of them.
    """
    rng = np.random.default_rng([20261122, 9])
    data = simulate(rng, 6, 9, "seen", True)
    i = int(np.argmax(data["exists"].sum(1) * (data["exists"].sum(1) < 9)))
    lamps = int(data["exists"][i].sum())
    pick = np.arange(3, data["times"].shape[1], 4)[: 9 * 72]
    pick = np.delete(pick, slice(200, 206))
    window, steps, rows = CircuitWindow(WINDOW, 1, lamps), [], []
    suspect = np.zeros((1, lamps), bool)
    for number, k in enumerate(pick):
        at = lambda name: data[name][i:i + 1, :lamps, k]
        time = data["times"][i:i + 1, k] + rng.integers(-20_000, 20_000)
        volts, command = np.round(data["volts"][i:i + 1, k], 1), at("command")
        power, spread = np.round(at("power").astype(float), 2), np.round(at("spread").astype(float), 2)
        row = window.tick(time, power, spread, at("valid"), volts, command, suspect)
        step = {"timeMs": int(time[0]), "volts": None if np.isnan(volts[0]) else float(volts[0]), "lamps": [
            [float(p) if ok else None, float(s), None if np.isnan(c) else int(c), int(sus)]
            for p, s, ok, c, sus in zip(power[0], spread[0], at("valid")[0], command[0], suspect[0])]}
        if number % 24 == 23 or number < 2 or 198 < number < 204:
            step["rows"] = [[round(float(v), 6) for v in lamp] for lamp in row[0]]
        steps.append(step)
        rows.append(row[0])
        found = fault_net.probabilities(params, row)
        suspect = at("valid") & (found[:, :, 0] < 0.5)
    rows = np.concatenate(rows)
    order = np.argsort(fault_net.probabilities(params, rows)[:, 0], kind="stable")
    rows = rows[order[np.linspace(0, len(order) - 1, 24).round().astype(int)]]
    expected = fault_net.probabilities(params, rows)
    cases = [{"input": [float(v) for v in row], "outputs": {"classes": [float(v) for v in p]}} for row, p in zip(rows, expected)]
    return cases, {"lamps": lamps, "steps": steps}


def text(rows):
    return ("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n").encode()


def card(lines, sets, with_real_data):
    command = "/usr/bin/python3 models/training/lamp_fault/train_lamp_faults.py --work WORK" + (" --data DIR" if with_real_data else "")
    of = lambda worlds: len(worlds) // len(set(worlds))
    sizes = "; ".join(f"{name}: of {' and '.join(dict.fromkeys(worlds))} each {of(worlds) * faulty} circuits with faults and {of(worlds) * healthy} without, 22 days"
                      for name, (worlds, faulty, healthy, _) in sets.items())
    rows = "\n".join(f"| {a} | {b} | {c} |" for a, b, c in lines)
    return f"""# {LABELS['en']} ({LABELS['ja']}) – {ID} {VERSION}

Every five minutes a net of {len(FEATURES)} inputs tells, for each lamp of a circuit, healthy from six faults: lamp out, burning by day, cycling,
dimming failure, driver ageing, cable fault (a run of lamps that reaches the end of the cable). Inputs: power, supply voltage, the command
where it is known, the sun, the lamp's own habit and how it drifts off it in watts, how long it has been dark, how often it and its cable
broke off before, and its neighbours on the cable. A verdict is raised when it lasts and cleared when calm
lasts, and is held over the hours in which the fault cannot be seen.

**Data.** Simulated and seeded ({sizes}). "seen": kinds of lamps, meters and mains of the fit, drawn with other seeds. "wide":
ranges half-way from there to "unseen": lamp types, sizes, meters, dimming and mains beyond those of the fit. Limits were set on "limits" alone.
{"The real circuit (slightlimon, GPL-3) is used for evaluation only and is not part of this package." if with_real_data else ""}

**Figures**, printed by `{command}`. In brackets 95 % intervals: bootstrap over circuits for false alarms, Wilson for shares found.
The rules beside it: dark by night under 20 % of full power; lit by day over 20 %; four changes an hour; 15 % off the habit; 10 % drift; two
or more dark lamps up to the end. They get the model's habits, smoothing and clearing.

| metric | this model | fixed rules |
|---|---|---|
{rows}

**Limits**

- Fitted on simulated circuits only; real lamps may differ in ways that nobody simulated.
- A lamp that says nothing is not judged. Cable faults are seen where power is metered at the cabinet, or where lamps past the break still report.
- The last lamp alone in the dark is a lamp out: one lamp is no run.
- Dimming failure, drift and faults of lamps without a known command are judged against habits that take a day (drift: a week) to learn. They are
  held in memory: a restart of the gateway begins again. A changed dimming schedule that not all lamps of a circuit follow is taken for a fault.
- A fault that nobody repairs is no habit for 14 days; then it becomes one.
- A lamp that loses part of its output at once shows as dimming failure.

**Terms.** Apache-2.0, like the project. No third-party data is inside.
"""
