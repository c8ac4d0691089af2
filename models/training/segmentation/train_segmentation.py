"""Makes the packages paddy-canopy and road-damage: train, measure on the held-out part, write. One command, seeded, resumable."""
import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "backbone"))

import cv2
import torch

import paddy_canopy
import road_damage
from deployed import rounded
from package_files import card, write_package
from trainer import train

RECIPES = {recipe.ID: recipe for recipe in (paddy_canopy, road_damage)}


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=sorted(RECIPES))
    parser.add_argument("--data", type=Path, required=True, help="folder with rice-panicle/ and road-damage/")
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints; a run that was cut off goes on from there")
    parser.add_argument("--backbone", type=Path, required=True, help="mobilenetv2.pt, written by models/training/backbone")
    parser.add_argument("--out", type=Path, default=here.parent.parent / "packages")
    arguments = parser.parse_args()
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    cv2.setNumThreads(1)
    recipe = RECIPES[arguments.model]
    arguments.work.mkdir(parents=True, exist_ok=True)
    training, held_out, third = recipe.split(arguments.data)
    print(f"{recipe.ID}: {len(training)} images to train on, {len(held_out)} held out", flush=True)
    torch.manual_seed(recipe.SEED)
    examples = [(image, labels) for _, _, image, labels in training]
    net = rounded(train(recipe, recipe.net(arguments.backbone), examples, arguments.work / f"{recipe.ID}.pt"))
    deployed = recipe.DEPLOYED(net).eval()
    limits = recipe.thresholds(deployed, training, third)
    print(f"thresholds {limits}", flush=True)
    lines, rule = recipe.measure(deployed, limits, training, held_out, third)
    for line in lines:
        print(" | ".join(line), flush=True)
    print(f"the rule: {rule}", flush=True)
    facts = {"parameters": sum(p.numel() for p in net.parameters()), "epochs": recipe.EPOCHS}
    write_package(recipe, deployed, limits, card(recipe, lines, rule, facts), arguments.out / recipe.ID)
    print(f"written to {arguments.out / recipe.ID}; sign it with: musubi model sign {recipe.ID} --key FILE", flush=True)


if __name__ == "__main__":
    main()
