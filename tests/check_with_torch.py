#!/usr/bin/python3
# check_with_torch.py — replays traces (`symopt trace`) with PyTorch: torch.optim where it has the optimizer, else the
# published formula, with gradients by autograd.  Usage: check_with_torch.py SYMOPT [OPTIMIZER…]
#
# Both computations round. To sums of n terms that is like a change of their terms by up to γ = n ε (backward error), so
# the replay is done twice, the second time with inputs and parameters moved by up to γ at every step: what that changes
# is what rounding can do to this optimizer on this network, and is the tolerance, γ at least.
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # cases run side by side
import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

STEPS = 20
BN, PLAIN = "archbn:784-8x2-10/pool2", "mlp:784-12-12-10+bias"
POOLED, TINY_PLAIN = "arch1:784-8x2-10/pool2+bias", "mlp:784-2x2-10+bias"
SMALL_BN, SMALL_PLAIN = "archbn:784-1-10/pool2", "mlp:784-2-10+bias"  # for dense matrices of all parameters
PIXELS, PIXELS_LRN = "segnet:2x4c3", "segnet:1x4c3+lrn"  # a class for every pixel, on synth-streets
SHORT = {BN: "bn", PLAIN: "plain", POOLED: "pooled", TINY_PLAIN: "tiny plain", SMALL_BN: "small bn",
         SMALL_PLAIN: "small plain", PIXELS: "pixels", PIXELS_LRN: "pixels lrn"}
RATES = {"adam": 1e-3, "adamw": 1e-3, "un-adam": 1e-3, "rmsprop": 1e-3, "adagrad": 1e-2, "muon": 2e-2, "kfac": 1e-1,
         "normuon": 2e-2, "muon-stiefel": 1e-1, "spectral-sphere": 2e-2, "right-polar": 1e-1, "scion": 2 ** -6, "soap": 3e-3,
         "lion": 1e-3, "lars": 10, "lamb": 1e-2, "adamp": 1e-3, "fromage": 1e-2, "nero": 1e-2, "rownorm-m": 1e-2,
         "rotational-adamw": 1e-2, "schedule-free-adamw": 2.5e-3, "prodigy": 1, "sophia": 1e-3, "g-sgd": 1e-6}
# In the place of the defaults: a batch of MNIST spans a part of its 784 pixels, and the basis that soap finds for the rest
# moves by 1e-4 where an input moves by an ulp.
INSTEAD = {"soap": "max-dim=100"}
# What the defaults leave out.
MORE = {
    "un": ["retraction=exp", "theta=unit"],
    "un-momentum": ["retraction=exp"],
    "momentum": ["weight-decay=0.01"],
    "nesterov": ["weight-decay=0.01"],
    "un-adam": ["retraction=exp:theta=unit"],
    "pbwn": ["period=3"],
    "muon": ["nesterov=false", "scale=moonlight:weight-decay=0.1"],
    "normuon": ["weight-decay=0.1"],
    "right-polar": ["alpha=0"],
    "scion": ["constrained=true"],
    "shampoo": ["interval=5:lr=0.01", "max-dim=11"],
    "soap": ["interval=3:max-dim=100"],
    "lion": ["weight-decay=0.1"],
    "lars": ["weight-decay=0:trust=0.01:lr=1"],
    "lamb": ["max-norm=0:weight-decay=0", "max-norm=1"],
    "sgdp": ["weight-decay=0.01:delta=0.5", "weight-decay=0.01:delta=1e9"],
    "adamp": ["weight-decay=0.1:delta=0.5", "weight-decay=0.1:delta=1e9"],
    "rotational-momentum": ["zero-mean=false:weight-decay=0.01"],
    "rotational-adamw": ["zero-mean=false:weight-decay=0.1"],
    "enorm": ["c=1:balance-last=true", "momentum=0.9:balance-last=true"],
    "rownorm-m": ["adam-rate=0.1"],
    "schedule-free-sgd": ["beta=0.5:weight-decay=0.01"],
    "schedule-free-adamw": ["weight-decay=0.1"],
    "sophia": ["gamma=100:interval=3:weight-decay=0"],
    "prodigy": ["d0=1e-05:weight-decay=0.01"],
    "path-sgd": ["scale=ratio"],
    "ddp-sgd": ["alpha=1:lr=0.01", "alpha=0"],
    "kfac": ["t-cov=2:t-inv=4", "fisher=exact:t-cov=3:t-inv=3", "fisher=empirical:t-cov=3:t-inv=3:kl-clip=0:pi=false"],
}
# Eight teleports of ten steps, as by default, are chaotic: rounding grows there by 10⁶ and more.
TELEPORTS = [("teleport+" + name, f"group={group}:first-batches=3:tele-lr=0.01", network)
             for name, group, network in (("sgd", "general-linear", BN), ("sgd", "general-linear", PLAIN),
                                          ("momentum", "node-rescale", PLAIN), ("un", "general-linear", BN))]
WRAPPED = [("sam+momentum", "", PLAIN), ("asam+momentum", "", PLAIN), ("asam+momentum", "rho=0.1:eta=0:biases=abs", PLAIN),
           ("hyperball+momentum", "", BN), ("hyperball+adam", "", PLAIN), ("hyperball+muon", "", PLAIN)]
# Of `symopt run segnet`: momentum as SegNet's authors set it.
PIXEL_CASES = [("sgd", "", PIXELS), ("momentum", "weight-decay=0.0005", PIXELS), ("adam", "", PIXELS), ("un", "", PIXELS),
               ("un-momentum", "", PIXELS), ("un-momentum", "", PIXELS_LRN)]


class Trace:
    def __init__(self, folder):
        with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
            self.index = json.load(file)
        self.arrays = {}
        for a in self.index["arrays"]:
            values = np.load(os.path.join(folder, a["file"]), allow_pickle=False)
            if str(values.dtype) != a["dtype"] or list(values.shape) != a["shape"]:
                raise SystemExit(f"{a['file']}: expected {a['dtype']} {a['shape']}, found {values.dtype} {values.shape}")
            self.arrays[a["quantity"], a["part"]] = torch.from_numpy(values)
        self.roles = {a["part"]: a["role"] for a in self.index["arrays"] if a["quantity"] == "theta"}
        self.network = self.index["network"]
        self.of_pixels = self.arrays["sample_labels", ""].dim() == 2
        self.place = {int(n): i for i, n in enumerate(self.arrays["sample_numbers", ""])}

    def get(self, quantity, part=""):
        return self.arrays[quantity, part]

    def theta(self, t):
        return {name: self.get("theta", name)[t].clone() for name in self.roles}

    def samples(self, numbers):
        at = [self.place[int(n)] for n in numbers if n >= 0]
        values = self.arrays.get(("sample_values", ""))  # of a data set of floats, in the place of pixels
        X = self.get("sample_pixels")[at] * (1 / 255) if values is None else values[at].to(torch.get_default_dtype())
        return X, self.get("sample_labels")[at].long()

    def drawn(self, kind, t, of=""):
        values = self.arrays.get(("draws_" + of + kind, ""))
        return None if values is None or (values[t] == (0 if kind == "signs" else -1)).all() else values[t]


