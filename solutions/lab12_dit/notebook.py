# %% [markdown]
# # 12 · Diffusion transformers and rectified flow
#
# **Goal.** Write Stable Diffusion 3 in small: latents as tokens, blocks that the time turns, straight
# paths from data to noise, one attention for picture and text. Train it in three minutes, and count the
# prompts that it follows.
#
# **Time:** about 190 minutes
#
# **Needs:** nothing of earlier notebooks; CLIP and the autoencoder are given.
#
# You write `exercise_lib/dit.py`, `exercise_lib/flow.py` and two cells of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import dataclasses
import json
import math
import os
from pathlib import Path

import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.check import check
from exercise_lib.images import captions, flow_plots, oracle, plots, render, scenes, toy_paths
from exercise_lib.images.vae import load_vae

# %%
from exercise_lib import dit, flow

# %% [markdown]
# ## Latents as tokens
#
# An autoencoder makes latents of pictures: 8 channels on 8 x 8 places, in the place of 3 x 32 x 32 pixels. The
# U-Net of Stable Diffusion 1 works on such latents with convolutions. A *diffusion transformer*
# ([DiT](https://arxiv.org/abs/2212.09748), slide "Diffusion Transformers (DiT)") cuts them into patches and treats
# each as a word.

# %% tags=["skip-when-grading"]
quick = "EXERCISE_QUICK" in os.environ
vae = load_vae()
shown = render.render(scenes.draw_scenes(8, seed=20, world=scenes.NURSERY))  # (8, 3, 32, 32) uint8
latents = vae.latents(shown)  # (8, 8, 8, 8): pictures, channels, rows, columns
print(latents.shape, f"standard deviation {latents.std():.2f}")
plots.sheet(torch.cat([shown / 255, vae.draw(latents)]));

# %% [markdown]
# **What to see.** Below each picture what the autoencoder makes of its latents: nothing that matters is lost. All that
# follows happens in latents; only at the end they are drawn.

# %% [markdown]
# ## TODO 12.1 · Patches as tokens
#
# Patches of $p \times p$ places, row after row; the numbers of a token are ordered by row, column and channel,
# $(u, v, c)$, of the patch:
#
# $$ x_{b, (i, j), (u, v, c)} = z_{b, c, i p + u, j p + v} \tag{12.1} $$
#
# Fill `patchify` in `exercise_lib/dit.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Split: `reshape(batch, channels, rows, patch, columns, patch)`. A reshape alone never changes the order in which
# numbers lie in memory.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `permute(0, 2, 4, 3, 5, 1)`, then one more `reshape`.
#
# </details>

# %%
check("dit.patchify")

# %% [markdown]
# ## TODO 12.2 · Tokens as a picture
#
# The way back. A mistake in (12.1) that is undone here is seen by no round trip: a network would have to learn from
# stripes. Fill `unpatchify`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The same three steps backwards: split into six axes, `permute`, join.
#
# </details>
# <details><summary>Hint 2</summary>
#
# From `(B, rows, columns, p, p, C)` to `(B, C, rows, p, columns, p)`.
#
# </details>

# %%
check("dit.unpatchify")

# %% tags=["skip-when-grading"]
tokens = dit.patchify(latents, 2)
print("latents", tuple(latents.shape), "became tokens", tuple(tokens.shape))
mixed = tokens.clone()
mixed[:, 8:] = tokens.roll(1, 0)[:, 8:]  # the last 8 of 16 tokens are the next picture's
halves = vae.draw(dit.unpatchify(mixed, 2, 4))
stripes = vae.draw(tokens.reshape(latents.shape))  # without permute
plots.sheet(torch.cat([vae.draw(latents), halves, stripes]));

# %% [markdown]
# **What to see.** Middle row: the last 8 of 16 tokens are another picture's, and the seam is half way down: tokens stand
# row after row. Last row: tokens put together by a reshape alone.

# %% [markdown]
# ## TODO 12.3 · Features of the time
#
# The network has to know how much noise there is: a time $t$ from 0, data, to 1, noise. One number says little to a
# linear layer, so it becomes $d$, at $d/2$ frequencies:
#
# $$ w_k = 10000^{-k / (d/2)}, \qquad [\cos(1000\, t\, w_k), \; \sin(1000\, t\, w_k)], \qquad k = 0 \dots d/2 - 1 \tag{12.2} $$
#
# Fill `time_features`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.arange(half) / half` are the exponents, without their sign.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `times[:, None] * frequencies` are all products, `(B, d/2)`; `torch.cat([...], dim=1)`.
#
# </details>

