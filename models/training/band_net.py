"""A small net that predicts the band of healthy values from the context, fitted with the pinball loss in numpy, and its ONNX graph."""
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

TAIL = 0.005
OPSET = 17


def softplus(x):
    return np.logaddexp(0, x)


def band(params, context, floor, ceiling):
    """Lower and upper edge (rows) of the healthy band: the habit's floor and ceiling, widened by margins that the net gives."""
    w1, b1, w2, b2, w3, b3 = params
    margins = softplus(np.tanh(np.tanh(context @ w1 + b1) @ w2 + b2) @ w3 + b3)
    return floor - margins[:, 0], ceiling + margins[:, 1]


def fit_band(rng, context, excess, hidden=12, steps=3000, batch=2048):
    """
    Fits both margins with the pinball loss and Adam. `excess` (rows, 2) is how far the value lies under the floor and over the
    ceiling of the habit (negative: inside). Returns the six parameter arrays. Seconds on one core.
    """
    context, excess = context.astype(np.float32), excess.astype(np.float32)
    sizes = [context.shape[1], hidden, hidden, 2]
    params = []
    for a, b in zip(sizes, sizes[1:]):
        params += [rng.normal(0, 1 / np.sqrt(a), (a, b)).astype(np.float32), np.zeros(b, np.float32)]
    first, second = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
    for step in range(1, steps + 1):
        pick = rng.integers(0, len(context), batch)
        x = context[pick]
        h1 = np.tanh(x @ params[0] + params[1])
        h2 = np.tanh(h1 @ params[2] + params[3])
        out = h2 @ params[4] + params[5]
        d_margin = np.where(excess[pick] > softplus(out), TAIL - 1, TAIL).astype(np.float32)
        d_out = d_margin / (1 + np.exp(-out)) / batch
        d2 = (d_out @ params[4].T) * (1 - h2 * h2)
        d1 = (d2 @ params[2].T) * (1 - h1 * h1)
        grads = [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d_out, d_out.sum(0)]
        rate = np.float32(0.02 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        for i, grad in enumerate(grads):
            first[i] = 0.9 * first[i] + 0.1 * grad
            second[i] = 0.999 * second[i] + 0.001 * grad * grad
            params[i] = params[i] - rate * (first[i] / (1 - 0.9**step)) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
    return [p.astype(np.float32).astype(float) for p in params]


class Graph:
    """Collects nodes and constants of one ONNX graph."""

    def __init__(self):
        self.nodes, self.constants, self.next = [], [], 0

    def constant(self, value, dtype=np.float32):
        self.next += 1
        name = f"c{self.next}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, op, *inputs, output=None, **attributes):
        self.next += 1
        name = output or f"t{self.next}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def columns(self, x, start, stop):
        bounds = [self.constant([v], np.int64) for v in (start, stop, 1)]
        return self.add("Slice", x, bounds[0], bounds[1], bounds[2])

    def band(self, params, context, floor, ceiling):
        w1, b1, w2, b2, w3, b3 = [self.constant(p) for p in params]
        h1 = self.add("Tanh", self.add("Gemm", context, w1, b1))
        h2 = self.add("Tanh", self.add("Gemm", h1, w2, b2))
        margins = self.add("Softplus", self.add("Gemm", h2, w3, b3))
        return self.add("Sub", floor, self.columns(margins, 0, 1)), self.add("Add", ceiling, self.columns(margins, 1, 2))

    def score(self, ratio, output):
        """ratio²/(ratio²+1): 0.5 where the ratio to the calibrated residual is 1."""
        square = self.add("Mul", ratio, ratio)
        return self.add("Div", square, self.add("Add", square, self.constant(1.0)), output=output)

    def model(self, name, features):
        value = lambda n, w: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", w])
        graph = helper.make_graph(self.nodes, name, [value("features", features)],
                                  [value("score", 1), value("band", 2)], self.constants)
        made = helper.make_model(graph, producer_name="musubi", ir_version=8,
                                 opset_imports=[helper.make_opsetid("", OPSET)])
        checker.check_model(made, full_check=True)
        return made
