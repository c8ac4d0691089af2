"""Golden images: a paddy and a road drawn by rule, so that no photograph of anybody is inside a package."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

FINER = 3


def canvas(width, height, colour):
    image = Image.new("RGB", (width * FINER, height * FINER), colour)
    return image, ImageDraw.Draw(image)


def finished(image, width, height):
    return image.filter(ImageFilter.GaussianBlur(FINER * 0.6)).resize((width, height), Image.LANCZOS)


def shaded(rng, colour, spread=18):
    return tuple(int(np.clip(v + rng.normal(0, spread), 0, 255)) for v in colour)


def paddy(seed, width=256, height=256, panicles=7):
    """Leaves from below to above, then ears of grains along bent stalks."""
    rng = np.random.default_rng([20261122, seed])
    image, draw = canvas(width, height, (28, 48, 22))
    w, h = width * FINER, height * FINER
    for k in range(70):
        x, y, angle, length = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 1.1) * w
        half, across = rng.uniform(6, 16) * FINER / 2, np.array([-np.sin(angle), np.cos(angle)])
        base, tip = np.array([x, y]), np.array([x, y]) + length * np.array([np.cos(angle), np.sin(angle)])
        light = 0.5 + 0.5 * k / 70
        colour = shaded(rng, (105 * light, 165 * light, 60 * light), 10)
        draw.polygon([tuple(base - half * across), tuple(base + half * across), tuple(tip)], fill=colour)
    for _ in range(panicles):
        x, y, angle = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, 2 * np.pi)
        for step in range(46):
            angle += rng.normal(0, 0.06)
            x, y = x + 5.5 * FINER * np.cos(angle) * 0.6, y + 5.5 * FINER * np.sin(angle) * 0.6
            for side in (-1, 1):
                gx, gy = x + side * rng.uniform(1, 6) * FINER * -np.sin(angle), y + side * rng.uniform(1, 6) * FINER * np.cos(angle)
                r = rng.uniform(1.6, 2.8) * FINER
                draw.ellipse([gx - r, gy - r * 0.7, gx + r, gy + r * 0.7], fill=shaded(rng, (196, 184, 106), 14))
    return finished(image, width, height)


def road(seed, width=640, height=400):
    """Sky, verges, a road with its markings, dark uneven holes and branching cracks."""
    rng = np.random.default_rng([20261123, seed])
    image, draw = canvas(width, height, (150, 178, 205))
    w, h = width * FINER, height * FINER
    draw.rectangle([0, int(h * 0.12), w, h], fill=(96, 112, 62))
    vanish = w * rng.uniform(0.42, 0.55)
    at = lambda side, depth: (vanish + side * w * (0.06 + 0.62 * depth), h * (0.12 + 0.88 * depth))
    grey = shaded(rng, (128, 126, 124), 6)
    draw.polygon([at(-1, 0), at(1, 0), at(1, 1.1), at(-1, 1.1)], fill=grey)
    for side, colour in ((-0.86, (222, 222, 218)), (0.86, (222, 222, 218)), (0.0, (214, 176, 70))):
        draw.polygon([at(side - 0.02, 0), at(side + 0.02, 0), at(side + 0.02, 1.1), at(side - 0.02, 1.1)], fill=colour)
    for _ in range(3):
        depth = rng.uniform(0.3, 0.9)
        cx, cy = at(rng.uniform(-0.6, 0.6), depth)
        turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        reach = rng.uniform(0.6, 1.1, 14) * w * 0.07 * depth
        points = [(cx + r * np.cos(t), cy + 0.5 * r * np.sin(t)) for r, t in zip(reach, turn)]
        draw.polygon(points, fill=shaded(rng, (62, 58, 54), 6))
        inner = [(cx + 0.6 * (x - cx), cy + 0.6 * (y - cy)) for x, y in points]
        draw.polygon(inner, fill=shaded(rng, (96, 88, 78), 6))
    for _ in range(5):
        side, depth = rng.uniform(-0.7, 0.7), rng.uniform(0.2, 0.6)
        line = []
        for _ in range(24):
            line.append(at(side, depth))
            side, depth = side + rng.normal(0, 0.025), depth + rng.uniform(0.005, 0.02)
        draw.line(line, fill=shaded(rng, (70, 68, 66), 5), width=int(FINER * rng.uniform(1.5, 3)))
    return finished(image, width, height)
