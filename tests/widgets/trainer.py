"""A Trainer as people write them, in a file of its own: its loop is in no cell."""

from tests.oracle import torch


class Trainer:
    """Trains a model on the batches of a loader."""

    def __init__(self, model, loader):
        self.model, self.loader, self.losses = model, loader, []
        self.optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def fit(self):
        for x, goal in self.loader:
            self.optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(self.model(x), goal)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.losses.append(loss.item())


class Noisy(torch.utils.data.Dataset):
    """Twelve examples, another noise on each every time: drawn where it is loaded."""

    def __len__(self):
        return 12

    def __getitem__(self, number):
        return torch.tensor([number / 12, 1.0]) + torch.randn(2) / 10, number % 3


def trained(watched, wrap=lambda model: model, batches=None, **options):
    """Train one model, in the block of ``watched``; return what it has learned, and what that gives as."""
    torch.manual_seed(0)
    parts = torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 3)
    model = torch.nn.Sequential(*parts)
    if batches is None:
        batches = torch.utils.data.DataLoader(Noisy(), batch_size=4, shuffle=True, **options)
    trainer = Trainer(wrap(model), batches)
    with watched as seen:
        trainer.fit()
    learned = [each.detach().clone() for each in (*model.parameters(), *model.buffers())]
    grads = [each.grad.clone() for each in model.parameters()]
    return [trainer.losses, *(each.tolist() for each in (*learned, *grads))], seen
