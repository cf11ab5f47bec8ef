"""Pictures of twice the size, by sub-pixel convolution (Shi et al. 2016)."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
import torch.optim as optim

torch.manual_seed(123)


class Net(nn.Module):
    def __init__(self, upscale_factor):
        super().__init__()
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(1, 16, (5, 5), (1, 1), (2, 2))
        self.conv2 = nn.Conv2d(16, 16, (3, 3), (1, 1), (1, 1))
        self.conv3 = nn.Conv2d(16, upscale_factor**2, (3, 3), (1, 1), (1, 1))
        self.pixel_shuffle = nn.PixelShuffle(upscale_factor)
        init.orthogonal_(self.conv1.weight, init.calculate_gain("relu"))
        init.orthogonal_(self.conv2.weight, init.calculate_gain("relu"))
        init.orthogonal_(self.conv3.weight)

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        return self.pixel_shuffle(self.conv3(x))


grid = torch.linspace(0, 6.0, 24)
targets = torch.stack([torch.sin(grid * (1 + i % 3)).unsqueeze(1) * torch.cos(grid + i).unsqueeze(0) for i in range(16)]).unsqueeze(1)
inputs = F.interpolate(targets, scale_factor=0.5, mode="bilinear", align_corners=False)
model = Net(2)
criterion = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=0.003)
for epoch in range(1, 4):
    for i in range(0, 16, 4):
        optimizer.zero_grad()
        loss = criterion(model(inputs[i : i + 4]), targets[i : i + 4])
        loss.backward()
        optimizer.step()
    print(f"===> Epoch {epoch} Loss: {loss.item():.5f}")
with torch.no_grad():
    mse = criterion(model(inputs), targets)
    print(f"===> PSNR: {10 * torch.log10(1 / mse).item():.4f} dB")
