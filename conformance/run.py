"""Runs PyTorch's own test tables against Flambeau and writes the score.

    python conformance/run.py [--table op_db|module_db|optim_db] [--only NAME] [--dtype D] [--jobs N] [--json FILE]

Needs PyTorch with its test dependencies (expecttest, scipy, numpy) and the `flambeau` package in one Python. Every entry's own
sample inputs are given to both; outputs, shapes, dtypes and gradients are compared with PyTorch's tolerances. An entry passes
when all samples of all its dtypes pass, in all the variants it says it has. Without --only, totals and a line for each failing
entry go to SCORE.md beside this file.
"""

import argparse
import collections
import importlib
import json
import multiprocessing
import os
import pathlib
import sys
import time
import warnings

HERE = pathlib.Path(__file__).parent
if (HERE.parent / "python" / "flambeau").is_dir():
    sys.path.insert(0, str(HERE.parent / "python"))
sys.path.insert(0, str(HERE))
os.environ.setdefault("PYTORCH_TESTING_DEVICE_ONLY_FOR", "cpu")
warnings.filterwarnings("ignore")

TABLES = ("op_db", "module_db", "optim_db")
DTYPES = ("float32", "float64", "bfloat16", "int64", "uint8", "bool", "complex64", "complex128")


def entries(table):
    """The names of a table's entries, in its order."""
    if table == "op_db":
        from torch.testing._internal.common_methods_invocations import op_db

        return [op.name + ("." + op.variant_test_name if op.variant_test_name else "") for op in op_db]
    if table == "module_db":
        from torch.testing._internal.common_modules import module_db

        return [m.name for m in module_db]
    from torch.testing._internal.common_optimizers import optim_db

    return [o.optim_cls.__name__ for o in optim_db]


def work(task):
    """Runs one entry in this process. Returns what is written to the score."""
    table, index, dtypes = task
    import torch

    torch.set_num_threads(1)
    checks = importlib.import_module("checks." + {"op_db": "operators", "module_db": "modules", "optim_db": "optimizers"}[table])
    start = time.perf_counter()
    result = checks.run(index, dtypes)
    result["seconds"] = round(time.perf_counter() - start, 2)
    return result


def _serve(connection):
    while True:
        task = connection.recv()
        if task is None:
            return
        try:
            connection.send(work(task))
        except BaseException as e:  # noqa: BLE001 (whatever an entry does is written down)
            connection.send({"broken": f"{type(e).__name__}: {e}"})


class Worker:
    """A process of its own: an entry that crashes or hangs takes nothing else along."""

    def __init__(self):
        self.start()

    def start(self):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other,), daemon=True)
        self.process.start()
        other.close()

    def run(self, task, limit):
        self.connection.send(task)
        try:
            if self.connection.poll(limit):
                return self.connection.recv()
            reason = f"took more than {limit} s"
        except EOFError:
            reason = "the process ended"
        self.process.kill()
        self.start()
        return {"broken": reason}


def run_table(table, only, dtypes, jobs, limit):
    """The results of a table's entries, by name."""
    import threading

    names = entries(table)
    chosen = [(i, n) for i, n in enumerate(names) if not only or n in only or n.split(".")[-1] in only or n.rsplit(".", 1)[0] in only]
    results, lock, queue = {}, threading.Lock(), collections.deque(chosen)

    def serve():
        worker = Worker()
        while True:
            with lock:
                if not queue:
                    worker.connection.send(None)
                    return
                i, name = queue.popleft()
            result = worker.run((table, i, dtypes), limit)
            if "broken" in result:
                result = {"f32": False, "all": False, "errors": [0, 0], "failures": [result["broken"]]}
            with lock:
                results[name] = result
                mark = "." if result["all"] else "f" if result["f32"] else "F"
                print(mark, end="" if len(results) % 100 else "\n", file=sys.stderr, flush=True)

    threads = [threading.Thread(target=serve) for _ in range(jobs)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    print(file=sys.stderr)
    return {name: results[name] for _, name in chosen}


def summary(table, results):
    """Counts of a table, as they go to the JSON."""
    errors = [r["errors"] for r in results.values()]
    return {
        "total": len(results),
        "passed_f32": sum(r["f32"] for r in results.values()),
        "passed_all": sum(r["all"] for r in results.values()),
        "error_inputs": [sum(e[0] for e in errors), sum(e[1] for e in errors)],
        "failures": {name: r["failures"] for name, r in results.items() if r["failures"]},
    }


def write_score(summaries, path):
    """SCORE.md: totals, and a line per failing entry with the first difference."""
    import torch

    lines = ["# Score", "", f"PyTorch {torch.__version__.split('+')[0]}'s own tables, run by `conformance/run.py`.", ""]
    lines += ["| table | entries | pass in float32 | pass in all | error inputs |", "|---|---|---|---|---|"]
    for table, s in summaries.items():
        good, all_ = s["error_inputs"]
        lines.append(f"| {table} | {s['total']} | {s['passed_f32']} | {s['passed_all']} | {good} of {all_} |")
    for table, s in summaries.items():
        if s["failures"]:
            lines += ["", f"## {table}: what fails first", "", "| entry | difference |", "|---|---|"]
        for name, failures in s["failures"].items():
            first = " ".join(failures[0].split())[:220].replace("|", "\\|")
            lines.append(f"| {name} | {first} |")
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", choices=TABLES, action="append", help="one table; all of them if absent")
    parser.add_argument("--only", action="append", help="the entry of this name (may be repeated)")
    parser.add_argument("--dtype", choices=DTYPES, action="append", help="this dtype alone (may be repeated)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at once")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds an entry may take")
    parser.add_argument("--json", type=pathlib.Path, help="where the results go, in full")
    options = parser.parse_args()
    summaries = {}
    for table in options.table or TABLES:
        results = run_table(table, options.only, options.dtype or DTYPES, options.jobs, options.limit)
        summaries[table] = summary(table, results)
        s = summaries[table]
        print(f"{table}: {s['passed_f32']} of {s['total']} in float32, {s['passed_all']} in all; error inputs {s['error_inputs'][0]} of {s['error_inputs'][1]}")
        if options.only:
            for name, failures in s["failures"].items():
                print(f"  {name}")
                for f in failures[:8]:
                    print(f"    {f}")
    if options.json:
        options.json.write_text(json.dumps(summaries, indent=1) + "\n")
    if not options.only and not options.dtype and not options.table:
        write_score(summaries, HERE / "SCORE.md")


if __name__ == "__main__":
    main()
