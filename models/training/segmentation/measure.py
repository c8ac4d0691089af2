"""Scores of masks against labels, with an interval from drawing again: first the groups (frames, segments), then their images."""
import numpy as np

DRAWS, SEED = 2000, 20261122


def overlap(found, truth):
    """[true positive, false positive, false negative] pixels of two boolean arrays."""
    return np.array([(found & truth).sum(), (found & ~truth).sum(), (~found & truth).sum()], float)


def iou(counts):
    return counts[..., 0] / np.maximum(counts.sum(-1), 1)


def f1(counts):
    return 2 * counts[..., 0] / np.maximum(2 * counts[..., 0] + counts[..., 1] + counts[..., 2], 1)


def interval(groups, counts, score):
    """
    The score of the summed counts [images, 3] and its 95 % interval: groups are drawn with replacement, then the images of each
    drawn group. With one group only the images are drawn.
    """
    rng = np.random.default_rng(SEED)
    counts, groups = np.asarray(counts), np.asarray(groups)
    members = [np.flatnonzero(groups == name) for name in sorted(set(groups.tolist()))]
    drawn = []
    for _ in range(DRAWS):
        picked = [members[k] for k in rng.integers(0, len(members), len(members))]
        rows = np.concatenate([rng.choice(rows, len(rows)) for rows in picked])
        drawn.append(score(counts[rows].sum(0)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(score(counts.sum(0))), float(low), float(high)


def with_interval(groups, counts, score):
    """`0.712 (0.68–0.74)`."""
    value, low, high = interval(groups, counts, score)
    return f"{value:.3f} ({low:.3f}–{high:.3f})"
