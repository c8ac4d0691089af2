"""A small U-Net on a pretrained MobileNetV2: three channels in, one logit map per class out, at the size of the input."""
import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Residual(nn.Module):
    """Two 3×3 convolutions around a shortcut; the second may be dilated to see further at the same cost."""

    def __init__(self, width, dilation=1):
        super().__init__()
        self.first = conv(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, dilation, dilation, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.relu(x + self.second(self.first(x)))


def double(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class PyramidUnet(nn.Module):
    """
    The maps of a pretrained backbone at strides 2, 4, 8 and 16, joined from coarse to fine. The backbone takes values in −1..1; its
    layers up to stride 4 keep their weights. Input [N, 3, H, W] in 0..1, H and W multiples of 16. `coarse` gives logits at half
    resolution, `forward` brings them to H × W bilinearly; they leave without sigmoid.
    """

    def __init__(self, backbone, classes, channels=(16, 24, 32, 96)):
        super().__init__()
        a, b, c, d = channels
        self.backbone = backbone
        self.frozen = backbone.ends[1] + 1
        for part in (backbone.stem, *backbone.blocks[:self.frozen]):
            part.requires_grad_(False)
        self.deep = nn.Sequential(nn.Conv2d(d, 64, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), Residual(64, 2))
        self.up2 = conv(64 + c, 48)
        self.up1 = conv(48 + b, 32)
        self.up0 = conv(32 + a, 16)
        self.head = nn.Conv2d(16, classes, 1)

    def forward(self, image):
        return double(self.coarse(image))

    def coarse(self, image):
        x0, x1, x2, x3 = self.backbone(image * 2 - 1)
        y = self.up2(torch.cat([double(self.deep(x3)), x2], 1))
        y = self.up1(torch.cat([double(y), x1], 1))
        y = self.up0(torch.cat([double(y), x0], 1))
        return self.head(y)

    def groups(self):
        """The backbone learns at a quarter of the rate."""
        own = [p for name, p in self.named_parameters() if not name.startswith("backbone.") and p.requires_grad]
        return [{"params": own, "scale": 1.0}, {"params": [p for p in self.backbone.parameters() if p.requires_grad], "scale": 0.25}]
