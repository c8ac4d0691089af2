"""Writes the package surface-inspection, and the graphs of the five folds that the evaluation runs on the tiles they never saw."""
import hashlib
import io
import json

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn
from torch.nn import functional as F

from drawn_tiles import DRAWN, draw
from network import CLASSES, HEIGHT, MASK_STRIDE, WIDTH, smooth

ID, VERSION = "surface-inspection", "0.2.0"
OPSET, MINIMUM_RUNTIME = 17, "1.14.0"
LABELS = {"ja": "表面検査（磁石タイル）", "en": "Surface inspection (magnetic tiles)"}
CLASS_LABELS = (("良品", "Good"), ("気孔", "Blowhole"), ("欠け", "Break"), ("ひび", "Crack"), ("ほつれ・剥がれ", "Fray"), ("研削むら", "Uneven"))
OUTPUTS = ("score", "classes", "mask")
TOLERANCE, OUTLIER_SHARE = 0.02, 0.01


class LocalContrast(nn.Module):
    """The non-learned baseline: how far the smoothed image lies from the brightness around it, in spreads of the image."""

    def forward(self, image):
        flat = image - smooth(image, 64)
        noise = (flat * flat).mean((2, 3), keepdim=True).sqrt()
        off = F.avg_pool2d((flat / (noise + 0.01)), MASK_STRIDE).abs()
        mask = off / (off + 2)
        classes = torch.zeros(1, len(CLASSES)) * mask.mean()
        return mask.amax((2, 3)), classes, torch.cat([1 - mask, mask, *[mask * 0] * (len(CLASSES) - 2)], 1)


def rounded(net):
    """The weights as the package keeps them: float16."""
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(weights.half().float())
    return net


def graph_of(net):
    """Bytes of the ONNX graph for one image; the larger weights are float16 and cast at load."""
    buffer = io.BytesIO()
    torch.onnx.export(net, torch.zeros(1, 1, HEIGHT, WIDTH), buffer, opset_version=OPSET, input_names=["image"],
                      output_names=list(OUTPUTS), do_constant_folding=True)
    model = onnx.load_from_string(buffer.getvalue())
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) > 16:
            values = numpy_helper.to_array(tensor).astype(np.float16)
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values, name + ".half"))
            casts.append(helper.make_node("Cast", [name + ".half"], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    model.ir_version, model.producer_name, model.producer_version = 8, "musubi", ""
    model.graph.name = ID
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def write_folds(nets, photos, folder):
    """fold-K.onnx, baseline.onnx, and folds.json: the fold of each tile, which is the one whose net never saw it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, net in nets.items():
        (folder / f"fold-{number}.onnx").write_bytes(graph_of(rounded(net)))
    (folder / "baseline.onnx").write_bytes(graph_of(LocalContrast()))
    fold_of = {photo.tile: photo.fold for photo in photos}
    (folder / "folds.json").write_text(json.dumps(fold_of) + "\n")


def write_package(net, card, reject, folder):
    """`card`: the text of card.md; `reject`: the score from which a part is rejected. Not yet signed."""
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    net = rounded(net)
    files = {"model.onnx": graph_of(net), "card.md": card.encode(), **golden(net)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    listed = [{"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()]
    (folder / "manifest.json").write_text(json.dumps(manifest(listed, reject), ensure_ascii=False, indent=2) + "\n")


def golden(net):
    """Drawn images with what torch, not the runtime, makes of them."""
    files, cases = {}, []
    for name, flaw, size in DRAWN:
        drawn = Image.fromarray(draw(flaw, size))
        stored = io.BytesIO()
        drawn.save(stored, "PNG", optimize=True)
        pixels = np.asarray(drawn.resize((WIDTH, HEIGHT), Image.LANCZOS))
        with torch.no_grad():
            score, classes, mask = net(torch.from_numpy(pixels.copy())[None, None].float() / 255)
        files[f"golden/{name}.png"] = stored.getvalue()
        files[f"golden/{name}.mask.f32"] = mask.numpy().astype("<f4").tobytes()
        cases.append({"image": f"golden/{name}.png", "outputs": {
            "score": [round(v, 6) for v in score.ravel().tolist()], "classes": [round(v, 6) for v in classes.ravel().tolist()],
            "mask": {"file": f"golden/{name}.mask.f32"}}})
    files["golden/cases.json"] = (json.dumps(cases, indent=1) + "\n").encode()
    return files


def manifest(listed, reject):
    tensor = lambda name, *shape: {"name": name, "dtype": "float32", "shape": [1, *shape]}
    return {
        "format": 1, "id": ID, "version": VERSION, "task": "inspection", "labels": LABELS,
        "runtime": {"name": "onnxruntime", "minimum": MINIMUM_RUNTIME, "opset": OPSET},
        "model": "model.onnx",
        "classes": [{"id": name, "ja": ja, "en": en} for name, (ja, en) in zip(CLASSES, CLASS_LABELS)],
        "input": tensor("image", 1, HEIGHT, WIDTH) | {"image": {
            "width": WIDTH, "height": HEIGHT, "colour": "grey", "layout": "NCHW", "fit": "stretch", "kernel": "lanczos3",
            "scale": 1 / 255, "mean": [0], "std": [1]}},
        "outputs": [
            tensor("score", 1) | {"meaning": "score", "labels": {"ja": "欠陥度", "en": "Defect score"},
                                  "about": "1 - P(good): what the strongest places of the map say"},
            tensor("classes", len(CLASSES)) | {"meaning": "class-scores", "classes": list(CLASSES)},
            tensor("mask", len(CLASSES), HEIGHT // MASK_STRIDE, WIDTH // MASK_STRIDE) | {"meaning": "mask", "classes": list(CLASSES)},
        ],
        "thresholds": {"reject": reject, "review": round(reject * 0.6, 3), "mask": 0.5},
        "golden": {"cases": "golden/cases.json", "tolerance": TOLERANCE, "outlierShare": OUTLIER_SHARE},
        "card": "card.md",
        "files": listed,
    }
