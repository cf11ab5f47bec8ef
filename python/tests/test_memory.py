"""A long training loop needs no more memory than a short one."""

import unittest

import flambeau as torch


def resident():
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


class Memory(unittest.TestCase):
    def test_ten_thousand_steps(self):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 1))
        hooked = []
        model[1].register_forward_hook(lambda module, inputs, output: hooked.append(1) if len(hooked) < 10 else None)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 100)
        x = torch.randn(16, 8)
        y = x.sum(1, keepdim=True)

        def steps(n):
            for _ in range(n):
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(x), y)
                loss.backward()
                optimizer.step()
                scheduler.step()
            return loss.item()

        first = steps(100)
        before = resident()
        last = steps(10_000)
        self.assertLess(last, first)
        # The least that a step could leave behind is more than 16 bytes.
        self.assertLess(resident() - before, 160_000)


if __name__ == "__main__":
    unittest.main()
