import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

MAKE = {
    "step": lambda o: StepLR(o, step_size=2, gamma=0.5),
    "several steps": lambda o: MultiStepLR(o, milestones=[2, 4], gamma=0.1),
    "exponential": lambda o: ExponentialLR(o, gamma=0.9),
    "cosine": lambda o: CosineAnnealingLR(o, T_max=5),
    "warm up": lambda o: LambdaLR(o, lambda epoch: min(1.0, (epoch + 1) / 3)),
    "one cycle": lambda o: OneCycleLR(o, max_lr=0.5, total_steps=6),
}
for name, make in MAKE.items():
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    scheduler = make(optimizer)
    rates = []
    for epoch in range(5):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    print(f"{name:15s}", " ".join(f"{rate:.5f}" for rate in rates))

optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
first, second = ExponentialLR(optimizer, 0.9), StepLR(optimizer, 2, 0.1)
plateau = ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
for epoch, loss in enumerate([1.0, 0.9, 0.9, 0.9, 0.9]):
    optimizer.step()
    first.step()
    second.step()
    plateau.step(loss)
    print(epoch, f"{optimizer.param_groups[0]['lr']:.6f}")
