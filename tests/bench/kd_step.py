# SPDX-License-Identifier: GPL-3.0-or-later
"""A distillation step as toolkits write it: kd_step.py TEACHER STUDENT BATCH prints images a second.

Eager PyTorch in its defaults: float32, channels first, a transform a sample in two loader workers, teacher before student
under no_grad, SGD with Nesterov momentum, threads set to all cores.
"""
import os
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = None
        if stride != 1 or inner != outer:
            self.shortcut = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x if self.shortcut is None else self.shortcut(x)
        return self.relu(y)


class ResNet(nn.Module):
    def __init__(self, depth, factor):
        super().__init__()
        channels = 16 if factor == 1 else 32
        self.stem = nn.Sequential(nn.Conv2d(1, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True))
        blocks = []
        for stage in range(3):
            for block in range((depth - 2) // 6):
                outer = factor * 16 * 2 ** stage
                blocks.append(Block(channels, outer, 2 if stage and not block else 1))
                channels = outer
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(channels, 10)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Images(torch.utils.data.Dataset):
    """60,000 images of 28 x 28, shifted by up to 2 pixels and flipped at random."""

    def __init__(self):
        self.images = torch.randint(256, (60000, 28, 28), dtype=torch.uint8)
        self.labels = torch.randint(10, (60000,))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].float().div(255).unsqueeze(0)
        image = F.pad(image, (2, 2, 2, 2))
        top, left, flip = torch.randint(5, (2,)).tolist() + [torch.rand(()) < 0.5]
        image = image[:, top:top + 28, left:left + 28]
        image = image.flip(2) if flip else image
        return (image - 0.286) / 0.353, self.labels[index]


def network(name):
    depth, _, factor = name.removeprefix("resnet").partition("x")
    return ResNet(int(depth), int(factor or 1))


def main():
    teacher, student, batch = network(sys.argv[1]).eval(), network(sys.argv[2]).train(), int(sys.argv[3])
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    loader = torch.utils.data.DataLoader(Images(), batch, shuffle=True, num_workers=2, drop_last=True)
    optimiser = torch.optim.SGD(student.parameters(), 0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
    warm, seconds, done, start = 5, 12.0, 0, None
    for images, labels in loader:
        with torch.no_grad():
            targets = teacher(images)
        logits = student(images)
        soft = F.kl_div(F.log_softmax(logits / 4, 1), F.softmax(targets / 4, 1), reduction="batchmean") * 16
        loss = F.cross_entropy(logits, labels) + soft
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        done += 1
        if done == warm:
            start = time.perf_counter()
        elif start and time.perf_counter() - start > seconds:
            break
    print((done - warm) * batch / (time.perf_counter() - start))
    sys.stdout.flush()
    os._exit(0)  # the loader's workers are in the middle of their next batches


main()
