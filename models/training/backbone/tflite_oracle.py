"""Evaluates a TensorFlow Lite graph operator by operator in numpy: slow, and written apart from the torch module that it checks."""
import numpy as np

RELUS = {"NONE": (-np.inf, np.inf), "RELU": (0, np.inf), "RELU_N1_TO_1": (-1, 1), "RELU6": (0, 6)}


def evaluate(graph, image):
    """Every tensor of the graph by index, for an input (1, H, W, 3) float32."""
    values = {index: tensor.value for index, tensor in enumerate(graph.tensors) if tensor.value is not None}
    values[graph.inputs[0]] = image
    for operator in graph.operators:
        arguments = [values.get(index) for index in operator.inputs]
        values[operator.outputs[0]] = KINDS[operator.kind](graph.tensors[operator.outputs[0]], operator.options, *arguments)
    return values


def windows(x, kernel, strides):
    """(rows, columns, kernel, kernel, channels) of the padded input, TensorFlow's SAME."""
    size, stride = np.array(x.shape[1:3]), np.array(strides)
    out = -(-size // stride)
    total = np.maximum((out - 1) * stride + kernel - size, 0)
    before = total // 2
    padded = np.pad(x[0], [(before[0], total[0] - before[0]), (before[1], total[1] - before[1]), (0, 0)])
    view = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(0, 1))
    return view[:: stride[0], :: stride[1]][: out[0], : out[1]].transpose(0, 1, 3, 4, 2)


def convolution(_, options, x, weights, bias):
    assert options["padding"] == "SAME" or weights.shape[1] == 1
    patches = windows(x, weights.shape[1], options["stride"])
    flat = patches.reshape(patches.shape[0] * patches.shape[1], -1)
    y = (flat @ weights.reshape(len(weights), -1).T + bias).reshape(1, *patches.shape[:2], -1)
    return np.clip(y, *RELUS[options["activation"]])


def depthwise(_, options, x, weights, bias):
    assert options["padding"] == "SAME"
    y = np.einsum("rcijk,ijk->rck", windows(x, weights.shape[1], options["stride"]), weights[0]) + bias
    return np.clip(y, *RELUS[options["activation"]])[None]


def max_pool(_, options, x):
    rows, columns = options["size"]
    assert options["stride"] == (rows, columns) and x.shape[1] % rows == 0 and x.shape[2] % columns == 0
    return x.reshape(1, x.shape[1] // rows, rows, x.shape[2] // columns, columns, -1).max((2, 4))


def doubled(_, options, x, size):
    """Bilinear, to twice the rows and columns, with the middles of pixels as their places; `size` is that of the file's own input."""
    assert options == {"align_corners": False, "half_pixel_centers": True}
    return doubled_along(doubled_along(x, 1), 2)


def doubled_along(x, axis):
    count = x.shape[axis]
    places = np.clip((np.arange(2 * count) + 0.5) / 2 - 0.5, 0, count - 1).astype(np.float32)
    low = np.floor(places).astype(int)
    share = (places - low).reshape([-1 if at == axis else 1 for at in range(4)])
    return x.take(low, axis) * (1 - share) + x.take(np.minimum(low + 1, count - 1), axis) * share


KINDS = {
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise,
    "DEQUANTIZE": lambda _, options, x: x.astype(np.float32),
    "ADD": lambda _, options, a, b: np.clip(a + b, *RELUS[options["activation"]]),
    "RESHAPE": lambda tensor, options, x, *_: x.reshape(tensor.shape),
    "RELU": lambda _, options, x: np.maximum(x, 0),
    "PAD": lambda _, options, x, amounts: np.pad(x, amounts),
    "MAX_POOL_2D": max_pool,
    "RESIZE_BILINEAR": doubled,
    "CONCATENATION": lambda _, options, *parts: np.concatenate(parts, options["axis"]),
}
