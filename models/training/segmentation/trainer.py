"""Trains a segmentation net on the CPU: seeded, resumable after each epoch, with an averaged copy of the weights that is the result."""
import copy
import math
import time

import numpy as np
import torch
from torch.nn import functional as F

from augmentation import other_light, random_crop

EMA_HALF_LIFE_EPOCHS = 2


def train(recipe, net, examples, checkpoint, log=print):
    """
    `recipe`: loss(logits, labels), EPOCHS, REPEATS, BATCH, CROP, RATE, SEED, SCALE, TURN. `examples`: [(image, labels)] as uint8.
    Each epoch draws its crops from its own seed, so that a run that was cut off goes on as if it had not been. Returns the averaged
    net in evaluation mode.
    """
    average = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.groups(), recipe.RATE, weight_decay=1e-4)
    steps = math.ceil(len(examples) * recipe.REPEATS / recipe.BATCH)
    first = restore(checkpoint, net, average, optimizer)
    keep = 0.5 ** (1 / (EMA_HALF_LIFE_EPOCHS * steps))
    for epoch in range(first, recipe.EPOCHS):
        began, total = time.monotonic(), 0.0
        rng = np.random.default_rng([recipe.SEED, epoch])
        torch.manual_seed(recipe.SEED * 1000 + epoch)
        net.train()
        for step, (images, labels) in enumerate(batches(rng, recipe, examples)):
            for group in optimizer.param_groups:
                group["lr"] = group["scale"] * rate(recipe, epoch + step / steps)
            loss = recipe.loss(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            # Until the average has seen some epochs it follows faster.
            follow(average, net, min(keep, 1 - 1 / (10 + epoch * steps + step)))
            total += loss.item()
        save(checkpoint, epoch + 1, net, average, optimizer)
        left = (recipe.EPOCHS - epoch - 1) * (time.monotonic() - began) / 60
        log(f"epoch {epoch + 1}/{recipe.EPOCHS}  loss {total / steps:.4f}  {time.monotonic() - began:.0f} s, {left:.0f} min left",
            flush=True)
    return average.eval()


def rate(recipe, epoch, warmup=1.0):
    """Linear rise over the first epoch, then half a cosine down to a hundredth."""
    if epoch < warmup:
        return recipe.RATE * (0.05 + 0.95 * epoch / warmup)
    return recipe.RATE * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (epoch - warmup) / (recipe.EPOCHS - warmup))))


def batches(rng, recipe, examples):
    order = np.concatenate([rng.permutation(len(examples)) for _ in range(recipe.REPEATS)])
    for start in range(0, len(order), recipe.BATCH):
        images, labels = [], []
        for index in order[start:start + recipe.BATCH]:
            image, truth = random_crop(rng, *examples[index], recipe.CROP, recipe.SCALE, recipe.TURN)
            images.append(other_light(rng, image).transpose(2, 0, 1))
            labels.append(truth)
        yield torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(labels)).long()


def follow(average, net, keep):
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), net.state_dict().values()):
            if mean.dtype.is_floating_point:
                mean.mul_(keep).add_(value, alpha=1 - keep)
            else:
                mean.copy_(value)


def save(checkpoint, epoch, net, average, optimizer):
    partial = checkpoint.with_suffix(".part")
    torch.save({"epoch": epoch, "net": net.state_dict(), "average": average.state_dict(),
                "optimizer": optimizer.state_dict()}, partial)
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


def soft_dice(probability, truth, axes):
    """1 − Dice over the whole batch, so that an image without the class weighs nothing by itself."""
    both = (probability * truth).sum(axes)
    return 1 - (2 * both + 1) / (probability.sum(axes) + truth.sum(axes) + 1)


def dice_and_bce(logits, truth, positive_weight=None):
    """Both halves of the loss of one or more independent masks, [N, C, H, W]."""
    weight = None if positive_weight is None else torch.tensor(positive_weight).view(1, -1, 1, 1)
    bce = F.binary_cross_entropy_with_logits(logits, truth, pos_weight=weight)
    return bce + soft_dice(torch.sigmoid(logits), truth, (0, 2, 3)).mean()
