"""What a gateway runs: the trained net with everything fixed in the graph, as torch modules and as ONNX with half-precision weights."""
import io

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F

OPSET = 17
#: ExG from which a pixel is green plant, and the width of the soft step around it.
GREEN_FROM, GREEN_SOFTNESS = 0.08, 0.02
HALVE_FROM = 64


class Canopy(nn.Module):
    """
    `image` [1, 3, H, W], RGB 0..1. All outputs at half resolution: `mask` (panicle; the mean over the image and its mirror image),
    `canopy` (green plant by ExG) and `indices`.
    ExG = (2G − R − B) / (R + G + B) (Woebbecke et al. 1995), VARI = (G − R) / (G + R − B) (Gitelson et al. 2002), of the mean colour
    of 2 × 2 pixels. The denominators are kept from 0 by 0.05, VARI within −1..1.
    """

    OUTPUTS = ("mask", "canopy", "indices")

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, image):
        red, green, blue = F.avg_pool2d(image, 2).split(1, 1)
        excess = (2 * green - red - blue) / (red + green + blue).clamp(min=0.05)
        vari = ((green - red) / (green + red - blue).clamp(min=0.05)).clamp(-1, 1)
        canopy = torch.sigmoid((excess - GREEN_FROM) / GREEN_SOFTNESS)
        seen, mirrored = torch.sigmoid(self.net.coarse(torch.cat([image, image.flip(3)]))).chunk(2)
        return (seen + mirrored.flip(3)) / 2, canopy, torch.cat([excess, vari], 1)


class Road(nn.Module):
    """`image` [1, 3, H, W], RGB 0..1. At half resolution: `mask` (crack, pothole, each times the road under it) and `road`."""

    OUTPUTS = ("mask", "road")

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, image):
        road, damage = torch.sigmoid(self.net.coarse(image)).split([1, 2], 1)
        return damage * road, road


def rounded(net):
    """The net with the weights that half precision keeps: what is measured is what ships."""
    for tensor in (*net.parameters(), *net.buffers()):
        if tensor.dtype == torch.float32:
            tensor.data = tensor.data.half().float()
    return net.eval()


def probabilities(deployed, images, batch=8):
    """[[N, C, H/2, W/2] of each output] of uint8 images [N, H, W, 3]."""
    parts = []
    with torch.no_grad():
        for start in range(0, len(images), batch):
            x = torch.from_numpy(np.stack(images[start:start + batch])).permute(0, 3, 1, 2).float() / 255
            parts.append([part.numpy() for part in deployed(x)])
    return [np.concatenate(part) for part in zip(*parts)]


def enlarged(maps):
    """Twice the height and width, bilinearly: [N, C, H/2, W/2] → [N, C, H, W]."""
    return F.interpolate(torch.from_numpy(maps), scale_factor=2.0, mode="bilinear", align_corners=False).numpy()


def exported(deployed, height, width, name):
    """Bytes of the ONNX file: one image, opset 17, weights of half precision behind Cast nodes that the runtime folds when it loads."""
    target = io.BytesIO()
    torch.onnx.export(deployed, torch.zeros(1, 3, height, width), target, opset_version=OPSET, input_names=["image"],
                      output_names=list(deployed.OUTPUTS), do_constant_folding=True)
    model = onnx.load_model_from_string(target.getvalue())
    casts, kept = [], []
    for tensor in model.graph.initializer:
        value = numpy_helper.to_array(tensor)
        half = value.astype(np.float16) if value.dtype == np.float32 else value
        if value.dtype != np.float32 or value.size < HALVE_FROM or not np.array_equal(half.astype(np.float32), value):
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(half, tensor.name + ".half"))
        casts.append(helper.make_node("Cast", [tensor.name + ".half"], [tensor.name], to=TensorProto.FLOAT))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    shapes = [part.shape for part in deployed(torch.zeros(1, 3, height, width))]
    for output, shape in zip(model.graph.output, shapes):
        for dimension, size in zip(output.type.tensor_type.shape.dim, shape):
            dimension.Clear()
            dimension.dim_value = size
    model.graph.name, model.producer_name, model.producer_version = name, "musubi", ""
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
