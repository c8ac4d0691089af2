"""What a road image is judged by: patches, and a rule of dark and rough places that the net is compared with."""
import cv2
import numpy as np

from measure import f1, overlap
from threshold_rule import best_threshold

LANE, CRACK, POTHOLE = 1, 2, 3

#: Patches of 64 × 64 pixels that are a quarter road or more are judged; one is damaged from 20 pixels of damage on (0.5 %).
PATCH, ROAD_SHARE, DAMAGED_FROM = 64, 0.25, 20


def patch_sums(maps):
    """[N, H, W] → [N, H/64, W/64]."""
    count, height, width = maps.shape
    return maps.reshape(count, height // PATCH, PATCH, width // PATCH, PATCH).sum((2, 4))


def patch_truth(labels):
    """Which patches are judged, and which of them are damaged, [N, 5, 8] each."""
    return patch_sums(labels >= LANE) >= ROAD_SHARE * PATCH**2, patch_sums(labels >= CRACK) >= DAMAGED_FROM


def stacked(part):
    return np.stack([labels for *_, labels in part])


def darkness(image, sigma):
    """How much darker a pixel is than its surroundings, −1..1."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return cv2.GaussianBlur(grey, (0, 0), sigma) - cv2.GaussianBlur(grey, (0, 0), 1)


def roughness(image, sigma):
    """Standard deviation of the brightness around a pixel, 0..1."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    mean = cv2.GaussianBlur(grey, (0, 0), sigma)
    return np.sqrt(np.maximum(cv2.GaussianBlur(grey * grey, (0, 0), sigma) - mean * mean, 0))


RULES = {
    "darker than its surroundings (8 px)": lambda image: darkness(image, 8),
    "darker than its surroundings (24 px)": lambda image: darkness(image, 24),
    "rough (4 px)": lambda image: roughness(image, 4),
    "rough (10 px)": lambda image: roughness(image, 10),
}


class Baseline:
    """Thresholds without learning, inside the area that is road in most training images: one for pothole pixels, one for patches."""

    def __init__(self, training):
        labels = stacked(training)
        self.area = (labels >= LANE).mean(0) > 0.5
        every = lambda rule: [lambda image=image: np.where(self.area, RULES[rule](image), -1) for _, _, image, _ in training]
        of = lambda truth: max((*best_threshold(every(rule), truth, -1.0, 1.0), rule) for rule in RULES)
        _, self.pothole_from, self.pothole = of(list(labels == POTHOLE))
        self.damage = "darker than its surroundings (8 px)"
        judged, truth = patch_truth(labels)
        tried = []
        for limit in (0.03, 0.05, 0.07, 0.1, 0.14):
            counts = np.concatenate([patch_sums(self.dark(image, limit)[None]) for _, _, image, _ in training])
            tried += [(f1(overlap(counts[judged] >= n, truth[judged])), limit, n) for n in (1, 5, 20, 60, 150, 300, 600)]
        _, self.limit, self.least = max(tried)

    def dark(self, image, limit):
        return self.area & (RULES[self.damage](image) > limit)

    def potholes(self, image):
        return self.area & (RULES[self.pothole](image) > self.pothole_from)

    def patches(self, image):
        return patch_sums(self.dark(image, self.limit)[None])[0] >= self.least

    def __str__(self):
        return (f"inside the usual road area; pothole: {self.pothole} > {self.pothole_from:.3f}; patch: {self.least} or more pixels "
                f"{self.damage} by > {self.limit}; all chosen on the training segments")