# %%
check("dit.time_features")

# %% tags=["skip-when-grading"]
import matplotlib.pyplot as plt

times = torch.linspace(0, 1, 201)
features = dit.time_features(times, 64)
small = dit.time_features(times / 1000, 64)  # as if the factor 1000 were missing
_, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
figures.image(features.T, axes[0], extent=(0, 1, -0.5, 63.5), scale="feature")
axes[0].set(xlabel="time t", ylabel="feature, cosines first")
like = {"as in (12.2)": features, "without the factor 1000": small}
cosines = {name: F.cosine_similarity(its, its[100], dim=1) for name, its in like.items()}
figures.curves(cosines, axes[1], x=times, xlabel="time t", ylabel="cosine with t = 0.5");

# %% [markdown]
# **What to see.** Left: quick waves below, slow ones above, twice. Right: features of near times are alike, and of far
# ones less; without the factor all times look the same, and the network would be blind to the noise.

# %% [markdown]
# ## TODO 12.4 · Modulation
#
# How does a condition, the time and more, reach the tokens? DiT tried four ways. The best: a condition chooses scale and
# shift behind each norm, *adaptive layer norm*:
#
# $$ \text{modulate}(x_{bn}) = x_{bn} \, (1 + \text{scale}_b) + \text{shift}_b \tag{12.3} $$
#
# Fill `modulate`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `(B, d)` and `(B, N, d)` don't fit: where is an axis missing?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `scale[:, None]` is `(B, 1, d)`. Without it, a batch with as many pictures as tokens raises no error.
#
# </details>

# %%
check("dit.modulate")

# %% [markdown]
# ## TODO 12.5 · The block
#
# Six vectors of the condition turn a block: shift, scale and a *gate* for attention, and the same for the MLP:
#
# $$ a = x + \text{gate}_1 \, \text{attention}(\text{modulate}(\text{norm}(x), \text{shift}_1, \text{scale}_1)) $$
# $$ y = a + \text{gate}_2 \, \text{mlp}(\text{modulate}(\text{norm}(a), \text{shift}_2, \text{scale}_2)) \tag{12.4} $$
#
# Fill `DiTBlock.forward`; the layers are made already.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two lines for attention, two for the MLP: `self.norm1`, `modulate`, `self.attn`, then add.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `x = x + gate_1[:, None] * self.attn(modulate(self.norm1(x), shift_1, scale_1))`.
#
# </details>

# %%
check("dit.DiTBlock")

# %% [markdown]
# ## TODO 12.6 · What begins as zero
#
# DiT calls its block adaLN-*Zero*: what makes the six vectors begins with weights and biases of 0. So all gates are 0,
# each block is the identity, and a deep network begins as a shallow one. The last layer begins as 0, too.
#
# Fill `zero_init`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Of each block the layer is `block.adaLN_modulation[-1]`; of `final` there are two.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `nn.init.zeros_(layer.weight)`, and the same for `layer.bias`, in a loop.
#
# </details>

# %% [markdown]
# **Predict.** A new network says 0 to everything. Which layers get a gradient in the very first step of training: (a)
# all, (b) those of the gates, (c) the last one alone?

# %%
check("dit.zero_init")

# %% tags=["skip-when-grading"]
from exercise_lib.images.caption_features import load_reader
from exercise_lib.images.dit_network import Dit, DitSize

torch.manual_seed(0)
reader = load_reader()
network, said = Dit(DitSize()), reader.read(["a red circle"] * 8)
optimizer = torch.optim.SGD(network.parameters(), 0.5)
for step in range(1, 4):
    optimizer.zero_grad()
    F.mse_loss(network(latents, torch.rand(8), said), torch.randn(latents.shape)).backward()
    moved = [name for name, it in network.named_parameters()
             if it.grad is not None and it.grad.any()]
    print(f"step {step}: {len(moved)} tensors get a gradient, such as {moved[-1]}")
    optimizer.step()

# %% [markdown]
# <details><summary>Answer</summary>
#
# (c): what comes before the last layer is multiplied by its weights, which are 0. In the second step modulations follow
# and what makes tokens of patches, in the third nearly the whole network. Had attention begun as 0 behind gates of 0, it would stay there for ever.
#
# </details>

