"""Random views of an image and its labels: a turned, mirrored, scaled crop with other light and colour. numpy and cv2 only."""
import cv2
import numpy as np


def random_crop(rng, image, labels, size, scale=(0.7, 1.4), turn=True):
    """
    `image` uint8 [H, W, 3], `labels` uint8 [H, W], `size` (height, width) of the crop. With `turn` any quarter turn and a tilt of up
    to 20° (views from above have no upright); without it only left and right are exchanged. Beyond the edge the image is mirrored.
    """
    height, width = size
    zoom = np.exp(rng.uniform(np.log(scale[0]), np.log(scale[1])))
    angle = np.radians(rng.integers(0, 4) * 90 + rng.uniform(-20, 20)) if turn else np.radians(rng.uniform(-3, 3))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
    linear = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
    centre = [placed(rng, image.shape[1], width / zoom), placed(rng, image.shape[0], height / zoom)]
    shift = np.array(centre) - linear @ np.array([width / 2, height / 2])
    matrix = np.hstack([linear, shift[:, None]])
    warp = lambda source, how: cv2.warpAffine(
        source, matrix, (width, height), flags=how | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT_101)
    return warp(image, cv2.INTER_LINEAR), warp(labels, cv2.INTER_NEAREST)


def placed(rng, whole, part):
    """The middle of a crop of `part` pixels that lies within `whole` pixels where it can."""
    return whole / 2 if part >= whole else rng.uniform(part / 2, whole - part / 2)


def other_light(rng, image):
    """Exposure, gamma, contrast, saturation, colour of the light, blur and noise. uint8 in, float32 0..1 out."""
    x = image.astype(np.float32) / 255
    if rng.random() < 0.2:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.2))
    x = x ** np.float32(np.exp(rng.normal(0, 0.2)))
    grey = x.mean(2, keepdims=True)
    x = grey + (x - grey) * np.float32(rng.uniform(0.7, 1.3))
    level = x.mean()
    x = level + (x - level) * np.float32(rng.uniform(0.75, 1.3))
    x = x * rng.normal(1, 0.06, 3).astype(np.float32) * np.float32(np.exp(rng.normal(0, 0.15)))
    if rng.random() < 0.3:
        x = x + rng.normal(0, rng.uniform(0.005, 0.03), x.shape).astype(np.float32)
    return np.clip(x, 0, 1)
