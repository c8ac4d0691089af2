"""
Makes the package surface-inspection: five folds by tile are fitted and measured on tiles they never saw, then one net on all tiles.

    /usr/bin/python3 models/training/inspection/train_inspection.py --data DIR --backbone mobilenetv2.pt --work DIR

DIR of --data holds tiles.csv and the six folders of the magnetic tiles; mobilenetv2.pt is what backbone/convert_backbone.py writes.
--work keeps checkpoints, nets and fold graphs (`--folds` of the evaluation); a run that was cut off goes on there.
"""
import argparse
import math
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the order of sums, and so the weights, would vary with the threads

import numpy as np
import torch
from sklearn.metrics import roc_curve

from card import card
from crops import Crops
from features_baseline import features_baseline
from fitting import fit
from measure import figures, intervals, pixel_counts
from network import CLASSES, Inspection
from package import LABELS, VERSION, write_folds, write_package
from report import print_report
from tiles import FOLDS, read_photos

SEED = 20261122
# The nets are levelled so that this parts good from bad best.
REJECT = 0.5


def fitted(arguments, photos, number):
    """A net fitted on `photos`; from the result of an earlier run where there is one."""
    torch.manual_seed(SEED + number)
    net = Inspection(arguments.backbone)
    result = arguments.work / f"net-{number}.pt"
    if result.exists():
        net.load_state_dict(torch.load(result))
    else:
        net = fit(net, Crops(photos), number, arguments.work / f"checkpoint-{number}.pt")
        torch.save(net.state_dict(), result)
    return net.eval()


def out_of_fold(photos, nets):
    """Scores, classes and pixel counts of every photo by the net of the fold that never saw its tile."""
    scores, found = np.zeros(len(photos)), np.zeros(len(photos), int)
    counts = [None] * len(photos)
    with torch.no_grad():
        for index, photo in enumerate(photos):
            if photo.fold in nets:
                score, classes, mask = nets[photo.fold](torch.from_numpy(photo.image)[None, None].float() / 255)
                scores[index], found[index] = score.item(), classes.argmax().item()
                counts[index] = pixel_counts(1 - mask[0, 0].numpy(), photo.mask)
    return scores, found, counts


def level(nets, photos):
    """
    Sets each net's logit of good by the scores of the other folds, which are of photos that neither net nor threshold saw; returns
    the one for a net that saw them all.
    """
    scores, _, _ = out_of_fold(photos, nets)
    bad, fold = np.array([photo.label > 0 for photo in photos]), np.array([photo.fold for photo in photos])
    for number, net in nets.items():
        others = np.isin(fold, [other for other in nets if other != number])
        net.judge.good = log_odds_of_best(bad[others], scores[others])
    seen = np.isin(fold, list(nets))
    return log_odds_of_best(bad[seen], scores[seen])


def log_odds_of_best(bad, scores):
    """Of the score at which the share of defects found less the share of good ones rejected is largest; 0 without scores."""
    if len(scores) == 0:
        return 0.0
    false, true, limits = roc_curve(bad, scores)
    best = float(np.clip(limits[np.argmax(true - false)], 0.01, 0.99))
    return math.log(best / (1 - best))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", type=int, nargs="*", default=list(range(FOLDS)), help="folds to fit; with fewer than five, nothing is packaged")
    parser.add_argument("--table", type=Path, help="what `musubi model evaluate … --folds WORK/folds` printed, for the card")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[2] / "packages" / "surface-inspection")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    photos = read_photos(arguments.data)
    arguments.work.mkdir(parents=True, exist_ok=True)
    nets = {number: fitted(arguments, [photo for photo in photos if photo.fold != number], number) for number in arguments.only}
    good = level(nets, photos)
    scores, found, counts = out_of_fold(photos, nets)
    seen = np.flatnonzero([photo.fold in nets for photo in photos])
    labels, tiles = np.array([p.label for p in photos])[seen], np.array([p.tile for p in photos])[seen]
    measured = (labels, scores[seen], found[seen], np.stack([counts[index] for index in seen]), len(CLASSES))
    report = print_report(figures(*measured), intervals(tiles, *measured), measured,
                          features_baseline(photos, arguments.backbone, arguments.only))
    if len(nets) == FOLDS:
        write_folds(nets, photos, arguments.work / "folds")
        final = fitted(arguments, photos, FOLDS)
        final.judge.good = good
        table = arguments.table.read_text() if arguments.table else None
        write_package(final, card(LABELS, VERSION, report, table), REJECT, arguments.out)
        print(f"{arguments.out}: written, to be signed with musubi model sign", flush=True)


if __name__ == "__main__":
    main()