class Pass:
    """A forward pass in training mode: a the inputs, z the filters' outputs of each layer, and the logits. Dense."""

    def __init__(self, trace, theta, X):
        n = trace.network
        self.layers = [name.removesuffix(".weights") for name in theta if name.endswith(".weights")]
        self.a, self.z = [], []
        y = X
        for layer in self.layers:
            self.a.append(y)
            y = y @ theta[layer + ".weights"].T
            self.z.append(y)
            if layer + ".bias" in theta:
                y = y + theta[layer + ".bias"]
            if layer == "classes":
                break
            if n["batch_norm"]:
                y = F.batch_norm(y, None, None, theta[layer + ".bn-scale"], theta[layer + ".bn-shift"], True,
                                 eps=n["bn_epsilon"])
            y = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "linear": lambda v: v,
                 "leaky-relu": lambda v: F.leaky_relu(v, n["leaky_slope"])}[n["activation"]](y)
            y = y.unflatten(1, (-1, n["pool"])).max(2).values
        self.logits = y

    def scale(self, trace, theta, l):  # what multiplies the outputs of layer l's filters
        name = self.layers[l] + ".bn-scale"
        if name not in theta:
            return torch.ones(self.z[l].shape[1])
        return theta[name] / torch.sqrt(self.z[l].var(0, unbiased=False) + trace.network["bn_epsilon"])


