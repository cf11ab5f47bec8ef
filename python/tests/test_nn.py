"""Modules and optimizers from Python. The numbers and messages are PyTorch's."""

import collections
import copy
import gc
import pickle
import unittest
import warnings
import weakref

import flambeau as torch
from flambeau import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)
        self.scale = nn.Parameter(torch.ones(4))
        self.layers = nn.ModuleList([nn.ReLU(), nn.Linear(4, 2)])

    def forward(self, x):
        x = self.norm(self.first(x)) * self.scale
        for layer in self.layers:
            x = layer(x)
        return x


class Modules(unittest.TestCase):
    def test_registration(self):
        net = Net()
        self.assertEqual([n for n, _ in net.named_parameters()],
                         ["scale", "first.weight", "first.bias", "norm.weight", "norm.bias", "layers.1.weight", "layers.1.bias"])  # fmt: skip
        self.assertEqual([n for n, _ in net.named_buffers()], ["steps", "scratch", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked"])
        self.assertEqual([n for n, _ in net.named_children()], ["first", "norm", "layers"])
        self.assertEqual(len(list(net.modules())), 6)
        with self.assertRaisesRegex(TypeError, "cannot assign 'torch.FloatTensor' as parameter 'scale'"):
            net.scale = torch.ones(4)
        with self.assertRaisesRegex(AttributeError, "'Net' object has no attribute 'missing'"):
            net.missing
        with self.assertRaisesRegex(AttributeError, "before Module.__init__"):
            type("Late", (nn.Module,), {"__init__": lambda self: setattr(self, "layer", nn.ReLU())})()
        del net.scale
        self.assertNotIn("scale", dict(net.named_parameters()))

    def test_what_an_attribute_is(self):
        """The class comes before the tables, and a `__getattr__` that a class defines before them too."""
        linear = nn.Linear(2, 3)
        with self.assertRaisesRegex(AttributeError, "'Linear' object has no attribute 'foo'"):
            linear.foo

        class Properties(nn.Module):
            kind = "of the class"

            def __init__(self):
                super().__init__()
                self._modules.update(kind=linear, shown=linear, broken=linear)

            @property
            def shown(self):
                return "a property"

            @property
            def broken(self):
                raise AttributeError("inner")

        module = Properties()
        self.assertEqual((module.kind, module.shown), ("of the class", "a property"))
        self.assertIs(module.broken, linear)
        del Properties.kind
        self.assertIs(module.kind, linear)
        Properties.kind = 5
        self.assertEqual(module.kind, 5)

        class Wrapper(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = linear

            def __getattr__(self, name):
                if name == "bias":
                    return "asked for"
                try:
                    return super().__getattr__(name)
                except AttributeError:
                    return getattr(self.inner, name)

        wrapper = Wrapper()
        self.assertIs(wrapper.inner, linear)
        self.assertEqual((wrapper.in_features, tuple(wrapper.weight.shape)), (2, (3, 2)))
        with self.assertRaisesRegex(AttributeError, "'Linear' object has no attribute 'foo'"):
            wrapper.foo
        wrapper._parameters["bias"] = linear.bias
        self.assertEqual(wrapper.bias, "asked for")
        self.assertIs(linear.bias, nn.Module.__getattr__(linear, "bias"))

        plain, asked = nn.Module.__getattr__, []
        nn.Module.__getattr__ = lambda self, name: asked.append(name) or plain(self, name)
        try:
            self.assertIs(linear.bias, linear._parameters["bias"])
        finally:
            del nn.Module.__getattr__
        self.assertEqual(asked, ["bias"])

    def test_another_dictionary_or_class(self):
        """What a module has is looked up in the dictionary and the class that it has now."""
        a, b = nn.Linear(2, 3), nn.Linear(2, 3)
        weight, x = a.weight, torch.ones(1, 2)
        a.__dict__ = b.__dict__
        self.assertIs(a.weight, b.weight)
        self.assertTrue(torch.equal(a(x), b(x)))
        a.__dict__ = {**b.__dict__, "_parameters": {"weight": weight, "bias": None}}
        self.assertIs(a.weight, weight)
        self.assertTrue(torch.equal(a(x), x @ weight.T))
        a.extra = 5
        self.assertEqual((a.extra, a.__dict__["extra"]), (5, 5))

        class Doubled(nn.Linear):
            in_features = "of the class"
            bias = property(lambda self: "a property")

            def forward(self, x):
                return 2 * super().forward(x)

        b.__class__ = Doubled
        self.assertEqual((b.in_features, b.bias), (2, "a property"))
        b.__class__ = nn.Linear
        self.assertIs(b.bias, b._parameters["bias"])
        b.forward = lambda x: "of the module"
        self.assertEqual(b(x), "of the module")

    def test_hooks_of_all_modules(self):
        from flambeau.nn.modules import module as modules

        calls, model = [], nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        x = torch.ones(1, 2, requires_grad=True)
        model(x)
        handles = [
            modules.register_module_forward_pre_hook(lambda m, args: calls.append(("before", type(m).__name__))),
            modules.register_module_forward_hook(lambda m, args, out: calls.append(("after", type(m).__name__))),
        ]
        model(x)
        want = [("before", "Sequential"), ("before", "Linear"), ("after", "Linear"), ("before", "ReLU"), ("after", "ReLU"), ("after", "Sequential")]
        self.assertEqual(calls, want)
        for handle in handles:
            handle.remove()
        model(x)
        self.assertEqual(calls, want)
        handle = modules.register_module_full_backward_hook(lambda m, grads, outs: calls.append(type(m).__name__))
        self.addCleanup(handle.remove)
        calls.clear()
        model(x).sum().backward()
        self.assertEqual(calls, ["ReLU", "Linear", "Sequential"])

    def test_cycles_are_collected(self):
        """Modules that know each other go with the last outside that knows one of them; so do their classes."""
        class Child(nn.Module):
            def forward(self, x):
                return x + self.parent[0].scale

        parent, child = Net(), Child()
        parent.child, child.parent, Child.example = child, [parent], child
        self.assertEqual(tuple(parent.child(torch.ones(4)).shape), (4,))
        gone = [weakref.ref(o) for o in (parent, child, Child)]
        del parent, child, Child
        gc.collect()
        self.assertEqual([ref() for ref in gone], [None] * 3)

    def test_forward_of_one_function(self):
        """Modules that are a function look it up when they are called, and refuse what a `forward` would."""
        x, gelu = torch.randn(3), nn.GELU("tanh")
        self.assertTrue(torch.equal(gelu(x), nn.functional.gelu(x, approximate="tanh")))
        self.assertTrue(torch.equal(gelu(input=x), gelu.forward(x)))
        for args, named, text in (
            ((), {}, r"GELU.forward\(\) missing 1 required positional argument: 'input'"),
            ((x, x), {}, r"GELU.forward\(\) takes 2 positional arguments but 3 were given"),
            ((x,), {"input": x}, r"GELU.forward\(\) got multiple values for argument 'input'"),
            ((x,), {"other": x}, r"GELU.forward\(\) got an unexpected keyword argument 'other'"),
        ):
            with self.assertRaisesRegex(TypeError, text):
                gelu(*args, **named)
        plain, seen = nn.functional.gelu, []
        nn.functional.gelu = lambda *args, **named: seen.append((len(args), named))
        try:
            gelu(x)
        finally:
            nn.functional.gelu = plain
        self.assertEqual(seen, [(1, {"approximate": "tanh"})])

    def test_modes_and_dtypes(self):
        net = Net()
        self.assertFalse(net.eval().norm.training)
        self.assertTrue(net.train().norm.training)
        net.to(torch.float64)
        self.assertEqual({p.dtype for p in net.parameters()}, {torch.float64})
        self.assertEqual(net.steps.dtype, torch.int64)
        net.requires_grad_(False)
        self.assertFalse(any(p.requires_grad for p in net.parameters()))
        seen = []
        net.apply(lambda m: seen.append(type(m).__name__))
        self.assertEqual(seen, ["Linear", "BatchNorm1d", "ReLU", "Linear", "ModuleList", "Net"])

    def test_state(self):
        torch.manual_seed(0)
        a, b = Net(), Net()
        x = torch.randn(5, 3)
        a(x)
        state = a.state_dict()
        self.assertIsInstance(state, collections.OrderedDict)
        self.assertNotIn("scratch", state)
        self.assertEqual(repr(b.load_state_dict(state)), "<All keys matched successfully>")
        self.assertTrue(torch.equal(a.eval()(x), b.eval()(x)))
        for other in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
            self.assertTrue(torch.equal(a(x), other(x)))

    def test_messages_of_load_state_dict(self):
        net, state = Net(), Net().state_dict()
        del state["scale"]
        state["other.weight"] = torch.ones(1)
        state["first.bias"] = torch.ones(7)
        with self.assertRaises(RuntimeError) as caught:
            net.load_state_dict(state)
        self.assertEqual(str(caught.exception), 'Error(s) in loading state_dict for Net:\n\tMissing key(s) in state_dict: "scale". \n\t'
                         'Unexpected key(s) in state_dict: "other.weight". \n\tsize mismatch for first.bias: copying a param with shape '
                         "torch.Size([7]) from checkpoint, the shape in current model is torch.Size([4]).")  # fmt: skip
        del state["first.bias"]
        result = net.load_state_dict(state, strict=False)
        self.assertEqual((result.missing_keys, result.unexpected_keys), (["scale", "first.bias"], ["other.weight"]))

    def test_hooks(self):
        net, seen = nn.Linear(2, 2), []
        handles = [
            net.register_forward_pre_hook(lambda m, args: seen.append("before") or (args[0] * 0,)),
            net.register_forward_hook(lambda m, args, out: seen.append("after") or out + 1),
            net.register_full_backward_hook(lambda m, gin, gout: seen.append(("backward", gout[0].tolist()))),
        ]
        x = torch.ones(1, 2, requires_grad=True)
        out = net(x)
        self.assertEqual(out.tolist(), (net.bias + 1).unsqueeze(0).tolist())
        out.sum().backward()
        self.assertEqual(seen, ["before", "after", ("backward", [[1, 1]])])
        [h.remove() for h in handles]
        net(x)
        self.assertEqual(len(seen), 3)

    def test_containers(self):
        net = nn.Sequential(collections.OrderedDict(a=nn.Linear(2, 3), b=nn.Tanh()))
        self.assertEqual(repr(net), "Sequential(\n  (a): Linear(in_features=2, out_features=3, bias=True)\n  (b): Tanh()\n)")
        self.assertEqual(len(net[:1]), 1)
        parts = nn.ModuleDict({"x": nn.ReLU()})
        parts["y"] = nn.Linear(1, 1)
        self.assertEqual(list(parts), ["x", "y"])
        self.assertEqual([n for n, _ in nn.ParameterList([torch.ones(1), torch.ones(2)]).named_parameters()], ["0", "1"])
        self.assertIsInstance(nn.ParameterDict({"w": torch.ones(1)})["w"], nn.Parameter)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch says that lazy modules are new, and so do we
            lazy = nn.LazyLinear(3)
        lazy(torch.ones(2, 5))
        self.assertEqual((type(lazy).__name__, lazy.weight.shape), ("Linear", (3, 5)))

    def test_initial_numbers_are_those_of_pytorch(self):
        torch.manual_seed(0)
        layer = nn.Linear(2, 2)
        for got, want in zip(layer.weight.flatten().tolist(), [-0.005293981172144413, 0.37932288646698, -0.5819807648658752, -0.5203874707221985]):
            self.assertAlmostEqual(got, want, places=5)
        torch.manual_seed(0)
        w = nn.init.xavier_uniform_(torch.empty(2, 2))
        self.assertAlmostEqual(w[0, 0].item(), -0.0092, places=4)

    def test_parametrize(self):
        class Double(nn.Module):
            def forward(self, w):
                return w * 2

        layer = nn.Linear(2, 2, bias=False)
        before = layer.weight.detach().clone()
        nn.utils.parametrize.register_parametrization(layer, "weight", Double())
        self.assertTrue(torch.equal(layer.weight, before * 2))
        self.assertEqual(list(layer.state_dict()), ["parametrizations.weight.original"])
        nn.utils.parametrize.remove_parametrizations(layer, "weight")
        self.assertTrue(torch.equal(layer.weight, before * 2))

    def test_packed_sequences(self):
        padded = torch.tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]])
        packed = nn.utils.rnn.pack_padded_sequence(padded, torch.tensor([2, 1, 3]), batch_first=True, enforce_sorted=False)
        self.assertEqual((packed.data.tolist(), packed.batch_sizes.tolist()), ([4, 1, 3, 5, 2, 6], [3, 2, 1]))
        again, lengths = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
        self.assertEqual((again.tolist(), lengths.tolist()), (padded.tolist(), [2, 1, 3]))


