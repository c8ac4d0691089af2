"""The detector's TensorFlow Lite graph as ONNX, cut to some classes: boxes decoded, scores final, large weights as 8-bit integers."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from anchors import ENCODING_SCALES, SIDE, anchors

OPSET = 13
# Weights of fewer values stay float16, as they are in the original; depthwise ones always do.
LEAST_ROUNDED = 16_384


def with_classes(graph, wanted, classes):
    """Cuts the class predictors of the graph to the classes `wanted`, in place and in this order: weights and biases of all anchors."""
    sources = {operator.outputs[0]: operator.inputs[0] for operator in graph.operators if operator.kind == "DEQUANTIZE"}
    for operator in graph.operators:
        if operator.kind == "CONV_2D" and "ClassPredictor" in graph.tensors[operator.inputs[1]].name:
            for tensor in operator.inputs[1:3]:
                constant = graph.tensors[sources.get(tensor, tensor)]
                rest = constant.shape[1:]
                constant.value = constant.value.reshape(-1, classes, *rest)[:, wanted].reshape(-1, *rest).copy()
                constant.shape = constant.value.shape
    for tensor in graph.tensors:
        if tensor.value is None and len(tensor.shape) == 3 and tensor.shape[-1] == classes:
            tensor.shape = (*tensor.shape[:-1], len(wanted))


def rounded(weights):
    """Each output channel to integers of −127 … 127 and the size of a step."""
    flat = np.abs(weights.reshape(len(weights), -1)).max(1)
    steps = np.where(flat == 0, 1, flat / 127).astype(np.float32)
    whole = np.round(weights / steps.reshape(-1, *[1] * (weights.ndim - 1)))
    return whole.astype(np.int8), steps


def round_weights(graph):
    """Replaces the large weights by what their integers stand for, in place. Gives the integers and steps by tensor index."""
    kept = {}
    sources = {operator.outputs[0]: operator.inputs[0] for operator in graph.operators if operator.kind == "DEQUANTIZE"}
    for operator in graph.operators:
        if operator.kind != "CONV_2D":
            continue
        index = sources.get(operator.inputs[1], operator.inputs[1])
        constant = graph.tensors[index]
        if constant.value.size < LEAST_ROUNDED:
            continue
        whole, steps = rounded(constant.value.astype(np.float32))
        constant.value = whole * steps.reshape(-1, 1, 1, 1)
        kept[index] = (whole, steps)
    return kept


class Builder:
    """Nodes and constants of an ONNX graph, named by the tensor index of the original."""

    def __init__(self, graph, integers):
        self.graph, self.integers = graph, integers
        self.nodes, self.constants = [], []
        self.sources = {operator.outputs[0]: operator.inputs[0] for operator in graph.operators if operator.kind == "DEQUANTIZE"}

    def add(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weights(self, tensor, order=None):
        """The name of a float32 tensor, behind a cast where the constant is kept in fewer bytes."""
        index = self.sources.get(tensor, tensor)
        turn = (lambda value: value) if order is None else (lambda value: value.transpose(order))
        if index in self.integers:
            whole, steps = self.integers[index]
            cast = self.add("Cast", [self.constant(f"w{index}_i8", turn(whole))], f"w{index}_f", to=TensorProto.FLOAT)
            return self.add("Mul", [cast, self.constant(f"w{index}_step", steps.reshape(-1, 1, 1, 1))], f"w{index}")
        half = self.constant(f"w{index}_f16", turn(self.graph.tensors[index].value))
        return self.add("Cast", [half], f"w{index}", to=TensorProto.FLOAT)

    def convolution(self, operator):
        x, weights, bias = operator.inputs
        deep = operator.kind == "DEPTHWISE_CONV_2D"
        shape = self.graph.tensors[self.sources.get(weights, weights)].shape
        kernel, stride = shape[1:3], operator.options["stride"]
        size = self.graph.tensors[x].shape[1:3]
        total = [max((-(-side // step) - 1) * step + width - side, 0) for side, step, width in zip(size, stride, kernel)]
        pads = [amount // 2 for amount in total] + [amount - amount // 2 for amount in total]
        # (1, h, w, channels) of a depthwise kernel and (out, h, w, in) of another one, as ONNX has them.
        names = [f"t{x}", self.weights(weights, (3, 0, 1, 2) if deep else (0, 3, 1, 2)), self.weights(bias)]
        activated = operator.options["activation"] == "RELU6"
        to = f"t{operator.outputs[0]}"
        self.add("Conv", names, f"{to}_linear" if activated else to, kernel_shape=list(kernel), strides=list(stride), pads=pads,
                 group=shape[3] if deep else 1)
        if activated:
            self.add("Clip", [f"{to}_linear", "zero", "six"], to)

    def reshape(self, operator):
        x, to = operator.inputs[0], operator.outputs[0]
        # A map has its channels last in the original: the anchors of a cell lie side by side only there.
        source = self.add("Transpose", [f"t{x}"], f"t{to}_last", perm=[0, 2, 3, 1]) if x in self.maps else f"t{x}"
        shape = np.array([1, -1, self.graph.tensors[to].shape[-1]], np.int64)
        self.add("Reshape", [source, self.constant(f"t{to}_shape", shape)], f"t{to}")

    def head(self, encodings, scores):
        """Boxes of the encodings (see anchors.py), scores through the sigmoid."""
        places = anchors()
        order = np.array([1, 0])
        self.add("Mul", [encodings, self.constant("encoding_step", 1 / ENCODING_SCALES)], "scaled")
        for name, start in (("centre_yx", 0), ("size_yx", 2)):
            bounds = [self.constant(f"{name}_{k}", np.array([v], np.int64)) for k, v in (("from", start), ("to", start + 2), ("axis", 2))]
            self.add("Slice", ["scaled", *bounds], name)
        swap = self.constant("swap", order.astype(np.int64))
        self.add("Gather", ["centre_yx", swap], "centre_raw", axis=2)
        self.add("Gather", ["size_yx", swap], "size_raw", axis=2)
        sizes = self.constant("anchor_sizes", places[None, :, 2:][:, :, order])
        centres = self.constant("anchor_centres", places[None, :, :2][:, :, order])
        self.add("Add", [self.add("Mul", ["centre_raw", sizes], "offset"), centres], "centre")
        half = self.constant("half_sizes", places[None, :, 2:][:, :, order] / 2)
        self.add("Mul", [self.add("Exp", ["size_raw"], "growth"), half], "half")
        self.add("Concat", [self.add("Sub", ["centre", "half"], "first"), self.add("Add", ["centre", "half"], "last")], "boxes", axis=2)
        self.add("Sigmoid", [scores], "scores")

    def build(self):
        self.constant("zero", np.float32(0))
        self.constant("six", np.float32(6))
        self.maps = {operator.outputs[0] for operator in self.graph.operators if operator.kind.endswith("CONV_2D")}
        for operator in self.graph.operators:
            if operator.kind.endswith("CONV_2D"):
                self.convolution(operator)
            elif operator.kind == "ADD":
                self.add("Add", [f"t{index}" for index in operator.inputs], f"t{operator.outputs[0]}")
            elif operator.kind == "RESHAPE":
                self.reshape(operator)
            elif operator.kind == "CONCATENATION":
                self.add("Concat", [f"t{index}" for index in operator.inputs], f"t{operator.outputs[0]}", axis=1)
            elif operator.kind != "DEQUANTIZE":
                raise ValueError(f"{operator.kind} is no operator of this detector")
        self.head(*(f"t{index}" for index in self.graph.outputs))


def graph_of(graph, integers, name):
    """The ONNX graph: `image` (1, 3, SIDE, SIDE) −1 … 1, `boxes` (1, 1917, 4), `scores` (1, 1917, classes)."""
    builder = Builder(graph, integers)
    builder.build()
    count, classes = len(anchors()), graph.tensors[graph.outputs[1]].shape[-1]
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    # The first convolution reads the tensor of the original's input.
    first = helper.make_node("Identity", ["image"], [f"t{graph.inputs[0]}"])
    return helper.make_graph([first, *builder.nodes], name, [value("image", [1, 3, SIDE, SIDE])],
                             [value("boxes", [1, count, 4]), value("scores", [1, count, classes])], builder.constants)


def file_of(graph):
    """The bytes of the ONNX file that holds a graph."""
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="musubi")
    made.ir_version = 7
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString(deterministic=True)
