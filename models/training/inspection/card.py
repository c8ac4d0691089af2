"""The text of card.md."""
from network import CLASSES, HEIGHT, MASK_STRIDE, WIDTH

COMMANDS = """    /usr/bin/python3 models/training/backbone/convert_backbone.py --package mediapipe-objectron-0.4.1675468480.tgz --out mobilenetv2.pt
    /usr/bin/python3 models/training/inspection/train_inspection.py --data DIR/magnetic-tile --backbone mobilenetv2.pt --work WORK
    musubi model evaluate surface-inspection --data DIR --folds WORK/folds"""


def card(name, version, report, table, reject):
    """`report`: (figures, class rows) of the training script; `table`: what `musubi model evaluate` printed, or None."""
    figures, rows = report
    nl = "\n"
    own = f"""| metric | this net | 95 % interval | pretrained features + logistic regression |
|---|---|---|---|
{nl.join(figures)}

| class | photos | precision | recall | F1 | found as {', '.join(CLASSES)} |
|---|---|---|---|---|---|
{nl.join(rows)}"""
    return f"""# {name['en']} ({name['ja']}) – surface-inspection {version}

One pass gives a defect score, the probabilities of {', '.join(CLASSES)}, and a map of the same six at every fourth pixel.
Input: a grey photo stretched to {WIDTH} × {HEIGHT}. The graph evens out light and contrast itself, then runs MobileNetV2 up to stride 16
(pretrained, not changed) and a pyramid of 73,000 weights of our own with two heads. The score is the mean of 1 − P(good) of the whole photo and of its worst place.

**Data.** 644 photos of 129 magnetic tiles, each photographed at about six exposures: 377 good, 267 with one of five defects and its mask.
Origin: github.com/abin24/Magnetic-tile-defect-datasets ("welcomed to use"); cite Y. Huang, C. Qiu, K. Yuan, *Surface defect saliency of
magnetic tile*, The Visual Computer 36, 2020 (first as *Saliency of magnetic tile surface defects*, CASE 2018). No photo is in this package.
The masks are used as published, two empty or nearly empty ones included.

**Split.** Five folds by tile: all exposures of a tile are on one side, and so are tiles with a defect set into them. **The shipped net was
fitted on all tiles; the figures are those of five nets of the same recipe, each on the tiles that it never saw.** Earlier forms of the
recipe were looked at on folds 0 and 1; nothing was chosen by the other three.

{figures_of(own, table)}
{limits(reject)}
**Made by**

{COMMANDS}

**Terms.** Apache-2.0. The weights began as those of the detector in the npm package @mediapipe/objectron 0.4.1675468480 (Apache-2.0, Google;
SSD MobileNetV2 trained on Open Images V4). The golden images are drawn by the project.
"""


def figures_of(own, table):
    if table is None:
        return f"**Figures**, printed by the training script:\n\n{own}\n"
    return f"""**Figures**, printed by the last command:

{table.strip()}

By the training script, on the same folds, with a logistic regression on the same pretrained features beside it (the script enlarges narrow
photos as PIL does, the gateway by its own interpolation, so the figures differ a little; times were taken beside other work):

{own}
"""


def limits(reject):
    return f"""
**Limits**

- **It misses the project's targets by far** (image AUROC 0.985, AP 0.97, pixel AUROC 0.96, macro-F1 0.92). On tiles that it
  never saw it names hardly any crack, fray or step of uneven grinding. Use it as an example of a package and as a second look, not as the
  judge of a line. Its class names are worse than those of a plain logistic regression on the same features.
- It was fitted for 210 steps, about two minutes of one core: the loss was still falling.
- One product, one camera: bare sintered ferrite with vertical grinding marks. Another part needs its own examples (teach by example).
- {reject} as the threshold separates best the out-of-fold scores; it was chosen on the scores that it is reported on.
- Six to thirteen tiles stand behind each defect class: the intervals are wide, and a kind of fray or break that is not among them may be missed
  or called by another class's name. Score and map are more reliable than the class.
- The map is a fourth of the input wide and high ({WIDTH // MASK_STRIDE} × {HEIGHT // MASK_STRIDE}); on a tile of 600 pixels a defect of under about 6 pixels is lost.
"""
