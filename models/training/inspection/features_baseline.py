"""What the same pretrained layers give without a net of our own: pooled features and logistic regression, on the same folds."""
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def features_baseline(photos, views, folds):
    """Labels, scores and classes found of every photo of `folds`, each by a regression that never saw its tile."""
    plain = np.flatnonzero(views.number == 0)
    features = pooled(views, plain)
    labels, fold = views.label[plain], np.array([photo.fold for photo in photos])[views.index[plain]]
    scores, found = np.zeros(len(plain)), np.zeros(len(plain), int)
    for number in folds:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500, class_weight="balanced"))
        model.fit(features[fold != number], labels[fold != number])
        probabilities = model.predict_proba(features[fold == number])
        scores[fold == number], found[fold == number] = 1 - probabilities[:, 0], probabilities.argmax(1)
    kept = np.isin(fold, folds)
    return labels[kept], scores[kept], found[kept]


def pooled(views, rows):
    """Mean and maximum of the maps at strides 8 and 16."""
    made = []
    for start in range(0, len(rows), 16):
        _, middle, deep = views.batch(rows[start:start + 16])[0]
        made.append(torch.cat([part for x in (middle, deep) for part in (x.mean((2, 3)), x.amax((2, 3)))], 1).numpy())
    return np.concatenate(made)
