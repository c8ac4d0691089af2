"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) with folded batch norm, as TensorFlow lays it out: a backbone to fine-tune.

Input: (N, 3, H, W) float32, RGB, value / 127.5 - 1 (so -1 … 1). Any H and W of 32 or more; the weights were trained at 300 × 300.
"""
import torch
from torch import nn
from torch.nn import functional as F

# Expansion, channels, repeats, first stride: table 2 of the paper.
BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
STRIDES = (2, 4, 8, 16, 32)
CHANNELS = (16, 24, 32, 96, 320)
# Index of the last block at each stride.
LAST_BLOCKS = (0, 2, 5, 12, 16)


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding: with stride 2 and an even size the extra row and column come last."""

    def forward(self, x):
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        if kernel == 1:
            return super().forward(x)
        height, width = int(x.shape[2]), int(x.shape[3])
        top, bottom = same_padding(height, kernel, stride)
        left, right = same_padding(width, kernel, stride)
        if top == bottom == left == right:
            return F.conv2d(x, self.weight, self.bias, self.stride, top, self.dilation, self.groups)
        return F.conv2d(F.pad(x, (left, right, top, bottom)), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def same_padding(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def conv(inputs, outputs, kernel=1, stride=1, groups=1):
    return SameConv(inputs, outputs, kernel, stride, groups=groups)


class Block(nn.Module):
    """Inverted residual: expand, depthwise, project; the sum only where shapes agree."""

    def __init__(self, inputs, outputs, expansion, stride):
        super().__init__()
        hidden = inputs * expansion
        self.expand = conv(inputs, hidden) if expansion > 1 else None
        self.depthwise = conv(hidden, hidden, 3, stride, hidden)
        self.project = conv(hidden, outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    """`forward` gives the maps at strides 2, 4, 8, 16 and 32 (CHANNELS wide, linear bottlenecks), up to `deepest` only."""

    def __init__(self, deepest=32):
        super().__init__()
        self.stem = conv(3, 32, 3, 2)
        blocks, inputs = [], 32
        for expansion, outputs, repeats, stride in BLOCKS:
            for repeat in range(repeats):
                blocks.append(Block(inputs, outputs, expansion, stride if repeat == 0 else 1))
                inputs = outputs
        self.ends = LAST_BLOCKS[: STRIDES.index(deepest) + 1]
        self.blocks = nn.ModuleList(blocks[: self.ends[-1] + 1])

    def forward(self, x):
        x = F.relu6(self.stem(x))
        maps = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.ends:
                maps.append(x)
        return maps

    def convolutions(self):
        """Every convolution in the order of computation."""
        yield self.stem
        for block in self.blocks:
            yield from (part for part in (block.expand, block.depthwise, block.project) if part is not None)


def load_backbone(path, deepest=32):
    """The backbone with the weights that convert_backbone.py wrote; layers past `deepest` are left out."""
    model = MobileNetV2(deepest)
    state = torch.load(path, map_location="cpu")
    wanted = model.state_dict()
    model.load_state_dict({name: state[name].float() for name in wanted})
    return model


def scaled(images):
    """uint8 (N, H, W, 3) RGB to the input of the backbone."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