# %% [markdown]
# ## TODO 12.7 · Parameters of a block
#
# DiT comes in sizes: S has a width of $d = 384$ and 12 blocks, B 768 and 12, L 1024 and 24, XL 1152 and 28. How many
# parameters has a block of width $d$, if the MLP is $r$ times as wide inside? Count the linear layers of `DiTBlock`, with
# biases.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Five linear layers: `qkv`, `proj`, `fc1`, `fc2` and the one of `adaLN_modulation`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A linear layer from n to m has n m + m. The MLP goes from d to r d and back.
#
# </details>

# %%
def block_parameters(width, ratio=4):
    """Number of parameters, an int, of a DiTBlock whose MLP is `ratio` times as wide inside."""
    ### BEGIN SOLUTION
    # TODO 12.7: five linear layers
    attention = 3 * width**2 + 3 * width + width**2 + width
    mlp = 2 * ratio * width**2 + ratio * width + width
    modulation = 6 * width**2 + 6 * width
    return attention + mlp + modulation
    ### END SOLUTION

# %%
check("count.block_parameters", block_parameters)

# %% tags=["skip-when-grading"]
def beside_blocks(d, patch=2, channels=4, classes=1001, frequencies=256):
    """DiT's embeddings of patches, places (of 16 x 16), time and class, and its last layer."""
    time = frequencies * d + d + d * d + d
    last = 2 * d * d + 2 * d + (d + 1) * 2 * channels * patch**2
    return (channels * patch**2 + 1) * d + 256 * d + time + classes * d + last


sizes = {"S": (384, 12, 33), "B": (768, 12, 130), "L": (1024, 24, 458), "XL": (1152, 28, 675)}
for name, (d, depth, millions) in sizes.items():
    total = depth * block_parameters(d) + beside_blocks(d)
    of_it = depth * 6 * (d * d + d) / total
    print(f"DiT-{name}/2: {total / 1e6:.1f} M, published {millions} M; modulation {of_it:.0%}")

# %% [markdown]
# A third of all weights only says how much of each block is used. (Later networks,
# [PixArt-alpha](https://arxiv.org/abs/2310.00426) among them, let all blocks share these.)

# %% [markdown]
# ## TODO 12.8 · Straight paths
#
# Now what the network learns. Diffusion mixes data and noise along a curve and asks for the noise. A *rectified flow*
# ([Liu et al. 2022](https://arxiv.org/abs/2209.03003), [Lipman et al. 2022](https://arxiv.org/abs/2210.02747),
# [Esser et al. 2024](https://arxiv.org/abs/2403.03206)) takes the straight line, and asks for its velocity:
#
# $$ z_t = (1 - t)\, x + t\, \epsilon, \qquad v = \frac{dz_t}{dt} = \epsilon - x \tag{12.5} $$
#
# Fill `interpolate` in `exercise_lib/flow.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `times` is `(B,)`, data have any number of axes: `times.reshape(-1, *[1] * (data.dim() - 1))`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The velocity does not depend on t.
#
# </details>

# %%
check("flow.interpolate")

# %% tags=["skip-when-grading"]
t = torch.linspace(0, 1, 6)
torch.manual_seed(1)
noise, rows = torch.randn(1, 8, 8, 8), {}
for name, number in (("a picture", 0), ("another", 5)):
    data = latents[number].expand(6, -1, -1, -1)
    rows[name] = vae.draw(flow.interpolate(data, noise.expand_as(data), t)[0])
flow_plots.grid(rows, [f"t = {it:.1f}" for it in t.tolist()]);

# %% [markdown]
# **What to see.** Latents on their way to noise, drawn by the autoencoder. Colour and place last longest, the outline goes
# first: so coming back, a picture gets its layout early, and its shape late.

# %% [markdown]
# ## Straight pairs, bent ways
#
# A network sees $z_t$ and $t$, not the pair. Where many pairs pass, the best it can say is their mean velocity. For five
# points as data this mean can be worked out exactly, without a network.

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
five, start = toy_paths.points(5), torch.randn(60, 2)
ends = five[torch.randint(5, (60,))]
pairs = torch.stack([flow.interpolate(ends, start, torch.full((60,), t))[0] for t in (1.0, 0.0)])
exact = toy_paths.exact_velocity(five, toy_paths.straight_levels)
curved = toy_paths.exact_velocity(five, toy_paths.curved_levels)
ways = {
    "pairs that are learned from": pairs,
    "rectified flow, mean velocity": toy_paths.follow(exact, start, 200),
    "cosine schedule, mean velocity": toy_paths.follow(curved, start, 200),
}
flow_plots.paths(ways, five);

