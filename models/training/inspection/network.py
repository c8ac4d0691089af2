"""The surface-inspection net: a pretrained MobileNetV2 up to stride 16, a small pyramid, and three outputs from one pass."""
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backbone"))
from mobilenet import load_backbone  # noqa: E402

CLASSES = ("good", "blowhole", "break", "crack", "fray", "uneven")
WIDTH, HEIGHT = 320, 256
MASK_STRIDE = 4
PYRAMID = 32
# The layers up to stride 8 keep their pretrained weights, so that their maps are computed once for all folds.
FROZEN_BLOCKS = 6
FINE_BLOCK = 2
# Windows in pixels over which brightness is evened out: steps of grinding survive the wide one, pores the narrow one.
WIDE, NARROW = 64, 16


def smooth(values, window):
    """Mean over a neighbourhood of about `window` pixels."""
    pool = window // 8
    small = F.avg_pool2d(F.avg_pool2d(values, pool), 9, 1, 4, count_include_pad=False)
    return F.interpolate(small, scale_factor=float(pool), mode="bilinear", align_corners=False)


def evened(grey):
    """(N, 1, H, W) 0..1 to three channels in −1..1: the image at its own brightness, and its contrast to two neighbourhoods."""
    mean = grey.mean((2, 3), keepdim=True)
    spread = ((grey - mean) ** 2).mean((2, 3), keepdim=True).sqrt()
    channels = [(grey - mean) / (spread + 0.04) / 3]
    for window in (WIDE, NARROW):
        difference = grey - smooth(grey, window)
        noise = (difference * difference).mean((2, 3), keepdim=True).sqrt()
        channels.append(difference / (noise + 0.01) / 4)
    return torch.cat(channels, 1).clamp(-1, 1)


class Trunk(nn.Module):
    """The frozen part: grey (N, 1, HEIGHT, WIDTH) 0..1 to maps of 33 channels at stride 4 and 32 at stride 8."""

    def __init__(self, backbone):
        super().__init__()
        self.stem, self.blocks = backbone.stem, nn.ModuleList(backbone.blocks[:FROZEN_BLOCKS])
        self.requires_grad_(False)

    def forward(self, grey):
        image = evened(grey)
        x = F.relu6(self.stem(image))
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index == FINE_BLOCK:
                fine = x
        brightest, darkest = F.max_pool2d(image, MASK_STRIDE), -F.max_pool2d(-image, MASK_STRIDE)
        return torch.cat([fine, 4 * F.avg_pool2d(image, MASK_STRIDE), 4 * brightest, 4 * darkest], 1), x


class Head(nn.Module):
    """
    The trained part: maps of the trunk to logits of the classes (N, 6) and of each place (N, 6, HEIGHT / 4, WIDTH / 4), good first.
    The class logits read the mean and maximum of the deepest map and of the pyramid, and the strongest place of each class.
    """

    def __init__(self, backbone):
        super().__init__()
        self.blocks = nn.ModuleList(backbone.blocks[FROZEN_BLOCKS:])
        self.deep = nn.Conv2d(96, PYRAMID, 1)
        self.middle = nn.Conv2d(32, PYRAMID, 1)
        self.fine = nn.Conv2d(33, PYRAMID, 1)
        self.context = nn.Linear(96, PYRAMID)
        self.join8 = nn.Conv2d(PYRAMID, PYRAMID, 3, 1, 1)
        self.join4 = nn.Conv2d(PYRAMID, PYRAMID, 3, 1, 1)
        self.places = nn.Conv2d(PYRAMID, len(CLASSES), 1)
        self.classify = nn.Linear(2 * 96 + 2 * PYRAMID + len(CLASSES), len(CLASSES))
        self.dropout = nn.Dropout(0.3)

    def forward(self, fine, middle):
        deep = middle
        for block in self.blocks:
            deep = block(deep)
        deep = deep / 2
        mean = deep.mean((2, 3))
        x = F.relu(self.deep(deep) + self.context(mean)[:, :, None, None])
        x = F.relu(self.join8(double(x) + self.middle(middle)))
        x = F.relu(self.join4(double(x) + self.fine(fine)))
        places = self.places(x)
        strongest = F.avg_pool2d(F.softmax(places, 1), 2).amax((2, 3))
        pooled = torch.cat([mean, deep.amax((2, 3)), x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.classify(torch.cat([self.dropout(pooled), 4 * strongest], 1)), places

    def groups(self):
        """Parameters with their share of the learning rate: what was pretrained learns slower."""
        own = [p for name, p in self.named_parameters() if not name.startswith("blocks.")]
        return [{"params": own, "share": 1.0}, {"params": list(self.blocks.parameters()), "share": 0.25}]


def double(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def outputs(logits, places):
    """
    Probabilities of the classes and of the classes at each place, and the score (N, 1): the mean of 1 − P(good) of the image and of
    its worst place.
    """
    classes, mask = F.softmax(logits, 1), F.softmax(places, 1)
    worst = 1 - F.avg_pool2d(mask[:, :1], 2).amin((2, 3))
    return (1 - classes[:, :1] + worst) / 2, classes, mask


class Inspection(nn.Module):
    """What the package holds: image (N, 1, HEIGHT, WIDTH) to score (N, 1), classes (N, 6), mask (N, 6, HEIGHT / 4, WIDTH / 4)."""

    def __init__(self, trunk, head):
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, image):
        return outputs(*self.head(*self.trunk(image)))


def parts(weights):
    """Trunk and untrained head on the backbone that convert_backbone.py wrote."""
    backbone = load_backbone(weights, 16)
    return Trunk(backbone).eval(), Head(backbone)
