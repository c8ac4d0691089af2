"""Fits the head on the views of the training tiles: seeded, resumable after each epoch, the result is an average of the weights."""
import copy
import math
import time

import numpy as np
import torch
from torch.nn import functional as F

from network import CLASSES

EPOCHS, STEPS, BATCH = 7, 30, 16
RATE, WEIGHT_DECAY = 3e-3, 2e-2
EMA_KEEP = 0.98
# How much more a place with a defect weighs than one without.
PLACE_WEIGHT = 4.0
SEED = 20261122


def fit(net, views, rows, number, checkpoint, log=print):
    """`rows`: the views to learn from. `number` of the fold seeds the draws. Returns the averaged head in evaluation mode."""
    net = net.to(memory_format=torch.channels_last)  # a fifth faster
    average = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    first = restore(checkpoint, net, average, optimizer)
    chance = chances(views, rows)
    for epoch in range(first, EPOCHS):
        began, total = time.monotonic(), 0.0
        rng = np.random.default_rng([SEED, number, epoch])
        torch.manual_seed(SEED + 1000 * number + epoch)
        net.train()
        for step in range(STEPS):
            done = (epoch * STEPS + step) / (EPOCHS * STEPS)
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, done * EPOCHS) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
            maps, targets, labels = views.batch(np.sort(rng.choice(rows, BATCH, p=chance)))
            loss = loss_of(*net(*(values.to(memory_format=torch.channels_last) for values in maps)), targets, labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            follow(average, net, min(EMA_KEEP, 1 - 1 / (2 + epoch * STEPS + step)))
            total += loss.item()
        save(checkpoint, epoch + 1, net, average, optimizer)
        log(f"fold {number} epoch {epoch + 1}/{EPOCHS}  loss {total / STEPS:.3f}  {time.monotonic() - began:.0f} s", flush=True)
    return average.eval()


def chances(views, rows):
    """Half of the draws are good; the other half is shared between the square roots of the classes' counts."""
    counts = np.bincount(views.label[rows], minlength=len(CLASSES)).astype(float)
    share = np.sqrt(counts)
    share[0] = share[1:].sum()
    weight = (share / np.maximum(counts, 1))[views.label[rows]]
    return weight / weight.sum()


def loss_of(logits, places, targets, labels):
    weight = torch.full((len(CLASSES),), PLACE_WEIGHT)
    weight[0] = 1
    weighted = targets * weight.view(1, -1, 1, 1)
    entropy = -(weighted * F.log_softmax(places, 1)).sum() / weighted.sum()
    defect, truth = 1 - F.softmax(places, 1)[:, 0], 1 - targets[:, 0]
    overlap = 1 - (2 * (defect * truth).sum() + 1) / (defect.sum() + truth.sum() + 1)
    return F.cross_entropy(logits, labels, label_smoothing=0.1) + 2 * entropy + overlap


def follow(average, net, keep):
    with torch.no_grad():
        for mean, value in zip(average.parameters(), net.parameters()):
            mean.mul_(keep).add_(value, alpha=1 - keep)
        for mean, value in zip(average.buffers(), net.buffers()):
            mean.copy_(value)


def save(checkpoint, epoch, net, average, optimizer):
    partial = checkpoint.with_suffix(".part")
    torch.save({"epoch": epoch, "net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict()}, partial)
    partial.replace(checkpoint)


def restore(checkpoint, net, average, optimizer):
    """The number of finished epochs; 0 without a checkpoint."""
    if not checkpoint.exists():
        return 0
    kept = torch.load(checkpoint, map_location="cpu")
    net.load_state_dict(kept["net"])
    average.load_state_dict(kept["average"])
    optimizer.load_state_dict(kept["optimizer"])
    return kept["epoch"]
