"""Distributions. The numbers are PyTorch's."""

import unittest

import flambeau as torch
from flambeau import distributions as D


class Distributions(unittest.TestCase):
    def near(self, got, want, places=5):
        got = got.flatten().tolist()
        self.assertEqual(len(got), len(want))
        for a, b in zip(got, want):
            self.assertAlmostEqual(a, b, places=places)

    def test_densities(self):
        x = torch.tensor([0.2, 0.7])
        for distribution, want in (
            (D.Normal(0.5, 2.0), [-1.623336, -1.617086]),
            (D.Uniform(0.0, 2.0), [-0.6931472, -0.6931472]),
            (D.Exponential(1.5), [0.1054651, -0.6445348]),
            (D.Gamma(2.0, 3.0), [-0.01221335, -0.2594502]),
            (D.Beta(2.0, 0.5), [-1.785548, -0.04237062]),
            (D.Laplace(0.0, 0.5), [-0.4, -1.4]),
            (D.Cauchy(0.0, 1.0), [-1.183951, -1.543506]),
            (D.StudentT(4.0), [-1.005705, -1.269725]),
            (D.LogNormal(0.0, 1.0), [-0.6046457, -0.6258721]),
            (D.Gumbel(0.0, 1.0), [-1.018731, -1.196585]),
        ):
            with self.subTest(distribution):
                self.near(distribution.log_prob(x), want)
        n = torch.tensor([0.0, 1.0])
        for distribution, want in (
            (D.Bernoulli(0.3), [-0.356675, -1.203973]),
            (D.Binomial(3, torch.tensor(0.4)), [-1.532477, -0.8393297]),
            (D.Poisson(2.5), [-2.5, -1.583709]),
            (D.Geometric(0.25), [-1.386294, -1.673976]),
            (D.Categorical(torch.tensor([0.2, 0.8])), [-1.609438, -0.2231435]),
        ):
            with self.subTest(distribution):
                self.near(distribution.log_prob(n), want)
        self.near(D.Dirichlet(torch.tensor([1.0, 2.0])).log_prob(torch.tensor([0.25, 0.75])), [0.4054651])
        self.near(D.MultivariateNormal(torch.zeros(2), torch.tensor([[2.0, 0.5], [0.5, 1.0]])).log_prob(torch.ones(2)), [-2.689113])

    def test_samples(self):
        torch.manual_seed(0)
        self.near(D.Normal(1.0, 2.0).sample((2,)), [4.081992, 0.4131422])
        self.near(D.Uniform(0.0, 1.0).sample((2,)), [0.3074228, 0.6340787])
        self.near(D.Exponential(2.0).rsample((2,)), [1.267559, 0.5178527])
        self.near(D.Bernoulli(torch.tensor([0.1, 0.9, 0.5])).sample(), [0.0, 1.0, 1.0])
        self.near(D.Categorical(torch.tensor([0.1, 0.6, 0.3])).sample((4,)), [1.0, 1.0, 1.0, 1.0])

    def test_gradients(self):
        mean = torch.tensor(0.0, requires_grad=True)
        D.Normal(mean, 1.0).rsample((3,)).sum().backward()
        self.assertEqual(mean.grad.item(), 3)
        logits = torch.zeros(2, requires_grad=True)
        D.Categorical(logits=logits).log_prob(torch.tensor(1)).backward()
        self.near(logits.grad, [-0.5, 0.5])
        self.assertFalse(D.Normal(mean, 1.0).sample().requires_grad)

    def test_statistics(self):
        self.near(D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 2.0)), [0.4431472])
        self.near(D.Categorical(torch.tensor([0.2, 0.8])).entropy(), [0.5004024])
        self.assertEqual(D.Binomial(4, torch.tensor(0.25)).mean.item(), 1)
        self.near(D.Gamma(2.0, 4.0).variance, [0.125])
        self.near(D.Independent(D.Normal(torch.zeros(3), 1.0), 1).log_prob(torch.zeros(3)), [-2.756815])
        self.near(D.TransformedDistribution(D.Normal(0.0, 1.0), [D.transforms.ExpTransform()]).log_prob(torch.tensor(2.0)), [-1.852312])

    def test_refusals(self):
        with self.assertRaises(ValueError):
            D.Normal(0.0, -1.0)
        with self.assertRaises(ValueError):
            D.Bernoulli(0.3).log_prob(torch.tensor(0.5))
        with self.assertRaises(ValueError):
            D.Bernoulli(probs=0.3, logits=0.1)
        with self.assertRaises(NotImplementedError):
            D.Categorical(torch.ones(2)).rsample()


if __name__ == "__main__":
    unittest.main()
