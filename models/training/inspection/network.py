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
# The backbone keeps its pretrained weights, so that its maps are computed once for all folds.
TRUNK_WIDTHS = (33, 32, 96)
WIDTHS = (64, 48, 24)
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
    """The frozen part: grey (N, 1, HEIGHT, WIDTH) 0..1 to maps of 33, 32 and 96 channels at strides 4, 8 and 16."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.requires_grad_(False)

    def forward(self, grey):
        image = evened(grey)
        _, fine, middle, deep = self.backbone(image)
        brightest, darkest = F.max_pool2d(image, MASK_STRIDE), -F.max_pool2d(-image, MASK_STRIDE)
        return torch.cat([fine, 4 * F.avg_pool2d(image, MASK_STRIDE), 4 * brightest, 4 * darkest], 1), middle, deep


def conv(inputs, outputs, kernel=3, dilation=1):
    padding = dilation * (kernel // 2)
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, 1, padding, dilation, bias=False), nn.BatchNorm2d(outputs, momentum=0.05), nn.ReLU())


class Head(nn.Module):
    """
    The trained part: maps of the trunk to logits of the classes (N, 6) and of each place (N, 6, HEIGHT / 4, WIDTH / 4), good first.
    The class logits read the mean and maximum of the pyramid's three levels, and the strongest place of each class.
    """

    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, momentum=0.05) for width in TRUNK_WIDTHS)
        a, b, c = TRUNK_WIDTHS
        wide, mid, thin = WIDTHS
        self.deep = conv(c, wide, 1)
        self.around = conv(wide, wide, 3, 2)
        self.context = nn.Linear(wide, wide)
        self.down8, self.join8 = conv(wide, b, 1), conv(b, mid)
        self.down4, self.fine, self.join4 = conv(mid, thin, 1), conv(a, thin, 1), conv(thin, thin)
        self.places = nn.Conv2d(thin, len(CLASSES), 1)
        self.classify = nn.Linear(2 * (wide + mid + thin) + len(CLASSES), len(CLASSES))
        self.dropout, self.map_dropout = nn.Dropout(0.3), nn.Dropout2d(0.15)

    def forward(self, *maps):
        fine, middle, deep = (self.map_dropout(norm(x)) for norm, x in zip(self.norms, maps))
        x = self.deep(deep)
        x16 = x + self.around(x) + F.relu(self.context(x.mean((2, 3))))[:, :, None, None]
        x8 = self.join8(double(self.down8(x16)) + middle)
        x4 = self.join4(double(self.down4(x8)) + self.fine(fine))
        places = self.places(x4)
        strongest = F.avg_pool2d(F.softmax(places, 1), 2).amax((2, 3))
        pooled = torch.cat([pool for x in (x16, x8, x4) for pool in (x.mean((2, 3)), x.amax((2, 3)))], 1)
        return self.classify(torch.cat([self.dropout(pooled), 4 * strongest], 1)), places


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


def trunk_of(weights):
    """The trunk on the backbone that convert_backbone.py wrote."""
    return Trunk(load_backbone(weights, 16)).eval()
