"""Trajectories of PyTorch's optimizers and schedules, which the tests of the crate `optim` follow.

    python conformance/optim_goldens.py

Needs torch. Writes conformance/optim.json (the cases, and the rates of every schedule) and
conformance/goldens/optim.safetensors: optim/CASE/DTYPE/step.S/I is parameter I after S steps, optim/CASE/DTYPE/state.I.NAME
its state at the end. The parameters begin as `tensor(name, ...)` in both languages, and the gradient of step s is
tensor("g.s.i") + p / 2.
"""

import json
import pathlib

import torch
from goldens import fnv, save, tensor
from torch.optim import lr_scheduler as schedules

HERE = pathlib.Path(__file__).parent
SHAPES = [[3, 5], [9], []]
STEPS = 12
KEPT = [1, 2, 5, 12]

SGD = {
    "plain": {},
    "momentum": dict(momentum=0.9),
    "dampening": dict(momentum=0.9, dampening=0.3),
    "nesterov": dict(momentum=0.8, nesterov=True),
    "weight_decay": dict(weight_decay=0.1),
    "maximize": dict(momentum=0.5, maximize=True),
    "all": dict(momentum=0.9, weight_decay=0.05, nesterov=True, maximize=True),
    "skips": dict(momentum=0.9, dampening=0.1, skips=True),
}
ADAM = {
    "default": {},
    "amsgrad": dict(amsgrad=True),
    "weight_decay": dict(weight_decay=0.1),
    "maximize": dict(maximize=True),
    "betas_eps": dict(betas=[0.6, 0.9], eps=1e-2),
    "zero_beta": dict(betas=[0.0, 0.99]),
    "all": dict(amsgrad=True, weight_decay=0.2, maximize=True, betas=[0.8, 0.95], eps=1e-4),
    "skips": dict(amsgrad=True, weight_decay=0.05, skips=True),
}


def cases():
    for name, options in SGD.items():
        yield f"sgd_{name}", "SGD", [dict(lr=0.1, **options)]
    for kind in ("Adam", "AdamW"):
        for name, options in ADAM.items():
            yield f"{kind.lower()}_{name}", kind, [dict(lr=0.05, **options)]
    yield "sgd_groups", "SGD", [dict(lr=0.1, momentum=0.9), dict(lr=0.01, weight_decay=0.2)]
    yield "adam_groups", "Adam", [dict(lr=0.1, betas=[0.5, 0.9]), dict(lr=0.01, amsgrad=True)]
    yield "adamw_groups", "AdamW", [dict(lr=0.1, weight_decay=0.3), dict(lr=0.02, weight_decay=0.0)]


def trajectories():
    out, listed = {}, []
    for name, kind, groups in cases():
        listed.append(dict(name=name, kind=kind, groups=groups))
        for dtype in ("float32", "float64"):
            params = [
                torch.nn.Parameter(tensor(fnv(f"p.{i}"), shape, dtype, None, None)) for i, shape in enumerate(SHAPES)
            ]
            # The first group takes the first parameter where there are two, else all.
            lists = [params] if len(groups) == 1 else [params[:1], params[1:]]
            made = []
            for own, options in zip(lists, groups):
                options = {k: tuple(v) if k == "betas" else v for k, v in options.items() if k != "skips"}
                made.append(dict(params=own, **options))
            optimizer = getattr(torch.optim, kind)(made, foreach=False)
            skips = groups[0].get("skips", False)
            for step in range(1, STEPS + 1):
                for i, p in enumerate(params):
                    g = tensor(fnv(f"g.{step}.{i}"), SHAPES[i], dtype, None, None)
                    p.grad = None if skips and i == 1 and step % 3 != 2 else g + 0.5 * p.detach()
                optimizer.step()
                if step in KEPT:
                    for i, p in enumerate(params):
                        out[f"optim/{name}/{dtype}/step.{step}/{i}"] = p.detach().clone()
            for i, p in enumerate(params):
                for key, value in optimizer.state[p].items():
                    if value is not None:
                        out[f"optim/{name}/{dtype}/state.{i}.{key}"] = torch.as_tensor(value).detach().clone()
    return out, listed


