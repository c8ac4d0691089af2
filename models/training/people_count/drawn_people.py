"""Draws places with people made of capsules: simple figures that the detector takes for people. Nobody real is in them."""
import numpy as np

SKIN, HAIR, SHOES, SHADOW = (215, 170, 140), (35, 25, 25), (20, 20, 20), (55, 55, 52)


def draw_images():
    """Name, people drawn and uint8 (H, W, 3) of each golden image: as the input of the model, to be reduced, and with nobody."""
    return [("three", 3, place(300, 300, 3, 1)), ("five", 5, place(640, 400, 5, 4)), ("nobody", 0, place(300, 300, 0, 3))]


def place(width, height, people, seed):
    """A paved place before a house with windows; `people` of them stand apart from left to right."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    paving = 118 + 14 * rows / height + 6 * np.sin(rows / 3.1) * np.sin(columns / 5.3)
    wall = 196 - 10 * rows / height
    image = np.where((rows < 0.35 * height)[..., None], wall[..., None] * (1.02, 1, 0.96), paving[..., None] * (1.02, 1, 0.97))
    panes = (columns % (width / 7) < width / 14) & (rows > 0.1 * height) & (rows < 0.3 * height)
    image[panes] = (70, 80, 92)
    feet = sorted((rng.uniform(0.5, 0.97) * height, (k + 0.5 + rng.uniform(-0.15, 0.15)) * width / people) for k in range(people))
    for y, x in feet:
        draw_person(image, (x, y), height * (0.1 + 0.4 * y / height), rng)
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def draw_person(image, feet, size, rng):
    """A standing figure of `size` pixels; clothes, stride and skin are drawn from `rng`."""
    stride, skin = rng.uniform(0.6, 1.4), np.array(SKIN) * rng.uniform(0.7, 1.05)
    top, legs = rng.uniform(20, 200, 3), rng.uniform(20, 110, 3)
    for start, end, radii, colour in figure(stride, skin, top, legs):
        at = lambda point: (feet[0] + point[0] * size, feet[1] - point[1] * size)
        draw_capsule(image, at(start), at(end), (radii[0] * size, radii[1] * size), colour)


def figure(stride, skin, top, legs):
    """Capsules from back to front: start, end (x, height above the feet), radii, in shares of the size; colour."""
    s = stride
    yield (-0.10, 0), (0.14, 0.01), (0.03, 0.02), SHADOW
    for side, shade in ((-1, 0.8), (1, 1.0)):
        knee, ankle = (side * 0.065 * s, 0.24), (side * 0.08 * s, 0.03)
        yield (side * 0.03, 0.46), knee, (0.06, 0.05), legs * shade
        yield knee, ankle, (0.05, 0.035), legs * shade
        yield (ankle[0] - 0.01, 0.015), (ankle[0] + 0.05, 0.01), (0.025, 0.02), SHOES
    for side, shade in ((-1, 0.75), (1, 0.9)):
        elbow, hand = (side * 0.13 * s, 0.60), (side * 0.11 * s, 0.45)
        yield (side * 0.095, 0.78), elbow, (0.04, 0.035), top * shade
        yield elbow, hand, (0.032, 0.025), top * shade
        yield (hand[0], 0.44), (hand[0], 0.41), (0.025, 0.02), skin
    for side in (-1, 1):
        yield (side * 0.04, 0.76), (side * 0.03, 0.50), (0.08, 0.065), top
    yield (0, 0.86), (0, 0.82), (0.032, 0.035), skin * 0.85
    yield (0, 0.95), (0, 0.90), (0.056, 0.05), HAIR
    yield (0.006, 0.925), (0.006, 0.89), (0.046, 0.04), skin


def draw_capsule(image, start, end, radii, colour):
    """A rounded bar with a soft edge, lit from the left."""
    height, width = image.shape[:2]
    reach = max(radii) + 1
    left, right = int(max(0, min(start[0], end[0]) - reach)), int(min(width, max(start[0], end[0]) + reach + 1))
    above, below = int(max(0, min(start[1], end[1]) - reach)), int(min(height, max(start[1], end[1]) + reach + 1))
    rows, columns = np.mgrid[above:below, left:right].astype(np.float64)
    run, fall = end[0] - start[0], end[1] - start[1]
    along = np.clip(((columns - start[0]) * run + (rows - start[1]) * fall) / (run**2 + fall**2 + 1e-9), 0, 1)
    radius = radii[0] + (radii[1] - radii[0]) * along
    across = columns - start[0] - along * run
    alpha = np.clip(radius - np.hypot(across, rows - start[1] - along * fall) + 0.5, 0, 1)[..., None]
    lit = (1 - 0.35 * np.clip(across / np.maximum(radius, 1), -1, 1))[..., None]
    part = image[above:below, left:right]
    part[:] = part * (1 - alpha) + np.clip(np.asarray(colour) * lit, 0, 255) * alpha