class PixelPass:
    """The same of an encoder-decoder (docs/networks.md): rows of z and of the logits are pixels, for the classes of which
    the last filters, 1×1, stand. PyTorch has the channels before rows and columns, the trace behind them."""

    def __init__(self, trace, theta, X):
        n = trace.network
        chain = n["shape"].removeprefix("conv:").split("/")[0].removesuffix("+bias").split("-")
        height, width, channels = map(int, chain[0].split("x"))
        self.layers = [name.removesuffix(".weights") for name in theta if name.endswith(".weights")]
        self.z = []
        names, pooled, decoding = iter(self.layers), [], False
        y = X.view(-1, height, width, channels).permute(0, 3, 1, 2)
        for part in chain[1:]:
            if part == "lrn":
                y = F.local_response_norm(y, 5, alpha=1e-4, beta=0.75, k=1.0)
            elif part == "u":
                maxima, size, window = pooled.pop()
                y, decoding = F.max_unpool2d(y, maxima, *window, output_size=size), True
            elif part.startswith("p"):
                window, size = [int(v) for v in part[1:].split("s")], y.shape[-2:]
                y, maxima = F.max_pool2d(y, *window, ceil_mode=True, return_indices=True)
                pooled.append((maxima, size, window))
            else:
                filters, kernel = map(int, part.split("c"))
                layer = next(names)
                W = theta[layer + ".weights"].view(filters, kernel, kernel, -1).permute(0, 3, 1, 2)
                y = F.conv2d(y, W, padding=kernel // 2)
                self.z.append(y.permute(0, 2, 3, 1).reshape(-1, filters))
                if layer == "classes":
                    break
                y = F.batch_norm(y, None, None, theta[layer + ".bn-scale"], theta[layer + ".bn-shift"], True,
                                 eps=n["bn_epsilon"])
                y = y if decoding else torch.relu(y)
        self.logits = self.z[-1]


def forward(trace, theta, X):
    return (PixelPass if trace.of_pixels else Pass)(trace, theta, X)


def gradient(trace, theta, X, labels, create_graph=False):
    if not create_graph:
        theta = {name: w.detach().requires_grad_() for name, w in theta.items()}
    loss = F.cross_entropy(forward(trace, theta, X).logits, labels.flatten(),
                           weight=trace.arrays.get(("class_weights", "")), ignore_index=trace.index["ignored_label"])
    grads = torch.autograd.grad(loss, list(theta.values()), create_graph=create_graph)
    return loss, dict(zip(theta, grads))


def unit(W):
    return W / W.norm(dim=1, keepdim=True)


def tangent(W, Z):
    return Z - (Z * W).sum(1, keepdim=True) * W


def retract(s, W, xi):
    if s["retraction"] == "normalize":
        return unit(W + xi)
    angle = xi.norm(dim=1, keepdim=True)
    return torch.where(angle > 0, torch.cos(angle) * W + torch.sinc(angle / torch.pi) * xi, W)


# Each rule: (r: Replay, theta, g, lr) moves theta in place; r.state keeps what it remembers.
def torch_optim(make):
    def rule(r, theta, g, lr):
        if "optimizer" not in r.state:
            r.state["leaves"] = {name: w.clone().requires_grad_() for name, w in theta.items()}
            r.state["optimizer"] = make(r.s, list(r.state["leaves"].values()), lr)
        for name, leaf in r.state["leaves"].items():
            leaf.grad = g[name]
            leaf.data.copy_(theta[name])
        for group in r.state["optimizer"].param_groups:
            group["lr"] = lr
        r.state["optimizer"].step()
        for name, leaf in r.state["leaves"].items():
            theta[name] = leaf.detach().clone()
    return rule


def number(s, name):
    return float(s[name])


def adam_rule(r, name, w, g, lr):  # Kingma and Ba 2015
    b1, b2, eps = (number(r.s, k) for k in ("beta1", "beta2", "eps"))
    m, v = r.state.get(name, (torch.zeros_like(w), torch.zeros_like(w)))
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    r.state[name] = m, v
    return w - lr * (m / (1 - b1 ** (r.t + 1))) / (torch.sqrt(v / (1 - b2 ** (r.t + 1))) + eps)


def constrained(r, name):
    return r.role[name] == "filters" or (r.role[name] == "class_vectors" and r.s.get("theta") == "unit")


def un(r, theta, g, lr):  # Badrinarayanan, Mishra, Cipolla 2015
    for name, W in theta.items():
        theta[name] = retract(r.s, W, -lr * tangent(W, g[name])) if constrained(r, name) else W - lr * g[name]


def un_momentum(r, theta, g, lr):
    for name, W in theta.items():
        on = constrained(r, name)
        m = number(r.s, "momentum") * r.state.get(name, 0) + (tangent(W, g[name]) if on else g[name])
        theta[name] = retract(r.s, W, -lr * m) if on else W - lr * m
        r.state[name] = tangent(theta[name], m) if on else m


def un_adam(r, theta, g, lr):  # Bécigneul and Ganea 2019
    b1, b2, eps = (number(r.s, k) for k in ("beta1", "beta2", "eps"))
    for name, W in theta.items():
        if not constrained(r, name):
            theta[name] = adam_rule(r, name, W, g[name], lr)
            continue
        xi = tangent(W, g[name])
        m, v = r.state.get(name, (0, 0))
        m, v = b1 * m + (1 - b1) * xi, b2 * v + (1 - b2) * (xi ** 2).sum(1, keepdim=True)
        step = (m / (1 - b1 ** (r.t + 1))) / (torch.sqrt(v / (1 - b2 ** (r.t + 1))) + eps)
        theta[name] = retract(r.s, W, -lr * step)
        r.state[name] = tangent(theta[name], m), v


def sm(r, theta, g, lr):  # Badrinarayanan, Mishra, Cipolla 2015 (1511.01754), and its extension to depth
    c, before = torch.ones(r.trace.index["inputs"]), dict(theta)
    for layer in r.layers():
        W = before[layer + ".weights"]
        scale = (W ** 2) @ c
        theta[layer + ".weights"] = W - lr * scale[:, None] / c * g[layer + ".weights"]
        bn = r.trace.network["batch_norm"]
        for name in (layer + s for s in (".bias", ".bn-scale", ".bn-shift") if layer + s in theta):
            theta[name] = before[name] - lr * (1 if bn else scale) * g[name]
        pooled = scale.unflatten(0, (-1, r.trace.network["pool"] if layer != "classes" else 1)).sum(1)
        c = torch.ones_like(pooled) if bn else pooled


def projected(r, theta, g, lr):  # constrained, pbwn
    for name, W in theta.items():
        theta[name] = W - lr * g[name]
        if r.role[name] == "filters" and (r.t + 1) % int(r.s.get("period", 1)) == 0:
            theta[name] = unit(theta[name])


def weight_norm(r, theta, g, lr):  # Salimans and Kingma 2016: descent on V, W = V/‖V‖ by autograd
    for name, W in theta.items():
        if r.role[name] != "filters":
            theta[name] = W - lr * g[name]
            continue
        V = (W * r.state.get(name, 1)).requires_grad_()
        V = V.detach() - lr * torch.autograd.grad(unit(V), V, g[name])[0]
        r.state[name] = V.norm(dim=1, keepdim=True)
        theta[name] = unit(V)


def quintic(X, a, b, c):
    A = X @ X.T
    return a * X + (b * A + c * A @ A) @ X


def jordan(X, steps):  # Jordan 2024
    X = X / (X.norm() + 1e-7)
    for _ in range(steps):
        X = quintic(X, 3.4445, -4.7750, 2.0315)
    return X


POLAR = [(8.28721201814563, -23.595886519098837, 17.300387312530933), (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
         (3.9486908534822946, -2.908902115962949, 0.5518191394370137), (3.3184196573706015, -2.488488024314874, 0.51004894012372),
         (2.300652019954817, -1.6689039845747493, 0.4188073119525673), (1.891301407787398, -1.2679958271945868, 0.37680408948524835),
         (1.8750014808534479, -1.2500016453999487, 0.3750001645474248)]


def polar_express(X):  # Amsel, Persson, Musco, Gower 2025
    X = X / (1.01 * X.norm() + 1e-7)
    for a, b, c in POLAR:
        X = quintic(X, a / 1.01, b / 1.01 ** 3, c / 1.01 ** 5)
    return quintic(X, 1.875, -1.25, 0.375)


def muon_momentum(r, name, G):
    mu = number(r.s, "momentum")
    M = r.state[name] = torch.lerp(G, r.state.get(name, torch.zeros_like(G)), mu)
    return torch.lerp(G, M, mu) if r.s["nesterov"] == "true" else M


def muon_family(move, roles=("filters",)):
    """move(r, name, W, G, lr) of matrices with these roles; Adam at adam-rate of the others."""
    def rule(r, theta, g, lr):
        for name, W in theta.items():
            if r.role[name] in roles:
                theta[name] = move(r, name, W, g[name], lr)
            else:
                rate = lr * number(r.s, "adam-rate")
                theta[name] = adam_rule(r, name, (1 - rate * float(r.s.get("weight-decay", 0))) * W, g[name], rate)
    return rule


def muon(r, name, W, G, lr):  # Jordan 2024, Liu et al. 2025
    m, n = W.shape
    scale = max(1, m / n) ** 0.5 if r.s["scale"] == "spectral" else 0.2 * max(m, n) ** 0.5
    X = jordan(muon_momentum(r, name, G), int(r.s["ns-steps"]))
    return (1 - lr * number(r.s, "weight-decay")) * W - lr * scale * X


def normuon(r, name, W, G, lr):  # Li et al. 2025
    O = jordan(muon_momentum(r, name, G), int(r.s["ns-steps"]))
    b = number(r.s, "row-beta2")
    v = r.state[name, "rows"] = b * r.state.get((name, "rows"), 0) + (1 - b) * (O ** 2).mean(1, keepdim=True)
    O = O / (v.sqrt() + number(r.s, "row-eps"))
    return (1 - lr * number(r.s, "weight-decay")) * W - 0.2 * lr * W.numel() ** 0.5 * O / O.norm()


def muon_stiefel(r, name, W, G, lr):  # Bernstein 2025
    return stiefel(r, W, G, lr) if W.shape[0] >= W.shape[1] else stiefel(r, W.T, G.T, lr).T


def stiefel(r, W, G, lr):
    steps, delta = int(r.s["dual-steps"]), 4 * number(r.s, "dual-rate")
    G = G / G.norm()
    L = -0.25 * (W.T @ G + G.T @ W)
    for k in range(steps):
        X = G + 2 * W @ L
        A = X @ power(X.T @ X, -0.5, delta ** 2)
        H = W.T @ A + A.T @ W
        if H.norm() / H.numel() ** 0.5 < 1e-6:
            break
        L = L - number(r.s, "dual-rate") * (1 - k / steps) * H
    return polar_express((W - lr * A).T).T


def spectral_sphere(r, name, W, G, lr):  # Xie et al. 2026
    v = torch.ones(W.shape[1])
    for _ in range(int(r.s["power-steps"])):
        v = F.normalize(W.T @ (W @ v), dim=0)
    sigma, u = (W @ v).norm(), F.normalize(W @ v, dim=0)
    M = muon_momentum(r, name, G)
    M = M / M.norm()
    phi = lambda kappa: polar_express(M + kappa * torch.outer(u, v))
    below = lambda kappa: bool(u @ phi(kappa) @ v < 0)
    side = below(0)
    low, high = 0.0, 1e-3 if side else -1e-3
    while below(high) == side and abs(high) < 4:
        low, high = high, 2 * high
    for _ in range(int(r.s["bisections"])):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) == side else (low, middle)
    return number(r.s, "radius") * (W.shape[0] / W.shape[1]) ** 0.5 / sigma * W - lr * phi((low + high) / 2)


def power(S, exponent, shift):
    values, vectors = torch.linalg.eigh(S)
    return vectors @ torch.diag((values.clamp_min(0) + shift) ** exponent) @ vectors.T


def right_polar(r, theta, g, lr):  # Lau and Su 2026
    for name, W in theta.items():
        b = number(r.s, "beta")
        M = r.state[name] = b * r.state.get(name, 0) + (1 - b) * g[name]
        M = M[None] if M.dim() == 1 else M
        M = M - M.mean(0) if r.role[name] == "class_vectors" else M
        U = power(M @ M.T, -0.5, number(r.s, "eps")) @ M
        theta[name] = W - lr * (M * U).sum() ** number(r.s, "alpha") * U.view_as(W)


def scion(r, theta, g, lr):  # Pethick et al. 2025
    for name, W in theta.items():
        a = number(r.s, "alpha")
        d = r.state[name] = (1 - a) * r.state.get(name, 0) + a * g[name]
        if r.role[name] == "filters":
            factor = (W.shape[0] / W.shape[1]) ** 0.5
            step = (max(1, factor) if name.startswith("layer1.") else factor) * jordan(d, int(r.s["ns-steps"]))
        elif r.role[name] == "class_vectors":
            step = number(r.s, "radius-classes") / number(r.s, "radius") * d.sign() / W.shape[1]
        else:
            step = d / ((d ** 2).mean().sqrt() + 1e-8)
        theta[name] = (1 - lr if r.s["constrained"] == "true" else 1) * W - lr * number(r.s, "radius") * step


def shampoo(r, theta, g, lr):  # Gupta, Koren, Singer 2018
    longest, eps = int(r.s["max-dim"]), number(r.s, "eps")
    for name, W in theta.items():
        G = g[name] if W.dim() == 2 else g[name][None]
        left, right = 1 < G.shape[0] <= longest, G.shape[1] <= longest and (G.shape[1] > 1 or G.shape[0] == 1)
        L, R, squares = r.state.get(name, (0, 0, eps))
        L, R, squares = L + G @ G.T, R + G.T @ G, squares + G ** 2
        r.state[name] = L, R, squares
        if r.t % int(r.s["interval"]) == 0:
            p = -0.25 if left and right else -0.5
            r.state[name, "roots"] = (power(L, p, eps) if left else torch.eye(G.shape[0]),
                                      power(R, p, eps) if right else torch.eye(G.shape[1]))
        A, B = r.state[name, "roots"]
        theta[name] = W - lr * (A @ G @ B if left or right else G / squares.sqrt()).view_as(W)


def new_rows(rows):
    """An orthonormal basis: of the rows what is new, then unit vectors, of which most is new first; and the rows' order."""
    n, E, found, late = len(rows), torch.zeros_like(rows), [], []
    rest = lambda x: x - E[:len(found)].T @ (E[:len(found)] @ x)
    for i, row in enumerate(rows):
        x = rest(rest(row))
        if x.norm() > 1e-12 * rows[0].norm():
            E[len(found)] = x / x.norm()
            found.append(i)
        else:
            late.append(i)
    order = found + late
    for i in range(len(found), n):
        j = int((1 - (E[:i] ** 2).sum(0)).argmax())
        x = torch.eye(n)[j]
        for _ in range(2):
            x = x - E[:i].T @ (E[:i] @ x)
        E[i] = x / x.norm()
    return E, order


def soap(r, theta, g, lr):  # Vyas et al. 2024
    b1, b2, eps, longest = *(number(r.s, k) for k in ("beta1", "beta2", "eps")), int(r.s["max-dim"])
    for name, W in theta.items():
        G = g[name] if W.dim() == 2 else g[name][None]
        sides = [min(G.shape) > 1 and n <= longest for n in G.shape]
        if r.t == 0:
            S = [(1 - b2) * G @ G.T, (1 - b2) * G.T @ G]
            bases = []
            for i in (0, 1):
                values, vectors = torch.linalg.eigh(S[i]) if sides[i] else (None, torch.eye(len(S[i])))
                bases.append(new_rows(values.flip(0)[:, None] * vectors.T.flip(0))[0] if sides[i] else vectors)
            r.state[name] = torch.zeros_like(G), torch.zeros_like(G), S, bases
            continue
        M, V, S, (P, Q) = r.state[name]
        turned = lambda X: torch.where(X.abs() < 1e-13 * X.norm(), torch.zeros_like(X), X)
        M, V = b1 * M + (1 - b1) * G, b2 * V + (1 - b2) * turned(P @ G @ Q.T) ** 2
        U = P.T @ (turned(P @ M @ Q.T) / (V.sqrt() + eps)) @ Q
        step = lr * (1 - b2 ** r.t) ** 0.5 / (1 - b1 ** r.t) * U
        theta[name] = (1 - lr * number(r.s, "weight-decay")) * (W - step.view_as(W))
        S, bases = [b2 * S[0] + (1 - b2) * G @ G.T, b2 * S[1] + (1 - b2) * G.T @ G], [P, Q]
        for i in (0, 1):
            if not sides[i] or r.t % int(r.s["interval"]) != 0:
                continue
            rows = bases[i] @ S[i]
            order = torch.argsort((rows * bases[i]).sum(1), descending=True, stable=True)
            bases[i], kept = new_rows(rows[order])
            V = V[order[kept]] if i == 0 else V[:, order[kept]]
        r.state[name] = M, V, S, bases


def is_matrix(r, name):
    return r.role[name] in ("filters", "class_vectors")


def lion(r, theta, g, lr):  # Chen et al. 2023
    b1, b2, decay = (number(r.s, k) for k in ("beta1", "beta2", "weight-decay"))
    for name, w in theta.items():
        m = r.state.get(name, torch.zeros_like(w))
        theta[name] = w * (1 - lr * decay) - lr * torch.sign(torch.lerp(g[name], m, b1))
        r.state[name] = torch.lerp(g[name], m, b2)


def lars(r, theta, g, lr):  # You, Gitman, Ginsburg 2017
    beta = number(r.s, "weight-decay")
    for name, w in theta.items():
        push = g[name]
        if is_matrix(r, name):
            push = number(r.s, "trust") * w.norm() / (g[name].norm() + beta * w.norm()) * (g[name] + beta * w)
        v = r.state[name] = number(r.s, "momentum") * r.state.get(name, 0) + push
        theta[name] = w - lr * v


def adam_direction(r, name, g):
    return -adam_rule(r, name, torch.zeros_like(g), g, 1.0)


def lamb(r, theta, g, lr):  # You et al. 2020
    for name, w in theta.items():
        d = adam_direction(r, name, g[name])
        if is_matrix(r, name):
            d = d + number(r.s, "weight-decay") * w
            longest = number(r.s, "max-norm")
            d = d * (w.norm() if longest == 0 else w.norm().clamp(max=longest)) / d.norm()
        theta[name] = w - lr * d


def radial(r, theta, g, lr, step, decay):  # Heo et al. 2021, as projections on unit vectors
    for name, w in theta.items():
        u, lost = step[name], decay
        if is_matrix(r, name):
            for rows in (w, w.reshape(1, -1)):
                G, U = g[name].reshape(rows.shape), u.reshape(rows.shape)
                if F.cosine_similarity(G, rows, 1, 1e-30).abs().max() < number(r.s, "delta") / rows.shape[1] ** 0.5:
                    e = F.normalize(rows, dim=1, eps=1e-300)
                    u = (U - torch.einsum("ij,ij->i", U, e)[:, None] * e).reshape(w.shape)
                    lost = decay * number(r.s, "decay-ratio")
                    break
        theta[name] = w * (1 - lost) - lr * u


def sgdp(r, theta, g, lr):
    mu = number(r.s, "momentum")
    for name in theta:
        r.state[name] = mu * r.state.get(name, 0) + g[name]
    radial(r, theta, g, lr, dict(r.state), lr * number(r.s, "weight-decay") / (1 - mu))


def adamp(r, theta, g, lr):
    step = {name: adam_direction(r, name, g[name]) for name in theta}
    radial(r, theta, g, lr, step, lr * number(r.s, "weight-decay"))


def fromage(r, theta, g, lr):  # Bernstein et al. 2020: the authors' step where neither norm is 0
    for name, w in theta.items():
        along = w.norm() / g[name].norm() if w.norm() > 0 and g[name].norm() > 0 else 1
        theta[name] = (w - lr * along * g[name]) / (1 + lr ** 2) ** 0.5


def nero(r, theta, g, lr):  # Liu et al. 2021
    beta = number(r.s, "beta")
    for name, w in theta.items():
        if r.t == 0:
            mean = (w.norm(dim=1) if is_matrix(r, name) else w.abs()).mean()
            r.state["scale", name] = mean if mean > 0 else torch.tensor(0.01)
        square = (g[name] ** 2).sum(1, keepdim=True) if is_matrix(r, name) else g[name] ** 2
        s = r.state[name] = beta * r.state.get(name, 0) + (1 - beta) * square
        relative = torch.nan_to_num(g[name] / torch.sqrt(s / (1 - beta ** (r.t + 1))))
        w = w - lr * r.state["scale", name] * relative
        theta[name] = unit(w - w.mean(1, keepdim=True)) if is_matrix(r, name) else w


def turn(r, name, w, d, angle):  # Kosson, Messmer, Jaggi 2023
    if r.t == 0:
        r.state["norm", name] = w.norm(dim=1, keepdim=True)
    n, beta = r.state["norm", name], number(r.s, "norm-decay")
    whole = d.norm(dim=1, keepdim=True)
    d = d - d.mean(1, keepdim=True) if r.s["zero-mean"] == "true" else d
    d = tangent(w / n, d)
    d = d * (d.norm(dim=1, keepdim=True) >= whole / 1024)
    s = r.state["square", name] = beta * r.state.get(("square", name), 0) + (1 - beta) * (d ** 2).sum(1, keepdim=True)
    away = d / torch.sqrt(s / (1 - beta ** (r.t + 1)))
    return n * unit(w - angle * n * torch.where(s > 0, away, torch.zeros_like(d)))


def rotational_momentum(r, theta, g, lr):
    mu, decay = number(r.s, "momentum"), number(r.s, "weight-decay")
    for name, w in theta.items():
        v = r.state[name] = mu * r.state.get(name, 0) + g[name] + (0 if is_matrix(r, name) else decay * w)
        theta[name] = turn(r, name, w, v, (2 * lr * decay / (1 + mu)) ** 0.5) if is_matrix(r, name) else w - lr * v


def rotational_adamw(r, theta, g, lr):
    b1, decay = number(r.s, "beta1"), number(r.s, "weight-decay")
    for name, w in theta.items():
        u = adam_direction(r, name, g[name])
        angle = (2 * lr * decay * (1 - b1) / (1 + b1)) ** 0.5
        theta[name] = turn(r, name, w, u, angle) if is_matrix(r, name) else (1 - lr * decay) * w - lr * u


def enorm(r, theta, g, lr):  # Stock et al. 2019: units by diagonal matrices
    mu, decay, layers = number(r.s, "momentum"), number(r.s, "weight-decay"), r.layers()
    for name, w in theta.items():
        r.state[name] = mu * r.state.get(name, 0) + g[name] + decay * w
        theta[name] = w - lr * r.state[name]
    for l in range(len(layers) - (1 if r.s["balance-last"] == "true" else 2)):
        into, out, bias = layers[l] + ".weights", layers[l + 1] + ".weights", layers[l] + ".bias"
        pool = r.trace.network["pool"]
        norms = theta[into].unflatten(0, (-1, pool)).pow(2).sum((1, 2)).sqrt()
        d = (theta[out].norm(dim=0) / (number(r.s, "c") * norms)) ** 0.5
        wide = torch.diag(d.repeat_interleave(pool))
        for values, forth, back in ((theta, wide, torch.diag(1 / d)),
                                    (r.state, torch.linalg.inv(wide), torch.diag(d))):
            values[into] = forth @ values[into]
            values[out] = values[out] @ back
            if bias in theta:
                values[bias] = forth @ values[bias]


def rownorm_m(r, theta, g, lr):  # Lau and Su 2026
    for name, w in theta.items():
        if not is_matrix(r, name):
            theta[name] = adam_rule(r, name, w, g[name], lr * number(r.s, "adam-rate"))
            continue
        M = r.state[name] = torch.lerp(g[name], r.state.get(name, torch.zeros_like(w)), number(r.s, "beta"))
        P = torch.eye(len(w)) - (1 / len(w) if r.role[name] == "class_vectors" else 0)
        U = P @ M
        theta[name] = w - lr * P @ (U / (U.norm(dim=1, keepdim=True) + number(r.s, "row-eps")))


def schedule_free(r, theta, g, lr):  # Defazio et al. 2024, their reference
    adam = "beta2" in r.s
    beta, decay = number(r.s, "beta1" if adam else "beta"), number(r.s, "weight-decay")
    if adam:
        lr = lr * (1 - number(r.s, "beta2") ** (r.t + 1)) ** 0.5
    r.state["largest"] = max(lr, r.state.get("largest", 0))
    weight = r.state["largest"] ** 2
    r.state["weights"] = r.state.get("weights", 0) + weight
    c = weight / r.state["weights"]
    for name, y in theta.items():
        z, x, v = r.state.get(name, (y, y, torch.zeros_like(y)))
        d = g[name]
        if adam:
            v = torch.lerp(d * d, v, number(r.s, "beta2"))
            d = d / (torch.sqrt(v) + number(r.s, "eps"))
        z = z - lr * (d + decay * y)
        x = torch.lerp(x, z, c)
        theta[name] = torch.lerp(z, x, beta)
        r.state[name] = z, x, v


def prodigy(r, theta, g, lr):  # Mishchenko and Defazio 2023, their reference
    s, b1, b2 = r.state, number(r.s, "beta1"), number(r.s, "beta2")
    if r.t == 0:
        s["d"], s["r"], s["start"] = number(r.s, "d0"), 0.0, dict(theta)
        s["m"], s["v"], s["s"] = ({k: torch.zeros_like(w) for k, w in theta.items()} for _ in range(3))
    d, d0 = s["d"], number(r.s, "d0")
    s["r"] = b2 ** 0.5 * s["r"] + d / d0 * d * lr * sum(float((g[k] * (s["start"][k] - w)).sum()) for k, w in theta.items())
    for k in theta:
        s["m"][k] = b1 * s["m"][k] + d * (1 - b1) * g[k]
        s["v"][k] = b2 * s["v"][k] + d * d * (1 - b2) * g[k] ** 2
        s["s"][k] = b2 ** 0.5 * s["s"][k] + d / d0 * d * lr * g[k]
    s["d"] = max(d, number(r.s, "coefficient") * s["r"] / sum(float(v.abs().sum()) for v in s["s"].values()))
    for k, w in theta.items():
        step = s["m"][k] / (torch.sqrt(s["v"][k]) + s["d"] * number(r.s, "eps"))
        theta[k] = w - d * lr * (step + number(r.s, "weight-decay") * w)


def sophia(r, theta, g, lr):  # Liu et al. 2023: H u by autograd twice
    if r.t % int(r.s["interval"]) == 0:
        leaves = {k: w.detach().clone().requires_grad_() for k, w in theta.items()}
        _, first = gradient(r.trace, leaves, r.X, r.labels, create_graph=True)
        signs = r.trace.drawn("signs", r.t, of="parameter_").double().split([w.numel() for w in theta.values()])
        u = [s.view(w.shape) for s, w in zip(signs, theta.values())]
        product = torch.autograd.grad(sum((v * f).sum() for v, f in zip(u, first.values())), list(leaves.values()))
        for name, v, p in zip(theta, u, product):
            r.state["h", name] = torch.lerp(v * p, r.state.get(("h", name), torch.zeros_like(p)), number(r.s, "beta2"))
    for name, w in theta.items():
        m = r.state[name] = torch.lerp(g[name], r.state.get(name, torch.zeros_like(w)), number(r.s, "beta1"))
        step = m / (number(r.s, "gamma") * r.state["h", name]).clamp_min(number(r.s, "eps"))
        theta[name] = w * (1 - lr * number(r.s, "weight-decay")) - lr * step.clamp(-1, 1)


def g_sgd(r, theta, g, lr):  # Meng et al. 2019: the gradient by the values of basis paths, by least squares
    names = [layer + ".weights" for layer in r.layers()]
    shapes, depth, width = [theta[n].shape for n in names], len(names), theta[names[0]].shape[0]
    flat, place, at = torch.cat([w.flatten() for w in theta.values()]), {}, 0
    for name, w in theta.items():
        place[name] = torch.arange(at, at + w.numel()).view(w.shape)
        at += w.numel()
    link = [[int(place[n][j if l + 1 < depth else j % shapes[l][0], j if l else j % shapes[l][1]]) for j in range(width)]
            for l, n in enumerate(names)]
    links = {i for row in link for i in row}
    paths = [[link[l][j] for l in range(depth)] for j in range(width)]  # the skeleton's first
    for l, layer in enumerate(r.layers()):
        for b in range(shapes[l][0]):
            on = [link[k][b] for k in range(l + 1, depth)]
            paths += [[int(i)] + [link[k][a] for k in range(l)] + on for a, i in enumerate(place[names[l]][b])
                      if int(i) not in links]
            if layer + ".bias" in place:
                paths.append([int(place[layer + ".bias"].flatten()[b])] + on)
    on_path = torch.zeros(len(flat), len(paths))
    for p, path in enumerate(paths):
        on_path[path, p] = 1
    # g w = A (∂v v), A with a column a path: the chain rule without the sizes of values.
    g = torch.cat([g[k].flatten() for k in theta])
    moved = torch.linalg.lstsq(on_path, (g * flat)[:, None], driver="gels").solution[:width, 0]
    ratio, new = 1 - lr * moved / torch.stack([flat[path].prod() for path in paths[:width]]) ** 2, flat.clone()
    first = {link[0][j]: ratio[j] for j in range(width)}
    for i, value in first.items():
        new[i] = flat[i] * value
    for own, *others in paths[width:]:  # ∂v = g/q, of a weight of 0 too
        divide = [first[i] for i in others if i in first] + [1]
        new[own] = (flat[own] - lr * g[own] / flat[others].prod() ** 2) / divide[0]
    for name in theta:
        theta[name] = new[place[name]]


def path_kappa(r, theta, alpha):
    """κ of weights and biases. α = 0: the derivative of the sum over paths by the squared weights (autograd). α > 0: the
    diagonal κ of docs/optimizers.md, with second moments C of inputs and a 1 for the bias."""
    p, n = r.forward, r.trace.network
    squares = {k: (w.detach() ** 2).requires_grad_() for k, w in theta.items() if k.endswith((".weights", ".bias"))}
    kappa = {}
    scales = [p.scale(r.trace, theta, l).detach() ** 2 for l in range(len(p.layers))]
    pools = [n["pool"]] * (len(p.layers) - 1) + [1]
    if alpha == 0:
        y = torch.ones(r.trace.index["inputs"])
        for layer, s2, pool in zip(p.layers, scales, pools):
            y = s2 * (squares[layer + ".weights"] @ y) + squares.get(layer + ".bias", 0)
            y = y.unflatten(0, (-1, pool)).sum(1)
        return dict(zip(squares, torch.autograd.grad(y.sum(), list(squares.values()))))
    gamma, factors = torch.ones(r.trace.index["inputs"]), []
    for l, (layer, s2, pool) in enumerate(zip(p.layers, scales, pools)):
        a, W, b = p.a[l].detach(), theta[layer + ".weights"], theta.get(layer + ".bias")
        R = (1 - alpha) * gamma + alpha * (a ** 2).mean(0)
        full, wide = a, W * s2.sqrt()[:, None]
        if b is not None:
            full, wide = torch.cat([a, torch.ones(len(a), 1)], 1), torch.cat([wide, b[:, None]], 1)
        C = full.T @ full / len(a)
        out = (1 - alpha) * (s2 * (W ** 2 @ gamma) + (0 if b is None else b ** 2)) + alpha * ((wide @ C) * wide).sum(1)
        factors.append((R, gamma, s2))
        gamma = out.unflatten(0, (-1, pool)).sum(1)
    back = torch.ones(n["classes"] if "classes" in n else r.trace.index["classes"])
    for l in reversed(range(len(p.layers))):
        (R, gamma, s2), layer = factors[l], p.layers[l]
        filters = back.repeat_interleave(pools[l])
        kappa[layer + ".weights"] = (s2 * filters)[:, None] * R
        kappa[layer + ".bias"] = filters
        ratio = torch.where(gamma == 0, torch.tensor(1 - alpha), R / gamma)
        back = ratio * ((s2 * filters) @ theta[layer + ".weights"] ** 2)
    return kappa


def path_sgd(r, theta, g, lr):  # Neyshabur, Salakhutdinov, Srebro 2015; and with Tomioka 2016
    kappa = path_kappa(r, theta, number(r.s, "alpha") if "alpha" in r.s else 0)
    moves = {k: torch.where(kappa[k] == 0, torch.zeros_like(v), v / kappa[k]) if k in kappa else v
             for k, v in g.items()}
    if "c" not in r.state:
        length = [sum((x[k] ** 2).sum() for k in x if k in kappa) for x in (g, moves)]
        r.state["c"] = (length[0] / length[1]).sqrt() if r.s["scale"] == "ratio" else 1
    for name in theta:
        theta[name] = theta[name] - lr * (r.state["c"] if name in kappa else 1) * moves[name]


def natural(r, theta, g, lr):  # Amari 1998: F = E[Jᵀ (diag p − p pᵀ) J], solved as it is
    leaves = {name: w.detach().requires_grad_() for name, w in theta.items()}
    logits = Pass(r.trace, leaves, r.X).logits
    flat = lambda parts: torch.cat([v.reshape(-1) for v in parts])
    p = torch.softmax(logits.detach(), 1)
    B, K = logits.shape
    J = torch.stack([flat(torch.autograd.grad(logits[b, k], list(leaves.values()), retain_graph=True))
                     for b in range(B) for k in range(K)])
    size = J.shape[1]
    metric = torch.block_diag(*(torch.diag(q) - torch.outer(q, q) for q in p)) / B
    fisher = J.T @ (metric @ J)
    step = torch.linalg.solve(fisher + number(r.s, "damping") * torch.eye(size), flat(g.values()))
    at = 0
    for name, w in theta.items():
        theta[name] = w - lr * step[at:at + w.numel()].view_as(w)
        at += w.numel()


def kfac(r, theta, g, lr):  # Martens and Grosse 2015
    s, B = r.s, len(r.X)
    t_cov, t_inv = int(s["t-cov"]), int(s["t-inv"])
    if r.t % t_cov == 0:
        keep = min(1 - 1 / (r.t // t_cov + 1), number(s, "decay"))
        p = Pass(r.trace, {k: w.detach().requires_grad_() for k, w in theta.items()}, r.X)
        q = torch.softmax(p.logits.detach(), 1)
        one_hot = lambda labels: F.one_hot(labels.long(), q.shape[1]).to(q.dtype)
        if s["fisher"] == "exact":
            signs = r.trace.drawn("signs", r.t)[:B, None].to(q.dtype)
            sides = [signs * q[:, k:k + 1].sqrt() * (q - one_hot(torch.full((B,), k))) for k in range(q.shape[1])]
        else:
            sides = [q - one_hot(r.labels if s["fisher"] == "empirical" else r.trace.drawn("labels", r.t)[:B])]
        back = [torch.autograd.grad(p.logits, p.z, side, retain_graph=True) for side in sides]
        for l, layer in enumerate(p.layers):
            a = p.a[l].detach()
            if layer + ".bias" in theta:
                a = torch.cat([a, torch.ones(B, 1)], 1)
            A, gamma = r.state.get(layer, (0, 0))
            r.state[layer] = (keep * A + (1 - keep) * a.T @ a / B,
                              keep * gamma + (1 - keep) * sum(z[l].T @ z[l] for z in back) / B)
    steps, product = {}, 0
    for layer in r.layers():
        A, gamma = r.state[layer]
        if r.t % t_inv == 0:
            root = number(s, "damping") ** 0.5
            pi = ((A.trace() / len(A)) / (gamma.trace() / len(gamma))) ** 0.5 if s["pi"] == "true" else 1
            r.state["inverse", layer] = (torch.linalg.inv(A + pi * root * torch.eye(len(A))),
                                         torch.linalg.inv(gamma + root / pi * torch.eye(len(gamma))))
        G = g[layer + ".weights"]
        if layer + ".bias" in g:
            G = torch.cat([G, g[layer + ".bias"][:, None]], 1)
        inverse_A, inverse_gamma = r.state["inverse", layer]
        steps[layer] = inverse_gamma @ G @ inverse_A
        product += (steps[layer] * G).sum()
    clip, kl = number(s, "kl-clip"), lr ** 2 * abs(product)
    nu = 1 if clip == 0 or kl <= clip else (clip / kl) ** 0.5
    for name, w in theta.items():
        layer, kind = name.split(".")
        if kind == "weights":
            theta[name] = w - lr * nu * steps[layer][:, :w.shape[1]]
        elif kind == "bias":
            theta[name] = w - lr * nu * steps[layer][:, -1]
        else:
            theta[name] = w - lr * g[name]


def teleport(r, theta):
    """Zhao et al. 2022, 2024: ascent on ‖∇L(T·θ)‖² by the group's coordinates T, by autograd at T = 0."""
    X, labels = r.trace.samples(r.trace.drawn("samples", r.t))
    X = r.rounded(X)
    layers, hidden = r.layers(), r.layers()[:-1]
    general = r.s["group"] == "general-linear"

    def incoming(layer):
        return [layer + k for k in (".weights", ".bias") if layer + k in theta]

    def moved(theta, T, only=None):
        """theta moved by T: node-rescale exactly, general-linear to first order where T is."""
        out = dict(theta)
        for l, layer in enumerate(hidden):
            after = layers[l + 1] + ".weights"
            if only not in (None, layer):
                continue
            if not general:
                factor = torch.exp(T[layer])
                wide = factor.repeat_interleave(r.trace.network["pool"])
                for name in incoming(layer):
                    out[name] = out[name] * (wide[:, None] if out[name].dim() == 2 else wide)
                out[after] = out[after] / factor
                continue
            for name in incoming(layer):
                out[name] = theta[name] + T[layer] @ theta[name]
            features = [Pass(r.trace, {**theta, **{k: w[k] for k in incoming(layer)}}, X).a[l + 1]
                        for w in (theta, out)]
            lost = (features[0] - features[1]) @ theta[after].T
            # Columns of one length: how nearly two features agree is then all that the inverse suffers from.
            size = features[0].detach().norm(dim=0).clamp_min(1e-300)
            out[after] = out[after] + (torch.linalg.pinv(features[0].detach() / size) @ lost).T / size
        return out

    for _ in range(int(r.s["steps"])):
        T = {layer: torch.zeros(theta[layer + ".weights"].shape[0] // r.trace.network["pool"]) for layer in hidden}
        if general:
            T = {layer: torch.zeros(2 * theta[layer + ".weights"].shape[:1]) for layer in hidden}
        T = {k: v.requires_grad_() for k, v in T.items()}
        # The layers' coordinates act on the old weights side by side here, one after the other when they move.
        there = dict(theta)
        for layer in hidden:
            alone = moved(theta, T, layer)
            there = {k: there[k] + (alone[k] - theta[k]) for k in there}
        there = {k: w if w.requires_grad else w.clone().requires_grad_() for k, w in there.items()}
        _, g = gradient(r.trace, there, X, labels, create_graph=True)
        square = sum((v ** 2).sum() for v in g.values())
        if not square <= number(r.s, "max-gradient"):
            break
        D = dict(zip(T, torch.autograd.grad(square, list(T.values()))))
        D = {k: number(r.s, "tele-lr") * v for k, v in D.items()}
        if not general:
            theta.update(moved(theta, D))
            continue
        for layer in hidden:  # d/dh of the action of h D at h = 0, twice differentiated backwards
            at = dict(theta)
            along = lambda h: tuple(moved(at, {layer: h * D[layer]}, layer).values())
            _, direction = torch.autograd.functional.jvp(along, torch.zeros(()), torch.ones(()))
            theta.update({k: w + d for (k, w), d in zip(at.items(), direction)})


def highest(r, theta, g):
    """Foret et al. 2021: where SAM takes the gradient; Kwon et al. 2021: where ASAM does."""
    scale = {k: torch.ones_like(w) for k, w in theta.items()}
    if "eta" in r.s:
        scale.update({k: w.abs() + number(r.s, "eta") for k, w in theta.items()
                      if r.s["biases"] == "abs" or r.role[k] not in ("bias", "bn_shift")})
    length = sum(((scale[k] * g[k]) ** 2).sum() for k in g).sqrt()
    return {k: w + number(r.s, "rho") * scale[k] ** 2 * g[k] / length for k, w in theta.items()}


def keep_norms(r, before, theta, lr):
    """Wen et al. 2026: the hyperball."""
    for name, W in before.items():
        if r.role[name] in ("filters", "class_vectors"):
            R, u = r.state.setdefault(("norm", name), W.norm()), theta[name] - W
            W = W + lr * R * u / u.norm()
            theta[name] = R * W / W.norm()


SGD = torch_optim(lambda s, w, lr: torch.optim.SGD(w, lr))
RULES = {
    "sgd": (SGD, "torch.optim.SGD"), "b-sgd": (SGD, "torch.optim.SGD"),
    "momentum": (torch_optim(lambda s, w, lr: torch.optim.SGD(w, lr, momentum=number(s, "momentum"), weight_decay=number(s, "weight-decay"))),
                 "torch.optim.SGD"),
    "nesterov": (torch_optim(lambda s, w, lr: torch.optim.SGD(w, lr, momentum=number(s, "momentum"), weight_decay=number(s, "weight-decay"), nesterov=True)),
                 "torch.optim.SGD"),
    "adagrad": (torch_optim(lambda s, w, lr: torch.optim.Adagrad(w, lr, eps=number(s, "eps"))), "torch.optim.Adagrad"),
    "rmsprop": (torch_optim(lambda s, w, lr: torch.optim.RMSprop(w, lr, number(s, "decay"), number(s, "eps"))),
                "torch.optim.RMSprop"),
    "adam": (torch_optim(lambda s, w, lr: torch.optim.Adam(w, lr, (number(s, "beta1"), number(s, "beta2")),
                                                           number(s, "eps"))), "torch.optim.Adam"),
    "adamw": (torch_optim(lambda s, w, lr: torch.optim.AdamW(w, lr, (number(s, "beta1"), number(s, "beta2")),
                                                             number(s, "eps"), number(s, "weight-decay"))),
              "torch.optim.AdamW"),
    "un": (un, "formula"), "sm": (sm, "formula"), "constrained": (projected, "formula"), "pbwn": (projected, "formula"),
    "weight-norm": (weight_norm, "autograd on V"), "un-momentum": (un_momentum, "formula"),
    "un-adam": (un_adam, "formula"), "muon": (muon_family(muon), "formula"), "path-sgd": (path_sgd, "autograd on paths"),
    "ddp-sgd": (path_sgd, "formula, α = 0: paths"), "natural": (natural, "autograd Jacobian"),
    "lion": (lion, "formula"), "lars": (lars, "formula"), "lamb": (lamb, "formula"), "sgdp": (sgdp, "formula"),
    "adamp": (adamp, "formula"), "fromage": (fromage, "formula"), "nero": (nero, "formula"),
    "rotational-momentum": (rotational_momentum, "formula"), "rotational-adamw": (rotational_adamw, "formula"),
    "enorm": (enorm, "diagonal matrices"), "rownorm-m": (rownorm_m, "projection matrices"),
    "schedule-free-sgd": (schedule_free, "formula"), "schedule-free-adamw": (schedule_free, "formula"),
    "prodigy": (prodigy, "formula"), "sophia": (sophia, "autograd twice"), "g-sgd": (g_sgd, "least squares on paths"),
    "kfac": (kfac, "formula, autograd"),
    "normuon": (muon_family(normuon), "formula"), "spectral-sphere": (muon_family(spectral_sphere), "formula"),
    "muon-stiefel": (muon_family(muon_stiefel, ("filters", "class_vectors")), "formula"),
    "right-polar": (right_polar, "formula, linalg.eigh"), "scion": (scion, "formula"),
    "shampoo": (shampoo, "formula, linalg.eigh"), "soap": (soap, "formula, linalg.eigh"),
}


class Replay:
    def __init__(self, trace, gamma=0.0, rate_factor=1.0):
        self.trace, self.role, self.s = trace, trace.roles, trace.index["settings"]
        self.gamma, self.rate_factor, self.state = gamma, rate_factor, {}
        self.random = torch.Generator().manual_seed(1)
        self.gradient_error = 0.0

    def layers(self):
        return self.forward.layers

    def rounded(self, values):
        if self.gamma == 0:
            return values
        return values * (1 + self.gamma * (2 * torch.rand(values.shape, generator=self.random) - 1))

    def run(self):
        """theta after each step."""
        name = self.trace.index["optimizer"]
        wrapper, _, inner = name.rpartition("+")
        rule = RULES[inner][0]
        theta, path = self.trace.theta(0), []
        for self.t in range(self.trace.index["steps"]):
            X, self.labels = self.trace.samples(self.trace.get("batch")[self.t])
            self.X = self.rounded(X)
            theta = {k: self.rounded(w) for k, w in theta.items()}
            self.forward = forward(self.trace, theta, self.X)
            if self.trace.drawn("samples", self.t) is not None:
                teleport(self, theta)
                theta = {k: w.detach() for k, w in theta.items()}
                self.forward = Pass(self.trace, theta, self.X)
            _, g = gradient(self.trace, theta, self.X, self.labels)
            if wrapper in ("sam", "asam"):
                _, g = gradient(self.trace, highest(self, theta, g), self.X, self.labels)
            before, lr = dict(theta), float(self.trace.get("learning_rate")[self.t]) * self.rate_factor
            rule(self, theta, g, lr)
            if wrapper == "hyperball":
                keep_norms(self, before, theta, lr)
            path.append(dict(theta))
        return path


def apart(a, b):
    """The largest difference in a block relative to its largest element, over the blocks."""
    worst = 0.0
    for name in a:
        scale = float(b[name].abs().max())
        difference = float((a[name] - b[name]).abs().max())
        if difference > 0:
            worst = max(worst, difference / scale if scale > 0 else float("inf"))
        if difference != difference:
            return float("inf")
    return worst


def moved_by(first, last):
    """How far the weights went, relative to their largest element: the least of the blocks."""
    return min(float((last[k] - first[k]).abs().max() / last[k].abs().max()) for k in first if k.endswith(".weights"))


def passes_agree(trace):
    """Loss, gradient and statistics of every step at the traced theta: the largest relative difference."""
    worst, m = 0.0, trace.network["bn_momentum"]
    for t in range(trace.index["steps"]):
        theta = trace.theta(t)
        X, labels = trace.samples(trace.get("batch")[t])
        loss, g = gradient(trace, theta, X, labels)
        worst = max(worst, abs(float(loss.detach()) / float(trace.get("loss")[t]) - 1))
        worst = max(worst, apart(g, {k: trace.get("gradient", k)[t] for k in g}))
        if not trace.network["batch_norm"]:
            continue
        p = forward(trace, theta, X)
        for layer, z in zip(p.layers[:-1], p.z):
            mean, variance = z.mean(0), z.var(0, unbiased=False)
            running = [trace.get("running_" + k, layer) for k in ("mean", "variance")]
            if trace.drawn("samples", t) is None:  # after a teleport the batch passes a second time
                worst = max(worst, apart(
                    {0: mean, 1: variance, 2: running[0][t] + m * (mean - running[0][t]),
                     3: running[1][t] + m * (z.var(0, unbiased=True) - running[1][t])},
                    {0: trace.get("batch_mean", layer)[t], 1: trace.get("batch_variance", layer)[t],
                     2: running[0][t + 1], 3: running[1][t + 1]}))
    return worst


def compare(symopt, case):
    """One case: its rows, how many of them are wrong, and the data set."""
    name, settings, network = case
    label = name + (":" + settings if settings else "")
    of_pixels = network in (PIXELS, PIXELS_LRN)
    batch = 2 if of_pixels else 20 if name == "natural" else 100
    more = ["--dataset", "synth-streets", "--class-weights", "median-frequency",
            "--last-batch", "drop"] if of_pixels else []
    rate = RATES.get(name.rpartition("+")[2], 1e-1)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([symopt, "trace", "--network", network, "--optimizer", label,
                        "--steps", str(STEPS), "--learning-rate", str(rate), "--batch", str(batch), *more,
                        "--out", folder],
                       stdout=subprocess.DEVNULL, check=True)
        trace = Trace(folder)
    # The longest sum: a filter's over its inputs, or a gradient's over the batch's rows.
    rows = batch * trace.get("sample_labels")[0].numel()
    gamma = max(trace.index["inputs"], rows) * np.finfo(np.float64).eps
    path, moved = Replay(trace).run(), Replay(trace, gamma).run()
    theirs = [trace.theta(t + 1) for t in range(STEPS)]
    found = [apart(path[t], theirs[t]) for t in (0, STEPS - 1)]
    allowed = [max(gamma, apart(moved[t], path[t])) for t in (0, STEPS - 1)]
    passes, way = passes_agree(trace), moved_by(trace.theta(0), theirs[-1])
    # Of a way that is not far above the tolerance the comparison would see nothing.
    good = all(f <= a for f, a in zip(found, allowed)) and passes <= gamma and allowed[1] <= 1e-3 * way
    table = [(label, SHORT[network], RULES[name.rpartition("+")[2]][1] +
              ("; autograd twice" if name.startswith("teleport") else ""), f"{passes:.1e}",
              *(f"{v:.1e}" for pair in zip(found, allowed) for v in pair), f"{way:.1e}", "" if good else "DIFFERS")]
    print(f"{label}, {SHORT[network]}: {found[1]:.1e}", file=sys.stderr, flush=True)
    wrong = int(not good)
    if name == "sgd" and network == BN:  # the control: another rate has to be seen
        other = Replay(trace, rate_factor=1 + 1e-6).run()
        control = apart(other[0], theirs[0])
        wrong += int(control <= allowed[0])
        table.append(("sgd, rate × (1 + 1e-6)", SHORT[network], "control: has to differ", "", f"{control:.1e}",
                     f"{allowed[0]:.1e}", "", "", "", "" if control > allowed[0] else "NOT SEEN"))
    return table, wrong, trace.index["dataset"]


def main(symopt, wanted):
    listed = subprocess.run([symopt, "list", "optimizers"], capture_output=True, text=True, check=True).stdout
    names = [n for n in re.findall(r"^ {2}([a-z][a-z0-9-]*) ", listed, re.M)]
    unknown = [n for n in names if n not in RULES]
    if unknown or len(names) < len(RULES):
        raise SystemExit(f"optimizers: expected {sorted(RULES)}, found {sorted(names)}")
    cases = []
    for name in names:
        networks = {"natural": (SMALL_BN, SMALL_PLAIN), "enorm": (PLAIN, POOLED), "g-sgd": (TINY_PLAIN,)}.get(name, (BN, PLAIN))
        for settings in [INSTEAD.get(name, "")] + MORE.get(name, []):
            cases += [(name, settings, network) for network in networks]
    cases += TELEPORTS + WRAPPED + PIXEL_CASES
    if wanted:
        cases = [c for c in cases if c[0] in wanted]
    rows = [("optimizer", "network", "against", "passes", "θ, step 1", "allowed", f"θ, step {STEPS}", "allowed",
             "moved", "")]
    failed, datasets = 0, []
    # Cases know nothing of each other.
    with concurrent.futures.ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for own, wrong, dataset in pool.map(compare, [symopt] * len(cases), cases):
            rows += own
            failed += wrong
            datasets += [dataset] if dataset not in datasets else []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(w) if i < 3 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip())
    print("networks: " + ", ".join(f"{short} {network}" for network, short in SHORT.items()))
    print(f"{len(cases)} replays of {STEPS} steps on {' and '.join(datasets)} with PyTorch {torch.__version__} in double: "
          + ("all within their tolerances" if not failed else f"{failed} DIFFER"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
