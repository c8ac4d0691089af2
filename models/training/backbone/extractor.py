"""The frozen extractor of teach by example: local contrast of the image, MobileNetV2 to stride 16, maps joined at stride 8."""
import torch
from torch import nn
from torch.nn import functional as F

from mobilenet import MobileNetV2

SIDE = 384
STRIDE = 8
# Cells of 8 pixels over which brightness and contrast are measured: an eighth of the image.
NEIGHBOURHOOD = 7
# Contrast under which a surface counts as even: 4 % of white.
LEAST_CONTRAST = 0.04
STRIDE4, STRIDE8, STRIDE16_EARLY, STRIDE16 = 2, 5, 9, 12
CHANNELS = 24 + 24 + 32 + 64 + 96 + 4


class Extractor(nn.Module):
    """
    (1, 3, SIDE, SIDE) RGB 0..1 to (1, CHANNELS, SIDE / 8, SIDE / 8). Whole rows and columns of pure black are the filling beside an
    image that is not square: they become an even grey, so that the border of the image looks like that of a square one. What the
    local contrast takes away, the last four channels keep: local mean colour and contrast.
    """

    def __init__(self, backbone: MobileNetV2, is_local=True):
        super().__init__()
        self.backbone, self.is_local = backbone, is_local

    def forward(self, image):
        normal, mean, contrast = local_contrast(image)
        stem = F.relu6(self.backbone.stem(normal if self.is_local else image * 2 - 1))
        kept, x = {}, stem
        for index, block in enumerate(self.backbone.blocks):
            x = block(x)
            if index in (STRIDE4, STRIDE8, STRIDE16_EARLY, STRIDE16):
                kept[index] = x
        fine = kept[STRIDE4]
        grow = lambda values: F.interpolate(values, scale_factor=2.0, mode="bilinear", align_corners=False)
        return torch.cat([F.avg_pool2d(fine, 2), F.max_pool2d(fine, 2), kept[STRIDE8], grow(kept[STRIDE16_EARLY]),
                          grow(kept[STRIDE16]), mean * 8, contrast * 32], 1)


def local_contrast(image):
    """(value − local mean) / local deviation / 3 within −1 … 1; and mean and deviation at stride 8."""
    brightest = image.amax(1, keepdim=True)
    valid = (brightest.amax(2, keepdim=True) > 0).float() * (brightest.amax(3, keepdim=True) > 0).float()
    spread = lambda values: F.avg_pool2d(F.avg_pool2d(values, STRIDE), NEIGHBOURHOOD, 1, NEIGHBOURHOOD // 2, count_include_pad=False)
    grow = lambda values: F.interpolate(values, scale_factor=float(STRIDE), mode="bilinear", align_corners=False)
    share = spread(valid) + 1e-4
    mean = spread(image * valid) / share
    difference = image - grow(mean)
    contrast = (spread((difference * valid).pow(2).mean(1, keepdim=True)) / share).sqrt()
    return (difference / (grow(contrast) + LEAST_CONTRAST) / 3).clamp(-1, 1) * valid, mean, contrast