def clips():
    out = {}
    for norm in (1.0, 2.0, float("inf"), 3.0):
        for limit in (0.5, 1e6):
            for dtype in ("float32", "float64"):
                params = [torch.nn.Parameter(torch.zeros(s, dtype=getattr(torch, dtype))) for s in SHAPES]
                for i, p in enumerate(params):
                    p.grad = tensor(fnv(f"g.1.{i}"), SHAPES[i], dtype, None, None)
                total = torch.nn.utils.clip_grad_norm_(params, limit, norm, foreach=False)
                key = f"optim/clip_{norm:g}_{limit:g}/{dtype}"
                out[f"{key}/total"] = total.detach().clone()
                for i, p in enumerate(params):
                    out[f"{key}/{i}"] = p.grad.clone()
    return out


LAMBDAS = {"decay": lambda e: 0.95**e, "inverse": lambda e: 1 / (1 + e)}
SCHEDULES = {
    "lambda_decay": ("LambdaLR", dict(lr_lambda="decay")),
    "lambda_inverse": ("LambdaLR", dict(lr_lambda="inverse")),
    "step": ("StepLR", dict(step_size=7, gamma=0.3)),
    "multi_step": ("MultiStepLR", dict(milestones=[5, 12, 12, 40], gamma=0.5)),
    "exponential": ("ExponentialLR", dict(gamma=0.9)),
    "constant": ("ConstantLR", dict(factor=0.25, total_iters=9)),
    "linear": ("LinearLR", dict(start_factor=0.1, end_factor=1.0, total_iters=20)),
    "linear_down": ("LinearLR", dict(start_factor=1.0, end_factor=0.05, total_iters=60)),
    "cosine": ("CosineAnnealingLR", dict(T_max=60, eta_min=0.0)),
    "cosine_waves": ("CosineAnnealingLR", dict(T_max=13, eta_min=0.004)),
    "one_cycle": ("OneCycleLR", dict(max_lr=0.5, total_steps=61)),
    "one_cycle_linear": (
        "OneCycleLR",
        dict(max_lr=0.3, total_steps=80, pct_start=0.4, anneal_strategy="linear", base_momentum=0.7, max_momentum=0.9),
    ),
    "one_cycle_no_momentum": (
        "OneCycleLR",
        dict(max_lr=0.3, total_steps=70, cycle_momentum=False, div_factor=10.0, final_div_factor=50.0),
    ),
    "warmup_cosine": ("SequentialLR", dict(parts=["linear", "cosine"], milestones=[20])),
    "three": ("SequentialLR", dict(parts=["constant", "exponential", "step"], milestones=[10, 30])),
}


def build(name, optimizer):
    kind, options = SCHEDULES[name]
    options = dict(options)
    if kind == "SequentialLR":
        parts = [build(part, optimizer) for part in options.pop("parts")]
        return schedules.SequentialLR(optimizer, parts, **options)
    if kind == "LambdaLR":
        options["lr_lambda"] = LAMBDAS[options["lr_lambda"]]
    return getattr(schedules, kind)(optimizer, **options)


def schedule_lists():
    listed = []
    for name, (kind, options) in SCHEDULES.items():
        for optimizer_kind in ("SGD", "Adam"):
            groups = [dict(params=[torch.nn.Parameter(torch.zeros(1))], lr=lr) for lr in (0.1, 0.02)]
            more = dict(momentum=0.6) if optimizer_kind == "SGD" else {}
            optimizer = getattr(torch.optim, optimizer_kind)(groups, **more)
            scheduler = build(name, optimizer)
            lrs, momenta = [], []
            for step in range(60):
                if step:
                    optimizer.step()
                    scheduler.step()
                lrs.append([g["lr"] for g in optimizer.param_groups])
                momenta.append([g["momentum"] if optimizer_kind == "SGD" else g["betas"][0] for g in optimizer.param_groups])
            listed.append(dict(name=name, kind=kind, options=options, optimizer=optimizer_kind, lrs=lrs, momenta=momenta))
    return listed


def main():
    tensors, listed = trajectories()
    tensors.update(clips())
    save(HERE / "goldens" / "optim.safetensors", tensors)
    golden = dict(cases=listed, schedules=schedule_lists())
    (HERE / "optim.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
