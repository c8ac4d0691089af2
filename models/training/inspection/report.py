"""Prints the out-of-fold figures and gives the lines that the card repeats."""
import numpy as np
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, roc_auc_score

from measure import f1_of
from network import CLASSES


def print_report(values, intervals, measured, baseline):
    """`measured`: labels, scores, classes found, pixel counts, number of classes. Returns the lines, each a table row."""
    labels, _, found, _, classes = measured
    lines = [f"| {name} | {value:.4f} | {low:.3f} – {high:.3f} | {beside} |"
             for (name, value), (low, high), beside in zip(values.items(), intervals, beside_of(*baseline))]
    per_class, table = f1_of(labels, found, classes)
    rows = [f"| {name} | {table[k].sum()} | {p:.3f} | {r:.3f} | {f:.3f} | {' '.join(map(str, table[k]))} |"
            for k, (name, (p, r, f)) in enumerate(zip(CLASSES, per_class))]
    for line in (*lines, *rows):
        print(line, flush=True)
    return lines, rows


def beside_of(labels, scores, found):
    bad = np.asarray(labels) > 0
    return (f"{roc_auc_score(bad, scores):.3f}", f"{average_precision_score(bad, scores):.3f}", "–",
            f"{f1_score(labels, found, average='macro'):.3f}", f"{accuracy_score(labels, found):.3f}")
