"""Writes the package photo-privacy: where in a photo faces, people and vehicles are. Two detectors of npm packages in one graph. One command.

    npm pack @mediapipe/objectron@0.4.1675468480
    npm pack @mediapipe/face_detection@0.4.1657300184
    /usr/bin/python3 models/training/photo_privacy/write_photo_privacy.py --bodies mediapipe-objectron-0.4.1675468480.tgz \\
        --faces mediapipe-face_detection-0.4.1657300184.tgz --out models/packages/photo-privacy

Nothing is trained. The golden outputs come from a numpy evaluation of both TensorFlow Lite graphs, with the weights of the bodies'
detector rounded as the package has them.
"""
import argparse
import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, compose, helper, numpy_helper
from PIL import Image

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("backbone", "people_count")]
from anchors import SIDE, anchors, boxes_of
from convert_backbone import detector
from detector_graph import OPSET, file_of, graph_of, round_weights, with_classes
from drawn_people import place
from face_graph import cell_centres, face_boxes, face_detector, face_part, padded_side
from tflite_oracle import evaluate

ID, VERSION, MINIMUM_RUNTIME = "photo-privacy", "0.1.0", "1.14.0"
LABELS = {"ja": "写真の顔と車両", "en": "Faces and vehicles in photos"}
CARD = Path(__file__).with_name("photo_privacy_card.md")
# Of the bodies' detector; a truck or a bus may be either of the last two.
KEPT = ["Person", "Car", "Vehicle"]
CLASSES = [{"id": "face", "ja": "顔", "en": "Face"}, {"id": "person", "ja": "人", "en": "Person"},
           {"id": "vehicle", "ja": "車両", "en": "Vehicle"}]
OVERLAP_PX = 75
# From which score a region is covered, and from which one of a large region says that something is there after all: see the card.
THRESHOLDS = {"face": 0.3, "person": 0.35, "vehicle": 0.3, "sure": 0.45}


def joined(bodies, faces):
    """One graph: candidates of the bodies' detector, then those of the faces', in three columns of scores."""
    parts = [compose.add_prefix_graph(graph, prefix) for graph, prefix in ((bodies, "body_"), (faces, "face_"))]
    constants = [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in
                 (("zero", [0]), ("one", [1]), ("three", [3]), ("classes", [2]),
                  ("before", [0, 0, 1, 0, 0, 0]), ("after", [0, 0, 0, 0, 0, 2]))]
    nodes = [
        helper.make_node("Identity", ["image"], ["body_image"]),
        helper.make_node("Identity", ["image"], ["face_image"]),
        *(node for part in parts for node in part.node),
        helper.make_node("Slice", ["body_scores", "zero", "one", "classes"], ["person"]),
        helper.make_node("Slice", ["body_scores", "one", "three", "classes"], ["vehicles"]),
        helper.make_node("ReduceMax", ["vehicles"], ["vehicle"], axes=[2], keepdims=1),
        helper.make_node("Concat", ["person", "vehicle"], ["both"], axis=2),
        helper.make_node("Pad", ["both", "before"], ["of_bodies"]),
        helper.make_node("Pad", ["face_scores", "after"], ["of_faces"]),
        helper.make_node("Concat", ["body_boxes", "face_boxes"], ["boxes"], axis=1),
        helper.make_node("Concat", ["of_bodies", "of_faces"], ["scores"], axis=1),
    ]
    count = len(anchors()) + len(cell_centres(SIDE))
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    return helper.make_graph(nodes, ID, [value("image", [1, 3, SIDE, SIDE])],
                             [value("boxes", [1, count, 4]), value("scores", [1, count, len(CLASSES)])],
                             [*constants, *(constant for part in parts for constant in part.initializer)])


def sigmoid(values):
    return 1 / (1 + np.exp(-np.clip(values, -80, 80)))


