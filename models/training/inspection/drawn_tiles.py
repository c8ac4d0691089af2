"""Draws the golden images: surfaces with grinding streaks, light that falls off, and one kind of flaw each. No photo is in them."""
import cv2
import numpy as np

# Name, flaw, size (width, height): that of the net, so that graph and runtime are tested and not the resizing before them.
DRAWN = (("good", None, (320, 256)), ("pore", "pore", (320, 256)), ("crack", "crack", (320, 256)), ("ground-step", "step", (320, 256)))
SEED = 20261122


def draw(flaw, size):
    """uint8 (height, width)."""
    width, height = size
    rng = np.random.default_rng([SEED, sum(map(ord, flaw or ""))])
    streaks = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), sigmaX=0.8, sigmaY=25)
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    surface = 105 + 60 * streaks + 4 * rng.normal(0, 1, (height, width)) + 18 * x - 30 * x * x - 10 * y
    if flaw == "pore":
        cv2.ellipse(surface, (width // 3, height * 2 // 3), (9, 6), 20, 0, 360, 30.0, -1)
    if flaw == "crack":
        points = np.stack([width * 0.6 + np.cumsum(rng.normal(0, 2, 12)), np.linspace(height * 0.3, height, 12)], 1)
        cv2.polylines(surface, [points.round().astype(np.int32)], False, 25.0, 2)
    if flaw == "step":
        surface[: height // 4] *= 1.5
    return np.clip(cv2.GaussianBlur(surface, (0, 0), 0.6), 0, 255).astype(np.uint8)