# %% [markdown]
# **What to see.** Pairs are straight, and cross. Ways of the mean velocity never cross, so they can't all be straight: those
# of the flow make for the middle of the data first, then turn off and run straight to their point. Those of the cosine
# schedule, which diffusion uses, come in arcs and curl in at the end.

# %% [markdown]
# ## TODO 12.9 · Times to learn at
#
# At $t = 0$ and 1 there is little to learn: near the noise the mean of all data is the best guess, near the data little
# is missing. Stable Diffusion 3 draws times in the middle more often, *logit-normal*, of a normal number $u$:
#
# $$ t = \frac{1}{1 + e^{-(m + s u)}} \tag{12.6} $$
#
# Fill `draw_times`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# First the logit, a normal number with mean m and standard deviation s.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.sigmoid`.
#
# </details>

# %%
check("flow.draw_times")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
u, bins = torch.randn(200_000), torch.linspace(0, 1, 41)
middles = (bins[1:] + bins[:-1]) / 2
kinds = {"m = 0, s = 1 (SD 3)": (0, 1), "m = 1, s = 1": (1, 1), "m = 0, s = 2.5": (0, 2.5)}
densities = {
    name: torch.histogram(flow.draw_times(u, *its), bins, density=True).hist
    for name, its in kinds.items()
}
figures.curves(densities, x=middles, xlabel="time t", ylabel="density");

# %% [markdown]
# **What to see.** $m$ moves times to the noise, a large $s$ drives them apart, to both ends.

# %% [markdown]
# ## TODO 12.10 · Shifted times
#
# A larger picture has more numbers that tell the same thing, so the same $t$ hides less of it. Noise has to be added
# "further": Stable Diffusion 3 moves the times of sampling (and of training), by $a = 3$ at 1024 x 1024 pixels:
#
# $$ t' = \frac{a t}{1 + (a - 1) t} \tag{12.7} $$
#
# Fill `shift_times`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# 0 stays 0, and 1 stays 1.
#
# </details>
# <details><summary>Hint 2</summary>
#
# It adds ln a to the logit of t: another way to write it, and a test of yours.
#
# </details>

# %%
check("flow.shift_times")

# %% tags=["skip-when-grading"]
t = torch.linspace(0, 1, 101)
shifted = {f"a = {a:g}": flow.shift_times(t, a) for a in (0.5, 1.0, 3.0, 6.0)}
figures.curves(shifted, x=t, xlabel="time t", ylabel="shifted time t'")
print("8 steps, a = 3:", [f"{it:.2f}" for it in flow.shift_times(torch.linspace(1, 0, 9), 3.0)])

# %% [markdown]
# **What to see.** With $a$ above 1 all times between come nearer to noise: of eight steps five lie above $t = 0.6$, where
# the layout is decided.

# %% [markdown]
# ## TODO 12.11 · From noise to data
#
# To paint, walk the way back: from noise at $t_0 = 1$ in $n$ steps, each along the velocity of where you are (*Euler's
# method*):
#
# $$ t_i = \text{shift}(1 - i / n), \qquad z_{i+1} = z_i + (t_{i+1} - t_i)\, v(z_i, t_i), \qquad i = 0 \dots n - 1 \tag{12.8} $$
#
# Fill `euler`. (Papers differ in which end is noise, and [code mixes
# them up](https://github.com/kohya-ss/sd-scripts/issues/2215).)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# n steps have n + 1 times: `torch.linspace(1, 0, steps + 1)`, sent through `shift_times`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `for now, then in itertools.pairwise(times)`, or by an index. `then - now` is negative: leave it so.
#
# </details>

# %%
check("flow.euler")

# %% tags=["skip-when-grading"]
from exercise_lib.images.flow_painter import ddim

counts, by_noise = (1, 2, 3, 4, 6, 8, 12, 16), toy_paths.exact_noise(five, toy_paths.curved_levels)
wrong = {"flow, Euler": [], "cosine schedule, Euler": [], "cosine schedule, DDIM": []}
fields = dict(zip(wrong, (exact, curved)))
true = {name: toy_paths.follow(field, start, 2000)[-1] for name, field in fields.items()}
true["cosine schedule, DDIM"] = true["cosine schedule, Euler"]
for n in counts:
    made = {name: flow.euler(field, start, n) for name, field in fields.items()}
    made["cosine schedule, DDIM"] = ddim(by_noise, start, n)
    for name, its in made.items():
        wrong[name].append(float((its - true[name]).norm(dim=1).mean()))
