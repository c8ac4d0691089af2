"""The face detector of the npm package @mediapipe/face_detection (BlazeFace, full range) as ONNX, for tiles larger than its 192 pixels.

Every operator is a convolution, a pool or a doubling, so that the graph runs on any side that its strides divide; a face is found by its
size in pixels then. The meaning of its encodings is that of MediaPipe's graph FaceDetectionFullRange: one anchor of the side 1 a cell,
x before y, encodings in pixels of 192.
"""
import hashlib
import sys
import tarfile
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("backbone", "people_count")]
from detector_graph import Builder
from tflite_reader import read_graph

FILE = "package/face_detection_full_range.tflite"
SHA256 = "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"
STRIDE, STEEPEST = 4, 32


def face_detector(package):
    """The graph in the package, with its two reshapes free of the number of cells."""
    with tarfile.open(package) as archive:
        data = archive.extractfile(FILE).read()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{FILE} has sha-256 {found}, not the one of version 0.4.1657300184")
    graph = read_graph(data)
    for operator in graph.operators:
        if operator.kind == "RESHAPE":
            tensor = graph.tensors[operator.outputs[0]]
            tensor.shape = (1, -1, tensor.shape[-1])
    return graph


def padded_side(side):
    """The least side that every stride divides."""
    return -(-side // STEEPEST) * STEEPEST


def cell_centres(side):
    """(cells, 2) float32: x and y in pixels of the middle of each cell, by row and column."""
    places = (np.arange(padded_side(side) // STRIDE, dtype=np.float32) + 0.5) * STRIDE
    return np.stack([np.tile(places, len(places)), np.repeat(places, len(places))], 1)


def face_boxes(encodings, side):
    """(cells, 16) encodings to left, top, right, bottom as shares of `side`."""
    centre, half = encodings[:, :2] + cell_centres(side), encodings[:, 2:4] / 2
    return (np.concatenate([centre - half, centre + half], 1) / side).astype(np.float32)


class FaceBuilder(Builder):
    """The operators that the other detector does not have."""

    def __init__(self, graph, side):
        super().__init__(graph, {})
        self.side = side

    def pad(self, operator):
        amounts = self.graph.tensors[operator.inputs[1]].value
        first, last = ([int(amounts[axis][end]) for axis in (0, 3, 1, 2)] for end in (0, 1))
        name = self.constant(f"t{operator.outputs[0]}_pads", np.array(first + last, np.int64))
        self.add("Pad", [f"t{operator.inputs[0]}", name], f"t{operator.outputs[0]}")

    def double(self, operator):
        if operator.options != {"align_corners": False, "half_pixel_centers": True}:
            raise ValueError(f"a resize with {operator.options} is none of this detector")
        scales = self.constant(f"t{operator.outputs[0]}_scales", np.array([1, 1, 2, 2], np.float32))
        self.add("Resize", [f"t{operator.inputs[0]}", "", scales], f"t{operator.outputs[0]}", mode="linear",
                 coordinate_transformation_mode="half_pixel")

    def head(self, encodings, scores):
        bound = lambda name, value: self.constant(name, np.array([value], np.int64))
        axis = bound("axis", 2)
        self.add("Slice", [encodings, bound("from_0", 0), bound("to_2", 2), axis], "offset")
        self.add("Slice", [encodings, "to_2", bound("to_4", 4), axis], "size")
        centre = self.add("Add", ["offset", self.constant("cells", cell_centres(self.side)[None])], "centre")
        half = self.add("Mul", ["size", self.constant("a_half", np.float32(0.5))], "half")
        both = self.add("Concat", [self.add("Sub", [centre, half], "first"), self.add("Add", [centre, half], "last")], "corners", axis=2)
        self.add("Mul", [both, self.constant("share", np.float32(1 / self.side))], "boxes")
        self.add("Sigmoid", [scores], "scores")

    def build(self):
        self.maps = {operator.outputs[0] for operator in self.graph.operators if operator.kind.endswith("CONV_2D")}
        for operator in self.graph.operators:
            x, to = (f"t{index}" for index in (operator.inputs[0], operator.outputs[0]))
            if operator.kind.endswith("CONV_2D"):
                self.convolution(operator)
            elif operator.kind == "RELU":
                self.add("Relu", [x], to)
            elif operator.kind == "ADD":
                self.add("Add", [f"t{index}" for index in operator.inputs], to)
            elif operator.kind == "MAX_POOL_2D":
                self.add("MaxPool", [x], to, kernel_shape=list(operator.options["size"]), strides=list(operator.options["stride"]))
            elif operator.kind == "PAD":
                self.pad(operator)
            elif operator.kind == "RESIZE_BILINEAR":
                self.double(operator)
            elif operator.kind == "RESHAPE":
                self.reshape(operator)
            elif operator.kind != "DEQUANTIZE":
                raise ValueError(f"{operator.kind} is no operator of this detector")
        by_width = {self.graph.tensors[index].shape[-1]: f"t{index}" for index in self.graph.outputs}
        self.head(by_width[16], by_width[1])


def face_part(graph, side):
    """Nodes and constants that read `image` (1, 3, side, side) −1 … 1 and give `boxes` and `scores` of every cell."""
    builder = FaceBuilder(graph, side)
    builder.build()
    more = padded_side(side) - side
    room = builder.constant("room", np.array([0, 0, 0, 0, 0, 0, more, more], np.int64))
    first = helper.make_node("Pad", ["image", room], [f"t{graph.inputs[0]}"])
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    cells = len(cell_centres(side))
    return helper.make_graph([first, *builder.nodes], "face", [value("image", [1, 3, side, side])],
                             [value("boxes", [1, cells, 4]), value("scores", [1, cells, 1])], builder.constants)
