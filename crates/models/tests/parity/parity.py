"""The same training run in PyTorch: writes parity.json, which `cargo test -p flambeau-models` replays.

    python crates/models/tests/parity/parity.py > crates/models/tests/parity/parity.json

Needs only torch. Deterministic tokens, a DataLoader that shuffles, AdamW, without and with dropout.
"""

import json

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

VOCAB, CONTEXT, LAYERS, HEADS, DIM, BATCH, STEPS, SEED = 65, 32, 2, 2, 32, 8, 50, 1337


class Attention(nn.Module):
    def __init__(self, dim, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (p.view(b, t, self.heads, d // self.heads).transpose(1, 2) for p in self.qkv(x).split(d, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.dropout)
        return self.out(y.transpose(1, 2).reshape(b, t, d))


class Block(nn.Module):
    def __init__(self, dim, heads, dropout):
        super().__init__()
        self.ln1, self.attn, self.ln2 = nn.LayerNorm(dim), Attention(dim, heads, dropout), nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        x = x + self.drop(self.attn(self.ln1(x)))
        return x + self.drop(self.mlp(self.ln2(x)))


class Gpt(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCAB, DIM), nn.Embedding(CONTEXT, DIM)
        self.blocks = nn.ModuleList(Block(DIM, HEADS, dropout) for _ in range(LAYERS))
        self.ln_f, self.head = nn.LayerNorm(DIM), nn.Linear(DIM, VOCAB, bias=False)
        self.head.weight = self.wte.weight
        self.drop = nn.Dropout(dropout)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, 0, 0.02)

    def forward(self, tokens):
        x = self.drop(self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1])))
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln_f(x)).flatten(0, 1)


class Windows(Dataset):
    def __init__(self):
        self.tokens, x = [], 12345
        for _ in range(3000):
            x = (x * 1103515245 + 12345) % (1 << 31)
            # Skewed, so that there is something to learn.
            self.tokens.append((x >> 16) % 13 * ((x >> 24) % 5) % VOCAB)
        self.tokens = torch.tensor(self.tokens)

    def __len__(self):
        return len(self.tokens) - CONTEXT

    def __getitem__(self, i):
        return self.tokens[i : i + CONTEXT], self.tokens[i + 1 : i + CONTEXT + 1]


def run(dropout):
    torch.manual_seed(SEED)
    model = Gpt(dropout)
    weights = {n: [float(p.detach().double().sum()), p.detach().flatten()[:48].tolist()] for n, p in model.named_parameters()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses, batches = [], []
    for x, y in DataLoader(Windows(), batch_size=BATCH, shuffle=True):
        if len(losses) == STEPS:
            break
        if len(batches) < 3:
            batches.append(x[:, :8].tolist())
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), y.reshape(-1))
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return {"dropout": dropout, "weights": weights, "batches": batches, "losses": losses}


if __name__ == "__main__":
    print(json.dumps([run(0.0), run(0.1)]))
