"""
Prints what a split by photo would make believe: pooled features and logistic regression on folds by tile, and on folds by photo, in
which photos of one tile lie on both sides.

    /usr/bin/python3 models/training/inspection/split_leak.py --data DIR --backbone mobilenetv2.pt

DIR and mobilenetv2.pt as for train_inspection.py.
"""
import argparse
from pathlib import Path

import numpy as np

from features_baseline import pooled, regressed
from network import load_backbone
from report import beside_of
from tiles import FOLDS, read_photos

SEED = 20261123


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    arguments = parser.parse_args()
    photos = read_photos(arguments.data)
    features = pooled(photos, load_backbone(arguments.backbone, 16).eval())
    labels = np.array([photo.label for photo in photos])
    by_photo = np.random.default_rng(SEED).permutation(len(photos)) % FOLDS
    print("folds | image AUROC | image AP | macro-F1 | accuracy")
    for name, fold in (("by tile", np.array([photo.fold for photo in photos])), ("by photo", by_photo)):
        auroc, precision, _, f1, accuracy = beside_of(*regressed(features, labels, fold, range(FOLDS)))
        print(f"{name} | {auroc} | {precision} | {f1} | {accuracy}", flush=True)


if __name__ == "__main__":
    main()