ax = figures.curves(wrong, x=counts, xlabel="steps", ylabel="mean distance from the true end")
ax.set(xscale="log", xticks=counts, xticklabels=counts)
ax.minorticks_off()

# %% [markdown]
# **What to see.** From three steps on the flow is ahead, with six it is there. DDIM, the sampler that knows its curve, is
# between the flow and plain Euler steps on the curve. One step is too few for all: from pure noise the flow jumps to the
# middle of the data, where none are.

# %% [markdown]
# ## TODO 12.12 · Joint attention
#
# DiT has one vector for the class, PixArt-alpha lets places ask words. Stable Diffusion 3 (*MM-DiT*) makes tokens of both:
# each has weights of its own, and one softmax runs over places and words alike:
#
# $$ \begin{bmatrix} p \\ w \end{bmatrix} = \text{softmax}\left( \frac{1}{\sqrt d} \begin{bmatrix} q_p \\ q_w \end{bmatrix}
# \begin{bmatrix} k_p \\ k_w \end{bmatrix}^{\!\top} \right) \begin{bmatrix} v_p \\ v_w \end{bmatrix} \tag{12.9} $$
#
# Nobody hears padding. Fill `joint_attention`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.cat([picture, text], dim=3)` joins the tokens of queries, keys and values at once.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `heard[:, None, None, :]` fits the scores `(B, heads, N + L, N + L)`; `masked_fill` with `-math.inf` before the softmax.
#
# </details>

# %%
check("flow.joint_attention")

# %% [markdown]
# ## Training
#
# All parts together (`exercise_lib/images/dit_network.py`): 16 tokens of a latent, those of its words, three blocks of
# width 96, a million weights. Captions come from the frozen CLIP of notebook 08: words as tokens, and its embedding beside the
# time in the condition. Some captions are dropped, for guidance. Three minutes of one core.

# %% tags=["skip-when-grading"]
from exercise_lib.images.flow_training import FlowConfig
from exercise_lib.train import train

config = FlowConfig(steps=4, batch=8, scenes=64) if quick else FlowConfig()
folder = Path("runs") / ("flow-quick" if quick else "flow")
every_steps = 2 if quick else 400
task, log = train("flow", folder, config, evaluate_every=every_steps, checkpoint_every=100)
painter = task.painter()

# %% tags=["skip-when-grading"]
prompts = [f"a{'n' * (it[0] == 'o')} {it} {shape}" for it in scenes.COLOURS for shape in
           scenes.SHAPES[:4]][:: 4 if quick else 1]
painted = painter.paint(prompts, n_steps=8)
right = [it.holds(scene) for it, scene in zip(map(captions.parse, prompts), oracle.read(painted))]
print(f"{sum(right)} of {len(prompts)} are right, as the oracle reads them")
plots.sheet(painted, [it if ok else f"{it} (not read)" for it, ok in zip(prompts, right)]);

# %% [markdown]
# **What to see.** A row for two colours, four shapes each. Colours are right; what goes wrong is the shape, and stars above
# all. Below a picture that the oracle reads as something else stands "(not read)".

# %% tags=["skip-when-grading"]
asked = task.examined["centred"][: 8 if quick else 100]
scored = {
    f"guidance {w:g}": {
        str(n): oracle.share_true(asked, painter.paint(asked, n, w)) for n in (1, 2, 4, 8, 16)
    }
    for w in (1.0, 2.0)
}
flow_plots.by_steps(scored, n_prompts=len(asked));

# %% [markdown]
# **What to see.** One step of the unguided flow paints most prompts rightly, four nearly as many as 16. Guidance of 2 needs
# more than one step, and then follows more prompts: with 200 other prompts .94 against .85 at 16 steps.

# %% tags=["skip-when-grading"]
from exercise_lib.images.flow_widget import prompt_page

prompt_page(painter)

# %% [markdown]
# Type a prompt of your own, with one thing. Each picture is what the velocity points to at that time, $z_t - t v$. When is
# the colour decided, when the shape? What does guidance change, what the shift?

