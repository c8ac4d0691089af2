"""Computes the frozen trunk's maps of every photo and of its random views once; all folds read them from disk."""
import json

import numpy as np
import torch

from augmentation import SETTABLE, set_in, view
from network import HEIGHT, MASK_STRIDE, WIDTH
from tiles import place_targets

SEED = 20261122
VIEWS_OF_DEFECT, VIEWS_OF_GOOD = 4, 2
BATCH = 8
MAPS = ("fine", "middle", "deep")
FINE = (33, HEIGHT // MASK_STRIDE, WIDTH // MASK_STRIDE)
MIDDLE = (32, HEIGHT // 8, WIDTH // 8)
DEEP = (96, HEIGHT // 16, WIDTH // 16)


def planned(photos):
    """(photo, number of the view): number 0 is the photo as it is."""
    return [(index, number) for index, photo in enumerate(photos)
            for number in range(1 + (VIEWS_OF_DEFECT if photo.label else VIEWS_OF_GOOD))]


def drawn(photos, index, number):
    """Image, mask and class of one view. The last view of a good photo gets a defect from the same fold: no fold sees another."""
    photo = photos[index]
    if number == 0:
        return photo.image, photo.mask, photo.label
    rng = np.random.default_rng([SEED, index, number])
    image, mask, label = photo.image, photo.mask, photo.label
    if label == 0 and number == VIEWS_OF_GOOD:
        wanted = SETTABLE[rng.integers(len(SETTABLE))]
        donors = [other for other in photos if other.fold == photo.fold and other.label == wanted]
        made = set_in(rng, image, donors[rng.integers(len(donors))]) if donors else None
        if made is not None:
            (image, mask), label = made, wanted
    image, mask = view(rng, image, mask)
    return image, mask, label


class Views:
    """`index` and `number` say which view a row is; `label`, `targets` float16, the trunk's maps float16 are read from disk."""

    def __init__(self, folder):
        load = lambda name: np.load(folder / f"{name}.npy", mmap_mode="r")
        self.maps, self.targets = [load(name) for name in MAPS], load("targets")
        self.index, self.number, self.label = (np.asarray(load(name)) for name in ("index", "number", "label"))

    def batch(self, rows):
        tensor = lambda values: torch.from_numpy(np.ascontiguousarray(values)).float()
        labels = torch.from_numpy(self.label[rows].astype(np.int64))
        return [tensor(values[rows]) for values in self.maps], tensor(self.targets[rows]), labels


def compute_views(photos, trunk, folder, log=print):
    """Fills `folder`; goes on where an earlier run ended."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = planned(photos)
    places = (6, *FINE[1:])
    shapes = {"fine": (FINE, np.float16), "middle": (MIDDLE, np.float16), "deep": (DEEP, np.float16),
              "targets": (places, np.float16), "index": ((), np.int32), "number": ((), np.int32), "label": ((), np.int32)}
    progress = folder / "progress.json"
    done = json.loads(progress.read_text()) if progress.exists() else 0
    mode = "r+" if done else "w+"
    arrays = {name: np.lib.format.open_memmap(folder / f"{name}.npy", mode, None if done else kind, None if done else (len(plan), *shape))
              for name, (shape, kind) in shapes.items()}
    while done < len(plan):
        rows = plan[done:done + BATCH]
        made = [drawn(photos, *row) for row in rows]
        with torch.no_grad():
            maps = trunk(torch.from_numpy(np.stack([image for image, _, _ in made])[:, None]).float() / 255)
        part = slice(done, done + len(rows))
        for name, values in zip(MAPS, maps):
            arrays[name][part] = values.numpy()
        arrays["targets"][part] = np.stack([place_targets(mask, label) for _, mask, label in made])
        arrays["label"][part] = [label for _, _, label in made]
        arrays["index"][part], arrays["number"][part] = zip(*rows)
        done += len(rows)
        if done % 200 < BATCH or done == len(plan):
            for array in arrays.values():
                array.flush()
            progress.write_text(json.dumps(done))
            log(f"views {done}/{len(plan)}", flush=True)
    return Views(folder)
