"""Writes the package people-count: the detector of the npm package @mediapipe/objectron, cut to the class Person. One command.

    npm pack @mediapipe/objectron@0.4.1675468480
    /usr/bin/python3 models/training/people_count/write_people_count.py --package mediapipe-objectron-0.4.1675468480.tgz \\
        --out models/packages/people-count

Nothing is trained. The golden outputs come from a numpy evaluation of the TensorFlow Lite graph, with the weights rounded as the
package has them. What the rounding changes against the original weights is printed for the drawn images and for each --photo,
and too much of it ends the script.
"""
import argparse
import hashlib
import io
import json
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backbone"))
from anchors import SIDE, SUPPRESSION_OVERLAP, anchors, boxes_of
from convert_backbone import detector
from detector_graph import OPSET, file_of, graph_of, round_weights, with_classes
from drawn_people import draw_images
from tflite_oracle import evaluate

ID, VERSION, MINIMUM_RUNTIME, CLASS = "people-count", "0.1.0", "1.14.0", "Person"
LABELS = {"ja": "人数（映像から数だけ）", "en": "People in view (their number only)"}
CARD = Path(__file__).with_name("people_count_card.md")
# From which score a box counts. Looked at on a few photos only: see the card.
SCORE = 0.4
# Largest change of a score, and of a side of a box that counts, by the rounding of the weights.
MOST_ROUNDING = {"score": 0.02, "box": 0.02}


def fitted(image):
    """As the gateway's `stretch` with the kernel `cubic`: (1, SIDE, SIDE, 3), −1 … 1."""
    scaled = image if image.shape[:2] == (SIDE, SIDE) else np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.BICUBIC))
    return (scaled[None] / 127.5 - 1).astype(np.float32)


def outputs(graph, image, index=0):
    """Boxes (1917, 4) and scores (1917) of one class."""
    values = evaluate(graph, fitted(image))
    logits = values[graph.outputs[1]].reshape(len(anchors()), -1)[:, index]
    return boxes_of(values[graph.outputs[0]].reshape(-1, 4)), (1 / (1 + np.exp(-logits))).astype(np.float32)


def people(boxes, scores):
    """How many boxes count: the best first, those that overlap a better one by more than half of their union left out."""
    kept = []
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] < SCORE:
            break
        if all(overlap(boxes[index], boxes[other]) <= SUPPRESSION_OVERLAP for other in kept):
            kept.append(index)
    return len(kept)


def overlap(a, b):
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    both = np.prod(np.maximum(sides, 0))
    return both / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both)


def compare(name, image, original, index, graph):
    """The package's weights beside the original ones on one image."""
    (boxes, scores), (found_boxes, found_scores) = outputs(original, image, index), outputs(graph, image)
    counted = scores >= SCORE
    worst = {"score": np.abs(found_scores - scores).max(), "box": np.abs(found_boxes - boxes)[counted].max() if counted.any() else 0.0}
    print(f"{name}: {people(boxes, scores)} people by the original weights, {people(found_boxes, found_scores)} by the rounded ones;"
          f" scores differ by {worst['score']:.4f} at most, boxes that count by {worst['box']:.4f}")
    for what, most in MOST_ROUNDING.items():
        if worst[what] > most:
            raise SystemExit(f"the rounding changes a {what} by {worst[what]:.4f}, more than {most}")


def golden(graph):
    files, cases = {}, []
    for name, drawn, image in draw_images():
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG", optimize=True)
        boxes, scores = outputs(graph, image)
        if people(boxes, scores) != drawn:
            raise SystemExit(f"{name}: {drawn} people were drawn, {people(boxes, scores)} are found")
        files |= {f"golden/{name}.png": buffer.getvalue(), f"golden/{name}-boxes.bin": boxes.astype("<f4").tobytes(),
                  f"golden/{name}-scores.bin": scores.astype("<f4").tobytes()}
        cases.append({"image": f"golden/{name}.png", "outputs": {output: {"file": f"golden/{name}-{output}.bin"} for output in ("boxes", "scores")}})
    files["golden/cases.json"] = ("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n").encode()
    return files


def manifest(files):
    image = {"width": SIDE, "height": SIDE, "colour": "rgb", "layout": "NCHW", "fit": "stretch", "kernel": "cubic",
             "scale": 1 / 255, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    count = len(anchors())
    return {
        "format": 1, "id": ID, "version": VERSION, "task": "people-count", "labels": LABELS,
        "runtime": {"name": "onnxruntime", "minimum": MINIMUM_RUNTIME, "opset": OPSET},
        "model": "model.onnx",
        "input": {"name": "image", "dtype": "float32", "shape": [1, 3, SIDE, SIDE], "image": image},
        "outputs": [
            {"name": "boxes", "dtype": "float32", "shape": [1, count, 4], "meaning": "boxes",
             "about": "left, top, right, bottom of each candidate as shares of the image; they overlap, and may reach beyond it"},
            {"name": "scores", "dtype": "float32", "shape": [1, count, 1], "meaning": "box-scores", "classes": ["person"],
             "about": "how much each candidate looks like a person; not calibrated"},
        ],
        "classes": [{"id": "person", "ja": "人", "en": "Person"}],
        "thresholds": {"score": SCORE, "overlap": SUPPRESSION_OVERLAP},
        "card": "card.md",
        "golden": {"cases": "golden/cases.json", "tolerance": 0.01},
        "files": [{"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                  for name, content in sorted(files.items())],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True, help="the .tgz of @mediapipe/objectron 0.4.1675468480")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--photo", action="append", default=[], help="a photo to compare the rounded weights on; may repeat")
    arguments = parser.parse_args()
    original, lines = detector(arguments.package)
    labels = [line for line in lines if line]
    graph = deepcopy(original)
    with_classes(graph, [labels.index(CLASS)], len(labels))
    integers = round_weights(graph)
    photos = [(path, np.asarray(Image.open(path).convert("RGB"))) for path in arguments.photo]
    for name, image in [(name, image) for name, _, image in draw_images()] + photos:
        compare(name, image, original, labels.index(CLASS), graph)
    files = {"model.onnx": file_of(graph_of(graph, integers, ID)), "card.md": CARD.read_bytes(), **golden(graph)}
    for name, content in files.items():
        path = arguments.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (arguments.out / "manifest.json").write_text(json.dumps(manifest(files), ensure_ascii=False, indent=2) + "\n")
    print(f"{arguments.out}: {sum(map(len, files.values())) / 1e6:.2f} MB, graph {len(files['model.onnx']) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
