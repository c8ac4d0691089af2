"""Writes a segmentation package: graph, golden drawings with what torch makes of them, card, and the manifest over all of it."""
import hashlib
import io
import json

import numpy as np
from PIL import Image

from deployed import OPSET, exported, probabilities

MINIMUM_RUNTIME = "1.12.0"
#: Resizing and the runtime's arithmetic; where an edge moves by half a pixel a few values differ more.
TOLERANCE, OUTLIER_SHARE = 0.02, 0.005


def write_package(recipe, deployed, limits, card, folder):
    """Replaces the files of the folder; signing is a command of its own (`musubi model sign`)."""
    contents = {"model.onnx": exported(deployed, recipe.HEIGHT, recipe.WIDTH, recipe.ID), "card.md": card.encode()}
    cases = []
    for number, drawing in enumerate(recipe.golden(), 1):
        png = io.BytesIO()
        drawing.save(png, "PNG", optimize=True)
        contents[f"golden/{number}.png"] = png.getvalue()
        seen = np.asarray(drawing.resize((recipe.WIDTH, recipe.HEIGHT), Image.LANCZOS))
        outputs = {}
        for name, values in zip(deployed.OUTPUTS, probabilities(deployed, [seen])):
            path = f"golden/{number}.{name}.f32"
            contents[path] = values[0].astype("<f4").tobytes()
            outputs[name] = {"file": path}
        cases.append({"image": f"golden/{number}.png", "outputs": outputs})
    contents["golden/cases.json"] = (json.dumps(cases, indent=2) + "\n").encode()
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        path.unlink()
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    listed = [{"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
              for name, content in contents.items()]
    text = json.dumps(manifest(recipe, limits, listed), ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(text + "\n")


def manifest(recipe, limits, listed):
    return {
        "format": 1,
        "id": recipe.ID,
        "version": recipe.VERSION,
        "task": "segmentation",
        "subject": recipe.SUBJECT,
        "labels": recipe.LABELS,
        "runtime": {"name": "onnxruntime", "minimum": MINIMUM_RUNTIME, "opset": OPSET},
        "model": "model.onnx",
        "input": {
            "name": "image", "dtype": "float32", "shape": [1, 3, recipe.HEIGHT, recipe.WIDTH],
            "image": {"width": recipe.WIDTH, "height": recipe.HEIGHT, "colour": "rgb", "layout": "NCHW", "kernel": "lanczos3",
                      **recipe.FIT, "scale": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1]},
        },
        "outputs": [{"name": o["name"], "dtype": "float32",
                     "shape": [1, o["channels"], recipe.HEIGHT // 2, recipe.WIDTH // 2],
                     **{k: v for k, v in o.items() if k not in ("name", "channels")}} for o in recipe.OUTPUTS],
        "classes": recipe.LABELLED,
        "thresholds": limits | recipe.WATCH,
        "golden": {"cases": "golden/cases.json", "tolerance": TOLERANCE, "outlierShare": OUTLIER_SHARE},
        "card": "card.md",
        "files": listed,
    }


def card(recipe, lines, rule, facts):
    table = "\n".join(f"| {metric} | {model} | {plain} |" for metric, model, plain in lines)
    return f"""# {recipe.LABELS['en']} ({recipe.LABELS['ja']}) – {recipe.ID} {recipe.VERSION}

{recipe.WHAT}

**Net.** MobileNetV2 up to stride 16 (weights of `@mediapipe/objectron`, Google, Apache-2.0; the layers up to stride 4 are kept as they
are) and a small decoder; {facts['parameters']:,} parameters, trained {facts['epochs']} epochs on the CPU, averaged weights,
half-precision storage.

**Data and split.** {recipe.DATA}

**Figures**, printed by `musubi model evaluate {recipe.ID} --data DIR` (the intervals there are drawn by another generator and differ in
the last digit). In brackets: 95 % interval, {recipe.GROUPS} drawn with replacement, then images within them; there are few
{recipe.GROUPS}, so take the intervals as narrow.

| metric | this model | rule without learning |
|---|---|---|
{table}

The rule: {rule}.

**Limits**

{recipe.LIMITS}

**Terms.** {recipe.TERMS}
"""