def train(make, steps=5):
    """Parameters after some steps of a small problem."""
    w = nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = make([w])
    for _ in range(steps):
        optimizer.zero_grad()
        ((w - torch.tensor([3.0, 0.5])) ** 2).sum().backward()
        optimizer.step()
    return w, optimizer


class Optimizers(unittest.TestCase):
    def test_steps(self):
        optim = torch.optim
        for make, want in (
            (lambda p: optim.SGD(p, lr=0.1), [2.344640016555786, -0.3192000389099121]),
            (lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True), [3.2091634273529053, 0.7614542245864868]),
            (lambda p: optim.Adam(p, lr=0.1), [1.4970442056655884, -1.5022245645523071]),
            (lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.1), [1.4385660886764526, -1.4146238565444946]),
            (lambda p: optim.RMSprop(p, lr=0.01), [1.3145184516906738, -1.6834111213684082]),
            (lambda p: optim.Adagrad(p, lr=0.1), [1.313238501548767, -1.6846950054168701]),
        ):
            w, optimizer = train(make)
            for got, expected in zip(w.tolist(), want):
                self.assertAlmostEqual(got, expected, places=5, msg=type(optimizer).__name__)

    def test_state_and_groups(self):
        w, optimizer = train(lambda p: torch.optim.Adam([{"params": p, "lr": 0.2}], lr=0.1), 2)
        state = copy.deepcopy(optimizer.state_dict())
        self.assertEqual(state["param_groups"][0]["lr"], 0.2)
        self.assertEqual(state["param_groups"][0]["params"], [0])
        self.assertEqual(state["state"][0]["step"].item(), 2)
        other = torch.optim.Adam([w])
        other.load_state_dict(state)
        self.assertTrue(torch.equal(other.state[w]["exp_avg"], optimizer.state[w]["exp_avg"]))
        with self.assertRaises(ValueError):
            torch.optim.SGD([w], lr=-1)
        with self.assertRaises(ValueError):
            torch.optim.SGD([], lr=0.1)
        with self.assertRaises(ValueError):
            optimizer.add_param_group({"params": w})

    def test_schedulers(self):
        optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 4)
        rates = []
        for _ in range(4):
            optimizer.step()
            scheduler.step()
            rates.append(round(scheduler.get_last_lr()[0], 6))
        self.assertEqual(rates, [0.853553, 0.5, 0.146447, 0.0])

    def test_clip(self):
        p = nn.Parameter(torch.ones(4))
        (p * 3).sum().backward()
        self.assertEqual(nn.utils.clip_grad_norm_([p], 3.0).item(), 6)
        self.assertAlmostEqual(p.grad[0].item(), 1.5, places=5)


if __name__ == "__main__":
    unittest.main()
