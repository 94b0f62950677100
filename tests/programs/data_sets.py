import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, random_split


class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return {"x": torch.tensor([float(i)]), "y": i**2}


torch.manual_seed(0)
data = Squares(10)
for batch in DataLoader(data, batch_size=4, shuffle=True):
    print(batch["x"].ravel(), batch["y"])
train, test = random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(1))
print(len(train), len(test), train.indices, test.indices)
both = ConcatDataset([Subset(data, [1, 3]), Squares(2)])
print(len(both), both[1]["y"], both[-1]["y"])
loader = DataLoader(train, batch_size=3, drop_last=True, collate_fn=lambda rows: [row["y"] for row in rows])
print(len(loader), list(loader))
for epoch in range(2):
    print([batch["y"].tolist() for batch in DataLoader(test, shuffle=True)])
