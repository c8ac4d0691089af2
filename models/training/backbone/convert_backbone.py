"""Writes the torch weights of MobileNetV2 out of the object detector in the npm package @mediapipe/objectron (Apache-2.0).

    npm pack @mediapipe/objectron@0.4.1675468480
    /usr/bin/python3 models/training/backbone/convert_backbone.py --package mediapipe-objectron-0.4.1675468480.tgz --out mobilenetv2.pt

The detector (SSD MobileNetV2, trained by Google on Open Images V4) is a TensorFlow Lite file; its backbone is taken, its head left.
--photo IMAGE also runs the whole detector in numpy on that photo, compares every backbone map and prints the classes found.
"""
import argparse
import hashlib
import tarfile

import numpy as np
import torch
from PIL import Image

from mobilenet import LAST_BLOCKS, MobileNetV2, scaled
from tflite_oracle import evaluate
from tflite_reader import read_graph

ASSETS = "package/objectron_solution_packed_assets.data"
ASSETS_SHA256 = "470986ca5df183f41698da6de74b027d838fe289d77b5ab094497d350bee664e"
LABELS_BYTES = 184
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def detector(package):
    """Graph and label names inside the package's asset file: first the label map, then the TensorFlow Lite file."""
    with tarfile.open(package) as archive:
        data = archive.extractfile(ASSETS).read()
    found = hashlib.sha256(data).hexdigest()
    if found != ASSETS_SHA256:
        raise SystemExit(f"{ASSETS} has sha-256 {found}, not the one of version 0.4.1675468480")
    return read_graph(data[LABELS_BYTES:]), data[:LABELS_BYTES].decode().split("\n")


def backbone_operators(graph):
    """The convolutions of the backbone in order: those of the box and class predictors end in a reshape, the rest comes after."""
    reshaped = {operator.inputs[0] for operator in graph.operators if operator.kind == "RESHAPE"}
    return [operator for operator in graph.operators if operator.kind in CONVOLUTIONS and operator.outputs[0] not in reshaped]


def converted(graph):
    model = MobileNetV2()
    constants = {operator.outputs[0]: graph.tensors[operator.inputs[0]].value
                 for operator in graph.operators if operator.kind == "DEQUANTIZE"}
    value = lambda index: np.asarray(constants.get(index, graph.tensors[index].value), np.float32)
    for layer, operator in zip(model.convolutions(), backbone_operators(graph)):
        weights, bias = value(operator.inputs[1]), value(operator.inputs[2])
        order = (0, 3, 1, 2) if operator.kind == "CONV_2D" else (3, 0, 1, 2)
        weights = np.ascontiguousarray(weights.transpose(order))
        if layer.weight.shape != weights.shape or layer.stride != tuple(operator.options["stride"]):
            raise ValueError(f"{graph.tensors[operator.outputs[0]].name} is not as MobileNetV2 has it")
        layer.weight.data, layer.bias.data = torch.from_numpy(weights), torch.from_numpy(bias.copy())
    return model.eval()


def block_outputs(graph):
    """Tensor index after each inverted residual: the sum where there is one, else the projection (a convolution with no ReLU6)."""
    backbone = {id(operator) for operator in backbone_operators(graph)}
    ends = []
    for operator in graph.operators:
        if operator.kind == "ADD":
            ends[-1] = operator.outputs[0]
        elif id(operator) in backbone and operator.options["activation"] == "NONE":
            ends.append(operator.outputs[0])
    return ends


def check(graph, model, labels, photo):
    image = np.asarray(Image.open(photo).convert("RGB").resize((300, 300), Image.BICUBIC))
    values = evaluate(graph, (image[None] / 127.5 - 1).astype(np.float32))
    with torch.no_grad():
        maps = model(scaled(image[None].copy()))
    ends = block_outputs(graph)
    for found, block in zip(maps, LAST_BLOCKS):
        expected = values[ends[block]]
        worst = np.abs(found[0].permute(1, 2, 0).numpy() - expected[0]).max()
        print(f"map {tuple(found.shape)}: largest difference {worst:.2e} of {np.abs(expected).max():.1f}")
        if worst > 1e-3 * np.abs(expected).max():
            raise SystemExit("the torch module does not compute what the TensorFlow Lite graph does")
    scores = 1 / (1 + np.exp(-values[graph.outputs[1]][0]))
    best = scores.max(0)
    print("classes found:", ", ".join(f"{labels[i]} {best[i]:.2f}" for i in np.argsort(-best)[:4]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True, help="the .tgz of @mediapipe/objectron 0.4.1675468480")
    parser.add_argument("--out", required=True, help="path of the .pt file, float16")
    parser.add_argument("--photo", action="append", default=[], help="a photo to check the conversion with; may repeat")
    arguments = parser.parse_args()
    graph, labels = detector(arguments.package)
    model = converted(graph)
    for photo in arguments.photo:
        print(photo)
        check(graph, model, labels, photo)
    torch.save({name: value.half() for name, value in model.state_dict().items()}, arguments.out)
    print(f"{arguments.out}: {sum(value.numel() for value in model.state_dict().values()):,} weights")


if __name__ == "__main__":
    main()
