"""Distributions. The numbers are PyTorch's."""

import importlib
import unittest
import warnings

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

    def close(self, got, want):
        want = torch.tensor(want)
        self.assertTrue(torch.allclose(got.flatten(), want, rtol=1e-4, atol=1e-5, equal_nan=True), (got, want))

    def test_samples_densities_and_moments(self):
        """A distribution; a sample of seed 3, its log density; mean, variance and entropy."""
        t, inf = torch.tensor, float("inf")
        for distribution, sample, log_prob, *moments in (
            (D.ContinuousBernoulli(t([0.3, 0.5, 0.9])), [0.00287887, 0.1055694, 0.541545], [0.3914736, 0.0, -0.1023505],
             [0.4302225, 0.5, 0.6698804], [0.08042502, 0.08333334, 0.06650886], [-0.02938628, 0.0, -0.1796312]),
            (D.FisherSnedecor(t([3.0, 5.0]), 6.0), [1.653175, 2.92631], [-1.618023, -2.658047],
             [1.5, 1.5], [5.25, 4.05], None),
            (D.GeneralizedPareto(t([0.1, 0.0]), 2.0, t([0.4, 0.0])), [0.1085526, 0.2231358], [-0.6991289, -0.8047151],
             [3.433333, 2.0], [55.55556, 4.0], [2.093147, 1.693147]),
            (D.HalfCauchy(t([2.0, 0.5])), [18.59323, 0.396107], [-5.615534, -0.2455439],
             [inf, inf], [inf, inf], [2.531024, 1.14473]),
            (D.InverseGamma(t([1.6, 3.0]), 2.0), [0.8323396, 0.6751103], [-0.7040998, -0.004667759],
             [3.333333, 1.0], [inf, 1.0], [1.852832, 0.6951575]),
            (D.Kumaraswamy(t([1.5, 2.0]), 3.0), [0.8887442, 0.7262089], [-2.193336, -0.02708274],
             [0.3681816, 0.4571429], [0.04246424, 0.04102036], [-0.2262998, -0.2084262]),
            (D.LKJCholesky(3, 0.5), [1.0, 0.0, 0.0, -0.3371027, 0.9414679, 0.0, -0.72808, -0.2187865, 0.6496399], [-2.099687],
             None, None, None),
            (D.LogisticNormal(t([0.0, 1.0]), t([1.0, 0.5])), [0.5275044, 0.353377, 0.1191185], [2.324814],
             None, None, None),
            (D.LowRankMultivariateNormal(t([0.0, 1.0]), t([[1.0], [0.5]]), t([1.0, 2.0])), [0.9781095, 1.527472], [-2.819348],
             [0.0, 1.0], [2.0, 2.25], [3.561337]),
            (D.MixtureSameFamily(D.Categorical(t([0.3, 0.7])), D.Normal(t([0.0, 4.0]), t([1.0, 0.5]))), [0.0889781], [-2.12687],
             [2.8], [3.835], None),
            (D.NegativeBinomial(3, t([0.2, 0.6])), [2.0, 5.0], [-2.096547, -2.258478],
             [0.75, 4.500001], [0.9375, 11.25], None),
            (D.Pareto(1.5, t([2.5, 4.0])), [1.520967, 1.632222], [0.462241, 0.5584422],
             [2.5, 2.0], [5.0, 0.5], [0.8891744, 0.2691708]),
            (D.RelaxedBernoulli(t(0.7), t([0.2, 0.9])), [5.708146e-05, 0.5215599], [3.952481, -1.328475],
             None, None, None),
            (D.RelaxedOneHotCategorical(t(0.7), t([0.2, 0.3, 0.5])), [0.02655524, 0.1682297, 0.8052151], [1.76186],
             None, None, None),
            (D.VonMises(t([0.5, 2.0]), t([0.5, 8.0])), [0.5690024, 2.170467], [-1.400617, -0.01193714],
             [0.5, 2.0], [0.7575004, 0.06476456], None),
            (D.Weibull(t([1.0, 2.0]), 2.5), [0.2607048, 1.295836], [-1.134962, -0.7657522],
             [0.8872638, 1.774528], [0.1441466, 0.5765865], [0.4300387, 1.123186]),
            (D.Wishart(4.0, t([[2.0, 0.5], [0.5, 1.0]])), [1.803232, 0.9706935, 0.9706935, 1.2617], [-5.158567],
             [8.0, 2.0, 2.0, 4.0], [32.0, 9.0, 9.0, 8.0], [7.140811]),
            (D.Gumbel(t([0.0, 1.0]), 2.0).expand((2, 2)),
             [-3.39404, -0.6204264, -0.449987, -1.569405], [-4.453787, -2.131321, -1.720468, -3.022038],
             [1.154431, 2.154431, 1.154431, 2.154431], [6.579737, 6.579737, 6.579737, 6.579737],
             [2.270363, 2.270363, 2.270363, 2.270363]),
        ):  # fmt: skip
            with self.subTest(distribution), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Wishart's, that it draws again
                torch.manual_seed(3)
                got = distribution.sample()
                self.close(got, sample)
                self.close(distribution.log_prob(got), log_prob)
                for what, want in zip(("mean", "variance", "entropy"), moments):
                    if want is None:
                        with self.assertRaises(NotImplementedError):
                            getattr(distribution, what)()
                    else:
                        value = getattr(distribution, what)
                        self.close(value() if what == "entropy" else value, want)
                # More of them are as many distributions.
                self.close(distribution.expand((2, *distribution.batch_shape)).log_prob(got), log_prob * 2)

    def test_divergences(self):
        t, inf = torch.tensor, float("inf")
        low_rank = D.LowRankMultivariateNormal(t([0.0, 1.0]), t([[1.0], [0.5]]), t([1.0, 2.0]))
        for p, q, want in (
            (D.Normal(0.0, 1.0), D.Laplace(1.0, 2.0), 0.5506713),
            (D.Normal(0.0, 1.0), D.Gumbel(1.0, 2.0), 0.6424547),
            (D.Gamma(2.0, 3.0), D.Exponential(1.5), 0.1159314),
            (D.Gamma(2.0, 3.0), D.Gumbel(1.0, 2.0), 1.259182),
            (D.Exponential(2.0), D.Gamma(1.5, 2.5), 0.08311033),
            (D.Beta(2.0, 3.0), D.Normal(0.0, 1.0), 1.253845),
            (D.Beta(2.0, 3.0), D.ContinuousBernoulli(0.3), 0.1799125),
            (D.ContinuousBernoulli(0.3), D.ContinuousBernoulli(0.6), 0.06451929),
            (D.ContinuousBernoulli(0.3), D.Normal(0.0, 1.0), 1.081083),
            (D.Uniform(0.2, 0.7), D.Beta(2.0, 3.0), 0.3331022),
            (D.Uniform(0.2, 0.7), D.Pareto(0.1, 3.0), 3.080011),
            (D.Uniform(0.2, 0.7), D.Gumbel(1.0, 2.0), 2.431256),
            (D.Pareto(1.0, 3.0), D.Gamma(2.0, 3.0), 1.734721),
            (D.Pareto(1.0, 3.0), D.Pareto(0.5, 2.0), 1.458426),
            (D.Pareto(1.0, 3.0), D.Normal(0.0, 1.0), 2.184217),
            (D.Laplace(0.0, 1.0), D.Gamma(2.0, 3.0), inf),
            (D.Gumbel(0.0, 1.0), D.Gumbel(1.0, 2.0), 0.3656806),
            (D.Cauchy(0.0, 1.0), D.Cauchy(1.0, 2.0), 0.2231436),
            (D.HalfCauchy(1.0), D.HalfCauchy(2.0), 0.1177831),
            (D.Bernoulli(0.3), D.Poisson(0.5), 0.09707981),
            (D.Binomial(3, t(0.2)), D.Binomial(3, t(0.6)), 1.004386),
            (D.Wishart(4.0, torch.eye(2)), D.Wishart(5.0, t([[2.0, 0.5], [0.5, 1.0]])), 1.003439),
            (low_rank, D.MultivariateNormal(torch.zeros(2), torch.eye(2)), 0.9015405),
            (D.MultivariateNormal(torch.zeros(2), torch.eye(2)), low_rank, 0.4587536),
        ):
            with self.subTest((p, q)):
                self.close(D.kl_divergence(p, q), [want])
        with self.assertRaises(NotImplementedError):
            D.kl_divergence(D.Beta(1.0, 1.0), D.Laplace(0.0, 1.0))
        with self.assertRaises(NotImplementedError):
            D.kl_divergence(D.Weibull(1.0, 2.0), D.Weibull(1.0, 3.0))

    def test_transforms(self):
        """A transform; a value, what it becomes, and the log of the derivative's determinant where there is one."""
        for transform, x, y, slope in (
            (D.AbsTransform(), [-1.0, 2.0], [1.0, 2.0], None),
            (D.CorrCholeskyTransform(),
             [0.5, -0.3, 0.2], [1.0, 0.0, 0.0, 0.4621172, 0.8868188, 0.0, -0.2913126, 0.1888147, 0.9378091], [-0.4129875]),
            (D.CumulativeDistributionTransform(D.Laplace(0.0, 2.0)), [0.5, -0.3], [0.6105996, 0.430354], [-1.636294, -1.536294]),
            (D.IndependentTransform(D.ExpTransform(), 1), [0.5, -0.3], [1.648721, 0.7408182], [0.2]),
            (D.LowerCholeskyTransform(), [[0.5, 0.1], [-0.3, 0.2]], [1.648721, 0.0, -0.3, 1.221403], None),
            (D.PositiveDefiniteTransform(), [[0.5, 0.1], [-0.3, 0.2]], [2.718282, -0.4946164, -0.4946164, 1.581825], None),
            (D.PowerTransform(-1.5), [0.5, 2.0], [2.828427, 0.3535534], [2.138333, -1.327403]),
            (D.ReshapeTransform((4,), (2, 2)), [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [0.0]),
            (D.SoftplusTransform(), [0.5, -0.3], [0.974077, 0.5543553], [-0.474077, -0.8543553]),
            (D.SoftmaxTransform(), [0.5, -0.3], [0.6899745, 0.3100255], None),
            (D.StickBreakingTransform(), [0.5, -0.3], [0.4518628, 0.2332639, 0.3148733], [-3.405546]),
            (D.CatTransform([D.ExpTransform(), D.AffineTransform(1.0, 3.0)], 0, [1, 2]),
             [0.5, -0.3, 0.2], [1.648721, 0.09999996, 1.6], [0.5, 1.098612, 1.098612]),
            (D.StackTransform([D.ExpTransform(), D.TanhTransform()], -1),
             [[0.5, -0.3], [0.2, 0.1]], [1.648721, -0.2913126, 1.221403, 0.099668], [0.5, -0.08868158, 0.2, -0.00998342]),
            (D.ComposeTransform([D.AffineTransform(1.0, 2.0), D.StickBreakingTransform()]),
             [0.5, -0.3], [0.7869861, 0.1275288, 0.08548513], [-3.372076]),
            (D.transform_to(D.constraints.interval(-1.0, 3.0)), [0.5, -0.3], [1.489837, 0.70223], [-0.06185961, -0.02241611]),
            (D.biject_to(D.constraints.stack([D.constraints.positive, D.constraints.real])), [0.5, -0.3], [1.648721, -0.3], [0.5, 0.0]),
        ):  # fmt: skip
            with self.subTest(transform):
                x = torch.tensor(x)
                got = transform(x)
                self.close(got, y)
                self.assertEqual(tuple(transform.forward_shape(x.shape)), tuple(got.shape))
                self.assertTrue(bool(transform.codomain.check(got).all()))
                if slope is None:
                    self.assertFalse(transform.bijective)
                else:
                    self.close(transform.log_abs_det_jacobian(x, got), slope)
                    self.close(transform.inv(got), x.flatten().tolist())
        cached = D.ExpTransform(cache_size=1)
        self.assertIs(cached.inv(cached(x)), x)
        self.assertEqual(D.ComposeTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)]).inv.inv.parts[1], D.AffineTransform(1.0, 2.0))

    def test_constraints(self):
        c, square = D.constraints, torch.tensor([[1.0, 0.5], [0.5, 1.0]])
        factor = torch.linalg.cholesky(square)
        for constraint, value, want in (
            (c.corr_cholesky, factor, True), (c.corr_cholesky, square, False),
            (c.positive_semidefinite, torch.ones(2, 2), True), (c.positive_semidefinite, -square, False),
            (c.positive_definite, square, True), (c.symmetric, factor, False), (c.square, torch.ones(2, 3), False),
            (c.stack([c.positive, c.real]), torch.tensor([1.0, -1.0]), True), (c.cat([c.positive, c.real]), torch.tensor([-1.0, 1.0]), False),
            (c.MixtureSameFamilyConstraint(c.simplex), torch.tensor([0.25, 0.75]), True),
        ):  # fmt: skip
            with self.subTest(constraint):
                self.assertEqual(bool(constraint.check(value).all()), want)
        self.assertEqual(repr(c.real_vector), "IndependentConstraint(Real(), 1)")
        with self.assertRaises(NotImplementedError):
            c.dependent.event_dim
        with self.assertRaises(NotImplementedError):
            D.biject_to(c.lower_cholesky)
        triangle = D.utils.vec_to_tril_matrix(torch.arange(6.0))
        self.near(triangle, [0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 3.0, 4.0, 5.0])
        self.near(D.utils.tril_matrix_to_vec(triangle, -1), [1.0, 3.0, 4.0])

    def test_where_pytorch_has_them(self):
        for module, name in (("weibull", "Weibull"), ("relaxed_bernoulli", "LogitRelaxedBernoulli"), ("bernoulli", "Bernoulli"),
                             ("constraint_registry", "biject_to"), ("exp_family", "ExponentialFamily"), ("kl", "kl_divergence")):  # fmt: skip
            self.assertTrue(hasattr(importlib.import_module(f"flambeau.distributions.{module}"), name))
        self.assertIsInstance(D.Normal(0.0, 1.0), D.ExponentialFamily)
        self.assertIsInstance(D.LogNormal(0.0, 1.0), D.TransformedDistribution)

    def test_mixtures_have_gradients(self):
        logits, loc = torch.zeros(2, requires_grad=True), torch.tensor([0.0, 1.0], requires_grad=True)
        mixture = D.MixtureSameFamily(D.Categorical(logits=logits), D.Normal(loc, 1.0))
        mixture.log_prob(torch.tensor(2.0)).backward()
        self.near(logits.grad, [-0.3175745, 0.3175745])
        self.near(loc.grad, [0.364851, 0.8175745])

    def test_refusals(self):
        with self.assertRaises(ValueError):
            D.Normal(0.0, -1.0)
        with self.assertRaises(ValueError):
            D.Bernoulli(0.3).log_prob(torch.tensor(0.5))
        with self.assertRaises(ValueError):
            D.Bernoulli(probs=0.3, logits=0.1)
        with self.assertRaises(NotImplementedError):
            D.Categorical(torch.ones(2)).rsample()
        for make in (
            lambda: D.Weibull(-1.0, 1.0),
            lambda: D.Uniform(1.0, 0.0),
            lambda: D.LKJCholesky(1),
            lambda: D.Wishart(0.5, torch.eye(2)),
            lambda: D.NegativeBinomial(3),
            lambda: D.MixtureSameFamily(D.Normal(0.0, 1.0), D.Normal(torch.zeros(2), 1.0)),
            lambda: D.MixtureSameFamily(D.Categorical(torch.ones(3)), D.Normal(torch.zeros(2), 1.0)),
            lambda: D.LowRankMultivariateNormal(torch.zeros(2), torch.ones(3, 1), torch.ones(2)),
            lambda: D.Pareto(1.0, 2.0).log_prob(torch.tensor(0.5)),
        ):
            with self.assertRaises(ValueError):
                make()


class Matrices(unittest.TestCase):
    def test_what_is_given_is_checked(self):
        bad = {"covariance_matrix": [[1.0, 2.0], [2.0, 1.0]], "precision_matrix": [[1.0, 2.0], [2.0, 1.0]], "scale_tril": [[1.0, 1.0], [0.0, 1.0]]}
        for name, matrix in bad.items():
            for make in (lambda **m: D.MultivariateNormal(torch.zeros(2), **m), lambda **m: D.Wishart(torch.tensor(3.0), **m)):
                with self.subTest(name), self.assertRaisesRegex(ValueError, name):
                    make(**{name: torch.tensor(matrix)})

    def test_each_form_gives_the_others(self):
        covariance = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
        for name, matrix in (("covariance_matrix", covariance), ("precision_matrix", covariance.inverse()), ("scale_tril", torch.linalg.cholesky(covariance))):
            for made in (D.MultivariateNormal(torch.zeros(2), **{name: matrix}), D.Wishart(torch.tensor(3.0), **{name: matrix})):
                for got in (made.covariance_matrix, made.precision_matrix.inverse(), made.scale_tril @ made.scale_tril.mT):
                    torch.testing.assert_close(got, covariance)


if __name__ == "__main__":
    unittest.main()
