"""paddy-canopy: rice panicles in close drone views, with vegetation indices of the same pixels out of the same graph."""
import re

import numpy as np
from PIL import Image

from deployed import GREEN_FROM, Canopy, enlarged, probabilities
from drawings import paddy
from measure import f1, iou, overlap, with_interval
from mobilenet import load_backbone
from network import PyramidUnet
from threshold_rule import best_threshold
from trainer import dice_and_bce

ID, VERSION = "paddy-canopy", "0.2.0"
SEED, EPOCHS, REPEATS, BATCH, RATE = 20261122, 96, 1, 8, 2e-3
CROP, SCALE, TURN = (192, 192), (0.7, 1.4), True
#: Consecutive frames may show the same plants: 0058 and 0059 are held out together.
HELD_OUT = ("DJI_0058", "DJI_0059")
FIELD, OTHER_FIELD = "FSF1E", "FSF2L"

WIDTH, HEIGHT = 256, 256
FIT = {"fit": "tile", "tile": {"overlapPx": 32}}
DEPLOYED = Canopy
SUBJECT, LABELS = "canopy", {"ja": "水田の植被と穂", "en": "Paddy canopy and panicles"}
LABELLED = [{"id": "panicle", "ja": "穂", "en": "Panicle"}, {"id": "canopy", "ja": "植被", "en": "Green canopy"}]
RESEARCH = "Weights fitted on a data set without a stated licence: research evaluation only."
OUTPUTS = [
    {"name": "mask", "channels": 1, "meaning": "mask", "classes": ["panicle"], "about": f"Probability of panicle. {RESEARCH}"},
    {"name": "canopy", "channels": 1, "meaning": "mask", "classes": ["canopy"],
     "about": f"Green plant: a soft step of ExG at {GREEN_FROM}; a colour index, not learnt."},
    {"name": "indices", "channels": 2, "meaning": "index-map", "indices": ["exg", "vari"],
     "about": "ExG = (2G − R − B) / (R + G + B); VARI = (G − R) / (G + R − B), within −1..1; of the mean of 2 × 2 pixels."},
]
WATCH = {}
GROUPS = "frames"
WHAT = """Panicles, green canopy (ExG) and the vegetation indices ExG and VARI of drone views of a paddy, from one pass over each tile of
256 × 256 pixels. Outputs have half that resolution."""
DATA = f"""`rooooolin/wsff` (Computers and Electronics in Agriculture 207:107754): tiles of 256 × 256 pixels with panicle masks,
cut from low drone views of two fields. Trained on the frames of {FIELD} that are not held out; held out: {' and '.join(HELD_OUT)}, which
are consecutive and may show the same plants, so they are on one side together; {OTHER_FIELD} is a field that the net never saw."""
LIMITS = """- The panicle mask is for views as near as those it was trained on, where single grains and leaves are visible (leaves some 30 to 40
  pixels wide). In views from tens of metres it has no meaning; canopy and indices have.
- Two fields, one flight each, ripening rice only; no other variety, stage, weed or light was seen. Labels are coarse outlines.
- Canopy is a threshold on ExG and was not checked against labels. Yellow straw, brown leaves and deep shade are not green.
- RGB values are neither calibrated nor the same between cameras: compare indices within a flight, or flights of one camera in like light.
- NDVI needs a near-infrared band, which this input does not have; the gateway computes it per cell from band images (models/canopy)."""
TERMS = """The training data has no stated licence: these weights are for research evaluation only and are not covered by the project's
licence; train anew on your own tiles for any other use. Backbone: Apache-2.0 (Google). Everything else of the package: Apache-2.0."""


def golden():
    return [paddy(1), paddy(2, panicles=0)]


def net(backbone):
    return PyramidUnet(load_backbone(backbone, 16), 1)


def loss(logits, labels):
    return dice_and_bce(logits, labels.unsqueeze(1).float())


def tiles(data, field):
    """[(frame, name, image uint8 [256, 256, 3], labels uint8 [256, 256])] of one field in the order of their names."""
    found = []
    for path in sorted((data / "rice-panicle" / field).glob("*.png")):
        frame = re.match(r"DJI_\d+", path.name).group(0)
        labels = np.asarray(Image.open(path))[..., 0]
        image = np.asarray(Image.open(path.with_suffix(".jpg")).convert("RGB"))
        found.append((frame, path.stem, image, (labels > 0).astype(np.uint8)))
    return found


def split(data):
    """Training, held-out frames, unseen field."""
    own = tiles(data, FIELD)
    return ([t for t in own if t[0] not in HELD_OUT], [t for t in own if t[0] in HELD_OUT], tiles(data, OTHER_FIELD))


def colour_indices(image):
    """Maps that are higher where a pixel is less like a green leaf; name → map."""
    red, green, blue = (image[..., k].astype(np.float32) / 255 for k in range(3))
    total = np.maximum(red + green + blue, 0.05)
    return {
        "excess red (1.4 R − G) / sum": (1.4 * red - green) / total,
        "negative VARI": -np.clip((green - red) / np.maximum(green + red - blue, 0.05), -1, 1),
        "negative ExG": -(2 * green - red - blue) / total,
        "brightness": total / 3,
    }


def baseline(training):
    """The colour index and threshold that do best on the training frames: (name, threshold)."""
    names = list(colour_indices(training[0][2][:1]))
    truths = [labels[::2, ::2] > 0 for _, _, _, labels in training]
    found = []
    for name in names:
        maps = [lambda image=image, name=name: colour_indices(image[::2, ::2])[name] for _, _, image, _ in training]
        found.append((*best_threshold(maps, truths, -2.0, 2.0), name))
    _, threshold, name = max(found)
    return name, threshold


def thresholds(_deployed, _training, _other_field):
    """There are too few frames to keep some for choosing: the middle."""
    return {"mask": 0.5}


def measure(deployed, limits, training, held_out, other_field):
    """Lines (metric, model, baseline) and what the baseline is."""
    name, threshold = baseline(training)
    lines = []
    for title, part in ((f"held-out frames {', '.join(HELD_OUT)} of {FIELD}", held_out), (f"unseen field {OTHER_FIELD}", other_field)):
        frames = [frame for frame, *_ in part]
        truths = [labels > 0 for *_, labels in part]
        masks = enlarged(probabilities(deployed, [image for _, _, image, _ in part])[0])[:, 0] > limits["mask"]
        model = np.array([overlap(mask, truth) for mask, truth in zip(masks, truths)])
        plain = np.array([overlap(colour_indices(image)[name] > threshold, truth)
                          for (_, _, image, _), truth in zip(part, truths)])
        of = f"{title}: {len(part)} tiles, {len(set(frames))} frames"
        lines.append((f"panicle IoU, {of}", with_interval(frames, model, iou), with_interval(frames, plain, iou)))
        lines.append((f"panicle F1 of pixels, {of}", with_interval(frames, model, f1), with_interval(frames, plain, f1)))
        shares = lambda counts, columns: counts[:, columns].sum(1) / truths[0].size
        error = lambda counts: f"{np.abs(shares(counts, [0, 1]) - shares(counts, [0, 2])).mean():.3f}"
        lines.append((f"mean error of a tile's panicle cover, {of}", error(model), error(plain)))
    return lines, f"{name} > {threshold:.3f}, chosen on the training frames"
