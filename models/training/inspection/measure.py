"""Figures of out-of-fold scores: image AUROC and average precision, pixel AUROC, six-class F1, with intervals by tile."""
import numpy as np
from sklearn.metrics import average_precision_score, confusion_matrix, roc_auc_score

BINS = 1024
DRAWS = 1000
SEED = 20261122


def pixel_counts(defect, mask):
    """(2, BINS) how many pixels of good and of defect surface lie in each bin of the map's 0..1; each place fills its pixels."""
    stride = mask.shape[0] // defect.shape[0]
    truth = (mask.reshape(defect.shape[0], stride, defect.shape[1], stride) > 127).sum((1, 3))
    bins = np.minimum((defect * BINS).astype(int), BINS - 1).ravel()
    bad = np.bincount(bins, truth.ravel(), BINS)
    return np.stack([np.bincount(bins, minlength=BINS) * stride * stride - bad, bad])


def auroc_of_counts(counts):
    good, bad = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    below = np.cumsum(good) - good
    return float((bad * (below + good / 2)).sum())


def f1_of(labels, found, classes):
    """Precision, recall and F1 of each class, rows in the order of the classes."""
    table = confusion_matrix(labels, found, labels=range(classes))
    right = np.diag(table)
    precision, recall = right / np.maximum(table.sum(0), 1), right / np.maximum(table.sum(1), 1)
    return np.stack([precision, recall, 2 * right / np.maximum(table.sum(0) + table.sum(1), 1)], 1), table


def figures(labels, scores, found, counts, classes):
    """The four figures of the target and the accuracy, as a dict."""
    bad = labels > 0
    per_class, table = f1_of(labels, found, classes)
    return {"image AUROC": roc_auc_score(bad, scores), "image AP": average_precision_score(bad, scores),
            "pixel AUROC": auroc_of_counts(counts.sum(0)), "macro-F1": per_class[:, 2].mean(), "accuracy": np.trace(table) / table.sum()}


def intervals(tiles, labels, scores, found, counts, classes):
    """95 % interval of each figure: whole tiles are drawn with replacement."""
    rng = np.random.default_rng(SEED)
    names = np.unique(tiles)
    members = {name: np.flatnonzero(tiles == name) for name in names}
    drawn = []
    for _ in range(DRAWS):
        rows = np.concatenate([members[name] for name in rng.choice(names, len(names))])
        if set(labels[rows]) == set(range(classes)):
            drawn.append(list(figures(labels[rows], scores[rows], found[rows], counts[rows], classes).values()))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return list(zip(low, high))
