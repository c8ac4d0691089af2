"""The net: one row of features to the probabilities of healthy and six faults, fitted with torch, and its ONNX graph."""
import numpy as np
import torch
from onnx import TensorProto, checker, helper, numpy_helper

OPSET, HIDDEN = 17, 96


def fit(rows, labels, weights, seed, epochs=14, batch=1024):
    """rows (N, F) float32, labels (N), weights (N). Returns mean, scale and the layers as float32 arrays."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    mean, scale = rows.mean(0), rows.std(0) + 1e-3
    x = torch.from_numpy(((rows - mean) / scale).astype(np.float32))
    y, w = torch.from_numpy(labels.astype(np.int64)), torch.from_numpy(weights.astype(np.float32))
    net = torch.nn.Sequential(torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(),
                              torch.nn.Linear(HIDDEN, 7))
    steps = epochs * (len(x) // batch)
    adam = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.OneCycleLR(adam, 4e-3, total_steps=steps)
    for step in range(steps):
        pick = torch.randint(0, len(x), (batch,))
        loss = (torch.nn.functional.cross_entropy(net(x[pick]), y[pick], reduction="none") * w[pick]).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        plan.step()
        if step % (steps // 5) == 0:
            print(f"  step {step} of {steps}, loss {loss.item():.4f}", flush=True)
    layers = [(layer.weight.detach().numpy().T.copy(), layer.bias.detach().numpy().copy()) for layer in net if hasattr(layer, "weight")]
    return mean.astype(np.float32), scale.astype(np.float32), layers


def probabilities(params, rows):
    """(..., F) → (..., 7)."""
    mean, scale, layers = params
    h = (rows - mean) / scale
    for index, (weight, bias) in enumerate(layers):
        h = h @ weight + bias
        h = np.maximum(h, 0) if index < len(layers) - 1 else h
    e = np.exp(h - h.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def graph(params, name):
    mean, scale, layers = params
    constants, nodes = [], []

    def constant(label, value):
        constants.append(numpy_helper.from_array(np.asarray(value, np.float32), label))
        return label

    nodes.append(helper.make_node("Sub", ["features", constant("mean", mean)], ["centred"]))
    nodes.append(helper.make_node("Div", ["centred", constant("scale", scale)], ["h0"]))
    for i, (weight, bias) in enumerate(layers):
        nodes.append(helper.make_node("Gemm", [f"h{i}", constant(f"w{i}", weight), constant(f"b{i}", bias)], [f"g{i}"]))
        if i < len(layers) - 1:
            nodes.append(helper.make_node("Relu", [f"g{i}"], [f"h{i + 1}"]))
    nodes.append(helper.make_node("Softmax", [f"g{len(layers) - 1}"], ["classes"], axis=1))
    value = lambda n, w: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", w])
    made = helper.make_model(helper.make_graph(nodes, name, [value("features", len(mean))], [value("classes", 7)], constants),
                             producer_name="musubi", ir_version=8, opset_imports=[helper.make_opsetid("", OPSET)])
    checker.check_model(made, full_check=True)
    return made
