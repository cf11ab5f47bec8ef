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

    def test_samples_by_rejection(self):
        c = torch.tensor([0.5, 2.0, 12.0])
        torch.manual_seed(1)
        for distribution, want in (
            (D.Gamma(c, 2.0), [0.5716709, 1.391028, 7.426789, 0.1860171, 0.3798687, 5.734417]),
            (D.Beta(c, 2.0), [0.4102612, 0.8895215, 0.973694, 0.0006045732, 0.3777865, 0.8401014]),
            (D.Dirichlet(c), [0.03122487, 0.05812991, 0.9106452, 0.03015547, 0.07416592, 0.8956786]),
            (D.StudentT(c, 1.0, 2.0), [-0.5155253, -11.65729, 0.9967128, 2.496133, 2.139383, 2.489703]),
            (D.Chi2(c), [1.084657, 1.472225, 10.75824, 0.1475927, 0.05632524, 10.86634]),
            (D.Poisson(torch.tensor([0.5, 4.0, 300.0])), [0.0, 4.0, 326.0, 2.0, 7.0, 342.0]),
            (D.Binomial(40, probs=torch.tensor([0.02, 0.4, 0.9])), [0.0, 15.0, 35.0, 1.0, 16.0, 34.0]),
        ):
            with self.subTest(distribution):
                self.near(distribution.sample((2,)), want)

    def test_moments(self):
        c, nan, inf = torch.tensor([0.5, 2.0, 12.0]), float("nan"), float("inf")
        for distribution, *want in (
            (D.Beta(c, 2.0), [0.2, 0.5, 0.8571429], [0.0, 0.5, 0.9166667], [0.04571429, 0.05, 0.008163265], [-0.7652792, -0.1250925, -1.106899]),
            (D.Dirichlet(c), [0.03448276, 0.137931, 0.8275862], [0.0, 0.08333334, 0.9166667], [0.002147981, 0.007671359, 0.009205631], [-3.710308]),
            (D.Gamma(c, 2.0), [0.25, 1.0, 6.0], [0.0, 0.5, 5.5], [0.125, 0.5, 3.0], [-0.6025377, 0.8840686, 1.939884]),
            (D.StudentT(c, 1.0, 2.0), [nan, 1.0, 1.0], [1.0, 1.0, 1.0], [nan, inf, 4.8], [4.359875, 2.653427, 2.197055]),
        ):  # fmt: skip
            for what, numbers in zip(("mean", "mode", "variance", "entropy"), want):
                with self.subTest((distribution, what)):
                    got = getattr(distribution, what)
                    want = torch.tensor(numbers)
                    self.assertTrue(torch.allclose(got() if what == "entropy" else got, want, rtol=1e-5, atol=1e-6, equal_nan=True))
        self.near(D.Binomial(10, probs=torch.tensor([0.2, 0.7])).entropy(), [1.621929, 1.779079])
        self.near(D.Gamma(c, 2.0).cdf(c), [0.8427008, 0.9084218, 0.9974759])

    def test_samples_move_with_their_parameters(self):
        # The mean of a Gamma number is its concentration, that of a Beta number c / (c + 2); by the law of large numbers.
        torch.manual_seed(0)
        for make, slope in ((lambda c: D.Gamma(c, 1.0), 1.0), (lambda c: D.Beta(c, 2.0), 2 / (1.5 + 2) ** 2)):
            c = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
            make(c).rsample((20000,)).mean().backward()
            self.assertAlmostEqual(c.grad.item(), slope, delta=0.02 * slope)
        with self.assertRaisesRegex(RuntimeError, "non-negative"):
            torch.poisson(torch.tensor([-1.0]))
        with self.assertRaisesRegex(ValueError, "floating-point dtypes for count"):
            torch.binomial(torch.tensor([3]), torch.tensor([0.5]))
        with self.assertRaises(NotImplementedError):
            torch._standard_gamma(torch.ones(2, dtype=torch.bfloat16))

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
