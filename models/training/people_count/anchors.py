"""The anchors of the detector, and how its box encodings become boxes.

The options are those of the graph `ObjectDetectionOidV4Subgraph` that the npm package carries inside objectron_solution_wasm_bin.wasm
(SsdAnchorsCalculator, TensorsToDetectionsCalculator); the meaning of each is that of MediaPipe's calculators of these names.
"""
import numpy as np

SIDE = 300
STRIDES = (16, 32, 64, 128, 256, 512)
MIN_SCALE, MAX_SCALE = 0.2, 0.95
ASPECT_RATIOS = (1.0, 2.0, 0.5, 3.0, 0.3333)
# reduce_boxes_in_lowest_layer: the finest map has three anchors a cell, the first of them small.
LOWEST_LAYER = ((0.1, 1.0), (MIN_SCALE, 2.0), (MIN_SCALE, 0.5))
# y_scale, x_scale, h_scale, w_scale.
ENCODING_SCALES = np.array([10, 10, 5, 5], np.float32)
SUPPRESSION_OVERLAP = 0.5


def scale_of(layer):
    return MIN_SCALE + (MAX_SCALE - MIN_SCALE) * layer / (len(STRIDES) - 1)


def shapes_of(layer):
    """Scale and aspect ratio (width / height) of each anchor of a cell."""
    if layer == 0:
        return LOWEST_LAYER
    following = scale_of(layer + 1) if layer + 1 < len(STRIDES) else 1.0
    return (*((scale_of(layer), ratio) for ratio in ASPECT_RATIOS), ((scale_of(layer) * following) ** 0.5, 1.0))


def anchors():
    """(1917, 4) float32: centre y and x, height, width, as shares of the image; by map, row, column, shape."""
    found = []
    for layer, stride in enumerate(STRIDES):
        cells = -(-SIDE // stride)
        for row in range(cells):
            for column in range(cells):
                for scale, ratio in shapes_of(layer):
                    found.append(((row + 0.5) / cells, (column + 0.5) / cells, scale / ratio**0.5, scale * ratio**0.5))
    return np.array(found, np.float32)


def boxes_of(encodings):
    """(1917, 4) encodings to left, top, right, bottom as shares of the image; they may reach beyond it."""
    scaled, places = encodings / ENCODING_SCALES, anchors()
    centre = scaled[:, :2] * places[:, 2:] + places[:, :2]
    half = np.exp(scaled[:, 2:]) * places[:, 2:] / 2
    return np.concatenate([(centre - half)[:, ::-1], (centre + half)[:, ::-1]], 1).astype(np.float32)
