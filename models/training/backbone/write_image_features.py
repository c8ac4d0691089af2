"""Writes the package image-features: the frozen extractor of teach by example as ONNX, with golden images drawn here. One command.

    /usr/bin/python3 models/training/backbone/write_image_features.py --weights mobilenetv2.pt --out models/packages/image-features

The weights come from convert_backbone.py; nothing is trained. The card's table is filled in by hand from what
`musubi model evaluate image-features --data DIR` prints.
"""
import argparse
import hashlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn

from extractor import CHANNELS, SIDE, STRIDE, Extractor
from golden_images import draw_images
from mobilenet import load_backbone

ID, VERSION, OPSET, MINIMUM_RUNTIME = "image-features", "1.0.0", 16, "1.14.0"
CELLS = SIDE // STRIDE
LABELS = {"ja": "画像特徴（例から教える検査の土台）", "en": "Image features (ground of inspection taught by example)"}
CARD = Path(__file__).with_name("image_features_card.md")


class Outputs(nn.Module):
    """The map, and per channel its mean and mean deviation: what the golden images and the nearest-neighbour baseline compare."""

    def __init__(self, extractor):
        super().__init__()
        self.extractor = extractor

    def forward(self, image):
        maps = self.extractor(image)
        mean = maps.mean((2, 3), keepdim=True)
        return maps, torch.cat([mean, (maps - mean).abs().mean((2, 3), keepdim=True)], 1).flatten(1)


def graph_of(model):
    """The graph with every large constant as float16 and a cast behind it: half the bytes; the runtime unfolds them when it loads."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, torch.rand(1, 3, SIDE, SIDE), buffer, opset_version=OPSET, input_names=["image"],
                          output_names=["feature-map", "features"])
    made = onnx.load_model_from_string(buffer.getvalue())
    casts = []
    for constant in made.graph.initializer:
        if constant.data_type != TensorProto.FLOAT or np.prod(constant.dims) < 256:
            continue
        name, value = constant.name, numpy_helper.to_array(constant)
        half = value.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), value):
            raise SystemExit(f"{name} is not float16 as it stands")
        constant.CopyFrom(numpy_helper.from_array(half, f"{name}_f16"))
        casts.append(helper.make_node("Cast", [f"{name}_f16"], [name], to=TensorProto.FLOAT))
    nodes = casts + list(made.graph.node)
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    made.producer_name, made.producer_version = "musubi", ""
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString(deterministic=True)


def fitted(image):
    """As the gateway's `contain` with the kernel `cubic`: scaled, at the upper left of black."""
    height, width = image.shape[:2]
    factor = min(SIDE / width, SIDE / height)
    size = tuple(max(1, min(SIDE, int(side * factor + 0.5))) for side in (width, height))
    scaled = image if size == (width, height) else np.asarray(Image.fromarray(image).resize(size, Image.BICUBIC))
    canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
    canvas[: scaled.shape[0], : scaled.shape[1]] = scaled
    return torch.from_numpy(canvas).permute(2, 0, 1)[None].float() / 255


def golden(model):
    files, cases = {}, []
    for name, image in draw_images(SIDE):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG", optimize=True)
        files[f"golden/{name}.png"] = buffer.getvalue()
        with torch.no_grad():
            features = model(fitted(image))[1][0]
        cases.append({"image": f"golden/{name}.png", "outputs": {"features": [round(float(v), 5) for v in features]}})
    files["golden/cases.json"] = ("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n").encode()
    return files


def manifest(files):
    image = {"width": SIDE, "height": SIDE, "colour": "rgb", "layout": "NCHW", "fit": "contain", "kernel": "cubic", "fill": 0,
             "scale": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1]}
    return {
        "format": 1, "id": ID, "version": VERSION, "task": "image-features", "labels": LABELS,
        "runtime": {"name": "onnxruntime", "minimum": MINIMUM_RUNTIME, "opset": OPSET},
        "model": "model.onnx",
        "input": {"name": "image", "dtype": "float32", "shape": [1, 3, SIDE, SIDE], "image": image},
        "outputs": [
            {"name": "feature-map", "dtype": "float32", "shape": [1, CHANNELS, CELLS, CELLS], "meaning": "feature-map",
             "about": "MobileNetV2 at strides 4 (mean and maximum), 8 and 16, joined at stride 8; local mean colour and contrast last"},
            {"name": "features", "dtype": "float32", "shape": [1, 2 * CHANNELS], "meaning": "features",
             "about": "mean, then mean absolute deviation of each channel of the map"},
        ],
        "card": "card.md",
        "golden": {"cases": "golden/cases.json", "tolerance": 0.15},
        "files": [{"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                  for name, content in sorted(files.items())],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    model = Outputs(Extractor(load_backbone(arguments.weights, 16))).eval()
    files = {"model.onnx": graph_of(model), "card.md": CARD.read_bytes(), **golden(model)}
    for name, content in files.items():
        path = arguments.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (arguments.out / "manifest.json").write_text(json.dumps(manifest(files), ensure_ascii=False, indent=2) + "\n")
    print(f"{arguments.out}: {sum(map(len, files.values())) / 1e6:.2f} MB, graph {len(files['model.onnx']) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
