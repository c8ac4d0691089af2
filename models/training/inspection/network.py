"""The surface-inspection net: a pretrained MobileNetV2 up to stride 16 and a small pyramid; score, class and map from one pass."""
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
TRUNK_WIDTHS = (33, 32, 96)
WIDTHS = (64, 48, 32)
# Of the places of 8 × 8 pixels, so many of the strongest speak for the image.
STRONGEST = 6
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


def maps_of(image):
    """Evened image (N, 3, H, W) to 9 channels at stride 4: its mean, brightest and darkest value at each place."""
    return torch.cat([pool(image) for pool in (
        lambda x: 4 * F.avg_pool2d(x, MASK_STRIDE), lambda x: 4 * F.max_pool2d(x, MASK_STRIDE), lambda x: -4 * F.max_pool2d(-x, MASK_STRIDE))], 1)


def conv(inputs, outputs, kernel=3, dilation=1):
    padding = dilation * (kernel // 2)
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, 1, padding, dilation, bias=False), nn.BatchNorm2d(outputs, momentum=0.05), nn.ReLU())


class PlaceNet(nn.Module):
    """Evened image (N, 3, H, W), H and W multiples of 32, to logits of each place (N, 6, H / 4, W / 4), good first."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, momentum=0.05) for width in TRUNK_WIDTHS)
        a, b, c = TRUNK_WIDTHS
        wide, mid, thin = WIDTHS
        self.deep = conv(c, wide, 1)
        self.around, self.wider = conv(wide, wide, 3, 2), conv(wide, wide, 3, 4)
        self.down8, self.middle, self.join8 = conv(wide, mid, 1), conv(b, mid, 1), conv(mid, mid)
        self.down4, self.fine, self.join4 = conv(mid, thin, 1), conv(a, thin, 1), conv(thin, thin)
        self.dropout = nn.Dropout2d(0.1)
        self.places = nn.Conv2d(thin, len(CLASSES), 1)

    def forward(self, image):
        _, fine, middle, deep = self.backbone(image)
        fine, middle, deep = (norm(x) for norm, x in zip(self.norms, (torch.cat([fine, maps_of(image)], 1), middle, deep)))
        x = self.deep(self.dropout(deep))
        x16 = x + self.around(x) + self.wider(x)
        x8 = self.join8(double(self.down8(x16)) + self.middle(middle))
        return self.places(self.join4(double(self.down4(x8)) + self.fine(fine)))


class Judge(nn.Module):
    """
    Logits of the places to logits of the whole image (N, 6): what the STRONGEST places say for each class against good.
    So the class and the score are never about anything that the map does not show. `good` is the logit of good: 0 while it is
    fitted, on windows half of which are defective; set afterwards, so that a score of 0.5 parts good from bad best.
    """

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(len(CLASSES) - 1))
        self.offset = nn.Parameter(torch.zeros(len(CLASSES) - 1))
        self.good = 0.0

    def forward(self, places):
        against = F.avg_pool2d(places[:, 1:] - places[:, :1], 2).flatten(2)
        strongest = against.topk(STRONGEST, 2).values.mean(2)
        return torch.cat([strongest[:, :1] * 0 + self.good, strongest * self.scale + self.offset], 1)


def double(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Inspection(nn.Module):
    """What the package holds: image (N, 1, HEIGHT, WIDTH) 0..1 to score (N, 1), classes (N, 6), mask (N, 6, HEIGHT / 4, WIDTH / 4)."""

    def __init__(self, weights):
        """`weights`: what convert_backbone.py wrote."""
        super().__init__()
        self.net, self.judge = PlaceNet(load_backbone(weights, 16)), Judge()

    def forward(self, image):
        places = self.net(evened(image))
        classes = F.softmax(self.judge(places), 1)
        return 1 - classes[:, :1], classes, F.softmax(places, 1)
