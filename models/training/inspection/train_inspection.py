"""
Makes the package surface-inspection: five folds by tile are fitted and measured on tiles they never saw, then one net on all tiles.

    /usr/bin/python3 models/training/inspection/train_inspection.py --data DIR --backbone mobilenetv2.pt --work DIR

DIR of --data holds tiles.csv and the six folders of the magnetic tiles; mobilenetv2.pt is what backbone/convert_backbone.py writes.
--work keeps the views, checkpoints and fold graphs (`--folds` of the evaluation); a run that was cut off goes on there.
"""
import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the order of sums, and so the weights, would vary with the threads

import numpy as np
import torch
from sklearn.metrics import roc_curve

from card import card
from features_baseline import features_baseline
from fitting import fit
from measure import figures, intervals, pixel_counts
from network import CLASSES, Head, Inspection, outputs, trunk_of
from package import LABELS, VERSION, write_folds, write_package
from report import print_report
from tiles import FOLDS, read_photos
from views import compute_views

SEED = 20261122


def fitted(arguments, views, rows, number):
    """Trunk and head fitted on `rows`; from the result of an earlier run where there is one."""
    torch.manual_seed(SEED + number)
    head = Head()
    result = arguments.work / f"head-{number}.pt"
    if result.exists():
        head.load_state_dict(torch.load(result))
    else:
        head = fit(head, views, rows, number, arguments.work / f"checkpoint-{number}.pt")
        torch.save(head.state_dict(), result)
    return Inspection(trunk_of(arguments.backbone), head).eval()


def predicted(net, views, rows):
    """Score, class probabilities and defect map of the given views."""
    made = []
    with torch.no_grad():
        for start in range(0, len(rows), 16):
            made.append([part.numpy() for part in outputs(*net.head(*views.batch(rows[start:start + 16])[0]))])
    scores, classes, masks = (np.concatenate(part) for part in zip(*made))
    return scores[:, 0], classes, 1 - masks[:, 0]


def out_of_fold(photos, nets, views):
    """Scores, classes and pixel counts of every photo by the net of the fold that never saw its tile."""
    fold = np.array([photo.fold for photo in photos])
    plain = np.flatnonzero(views.number == 0)
    scores, found = np.zeros(len(photos)), np.zeros(len(photos), int)
    counts = [None] * len(photos)
    for number, net in nets.items():
        rows = plain[fold[views.index[plain]] == number]
        values, classes, maps = predicted(net, views, rows)
        for row, value, probabilities, places in zip(rows, values, classes, maps):
            index = views.index[row]
            scores[index], found[index] = value, probabilities.argmax()
            counts[index] = pixel_counts(places, photos[index].mask)
    return scores, found, counts


def best_threshold(bad, scores):
    """The score at which the share of defects found less the share of good ones rejected is largest."""
    false, true, limits = roc_curve(bad, scores)
    return round(float(limits[np.argmax(true - false)]), 3)


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
    views = compute_views(photos, trunk_of(arguments.backbone), arguments.work / "views")
    fold = np.array([photo.fold for photo in photos])[views.index]
    nets = {number: fitted(arguments, views, np.flatnonzero(fold != number), number) for number in arguments.only}
    scores, found, counts = out_of_fold(photos, nets, views)
    seen = np.flatnonzero([photo.fold in nets for photo in photos])
    labels, tiles = np.array([p.label for p in photos])[seen], np.array([p.tile for p in photos])[seen]
    measured = (labels, scores[seen], found[seen], np.stack([counts[index] for index in seen]), len(CLASSES))
    report = print_report(figures(*measured), intervals(tiles, *measured), measured,
                          features_baseline(photos, views, arguments.only))
    if len(nets) == FOLDS:
        write_folds(nets, photos, arguments.work / "folds")
        final = fitted(arguments, views, np.arange(len(fold)), FOLDS)
        reject = best_threshold(labels > 0, scores[seen])
        table = arguments.table.read_text() if arguments.table else None
        write_package(final, card(LABELS, VERSION, report, table, reject), reject, arguments.out)
        print(f"{arguments.out}: written, to be signed with musubi model sign", flush=True)


if __name__ == "__main__":
    main()