def outputs(bodies, faces, image):
    """Boxes (candidates, 4) and scores (candidates, 3), float32, for an image of SIDE × SIDE pixels."""
    pixels = (image[None] / 127.5 - 1).astype(np.float32)
    found = evaluate(bodies, pixels)
    scores = sigmoid(found[bodies.outputs[1]].reshape(len(anchors()), -1))
    of_bodies = np.stack([np.zeros(len(scores)), scores[:, 0], scores[:, 1:].max(1)], 1)
    room = padded_side(SIDE) - SIDE
    seen = evaluate(faces, np.pad(pixels, [(0, 0), (0, room), (0, room), (0, 0)]))
    by_width = {faces.tensors[index].shape[-1]: seen[index][0] for index in faces.outputs}
    of_faces = np.pad(sigmoid(by_width[1]), [(0, 0), (0, 2)])
    boxes = np.concatenate([boxes_of(found[bodies.outputs[0]].reshape(-1, 4)), face_boxes(by_width[16], SIDE)])
    return boxes, np.concatenate([of_bodies, of_faces]).astype(np.float32)


def golden(bodies, faces):
    files, cases = {}, []
    for name, people, seed in (("people", 3, 1), ("nobody", 0, 3)):
        image = place(SIDE, SIDE, people, seed)
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG", optimize=True)
        boxes, scores = outputs(bodies, faces, image)
        print(name, "best scores:", dict(zip((one["id"] for one in CLASSES), scores.max(0).round(3).tolist())))
        if (scores[:, 1].max() >= THRESHOLDS["person"]) != (people > 0):
            raise SystemExit(f"{name}: {people} people were drawn, the best score of a person is {scores[:, 1].max():.2f}")
        files |= {f"golden/{name}.png": buffer.getvalue(), f"golden/{name}-boxes.bin": boxes.astype("<f4").tobytes(),
                  f"golden/{name}-scores.bin": scores.astype("<f4").tobytes()}
        cases.append({"image": f"golden/{name}.png", "outputs": {output: {"file": f"golden/{name}-{output}.bin"} for output in ("boxes", "scores")}})
    files["golden/cases.json"] = ("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n").encode()
    return files


def manifest(files):
    image = {"width": SIDE, "height": SIDE, "colour": "rgb", "layout": "NCHW", "fit": "tile", "kernel": "cubic", "fill": 128,
             "tile": {"overlapPx": OVERLAP_PX}, "scale": 1 / 255, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    count = len(anchors()) + len(cell_centres(SIDE))
    return {
        "format": 1, "id": ID, "version": VERSION, "task": "photo-privacy", "labels": LABELS,
        "runtime": {"name": "onnxruntime", "minimum": MINIMUM_RUNTIME, "opset": OPSET},
        "model": "model.onnx",
        "input": {"name": "image", "dtype": "float32", "shape": [1, 3, SIDE, SIDE], "image": image},
        "outputs": [
            {"name": "boxes", "dtype": "float32", "shape": [1, count, 4], "meaning": "boxes",
             "about": "left, top, right, bottom of each candidate as shares of the tile; they overlap, and may reach beyond it"},
            {"name": "scores", "dtype": "float32", "shape": [1, count, len(CLASSES)], "meaning": "box-scores",
             "classes": [one["id"] for one in CLASSES], "about": "how much each candidate looks like each of these; not calibrated"},
        ],
        "classes": CLASSES, "thresholds": THRESHOLDS, "card": "card.md",
        "golden": {"cases": "golden/cases.json", "tolerance": 0.01},
        "files": [{"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                  for name, content in sorted(files.items())],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", required=True, help="the .tgz of @mediapipe/objectron 0.4.1675468480")
    parser.add_argument("--faces", required=True, help="the .tgz of @mediapipe/face_detection 0.4.1657300184")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    bodies, lines = detector(arguments.bodies)
    labels = [line for line in lines if line]
    with_classes(bodies, [labels.index(name) for name in KEPT], len(labels))
    integers = round_weights(bodies)
    faces = face_detector(arguments.faces)
    graph = file_of(joined(graph_of(bodies, integers, "bodies"), face_part(faces, SIDE)))
    files = {"model.onnx": graph, "card.md": CARD.read_bytes(), **golden(bodies, faces)}
    for name, content in files.items():
        path = arguments.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (arguments.out / "manifest.json").write_text(json.dumps(manifest(files), ensure_ascii=False, indent=2) + "\n")
    print(f"{arguments.out}: {sum(map(len, files.values())) / 1e6:.2f} MB, graph {len(graph) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
