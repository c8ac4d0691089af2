"""The text of card.md."""
from crops import CROP_HEIGHT, CROP_WIDTH
from fitting import BATCH, STEPS
from network import CLASSES, HEIGHT, MASK_STRIDE, WIDTH

COMMANDS = """    /usr/bin/python3 models/training/backbone/convert_backbone.py --package mediapipe-objectron-0.4.1675468480.tgz --out mobilenetv2.pt
    /usr/bin/python3 models/training/inspection/train_inspection.py --data DIR/magnetic-tile --backbone mobilenetv2.pt --work WORK
    musubi model evaluate surface-inspection --data DIR --folds WORK/folds"""


def card(name, version, report, table):
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
Input: a grey photo stretched to {WIDTH} × {HEIGHT}. The graph evens out light and contrast itself, then runs MobileNetV2 up to stride 16 (pretrained,
fitted along) and a pyramid to a map of the six classes. Score and class are what the strongest places of the map say, and nothing else:
what is rejected can be seen in the map. The logit of good is set so that 0.5 parts good from bad best on tiles that were not fitted.
Fitted for {STEPS} steps of {BATCH} windows of {CROP_WIDTH} × {CROP_HEIGHT} out of random views of the photos, half of them with a defect.

**Data.** 644 photos of 129 magnetic tiles, each photographed at about six exposures: 377 good, 267 with one of five defects and its mask.
Origin: github.com/abin24/Magnetic-tile-defect-datasets ("welcomed to use"); cite Y. Huang, C. Qiu, K. Yuan, *Surface defect saliency of
magnetic tile*, The Visual Computer 36, 2020 (first as *Saliency of magnetic tile surface defects*, CASE 2018). No photo is in this package.
The masks are used as published, two empty or nearly empty ones included.

**Split.** Five folds by tile: all exposures of a tile are on one side, and so are tiles with a defect set into them. **The shipped net was
fitted on all tiles; the figures are those of five nets of the same recipe, each on the tiles that it never saw**, its logit of good set by
the scores of the other four folds. The recipe was looked at on folds 0 and 1 while it was made; nothing was chosen by the other three.

{figures_of(own, table)}
{LIMITS}
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

By the training script, on the same folds, with a logistic regression on the same pretrained features beside it (script and
gateway read photos alike to within a grey level on average; times were taken beside other work):

{own}
"""


LIMITS = f"""
**Limits**

- It misses the project's targets (image AUROC 0.985, AP 0.97, pixel AUROC 0.96, macro-F1 0.92) where the table says less. Use it as a second
  look, not as the only judge of a line.
- One product, one camera: bare sintered ferrite with vertical grinding marks. Another part needs its own examples (teach by example).
- Six to thirteen tiles stand behind each defect class: the intervals are wide, and a kind of fray, crack or break that is not among them may
  be called by another class's name. Score and map are more reliable than the class.
- The map is a fourth of the input wide and high ({WIDTH // MASK_STRIDE} × {HEIGHT // MASK_STRIDE}); on a tile of 600 pixels a defect of under about 6 pixels is lost.
"""