# %% [markdown]
# ## What was measured
#
# Three minutes of training can't be repeated here for each comparison, so the next three figures are recorded:
# `python -m benchmarks.dit --train` made them, with the same data, steps and width as above, one run each, 200
# prompts that no training saw, without guidance. Error bars are standard errors.

# %% tags=["skip-when-grading"]
from exercise_lib.images.measured import read_measured

measured = read_measured()
hearing = {name: its["right by steps"] for name, its in measured["hearing"].items()}
for name, its in measured["hearing"].items():
    print(f"{name:26} {its['parameters'] / 1e6:.2f} M, {its['processor seconds']} s")
flow_plots.by_steps(hearing, n_prompts=200);

# %% [markdown]
# **What to see.** Bars overlap at 16 steps: in a world of one thing a caption fits into one vector, and all three ways
# work. What tells them apart, who stands left of whom, is not in these captions. In one and two steps the pooled caption is
# behind.

# %% tags=["skip-when-grading"]
predicting = {name: its["right by steps"] for name, its in measured["predicting"].items()}
flow_plots.by_steps(predicting, n_prompts=200);

# %% [markdown]
# **What to see.** Same network, same steps of training. The flow follows .84 of the prompts with 4 steps and .85 with 16; the
# network that predicts the noise .62 with 16, and .17 with one. Its loss is *smaller*: .088 against .192.

# %% tags=["skip-when-grading"]
flow_plots.loss_and_picture(measured["one jump"]);

# %% [markdown]
# **What to see.** One jump from noisy latents of real pictures to the clean ones. With 16 times as much noise as data the
# noise's loss is a hundredth of the flow's, and its picture is right in .29 of the cases, against .81: what is left of an error in
# the noise is multiplied by 16 on the way to the picture. A loss is no picture.

# %% [markdown]
# ## Shifted sampling
#
# With four steps it matters where they are. The same network, the same noise, times shifted by $a$:

# %% tags=["skip-when-grading"]
shifts = {}
for a in (0.25, 0.5, 1.0, 2.0, 4.0):
    pictures = painter.paint(asked, n_steps=4, shift=a)
    shifts[f"a = {a:g}"] = oracle.share_true(asked, pictures)
print({name: round(share, 2) for name, share in shifts.items()})
plots.bars(shifts, xlabel="prompts right, 4 steps", chance=1 / 32);

# %% [markdown]
# **What to see.** Differences are small, two prompts in a hundred or three between neighbours; steps nearer to the noise, $a$ of 2
# and 4, do a little better here than steps nearer to the data.

# %% [markdown]
# ## The kept one
#
# A larger network, trained for 4000 steps (`data/dit`; where it is missing, yours is shown). With 16 steps it
# follows .97 of 400 prompts unguided, and .99 with guidance 2; with 4 steps .95 and .99.

# %% tags=["skip-when-grading"]
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.flow_painter import load_dit, make_painter

try:
    kept = make_painter(load_dit())
except UnusableData as error:  # it is not part of what is handed out
    kept, _ = painter, print(error)
some = [f"a {it} on plain {tone}" for it in ("red star", "blue square", "green circle")
        for tone in ("white", "black")]
walks = kept.walk(some, n_steps=8)
rows = {str(it): torch.cat([vae.draw(seen.clean[[n]]) for seen in walks])
        for n, it in enumerate(some)}
flow_plots.grid(rows, [f"t = {seen.time:.2f}" for seen in walks]);

# %% [markdown]
# **What to see.** What the velocity points to at each time. At $t = 1$ it is the mean of all that fits the caption: colour and ground
# are there from the first step, and a ragged shape in the middle; later steps clean its outline.

# %% [markdown]
# ## TODO 12.13 · Find the mistake
#
# *Heun's* step ([Karras et al. 2022](https://arxiv.org/abs/2206.00364)) takes the mean of the velocities at both ends. Euler's
# error falls as $1 / n$, its own should as $1 / n^2$. The code below is no better than Euler.
#
# **How to hunt.** For $v = z$ from $t = 1$ to 0 the end is known: $z / e$. What is the error of 10 steps, of 20?

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Where is the second velocity asked, and when?
#
# </details>
# <details><summary>Hint 2</summary>
#
# At the end of the step there is another z: where Euler's step leads.
#
# </details>

