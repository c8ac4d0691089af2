"""Reads the parts of a TensorFlow Lite file that a converter needs: tensors with their constants, and operators with their options.

Table and field numbers are those of tensorflow/lite/schema/schema.fbs (version 3); the layout is that of FlatBuffers.
"""
from dataclasses import dataclass, field
from struct import unpack_from

import numpy as np

DTYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}
OPERATORS = {0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 6: "DEQUANTIZE",
             14: "LOGISTIC", 17: "MAX_POOL_2D", 18: "MUL", 19: "RELU", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 32: "CUSTOM", 34: "PAD", 41: "SUB"}
ACTIVATIONS = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6"}
PADDINGS = {0: "SAME", 1: "VALID"}


@dataclass
class Tensor:
    name: str
    shape: tuple
    dtype: type
    value: np.ndarray | None  # None: computed at run time


@dataclass
class Operator:
    kind: str
    inputs: list
    outputs: list
    options: dict = field(default_factory=dict)


@dataclass
class Graph:
    tensors: list
    operators: list
    inputs: list
    outputs: list


class Table:
    """One FlatBuffers table: fields by number, absent ones give the default."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - unpack_from("<i", data, at)[0]
        self.slots = (unpack_from("<H", data, self.vtable)[0] - 4) // 2

    def place(self, number):
        offset = unpack_from("<H", self.data, self.vtable + 4 + 2 * number)[0] if number < self.slots else 0
        return self.at + offset if offset else None

    def scalar(self, number, code, default=0):
        place = self.place(number)
        return default if place is None else unpack_from("<" + code, self.data, place)[0]

    def target(self, number):
        place = self.place(number)
        return None if place is None else place + unpack_from("<I", self.data, place)[0]

    def table(self, number):
        at = self.target(number)
        return None if at is None else Table(self.data, at)

    def tables(self, number):
        at = self.target(number)
        if at is None:
            return []
        places = [at + 4 + 4 * i for i in range(unpack_from("<I", self.data, at)[0])]
        return [Table(self.data, place + unpack_from("<I", self.data, place)[0]) for place in places]

    def array(self, number, dtype):
        at = self.target(number)
        return np.zeros(0, dtype) if at is None else np.frombuffer(self.data, dtype, unpack_from("<I", self.data, at)[0], at + 4)


def read_graph(data):
    """The first subgraph of the file. Raises ValueError for bytes that are no TensorFlow Lite model."""
    if data[4:8] != b"TFL3":
        raise ValueError("not a TensorFlow Lite file")
    model = Table(data, unpack_from("<I", data, 0)[0])
    codes = [max(code.scalar(0, "b"), code.scalar(3, "i")) for code in model.tables(1)]
    buffers = [buffer.array(0, np.uint8) for buffer in model.tables(4)]
    graph = model.tables(2)[0]
    tensors = [tensor(entry, buffers) for entry in graph.tables(0)]
    operators = [operator(entry, codes) for entry in graph.tables(3)]
    return Graph(tensors, operators, graph.array(1, np.int32).tolist(), graph.array(2, np.int32).tolist())


def tensor(entry, buffers):
    dtype = DTYPES[entry.scalar(1, "b")]
    shape = tuple(entry.array(0, np.int32).tolist())
    raw = buffers[entry.scalar(2, "I")]
    value = raw.view(dtype).reshape(shape) if len(raw) else None
    return Tensor(entry.array(3, np.uint8).tobytes().decode(), shape, dtype, value)


def operator(entry, codes):
    kind = OPERATORS.get(codes[entry.scalar(0, "I")], f"code {codes[entry.scalar(0, 'I')]}")
    inputs, outputs = (entry.array(number, np.int32).tolist() for number in (1, 2))
    return Operator(kind, inputs, outputs, options(kind, entry.table(4)))


def options(kind, table):
    if table is None:
        return {}
    if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        activation = 3 if kind == "CONV_2D" else 4
        return {"padding": PADDINGS[table.scalar(0, "b")], "stride": (table.scalar(2, "i"), table.scalar(1, "i")),
                "activation": ACTIVATIONS[table.scalar(activation, "b")]}
    if kind in ("ADD", "MUL", "SUB"):
        return {"activation": ACTIVATIONS[table.scalar(0, "b")]}
    if kind == "MAX_POOL_2D":
        return {"padding": PADDINGS[table.scalar(0, "b")], "stride": (table.scalar(2, "i"), table.scalar(1, "i")),
                "size": (table.scalar(4, "i"), table.scalar(3, "i"))}
    if kind == "RESIZE_BILINEAR":
        return {"align_corners": bool(table.scalar(2, "b")), "half_pixel_centers": bool(table.scalar(3, "b"))}
    if kind == "CONCATENATION":
        return {"axis": table.scalar(0, "i")}
    return {}
