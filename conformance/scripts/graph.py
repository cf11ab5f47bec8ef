"""A graph convolutional network and a graph attention network, on a graph that the script makes."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import Adam

torch.manual_seed(13)
nodes, features, classes = 60, 16, 3
labels = torch.arange(nodes) % classes
adjacency = ((labels.unsqueeze(0) == labels.unsqueeze(1)) & (torch.rand(nodes, nodes) < 0.25)) | (torch.rand(nodes, nodes) < 0.02)
adjacency = (adjacency | adjacency.t() | torch.eye(nodes, dtype=torch.bool)).float()
x = F.one_hot(labels, features).float() * 0.5 + torch.randn(nodes, features)
degree = adjacency.sum(1)
normalized = adjacency / torch.sqrt(degree.unsqueeze(0) * degree.unsqueeze(1))


class GraphConv(nn.Module):
    def __init__(self, input_dim, output_dim, use_bias=False):
        super().__init__()
        self.kernel = nn.Parameter(torch.Tensor(input_dim, output_dim))
        nn.init.xavier_normal_(self.kernel)
        self.bias = None
        if use_bias:
            self.bias = nn.Parameter(torch.Tensor(output_dim))
            nn.init.zeros_(self.bias)

    def forward(self, input_tensor, adj_mat):
        output = torch.mm(adj_mat, torch.mm(input_tensor, self.kernel))
        return output + self.bias if self.bias is not None else output


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.gc1 = GraphConv(features, 16, True)
        self.gc2 = GraphConv(16, classes, True)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x, adj):
        x = self.dropout(F.relu(self.gc1(x, adj)))
        return F.log_softmax(self.gc2(x, adj), dim=1)


class GraphAttentionLayer(nn.Module):
    def __init__(self, in_features, out_features, n_heads, concat=False):
        super().__init__()
        self.n_heads, self.concat = n_heads, concat
        self.n_hidden = out_features // n_heads if concat else out_features
        self.W = nn.Parameter(torch.empty(size=(in_features, self.n_hidden * n_heads)))
        self.a = nn.Parameter(torch.empty(size=(n_heads, 2 * self.n_hidden, 1)))
        self.leakyrelu = nn.LeakyReLU(0.2)
        nn.init.xavier_normal_(self.W)
        nn.init.xavier_normal_(self.a)

    def forward(self, h, adj_mat):
        n = h.shape[0]
        h = F.dropout(torch.mm(h, self.W), 0.3, training=self.training)
        h = h.view(n, self.n_heads, self.n_hidden).permute(1, 0, 2)
        source = torch.matmul(h, self.a[:, : self.n_hidden, :])
        target = torch.matmul(h, self.a[:, self.n_hidden :, :])
        e = self.leakyrelu(source + target.mT)
        e = torch.where(adj_mat > 0, e, -9e16 * torch.ones_like(e))
        attention = F.dropout(F.softmax(e, dim=-1), 0.3, training=self.training)
        out = torch.matmul(attention, h)
        return out.permute(1, 0, 2).contiguous().view(n, -1) if self.concat else out.mean(dim=0)


class GAT(nn.Module):
    def __init__(self):
        super().__init__()
        self.gat1 = GraphAttentionLayer(features, 16, 4, concat=True)
        self.gat2 = GraphAttentionLayer(16, classes, 1)

    def forward(self, x, adj):
        return F.log_softmax(self.gat2(F.elu(self.gat1(x, adj)), adj), dim=1)


order = torch.randperm(nodes)
train, test = order[:30], order[30:]
for name, model, adj in (("GCN", GCN(), normalized), ("GAT", GAT(), adjacency)):
    optimizer = Adam(model.parameters(), lr=0.02, weight_decay=5e-4)
    criterion = nn.NLLLoss()
    for epoch in range(20):
        model.train()
        optimizer.zero_grad()
        loss = criterion(model(x, adj)[train], labels[train])
        loss.backward()
        optimizer.step()
        if epoch % 4 == 3:
            model.eval()
            with torch.no_grad():
                output = model(x, adj)
                print(f"{name} epoch {epoch} loss {loss.item():.4f} test {criterion(output[test], labels[test]).item():.4f}")