# %%
def heun_step(velocity, z, now, then):
    """Return z at time `then`, by the mean of the velocities at both ends of the step."""
    ### BEGIN SOLUTION
    # TODO 12.13: no better than Euler
    first = velocity(z, now)
    there = z + (then - now) * first
    second = velocity(there, then)
    return z + (then - now) * (first + second) / 2
    ### HANDED OUT
    # first = velocity(z, now)
    # second = velocity(z, then)
    # return z + (then - now) * (first + second) / 2
    ### END SOLUTION

# %%
check("mend.heun_step", heun_step)

# %% tags=["skip-when-grading"]
from itertools import pairwise


def heun(velocity, z, n):
    for now, then in pairwise(torch.linspace(1, 0, n + 1)):
        z = heun_step(velocity, z, now, then)
    return z
ends, counts = math.exp(-1), (5, 10, 20, 40)
errors = {
    name: [float((walk(lambda z, t: z, torch.ones(1), n) - ends).abs()) for n in counts]
    for name, walk in {"Euler": flow.euler, "Heun": heun}.items()
}
ax = figures.curves(errors, x=counts, xlabel="steps", ylabel="error at t = 0")
ax.set(xscale="log", yscale="log", xticks=counts, xticklabels=counts)
ax.minorticks_off()

# %% [markdown]
# **What to see.** On logarithmic axes Euler's error falls with slope -1, Heun's with slope -2. But Heun asks the network
# twice a step: compare it with Euler of twice the steps.

# %% [markdown]
# ## Experiment
#
# Ungraded. Change one thing and train anew, in the background: uniform times (`spread=0.0`); times nearer to noise
# (`mean=1.0`); places ask words (`hearing="cross"`); the noise in the place of the velocity (`predicts="noise"`); objects anywhere
# (`worlds="anywhere"`). Guess first: what happens to the loss, what to the prompts?

# %% tags=["skip-when-grading"]
from exercise_lib.train.background import BackgroundRun

changed = dataclasses.replace(config, spread=0.0)
experiment = BackgroundRun("flow", Path("runs") / "flow-experiment", changed, every_steps)
experiment.widget

# %% tags=["skip-when-grading"]
lines = Path("runs") / "flow-experiment" / "log.jsonl"  # run it again while the experiment goes on
if lines.exists():
    entry = json.loads(lines.read_text().splitlines()[-1])
    at_that_step = next((it for it in log if it["step"] == entry["step"]), log[-1])
    for name in entry.keys() & at_that_step.keys():
        print(f"{name:16} {entry[name]:8.3f}   before: {at_that_step[name]:8.3f}")

# %% [markdown]
# <details><summary>What we found</summary>
#
# Right of 200 prompts at 1, 4 and 16 steps, and the loss after 2000 steps:
#
# - as it should be .74, .84, .85; loss .19
# - uniform times .80, .85, .86; loss .28
# - times nearer to noise .89, .83, .86; loss .23
# - the noise predicted .17, .64, .62; loss .09
#
# Losses of different times can't be compared. Who learns at more noise is better in a single step.
#
# </details>

# %% [markdown]
# ## Question 12
#
# "The paths of a rectified flow are straight, so one step is enough." Use the figures of the five points: what is straight,
# and what is not? Where does one step lead, and why does it nevertheless give many prompts their right picture
# here? How could the ways be made straighter, so that one step is enough?

# %% [markdown] question="one-step" points=2
# ### BEGIN SOLUTION
# Straight are the pairs that the network learns from. It does not know the pair, so it learns the mean velocity of
# all pairs that pass z at t, and the ways along this mean turn, or they would cross. At t = 1, z is pure noise and says nothing
# of x: the mean velocity there is z minus the mean of the data, and one step leads to that mean: with five points
# to the middle between them, where there are no data.
#
# A network is asked with a caption, so one step leads to the mean of the pictures that fit the caption. Centred things of one shape
# and colour look much alike, so that their mean can be read; what the caption leaves open, such as the ground, is mixed.
#
# Straighter ways: couple noise and data so that pairs don't cross. Reflow (Liu et al. 2022) trains a second flow on pairs of
# noise and the picture to which the first flow leads from it; distillation and optimal transport couplings count, too.
#
# **Rubric.** 1 point: pairs are straight, the learned mean is not, and one step leads to the mean of the data (of what fits
# the caption). 1 point: pictures that fit a caption are alike here, and a way to straighter paths: new pairs of noise with
# what the flow made of it, or an equivalent.
# ### END SOLUTION
