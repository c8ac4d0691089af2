"""Draws the golden images of the extractor: seeded surfaces with marks, one of them not square and one to be reduced."""
import numpy as np


def draw_images(side):
    """Name and uint8 (H, W, 3) of each image."""
    rng = np.random.default_rng(20261122)
    return [("brushed", brushed(rng, side, side)), ("printed", printed(rng, side * 5 // 8, side)), ("cast", cast(rng, 600, 450))]


def brushed(rng, height, width):
    """Brushed metal under uneven light with a pit and a scratch."""
    rows, columns = np.mgrid[:height, :width]
    lines = np.cumsum(rng.normal(0, 1, width))
    grey = 110 + 40 * columns / width + 6 * np.sin(lines)[None, :] + rng.normal(0, 4, (height, width))
    grey = np.where((rows - height * 0.6) ** 2 + (columns - width * 0.3) ** 2 < (width * 0.02) ** 2, 35, grey)
    grey = np.where(np.abs(rows - 0.4 * columns - height * 0.1) < 1.2, grey + 70, grey)
    return colour(grey, (1, 1, 1))


def printed(rng, height, width):
    """A label with coloured bars, a hole in one of them."""
    rows, columns = np.mgrid[:height, :width]
    image = np.full((height, width, 3), 228.0)
    for k, tint in enumerate(((200, 40, 40), (30, 110, 60), (25, 60, 150), (20, 20, 20))):
        image[(columns // (width // 9) == 2 * k + 1) & (rows > height * 0.2) & (rows < height * 0.8)] = tint
    image[(rows - height * 0.5) ** 2 + (columns - width * 0.38) ** 2 < 64] = 228
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


def cast(rng, height, width):
    """A dark casting with a bright rim and pores."""
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot((rows - height / 2) / (height * 0.42), (columns - width / 2) / (width * 0.42))
    grey = np.where(distance < 1, 70 + 20 * distance, 190) + rng.normal(0, 3, (height, width))
    for _ in range(12):
        row, column, radius = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(1.5, 6)
        grey = np.where((rows - row) ** 2 + (columns - column) ** 2 < radius**2, 20, grey)
    return colour(grey, (1, 0.94, 0.86))


def colour(grey, tint):
    return np.clip(grey[..., None] * np.array(tint), 0, 255).astype(np.uint8)
