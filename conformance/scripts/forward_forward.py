"""The forward-forward algorithm (Hinton 2022): layers that are trained one by one, without a backward pass through the net."""

import torch
import torch.nn as nn
from torch.optim import Adam

torch.manual_seed(1)


def overlay_label(x, y):
    x_ = x.clone()
    x_[:, :10] *= 0.0
    x_[range(x.shape[0]), y] = x.max()
    return x_


class Layer(nn.Linear):
    def __init__(self, in_features, out_features):
        super().__init__(in_features, out_features)
        self.relu = torch.nn.ReLU()
        self.opt = Adam(self.parameters(), lr=0.03)
        self.threshold = 2.0

    def forward(self, x):
        x_direction = x / (x.norm(2, 1, keepdim=True) + 1e-4)
        return self.relu(torch.mm(x_direction, self.weight.T) + self.bias.unsqueeze(0))

    def train_on(self, x_pos, x_neg, epochs):
        for i in range(epochs):
            g_pos = self.forward(x_pos).pow(2).mean(1)
            g_neg = self.forward(x_neg).pow(2).mean(1)
            loss = torch.log(1 + torch.exp(torch.cat([-g_pos + self.threshold, g_neg - self.threshold]))).mean()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            if i % 5 == 4:
                print(f"layer step {i} loss {loss.item():.5f}")
        return self.forward(x_pos).detach(), self.forward(x_neg).detach()


class Net(torch.nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.layers = [Layer(a, b) for a, b in zip(dims, dims[1:])]

    def predict(self, x):
        goodness_per_label = []
        for label in range(10):
            h = overlay_label(x, torch.full((x.shape[0],), label))
            goodness = []
            for layer in self.layers:
                h = layer(h)
                goodness = goodness + [h.pow(2).mean(1)]
            goodness_per_label += [sum(goodness).unsqueeze(1)]
        return torch.cat(goodness_per_label, 1).argmax(1)

    def train_on(self, x_pos, x_neg):
        for layer in self.layers:
            x_pos, x_neg = layer.train_on(x_pos, x_neg, 20)


y = torch.randint(0, 10, (200,))
x = torch.randn(200, 60) * 0.2 + torch.nn.functional.one_hot(y, 60).roll(20, 1) * 2.0
net = Net([60, 64, 32])
net.train_on(overlay_label(x, y), overlay_label(x, y[torch.randperm(200)]))
print("train error:", 1.0 - net.predict(x).eq(y).float().mean().item())
