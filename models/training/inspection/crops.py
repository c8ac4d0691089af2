"""Draws what the net learns from: windows of random views of the photos of one side of a split, as many with a defect as without."""
import numpy as np
import torch

from augmentation import SETTABLE, set_in, view
from network import CLASSES, HEIGHT, MASK_STRIDE, WIDTH, evened
from tiles import place_targets

# Windows keep the net's scale and cost a third of a photo; the light is evened over the whole photo before they are cut.
CROP_HEIGHT, CROP_WIDTH = 160, 192
SET_IN, ON_THE_DEFECT = 0.3, 0.8
# A window counts as defective from so many defective places (4 × 4 pixels) on; with fewer but some its class is not asked.
FEWEST_PLACES = 2


class Crops:
    """`photos`: those to learn from. A defect that is set into a good tile comes from among them too."""

    def __init__(self, photos):
        self.photos = photos
        self.of_class = {label: [photo for photo in photos if photo.label == label] for label in range(len(CLASSES))}
        self.chances = chances(np.array([photo.label for photo in photos]))

    def batch(self, rng, count):
        """Evened windows (count, 3, CROP_HEIGHT, CROP_WIDTH), targets of the places, class of each window or −1."""
        drawn = [self.drawn(rng) for _ in range(count)]
        images = evened(torch.from_numpy(np.stack([image for image, _, _ in drawn])[:, None]).float() / 255)
        corners = [corner(rng, mask) for _, mask, _ in drawn]
        windows = torch.stack([image[:, y:y + CROP_HEIGHT, x:x + CROP_WIDTH] for image, (y, x) in zip(images, corners)])
        targets = np.stack([place_targets(mask[y:y + CROP_HEIGHT, x:x + CROP_WIDTH], label)
                            for (_, mask, label), (y, x) in zip(drawn, corners)])
        labels = [class_of(target, label) for target, (_, _, label) in zip(targets, drawn)]
        return windows, torch.from_numpy(targets), torch.tensor(labels)

    def drawn(self, rng):
        photo = self.photos[rng.choice(len(self.photos), p=self.chances)]
        image, mask, label = photo.image, photo.mask, photo.label
        if label == 0 and rng.random() < SET_IN:
            wanted = SETTABLE[rng.integers(len(SETTABLE))]
            donors = self.of_class[wanted]
            made = set_in(rng, image, donors[rng.integers(len(donors))]) if donors else None
            if made is not None:
                (image, mask), label = made, wanted
        image, mask = view(rng, image, mask)
        return image, mask, label


def chances(labels):
    """Half of the draws are good; the other half is shared between the square roots of the classes' counts."""
    counts = np.bincount(labels, minlength=len(CLASSES)).astype(float)
    share = np.sqrt(counts)
    share[0] = share[1:].sum()
    weight = (share / np.maximum(counts, 1))[labels]
    return weight / weight.sum()


def corner(rng, mask):
    """Top and left of a window, multiples of the map's stride; mostly one with some of the defect in it."""
    places = np.argwhere(mask > 127)
    if len(places) and rng.random() < ON_THE_DEFECT:
        y, x = places[rng.integers(len(places))] - rng.integers((CROP_HEIGHT, CROP_WIDTH))
    else:
        y, x = rng.integers((HEIGHT - CROP_HEIGHT + 1, WIDTH - CROP_WIDTH + 1))
    y, x = np.clip((y, x), 0, (HEIGHT - CROP_HEIGHT, WIDTH - CROP_WIDTH)) // MASK_STRIDE * MASK_STRIDE
    return int(y), int(x)


def class_of(target, label):
    places = (1 - target[0]).sum()
    return label if places >= FEWEST_PLACES else 0 if places == 0 else -1
