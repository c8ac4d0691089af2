"""What the same pretrained layers give without a net of our own: pooled features and logistic regression, on the same folds."""
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from network import evened, load_backbone


def features_baseline(photos, backbone, folds):
    """Labels, scores and classes found of every photo of `folds`, each by a regression that never saw its tile."""
    features = pooled(photos, load_backbone(backbone, 16).eval())
    return regressed(features, np.array([photo.label for photo in photos]), np.array([photo.fold for photo in photos]), folds)


def regressed(features, labels, fold, folds):
    """Labels, scores and classes found of the rows in `folds`, each by a regression on the rows of the other folds; `fold`: each row's."""
    scores, found = np.zeros(len(labels)), np.zeros(len(labels), int)
    for number in folds:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500, class_weight="balanced"))
        model.fit(features[fold != number], labels[fold != number])
        probabilities = model.predict_proba(features[fold == number])
        scores[fold == number], found[fold == number] = 1 - probabilities[:, 0], probabilities.argmax(1)
    kept = np.isin(fold, folds)
    return labels[kept], scores[kept], found[kept]


def pooled(photos, backbone):
    """Mean and maximum of the maps at strides 8 and 16."""
    made = []
    with torch.no_grad():
        for start in range(0, len(photos), 16):
            images = np.stack([photo.image for photo in photos[start:start + 16]])
            _, _, *maps = backbone(evened(torch.from_numpy(images)[:, None].float() / 255))
            made.append(torch.cat([part for x in maps for part in (x.mean((2, 3)), x.amax((2, 3)))], 1).numpy())
    return np.concatenate(made)
