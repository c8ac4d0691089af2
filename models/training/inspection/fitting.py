"""Fits a net on the windows of the training tiles: seeded, resumable, the result is an average of the weights."""
import copy
import math
import time

import numpy as np
import torch
from torch.nn import functional as F

from network import CLASSES

STEPS, BATCH, EPOCH = 500, 32, 50
# The pretrained layers move slower than the new ones.
RATE, TRUNK_RATE, WEIGHT_DECAY, WARM_UP = 3e-3, 6e-4, 2e-2, 30
EMA_KEEP = 0.99
# How much more a place with a defect weighs than one without.
PLACE_WEIGHT = 3.0
SMOOTHING = 0.05
# Batches by which the averaged net counts the mean and spread of its layers anew.
SETTLE = 20
SEED = 20261122


def fit(inspection, crops, number, checkpoint, log=print):
    """`number` of the fold seeds the draws. Goes on at `checkpoint`. Returns the averaged net in evaluation mode."""
    net = inspection.to(memory_format=torch.channels_last)
    average = copy.deepcopy(net)
    optimizer = optimizer_of(net)
    first = restore(checkpoint, net, average, optimizer)
    for epoch in range(first, STEPS // EPOCH):
        began, total = time.monotonic(), 0.0
        rng = np.random.default_rng([SEED, number, epoch])
        torch.manual_seed(SEED + 1000 * number + epoch)
        net.train()
        for step in range(epoch * EPOCH, (epoch + 1) * EPOCH):
            set_rates(optimizer, step)
            windows, targets, labels = crops.batch(rng, BATCH)
            places = net.net(windows.contiguous(memory_format=torch.channels_last))
            loss = loss_of(places, net.judge(places), targets, labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            follow(average, net, min(EMA_KEEP, 1 - 1 / (2 + step)))
            total += loss.item()
        save(checkpoint, epoch + 1, net, average, optimizer)
        log(f"fold {number} step {(epoch + 1) * EPOCH}/{STEPS}  loss {total / EPOCH:.3f}  {time.monotonic() - began:.0f} s", flush=True)
    return settled(average, crops, np.random.default_rng([SEED, number, STEPS]))


def optimizer_of(net):
    trunk = list(net.net.backbone.parameters())
    known = {id(weights) for weights in trunk}
    rest = [weights for weights in net.parameters() if id(weights) not in known]
    return torch.optim.AdamW([{"params": trunk, "base": TRUNK_RATE}, {"params": rest, "base": RATE}], weight_decay=WEIGHT_DECAY)


def set_rates(optimizer, step):
    share = min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / STEPS)))
    for group in optimizer.param_groups:
        group["lr"] = group["base"] * share


def loss_of(places, logits, targets, labels):
    """Cross-entropy and overlap of the places, and cross-entropy of the windows whose class is sure."""
    weight = torch.full((len(CLASSES),), PLACE_WEIGHT)
    weight[0] = 1
    weighted = targets * weight.view(1, -1, 1, 1)
    entropy = -(weighted * F.log_softmax(places, 1)).sum() / weighted.sum()
    defect, truth = 1 - F.softmax(places, 1)[:, 0], 1 - targets[:, 0]
    overlap = 1 - (2 * (defect * truth).sum() + 1) / (defect.sum() + truth.sum() + 1)
    image = F.cross_entropy(logits, labels, label_smoothing=SMOOTHING, ignore_index=-1)
    return image + 2 * entropy + overlap


def follow(average, net, keep):
    with torch.no_grad():
        for mean, value in zip(average.parameters(), net.parameters()):
            mean.mul_(keep).add_(value, alpha=1 - keep)


def settled(average, crops, rng):
    """The averaged weights never saw a batch: the means and spreads of their layers are counted on some."""
    norms = [layer for layer in average.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    average.train()
    with torch.no_grad():
        for _ in range(SETTLE):
            average.net(crops.batch(rng, BATCH)[0].contiguous(memory_format=torch.channels_last))
    return average.eval()


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
