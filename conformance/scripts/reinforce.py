"""REINFORCE and actor-critic on a pole that the script balances."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

torch.manual_seed(543)


class CartPole:
    """The classic equations of motion (Barto, Sutton and Anderson 1983)."""

    def reset(self):
        self.state = (torch.rand(4) * 0.1 - 0.05).tolist()
        return self.state

    def step(self, action):
        x, v, angle, spin = self.state
        force = 10.0 if action == 1 else -10.0
        temp = (force + 0.05 * spin**2 * math.sin(angle)) / 1.1
        angular = (9.8 * math.sin(angle) - math.cos(angle) * temp) / (0.5 * (4.0 / 3.0 - 0.1 * math.cos(angle) ** 2 / 1.1))
        linear = temp - 0.05 * angular * math.cos(angle) / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * linear, angle + 0.02 * spin, spin + 0.02 * angular]
        return self.state, 1.0, abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.2095


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(4, 32)
        self.dropout = nn.Dropout(p=0.2)
        self.action_head = nn.Linear(32, 2)
        self.value_head = nn.Linear(32, 1)

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


def returns_of(rewards, gamma=0.99):
    total, returns = 0, []
    for r in rewards[::-1]:
        total = r + gamma * total
        returns.insert(0, total)
    returns = torch.tensor(returns)
    return (returns - returns.mean()) / (returns.std() + 1e-6)


for method in ("reinforce", "actor-critic"):
    env, policy = CartPole(), Policy()
    optimizer = optim.Adam(policy.parameters(), lr=1e-2)
    for episode in range(6):
        state, log_probs, values, rewards = env.reset(), [], [], []
        for _ in range(60):
            probs, value = policy(torch.tensor(state))
            m = Categorical(probs)
            action = m.sample()
            log_probs.append(m.log_prob(action))
            values.append(value)
            state, reward, done = env.step(action.item())
            rewards.append(reward)
            if done:
                break
        losses = []
        for log_prob, value, R in zip(log_probs, values, returns_of(rewards)):
            if method == "reinforce":
                losses.append(-log_prob * R)
            else:
                losses.append(-log_prob * (R - value.item()) + F.smooth_l1_loss(value, torch.tensor([R])).unsqueeze(0))
        optimizer.zero_grad()
        loss = torch.stack([l.reshape(()) for l in losses]).sum()
        loss.backward()
        optimizer.step()
        print(f"{method} episode {episode} length {len(rewards)} loss {loss.item():.5f}")
