"""Writes the image package that tests and benches run: spots darker or brighter than their surroundings, by fixed convolutions.

    /usr/bin/python3 models/training/make_spot_finder.py --out test/vision/packages/spot-finder [--side 96] [--fit stretch]

Nothing is learnt. The images are drawn here, the expected outputs are numpy's, not those of the runtime under test.
`--work N` adds a stack of 3x3 convolutions of N channels whose effect on the mask is zero: a graph as heavy as a real one.
"""
import argparse
import hashlib
import io
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from scipy.ndimage import uniform_filter

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
WIDE, NARROW = 15, 5
GAIN, LIMIT = 40.0, 0.10
CLASSES = [{"id": "dark-spot", "ja": "黒点", "en": "Dark spot"}, {"id": "bright-spot", "ja": "白点", "en": "Bright spot"}]
GOLDEN_SIZE = (200, 168)


def main():
    options = arguments()
    out = pathlib.Path(options.out)
    (out / "golden").mkdir(parents=True, exist_ok=True)
    files = {"model.onnx": graph(options).SerializeToString(deterministic=True), "card.md": CARD.encode()}
    cases = []
    for index, spots in enumerate(([], [(60, 70, 7, -0.5)], [(150, 40, 9, 0.45), (40, 120, 5, -0.4)])):
        picture = drawn(index, spots)
        name = f"golden/{index}.png"
        files[name] = png(picture)
        mask = expected(tensor_of(picture, options.side))
        files[f"golden/{index}-mask.f32"] = mask.astype("<f4").tobytes()
        best = mask.reshape(2, -1).max(1)
        cases.append({"image": name, "outputs": {
            "score": [float(best.max())], "classes": [float(v) for v in best], "mask": {"file": f"golden/{index}-mask.f32"}}})
    files["golden/cases.json"] = (json.dumps(cases, indent=1) + "\n").encode()
    for name, content in files.items():
        (out / name).write_bytes(content)
    listed = [{"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()]
    (out / "manifest.json").write_text(json.dumps(manifest(options, listed), ensure_ascii=False, indent=2) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--fit", choices=["stretch", "contain", "tile"], default="stretch")
    parser.add_argument("--work", type=int, default=0)
    return parser.parse_args()


def drawn(seed, spots):
    """A brushed grey sheet under uneven light, with round spots (x, y, radius, strength)."""
    rng = np.random.default_rng([20261122, seed])
    width, height = GOLDEN_SIZE
    y, x = np.mgrid[0:height, 0:width]
    light = 0.5 + 0.12 * np.sin(x / 90.0 + seed) + 0.06 * (y / height)
    brush = uniform_filter(rng.normal(0, 0.05, (height, width)), (1, 21))
    grey = light + brush
    for cx, cy, radius, strength in spots:
        inside = 1 / (1 + np.exp((np.hypot(x - cx, y - cy) - radius) / 0.8))
        grey = grey + strength * inside
    tint = np.array([1.0, 0.97, 0.92])
    return (np.clip(grey[..., None] * tint, 0, 1) * 255).round().astype(np.uint8)


def png(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def tensor_of(picture, side):
    small = Image.fromarray(picture).resize((side, side), Image.LANCZOS, reducing_gap=2.0)
    return np.asarray(small, np.float32).transpose(2, 0, 1) / 255.0


def expected(image):
    grey = np.tensordot(LUMA, image, 1).astype(np.float64)
    local = uniform_filter(grey, WIDE, mode="mirror")
    difference = uniform_filter(grey - local, NARROW, mode="mirror")
    return 1 / (1 + np.exp(-GAIN * (np.stack([-difference, difference]) - LIMIT)))


def graph(options):
    side = options.side
    box = lambda size: np.full((1, 1, size, size), 1 / size**2, np.float32)
    pads = lambda size: np.array([0, 0, size // 2, size // 2] * 2, np.int64)
    constants = {"luma": LUMA.reshape(1, 3, 1, 1), "wide": box(WIDE), "narrow": box(NARROW), "wide_pads": pads(WIDE),
                 "narrow_pads": pads(NARROW), "gain": np.float32(GAIN), "limit": np.float32(LIMIT)}
    nodes = [
        helper.make_node("Conv", ["image", "luma"], ["grey"]),
        helper.make_node("Pad", ["grey", "wide_pads"], ["grey_wide"], mode="reflect"),
        helper.make_node("Conv", ["grey_wide", "wide"], ["local"]),
        helper.make_node("Sub", ["grey", "local"], ["difference"]),
        helper.make_node("Pad", ["difference", "narrow_pads"], ["difference_narrow"], mode="reflect"),
        helper.make_node("Conv", ["difference_narrow", "narrow"], ["bright"]),
        helper.make_node("Neg", ["bright"], ["dark"]),
        helper.make_node("Concat", ["dark", "bright"], ["both"], axis=1),
        helper.make_node("Sub", ["both", "limit"], ["over"]),
        helper.make_node("Mul", ["over", "gain"], ["logits"]),
    ]
    nodes += work(options.work, constants) if options.work else [helper.make_node("Identity", ["logits"], ["final"])]
    nodes += [
        helper.make_node("Sigmoid", ["final"], ["mask"]),
        helper.make_node("GlobalMaxPool", ["mask"], ["best"]),
        helper.make_node("Flatten", ["best"], ["classes"]),
        helper.make_node("ReduceMax", ["classes"], ["score"], axes=[1], keepdims=1),
    ]
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    model = helper.make_graph(
        nodes, "spot-finder", [value("image", [1, 3, side, side])],
        [value("score", [1, 1]), value("classes", [1, 2]), value("mask", [1, 2, side, side])],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    made = helper.make_model(model, opset_imports=[helper.make_opsetid("", 13)], producer_name="musubi", ir_version=7)
    onnx.checker.check_model(made)
    return made


def work(channels, constants):
    """Five strided and five plain 3x3 convolutions, their mean multiplied by zero and added to the logits."""
    rng = np.random.default_rng(20261122)
    nodes, last, before = [], "image", 3
    for index in range(10):
        width = channels * 2 ** (index // 4)
        constants[f"w{index}"] = (rng.normal(0, 1, (width, before, 3, 3)) * np.sqrt(2 / (9 * before))).astype(np.float32)
        stride = 2 if index in (0, 2, 4, 6) else 1
        nodes.append(helper.make_node("Conv", [last, f"w{index}"], [f"c{index}"], strides=[stride] * 2, pads=[1] * 4))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        last, before = f"r{index}", width
    constants["nothing"] = np.float32(0)
    nodes += [
        helper.make_node("ReduceMean", [last], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["logits", "zero"], ["final"]),
    ]
    return nodes


def manifest(options, listed):
    side = options.side
    tensor = lambda name, *shape: {"name": name, "dtype": "float32", "shape": list(shape)}
    ids = [entry["id"] for entry in CLASSES]
    image = {"width": side, "height": side, "colour": "rgb", "layout": "NCHW", "fit": options.fit, "kernel": "lanczos3",
             "scale": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1]}
    if options.fit == "tile":
        image["tile"] = {"overlapPx": side // 4}
    return {
        "format": 1, "id": "spot-finder", "version": "1.0.0", "task": "inspection",
        "labels": {"ja": "斑点検出（試験用）", "en": "Spot finder (for tests)"},
        "runtime": {"name": "onnxruntime", "minimum": "1.12.0", "opset": 13},
        "model": "model.onnx",
        "input": tensor("image", 1, 3, side, side) | {"image": image},
        "outputs": [
            tensor("score", 1, 1) | {"meaning": "score"},
            tensor("classes", 1, 2) | {"meaning": "class-scores", "classes": ids},
            tensor("mask", 1, 2, side, side) | {"meaning": "mask", "classes": ids},
        ],
        "classes": CLASSES,
        "thresholds": {"reject": 0.5, "mask": 0.5},
        "golden": {"cases": "golden/cases.json", "tolerance": 0.02, "outlierShare": 0.01},
        "card": "card.md",
        "files": listed,
    }


CARD = """# Spot finder (斑点検出) – for tests only

Fixed convolutions: brightness less its mean over 15 pixels, averaged over 5, against a limit. Nothing is learnt, no data is
inside. Tests and benches run it in place of a trained inspection model. Apache-2.0, like the project.
"""

if __name__ == "__main__":
    main()
