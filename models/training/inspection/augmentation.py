"""Other views of a photo: mirrored, slightly turned and scaled, in other light, and good tiles with another tile's defect set in."""
import cv2
import numpy as np

from network import CLASSES, HEIGHT, WIDTH

SETTABLE = tuple(CLASSES.index(name) for name in ("blowhole", "crack", "break", "fray"))
# Breaks and frays sit at the edge of a tile: they keep their place.
AT_THE_EDGE = tuple(CLASSES.index(name) for name in ("break", "fray"))


def view(rng, image, mask):
    """A random view of image and mask, both uint8 (HEIGHT, WIDTH)."""
    if rng.random() < 0.5:
        image, mask = image[:, ::-1], mask[:, ::-1]
    if rng.random() < 0.5:
        image, mask = image[::-1], mask[::-1]
    image, mask = turned(rng, np.ascontiguousarray(image), np.ascontiguousarray(mask))
    return other_light(rng, image), mask


def turned(rng, image, mask):
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), rng.uniform(-4, 4), 1)
    scale = np.diag([rng.uniform(0.9, 1.15), rng.uniform(0.9, 1.15)])
    centre = np.array([WIDTH / 2, HEIGHT / 2])
    linear = scale @ matrix[:, :2]
    shift = centre - linear @ centre + rng.uniform(-0.04, 0.04, 2) * (WIDTH, HEIGHT)
    matrix = np.concatenate([linear, shift[:, None]], 1)
    warp = lambda values, how: cv2.warpAffine(values, matrix, (WIDTH, HEIGHT), flags=how, borderMode=cv2.BORDER_REFLECT_101)
    return warp(image, cv2.INTER_LINEAR), warp(mask, cv2.INTER_NEAREST)


def other_light(rng, image):
    light = (image / 255.0) ** np.exp(rng.normal(0, 0.2))
    y, x = np.mgrid[-1:1:HEIGHT * 1j, -1:1:WIDTH * 1j]
    light = light * (1 + rng.normal(0, 0.15) * x + rng.normal(0, 0.1) * y)
    if rng.random() < 0.3:
        light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.4, 1.0))
    light = light + rng.normal(0, rng.uniform(0, 0.02), light.shape)
    return np.clip(light * rng.uniform(0.8, 1.25) * 255, 0, 255).astype(np.uint8)


def set_in(rng, image, donor):
    """
    `image` of a good tile with the defect of `donor` (Photo): each pixel keeps the defect's ratio to the brightness around it.
    Returns image, mask; None where the donor has no mask.
    """
    found = donor.mask > 0
    if not found.any():
        return None
    source, mask = donor.image.astype(np.float32), found.astype(np.uint8)
    if rng.random() < 0.5:
        source, mask = source[:, ::-1].copy(), mask[:, ::-1].copy()
    if donor.label not in AT_THE_EDGE:
        source, mask = moved(rng, source, mask)
    soft = cv2.GaussianBlur(cv2.dilate(mask, np.ones((5, 5), np.uint8)).astype(np.float32), (0, 0), 1.5)
    outside = 1.0 - cv2.dilate(mask, np.ones((5, 5), np.uint8))
    around = lambda values: cv2.blur(values * outside, (41, 41)) / np.maximum(cv2.blur(outside, (41, 41)), 0.02)
    target = image.astype(np.float32)
    ratio = np.clip(source / np.maximum(around(source), 8), 0, 3)
    pasted = target * (1 - soft) + soft * around(target) * ratio
    return np.clip(pasted, 0, 255).astype(np.uint8), (mask * 255).astype(np.uint8)


def moved(rng, source, mask):
    """Rolls the picture so that the defect lies somewhere else, whole."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    down = rng.integers(-rows[0], HEIGHT - rows[-1])
    right = rng.integers(-columns[0], WIDTH - columns[-1])
    roll = lambda values: np.roll(values, (down, right), (0, 1))
    return roll(source), roll(mask)
