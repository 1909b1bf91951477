#!/usr/bin/env python3
"""What a GPU gives: epochs of the paper's ArchBN networks in PyTorch on one GPU, for docs/speed.md.

One trial step by step (eager), one trial as a CUDA graph, and R trials at a time as one graph of batched products.
usage: torch_gpu.py [--device cuda|cpu] [--samples 50000] [--epochs 3] [--depths 2,4]
prints: depth,trials,graph,epoch_s(median),trial_epoch_s
Work: as torch_baseline.py, 784 random floats a sample, batches of 100, unit-norm SGD (un), float without TF32. On a CPU,
which has no graphs, only the first form runs, so that the script can be tried without a GPU.
"""
import argparse
import statistics
import sys
import time

import torch
import torch.nn.functional as F

BATCH, INPUTS, FEATURES, POOL, CLASSES, RATE, EPSILON = 100, 784, 64, 2, 10, 0.1, 1e-5


def parameters(trials, depth, device):
    """Filters of unit norm, scales and shifts of each layer, then the class vectors; trials come first."""
    values = []
    for layer in range(depth):
        filters = torch.randn(trials, FEATURES * POOL, INPUTS if layer == 0 else FEATURES, device=device)
        values.append(filters / filters.norm(dim=2, keepdim=True))
        values.append(torch.ones(trials, 1, FEATURES * POOL, device=device))
        values.append(torch.zeros(trials, 1, FEATURES * POOL, device=device))
    values.append(torch.randn(trials, CLASSES, FEATURES, device=device) / 8)
    return [value.requires_grad_() for value in values]


def loss_of(values, depth, x, y):
    """Sum over trials of the mean cross-entropy. x: trials×B×I, y: trials×B."""
    for layer in range(depth):
        filters, scale, shift = values[3 * layer:3 * layer + 3]
        z = torch.bmm(x, filters.transpose(1, 2))
        mean, variance = z.mean(1, keepdim=True), z.var(1, unbiased=False, keepdim=True)
        z = F.relu((z - mean) * torch.rsqrt(variance + EPSILON) * scale + shift)
        x = z.view(z.shape[0], BATCH, FEATURES, POOL).amax(3)
    logits = torch.bmm(x, values[-1].transpose(1, 2))
    return F.cross_entropy(logits.reshape(-1, CLASSES), y.reshape(-1)) * logits.shape[0]


def step(values, depth, x, y):
    gradients = torch.autograd.grad(loss_of(values, depth, x, y), values)
    with torch.no_grad():
        for i, (value, gradient) in enumerate(zip(values, gradients)):
            if i % 3 == 0 and i < 3 * depth:
                gradient = gradient - (gradient * value).sum(2, keepdim=True) * value
                value.sub_(gradient, alpha=RATE)
                value.div_(value.norm(dim=2, keepdim=True))
            else:
                value.sub_(gradient, alpha=RATE)


def epoch_seconds(options, depth, trials, graph):
    device, steps = options.device, options.samples // BATCH
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    X = torch.rand(options.samples, INPUTS, device=device)
    Y = torch.randint(0, CLASSES, (options.samples,), device=device)
    values = parameters(trials, depth, device)
    order = torch.stack([torch.randperm(options.samples, device=device) for _ in range(trials)])
    counter = torch.zeros((), dtype=torch.long, device=device)
    places = torch.arange(BATCH, device=device)

    def one():
        chosen = order.gather(1, (counter * BATCH + places)[None].expand(trials, -1))
        step(values, depth, X[chosen], Y[chosen])
        counter.add_(1).remainder_(steps)

    run = one
    if graph:
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            for _ in range(3):  # what is recorded must have run before
                one()
        torch.cuda.current_stream().wait_stream(stream)
        wait()
        recorded = torch.cuda.CUDAGraph()
        with torch.cuda.graph(recorded):
            one()
        run = recorded.replay
    seconds = []
    for _ in range(options.epochs + 1):
        wait()
        start = time.perf_counter()
        for _ in range(steps):
            run()
        wait()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])  # the first one warms up


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--samples", type=int, default=50000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--depths", default="2,4")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit("torch_gpu.py: no GPU that PyTorch can use; expected one, or --device cpu to try the script")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(0)
    name = torch.cuda.get_device_name() if options.device == "cuda" else "cpu"
    print(f"# {name}, PyTorch {torch.__version__}")
    print("depth,trials,graph,epoch_s,trial_epoch_s")
    for depth in map(int, options.depths.split(",")):
        for trials, graph in ((1, False), (1, True), (10, True), (80, True)):
            if graph and options.device == "cpu":
                continue
            seconds = epoch_seconds(options, depth, trials, graph)
            print(f"{depth},{trials},{'yes' if graph else 'no'},{seconds:.4f},{seconds / trials:.5f}", flush=True)


if __name__ == "__main__":
    main()
