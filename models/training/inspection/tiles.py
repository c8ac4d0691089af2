"""Reads the magnetic tiles: images at the size of the net, masks, classes, and five folds that never part the photos of one tile."""
import csv
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from PIL import Image

from network import CLASSES, HEIGHT, MASK_STRIDE, WIDTH

FOLDS = 5
FOLDERS = ("Free", "Blowhole", "Break", "Crack", "Fray", "Uneven")


@dataclass
class Photo:
    """`image` and `mask` uint8 (HEIGHT, WIDTH); the mask is 255 where the defect of `label` (index in CLASSES) is."""
    file: str
    tile: str
    label: int
    fold: int
    image: np.ndarray
    mask: np.ndarray


def read_photos(folder):
    """All photos of `folder`/tiles.csv in its order."""
    with open(folder / "tiles.csv", newline="") as lines:
        rows = [(row["file"], row["tile"], FOLDERS.index(row["file"].split("/")[0])) for row in csv.DictReader(lines)]
    fold_of = folds(rows)
    return [Photo(file, tile, label, fold_of[tile], read_image(folder / file), read_mask(folder / file, label))
            for file, tile, label in rows]


def read_image(path):
    with Image.open(path) as photo:
        return np.asarray(photo.convert("L").resize((WIDTH, HEIGHT), Image.LANCZOS))


def read_mask(path, label):
    if label == 0:
        return np.zeros((HEIGHT, WIDTH), np.uint8)
    with Image.open(path.with_suffix(".png")) as mask:
        share = np.asarray(mask.convert("L").resize((WIDTH, HEIGHT), Image.BOX))
    return np.where(share > 127, 255, 0).astype(np.uint8)


def folds(rows):
    """
    Fold of each tile: tiles with the rarest defects first, each into the fold that has fewest photos of its rarest class, then fewest
    photos at all. Follows from tiles.csv alone.
    """
    by_tile = defaultdict(Counter)
    for _, tile, label in rows:
        by_tile[tile][label] += 1
    total = Counter(label for _, _, label in rows)
    filled = [Counter() for _ in range(FOLDS)]
    fold_of = {}
    rarest = lambda tile: min(by_tile[tile], key=lambda label: (total[label], label))
    for tile in sorted(by_tile, key=lambda tile: (total[rarest(tile)], -sum(by_tile[tile].values()), int(tile))):
        label = rarest(tile)
        fold = min(range(FOLDS), key=lambda k: (filled[k][label], sum(filled[k].values()), k))
        filled[fold].update(by_tile[tile])
        fold_of[tile] = fold
    return fold_of


def place_targets(mask, label):
    """Mask (H, W) to (6, H / 4, W / 4) float32: the share of each class at each place, a place half covered counts whole."""
    blocks = mask.reshape(mask.shape[0] // MASK_STRIDE, MASK_STRIDE, mask.shape[1] // MASK_STRIDE, MASK_STRIDE)
    share = np.minimum(1, 2 * (blocks > 127).mean((1, 3), dtype=np.float32))
    target = np.zeros((len(CLASSES), *share.shape), np.float32)
    target[0] = 1 - share
    target[label] += share
    return target
