"""The best single threshold on a map, found from histograms over a training part: what a rule without learning can do."""
import numpy as np

BINS = 512


def best_threshold(maps, truths, low, high):
    """
    `maps`: functions of no argument that give a float array; `truths`: boolean arrays of the same shape. Gives (IoU of
    `map > threshold` on all of them together, threshold), thresholds between `low` and `high`.
    """
    inside, outside = np.zeros(BINS), np.zeros(BINS)
    for make, truth in zip(maps, truths):
        bins = np.clip(((make() - low) / (high - low) * BINS).astype(int), 0, BINS - 1)
        inside += np.bincount(bins[truth], minlength=BINS)
        outside += np.bincount(bins[~truth], minlength=BINS)
    above = lambda counts: counts[::-1].cumsum()[::-1] - counts
    scores = above(inside) / np.maximum(inside.sum() + above(outside), 1)
    best = int(scores.argmax())
    return float(scores[best]), low + (best + 1) * (high - low) / BINS
