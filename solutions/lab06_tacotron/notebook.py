# %% [markdown]
# # 06 · Tacotron
#
# **Goal.** Build the networks that read text and write mel frames, teach one to speak in minutes,
# and find out whether its diagonal is true.
#
# **Time:** about 150 minutes, 5 to 10 of them training
#
# **Needs:** TODO 1.2 for the checks; 1.6 to 1.8 (scores) and 2.1 to 2.6 (mel, with 2.4) for the
# training; 1.1 and 1.3 for Tacotron 1.
#
# You write `exercise_lib/tacotron1.py`, `exercise_lib/tacotron2.py` and cells of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import copy
import os
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.speech import audio, data, plots
from exercise_lib.check import check
from exercise_lib.speech.recorded import RecordedAttention
from exercise_lib.speech.text import SYMBOLS, encode_text

# %%
from exercise_lib import mel, tacotron1, tacotron2

# %% [markdown]
# ## TODO 6.0 · Characters to numbers
#
# A network reads numbers: every character becomes the number of its symbol, which picks one row of
# a table that is learned, the embedding. 0 is kept for padding.
#
# Write `encode`. A capital letter that has no symbol is read as its small one. What still has none
# is a `ValueError` that names it: a letter left out in silence is found by nobody.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `symbols.index(character)` is the place of a character in the table.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `symbols[1:]` is the table without the padding.
#
# </details>

# %%
def encode(text, symbols):
    """Places of a text's characters in a table of symbols, `(T_enc,)`; symbols[0] is padding."""
    ### BEGIN SOLUTION
    # TODO 6.0: capital letters as small ones where needed; then their places, or a ValueError
    spelled = [it if it in symbols[1:] else it.lower() for it in text]
    if unknown := set(spelled) - set(symbols[1:]):
        raise ValueError(f"no symbol for {unknown}")
    return torch.tensor([symbols.index(it) for it in spelled])
    ### END SOLUTION

# %%
check("tacotron.encode", encode)

# %% [markdown]
# Letters are not sounds: *though*, *tough*. Many systems look words up in a dictionary first and read
# **phonemes** (/ð oʊ/, /t ʌ f/). Both Tacotrons read letters and learn the rules from speech.
#
# Before that, text is **normalised**: written as it is said, numbers in words.

# %% tags=["skip-when-grading"]
from exercise_lib.speech.normalisation import normalise_text

corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
utterance = corpus[0]
tokens = encode_text(utterance.text)  # (T_enc,), by the given function
print(len(SYMBOLS), "symbols:", SYMBOLS)
print(utterance.text)
print(tokens.tolist())
print(normalise_text("Dr. Ray paid $5.50 in 1984 (for “crêpes”)."))
try:
    encode_text("Größe 42")
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# ## TODO 6.1 · Highway layer
#
# [Tacotron 1](https://arxiv.org/abs/1703.10135) (Wang et al. 2017; slide "Tacotron 1") reads with a
# CBHG: a **c**onvolution **b**ank, a **h**ighway network and a **G**RU. A
# highway layer decides for every number how much of it is transformed and how much just passes
# ([Srivastava et al. 2015](https://arxiv.org/abs/1505.00387)):
#
# $$ y = t \odot \mathrm{ReLU}(H x) + (1 - t) \odot x, \qquad t = \sigma(T x) \tag{6.1} $$
#
# Fill `Highway.forward` in `exercise_lib/tacotron1.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `self.gate` is $T$, `self.transform` is $H$; both are linear layers.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `t = torch.sigmoid(self.gate(x))`, then the mixture.
#
# </details>

# %% cell="check-tacotron-highway"
check("tacotron.Highway")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
layer, x = tacotron1.Highway(64), torch.randn(100, 64)
biases = torch.linspace(-6, 6, 25)
passed, transformed = [], []
with torch.no_grad():
    for bias in biases:
        layer.gate.bias.fill_(bias)
        passed.append((layer(x) - x).abs().mean())
        transformed.append((layer(x) - F.relu(layer.transform(x))).abs().mean())
lines = {"distance from x": torch.stack(passed), "distance from ReLU(Hx)": torch.stack(transformed)}
ax = figures.curves(lines, x=biases, xlabel="bias of the gate", ylabel="mean |difference|")
ax.axvline(-1, color="grey", linewidth=1, linestyle=":")
ax.annotate("at the start", (-0.9, 0.02));

# %% [markdown]
# **What to see.** With a low bias the layer is the identity, with a high one an ordinary layer.
# Training starts at -1: most of the input passes, and gradients reach the layers below.

# %% [markdown]
# ## TODO 6.2 · Convolution bank
#
# Convolutions of width 1, 2, ... $K$ look at letters, pairs, triples, as n-grams do:
#
# $$ y = x + P_2 \, \mathrm{ReLU}\big(P_1 \max_{2}[\mathrm{ReLU}(C_1 x); \ldots; \mathrm{ReLU}(C_K x)]
# \big) \tag{6.2} $$
#
# where $\max_2$ takes the larger of a step and the next one (the last step is compared with
# nothing), and $P_1$, $P_2$ are convolutions of
# width 3. Fill `CBHG.convolve`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `self.bank` holds $C_1$ to $C_K$; stack their ReLUs along the channels, `dim=1`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A pool of width 2 and stride 1 is one step short: pad one zero on the right first, `F.pad(x, (0,
# 1))`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# $P_1$ and $P_2$ are `self.projections`; ReLU behind the first only, then add x.
#
# </details>

# %% cell="check-tacotron-cbhg"
check("tacotron.CBHG")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
step = torch.zeros(1, 16, 41)
step[0, :, 20] = 1.0  # one character changes
reached = {}
for K in (2, 8, 16):
    cbhg = tacotron1.CBHG(tacotron1.CBHGConfig(16, K, 16, 16)).eval()
    with torch.no_grad():
        change = cbhg.convolve(step) - cbhg.convolve(torch.zeros_like(step))
    reached[f"K = {K}"] = (change[0].abs().mean(0) > 1e-6).float()  # (T_enc,)
figures.curves(
    reached,
    x=range(-20, 21),
    xlabel="encoder step, from the changed character",
    ylabel="does it notice? (0 or 1)",
);

# %% [markdown]
# **What to see.** The wider the bank, the further a changed character is noticed: half of $K$ to each
# side, and a little more by the pool and the projections.

# %% [markdown]
# ## TODO 6.3 · Encoder of Tacotron 2
#
# [Tacotron 2](https://arxiv.org/abs/1712.05884) (Shen et al. 2018; slide "Tacotron 2") reads with
# three plain convolutions and a bidirectional LSTM:
#
# $$ h = \mathrm{BiLSTM}\big(\mathrm{ReLU}(F_3 * \mathrm{ReLU}(F_2 * \mathrm{ReLU}(F_1 * E)))\big)
# \tag{6.3} $$
#
# The backward LSTM starts at the end of the text. Sentences of a batch have different ends: pack
# them, or it starts in the padding. Fill `Encoder.forward`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The convolutions want `(B, channels, T)`, the LSTM `(B, T, channels)`: `x.mT` between them.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `nn.utils.rnn.pack_padded_sequence(..., batch_first=True, enforce_sorted=False)`, its lengths on
# the CPU.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `pad_packed_sequence(..., batch_first=True, total_length=T)` brings the length of the batch back.
#
# </details>

# %% cell="check-tacotron-encoder"
check("tacotron.Encoder")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
model = tacotron2.Tacotron2(tacotron2.laptop(len(SYMBOLS))).eval()
other = tokens.clone()
other[10] = encode_text("x")[0]  # one character changes
with torch.no_grad():
    both = torch.stack([tokens, other])
    embedded = model.embedding(both).mT  # (2, embedding, T_enc)
    memory = model.encode(both, torch.tensor([len(tokens)] * 2))  # (2, T_enc, embedding)
changes = {"embedding": (embedded[0] - embedded[1]).abs().mean(0),
           "memory": (memory[0] - memory[1]).abs().mean(1)}
ax = figures.curves({name: change / change.max() for name, change in changes.items()},
                  xlabel="encoder step", ylabel="change (largest = 1)")
ax.set_xticks(range(len(tokens)), utterance.text);

# %% [markdown]
# **What to see.** The embedding changes at one character. The memory changes around it, on both
# sides: a letter's sound depends on its neighbours.
#
# *Padding.* Is a sentence in a batch the same as alone? The LSTM's part is, since it is packed. The
# convolutions reach over its end, where alone there are zeros, and in a batch embedded padding. The
# papers and NVIDIA's code have no mask there; the training below puts zeros there
# (`exercise_lib/models/padding.py`).

# %% [markdown]
# ## TODO 6.4 · Prenet
#
# The decoder gets its last frame back through two layers that lose half of what they know:
#
# $$ p = D\big(\mathrm{ReLU}(W_2 \, D(\mathrm{ReLU}(W_1 y)))\big), \qquad D: \text{dropout } 0.5
# \tag{6.4} $$
#
# In Tacotron 2, $D$ stays on when the model speaks. Fill `Prenet.forward`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# ReLU and dropout, in both layers.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.dropout(..., 0.5, training=True)` is on whatever mode the model is in.
#
# </details>

# %% cell="check-tacotron-prenet"
check("tacotron.Prenet")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
frame = audio.log_mel(utterance.waveform, mel.MelConfig())[:, 40] / 5 + 1  # (n_mels,)
with torch.no_grad():
    draws = model.decoder.prenet(frame.expand(30, -1))  # (30, prenet[-1])
ax = figures.image(draws, origin="upper", scale="activation")
ax.set(xlabel="prenet output (unit)", ylabel="draw", title="one frame, thirty times");

# %% [markdown]
# **What to see.** One and the same frame, thirty different messages. The decoder can't rely on its
# last frame, so it has to look at the text.

# %% [markdown]
# ## TODO 6.5 · Location-sensitive energies
#
# Additive attention as in notebook 01, and one term more: $f$, a convolution over the last weights
# $\alpha_{i-1}$ ([Chorowski et al. 2015](https://arxiv.org/abs/1506.07503)) and, new in Tacotron 2
# (Shen et al. 2018), over the sum of all weights so far:
#
# $$ e_{ij} = v^\top \tanh(W q_i + V h_j + U f_{ij}), \qquad f_i = F * [\alpha_{i-1};
# \textstyle\sum_{k<i} \alpha_k] \tag{6.5} $$
#
# Fill `LocationSensitiveAttention.energies`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `query_layer` is $W$; `processed_memory` is $V h$ already; `location_layer` is $U f$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The query has no axis of characters: `unsqueeze(1)`, and broadcasting does the rest.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `self.v` leaves an axis of length one at the end: `squeeze(2)`.
#
# </details>

# %%
check("tacotron.energies")

# %% tags=["skip-when-grading"]
layer, T_enc = model.decoder.attention_layer, len(tokens)
query = torch.zeros(1, model.config.decoder)
same_letter = torch.zeros(1, T_enc, model.config.attention)  # as if all letters were equal
nothing, seen = torch.zeros(1, 2, T_enc), torch.zeros(1, 2, T_enc)
seen[0, 0, 10], seen[0, 1, :11] = 1.0, 1.0  # has read 0 ... 10, just now 10
with torch.no_grad():
    energies = {
        name: layer.energies(query, same_letter, where)[0]
        for name, where in {"nothing read": nothing, "read up to 10": seen}.items()
    }
figures.curves(energies, xlabel="encoder step", ylabel="energy");

# %% [markdown]
# **What to see.** All letters are equal here, and yet the energies differ once something was read:
# the location term knows where. Training has to learn that the next character is the place to go.

# %% [markdown]
# ## TODO 6.6 · One decoder step
#
# At each step the decoder looks at the text once:
#
# $$ \alpha_i = \mathrm{softmax}_j(e_{ij}), \qquad c_i = \sum_j \alpha_{ij} h_j \tag{6.6} $$
#
# Fill `Decoder.attend`. `Decoder.step`, which is given, calls it between its two LSTMs and predicts
# $r$ frames and a stop gate at once.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `energies` wants last and summed weights as two channels: `torch.stack([...], dim=1)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `masked_softmax` is for `(B, T_dec, T_enc)`: give the energies an axis of one step.
#
# </details>
# <details><summary>Hint 3</summary>
#
# The context is one matrix product, weights `(B, 1, T_enc)` by memory.
#
# </details>

# %%
check("tacotron.attend")

# %% [markdown]
# ## TODO 6.7 · Teacher forcing
#
# While training, every step is given the *true* frame before it, the last of the group before:
#
# $$ \hat{y}_{ir}, \ldots, \hat{y}_{ir + r - 1} = \mathrm{step}(y_{ir - 1}), \qquad y_{-1} = 0
# \tag{6.7} $$
#
# Fill `Decoder.forward`. A step must never see a frame of its own group.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which frame is the newest before step $i$? The last of group $i - 1$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `mel[:, :, r - 1 :: r]` has the last frame of each group.
#
# </details>
# <details><summary>Hint 3</summary>
#
# A zero frame goes in front and the last one out: `F.pad(..., (1, 0))[:, :, :-1]`; the prenet wants
# `(B, T_dec, n_mels)`.
#
# </details>

# %%
check("tacotron.teacher_forcing")

# %% tags=["skip-when-grading"]
r = model.config.reduction_factor
true_mel = audio.log_mel(utterance.waveform, mel.MelConfig())
true_mel = true_mel[:, : true_mel.shape[1] // r * r]  # (n_mels, frames)
with torch.no_grad():
    mel_hat, _, gates, weights = model(tokens[None], torch.tensor([T_enc]), true_mel[None] / 5 + 1)
print(f"{true_mel.shape[1]} frames, {weights.shape[1]} decoder steps of {r} frames")
plots.alignment(weights[0].T, characters=utterance.text, title="before training");

# %% [markdown]
# **What to see.** Nothing yet: every step looks at all characters alike, and 1/44 for each is
# black. Four frames a step make the diagonal short, and so quicker to find.

# %% [markdown]
# ## TODO 6.8 · Free running
#
# Nobody knows the true frames when the model speaks. It is fed its own, until its gate opens:
#
# $$ \text{stop after step } i \text{ if } \sigma(g_i) > 0.5 \tag{6.8} $$
#
# Fill the loop of `Decoder.infer`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A `for` loop over `max_steps`; `self.step(self.prenet(frame), state, memory, processed, lengths)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Append `(frames, gate, state.weights)` before you stop: the last frames count.
#
# </details>
# <details><summary>Hint 3</summary>
#
# Stop where `torch.sigmoid(gate) > GATE_THRESHOLD`; else feed back `frames[:, -n_mels:]`.
#
# </details>

# %%
check("tacotron.free_running")

# %% [markdown]
# ## TODO 6.9 · Post-net
#
# The decoder writes from left to right and never comes back. A few convolutions then look at both
# sides and add what is missing:
#
# $$ \hat{y}' = \hat{y} + G_L * \tanh(G_{L-1} * \cdots \tanh(G_1 * \hat{y})) \tag{6.9} $$
#
# Fill `Postnet.forward`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Return the residual alone; the model adds it to $\hat{y}$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# tanh behind all convolutions but the last; dropout behind all.
#
# </details>

# %% cell="check-tacotron-postnet"
check("tacotron.Postnet")

# %% [markdown]
# ## TODO 6.10 · Guided attention
#
# Speech is read from left to right at a fairly even pace. A penalty on weights far from the line
# saves many steps at the start ([Tachibana et al. 2018](https://arxiv.org/abs/1710.08969)), with $N$
# characters and $T$ decoder steps:
#
# $$ G_{nt} = 1 - \exp\!\left(-\frac{(n / N - t / T)^2}{2 g^2}\right) \tag{6.10} $$

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Positions count from 0: `torch.arange(n_encoder) / n_encoder`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A column `[:, None]` minus a row is a matrix of all differences.
#
# </details>

# %%
def guided_penalty(n_encoder, n_decoder, g=0.2):
    """Penalty G of (6.10) for every character n and step t, counted from 0, `(T_enc, T_dec)`."""
    ### BEGIN SOLUTION
    # TODO 6.10: equation 6.10 for all n and t
    n = torch.arange(n_encoder)[:, None] / n_encoder
    t = torch.arange(n_decoder) / n_decoder
    return 1 - torch.exp(-((n - t) ** 2) / (2 * g**2))
    ### END SOLUTION

# %%
check("tacotron.guided_penalty", guided_penalty)

# %% tags=["skip-when-grading"]
truth = utterance.alignment.character_truth(256 * r, weights.shape[1])  # (T_dec,)
ax = plots.alignment(
    guided_penalty(T_enc, weights.shape[1]),
    characters=utterance.text,
    truth=truth,
    title="guided attention's penalty",
)
ax.images[0].colorbar.set_label("penalty on a weight");

# %% [markdown]
# **What to see.** The true path lies in the cheap valley, but not on its straight bottom line. The
# penalty shows the way at first. Left on, it would teach the line instead of the path.

# %% [markdown]
# ## TODO 6.11 · Find the mistake
#
# A Tacotron was trained with this: its loss falls fast, its attention learns nothing, and set free it
# says nothing. The function returns the frame that each decoder step is given while training.
#
# **How to hunt.** Call it on `torch.arange(1.0, 7).reshape(1, 1, -1)` with `lengths` 6 and `r` 2. Which
# frames does step 0 predict, and what may it know?

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A loss near 0 without listening to the text: what does each step already have in its hands?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Step $i$ predicts frames $ir$ to $ir + r - 1$. It may see $y_{ir-1}$, the last one of the group
# before, and step 0 a frame of zeros.
#
# </details>

# %%
def teacher_frames(mel, lengths, r):
    """What each step is given: `(B, n_mels, T)`, `(B,)` -> `(B, n_mels, T / r)`."""
    ### BEGIN SOLUTION
    # TODO 6.11: no step should be given a frame that it is to predict
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    frames = mel * inside[:, None]  # padding is silence
    last = frames[:, :, r - 1 :: r]  # of each group
    return F.pad(last[:, :, :-1], (1, 0))
    ### HANDED OUT
    # inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    # frames = mel * inside[:, None]  # padding is silence
    # last = frames[:, :, r - 1 :: r]  # of each group
    # return last
    ### END SOLUTION

# %%
check("mend.teacher_frames", teacher_frames)

# %% [markdown]
# ## A better guide
#
# A line knows nothing of the speaker. *Monotonic alignment search*
# ([Kim et al. 2020](https://arxiv.org/abs/2005.11129)) does, and needs no truth either. Each letter
# gets a mean spectrum, moved by its two neighbours; the best path that never goes back says which
# frames are whose; then the means are taken again, eight times in all
# (`exercise_lib/models/monotonic_search.py`). Attention is drawn to that path, and less so with every
# step.

# %% [markdown]
# ## Training
#
# Now it learns, on the corpus that `find_data()` finds. Guidance fades away within 300 steps. The environment variable `EXERCISE_QUICK` shortens this to a few steps, to see whether everything
# runs. Stop it whenever you like; the same cell goes on where it was.

# %% tags=["skip-when-grading"]
from exercise_lib.train import train
from exercise_lib.models.tacotron_training import (
    TacotronConfig, denormalise, make_example, read_alignments, score_alignment
)

quick = "EXERCISE_QUICK" in os.environ
config = TacotronConfig(steps=4, batch=2) if quick else TacotronConfig()
folder = Path("runs") / ("tacotron-quick" if quick else "tacotron")
every = 2 if quick else 50
task, log = train("tacotron", folder, config, evaluate_every=every, checkpoint_every=every)
model = task.model.module.eval()

# %% tags=["skip-when-grading"]
example = task.train[0]
paths = {"first alignment": example.guess}
if example.truth is not None:
    paths["truth"] = example.truth
paths["line"] = torch.linspace(0, len(example.tokens) - 1, len(example.guess))
figures.curves(paths, xlabel="decoder step", ylabel="character");

# %% [markdown]
# **What to see.** The guide of a training sentence: spectra alone find most letters; the line misses
# some by five characters.

# %% tags=["skip-when-grading"]
seen = read_alignments(folder)  # training step -> (T_enc, T_dec)
n_shown = min(5, len(seen))
chosen = [list(seen)[int(i)] for i in torch.linspace(0, len(seen) - 1, n_shown)]  # first to last
shown = {f"step {step}": seen[step] for step in chosen}
plots.alignments(shown, n_columns=n_shown, truth=task.held_out[0].truth);

# %% [markdown]
# **What to see.** A sentence that the model never trained on; the thin line is the truth. First a broad
# band, off the path in the second half; at step 150 it has met the path; then it gets narrow: it
# follows the speaker.

# %% tags=["skip-when-grading"]
names = [name for name in ("mass", "rc", "monotonicity") if name in log[-1]]
lines = {name: [entry[name] for entry in log] for name in names}
steps = [entry["step"] for entry in log]
ax = figures.curves(lines, x=steps, ylabel="score on sentences it has not seen")
end = min(config.guided_until, steps[-1])
ax.axvline(end, color="grey", linewidth=1, linestyle=":")
ax.annotate("guidance ends", (end, 0.05))
ax.set_ylim(-0.3, 1.05);

# %% [markdown]
# **What to see.** `mass` is the weight within one character of the truth; `rc` is 0 for a straight
# line and 1 for the speaker's own rhythm (notebook 01). Monotonicity is there first and says least.
# Of speech without a true alignment nothing else is known: judge the pictures above by eye.

# %% [markdown]
# ## Train on, in the background
#
# A true diagonal is not yet speech: after 500 steps a recogniser misses half of the words, after 1600
# one in seven (kept vocoder; `benchmarks/README.md`). *Start* goes on to step 1600 in a process of its
# own, about ten minutes.
#
# *Stop*, or an end of the notebook, saves what it has learned: *Start* goes on there. When it is done,
# run the three cells above again.

# %% tags=["skip-when-grading"]
import dataclasses
from exercise_lib.train.background import BackgroundRun

further = dataclasses.replace(config, steps=8 if quick else 1600)
longer = BackgroundRun("tacotron", folder, further, every)
longer.widget

# %% [markdown]
# ## The fake diagonal
#
# Is a beautiful diagonal a good one? Two recorded models on one utterance: from one, guidance was
# taken away; to the other it was applied strongly until the end.

# %% tags=["skip-when-grading"]
recorded = RecordedAttention()
runs = {
    run: recorded.energies(utterance.id, run, recorded.steps[run][-1]).softmax(-1).T
    for run in ("learned", "fake")
}  # (T_enc, T_dec)
path = utterance.alignment.character_truth(recorded.hop_length, runs["fake"].shape[1])

# %% tags=["skip-when-grading"]
def with_scores(alignments, truth):
    """The same alignments, their scores in their names."""
    scores = {name: score_alignment(weights, truth) for name, weights in alignments.items()}
    said = {name: ", ".join(f"{k} {v:.2f}" for k, v in row.items()) for name, row in scores.items()}
    return {f"{name}\n{said[name]}": weights for name, weights in alignments.items()}


plots.alignments(with_scores(runs, path), n_columns=2, truth=path, characters=utterance.text);

# %% [markdown]
# **What to see.** Both rise without a step back, and the fake one is the neater line. But it has
# learned the line, not the speech: its `rc` is not above 0. Only the ground truth tells them apart.

# %% [markdown]
# ## Teacher forcing against free running
#
# The same sentence twice: fed with the true frames, and left alone. Griffin-Lim makes the sound;
# notebook 07 has a vocoder.

# %% tags=["skip-when-grading"]
example = make_example(utterance, mel.MelConfig(), model.config.reduction_factor)
with torch.no_grad():
    forced, _, _, forced_weights = model(tokens[None], torch.tensor([T_enc]), example.mel.T[None])
free, gates, free_weights = model.infer(tokens, max_steps=100)
_, axes = plt.subplots(1, 2, figsize=(13, 7), layout="constrained")
plots.alignment(forced_weights[0].T, axes[0], characters=utterance.text, truth=example.truth,
                title="teacher forcing")
plots.alignment(free_weights.T, axes[1], characters=utterance.text, title="free running")
sounds = {"recording": utterance.waveform}
for name, log_mel in {"teacher forcing": forced[0], "free running": free}.items():
    sounds[name] = audio.griffin_lim(denormalise(log_mel), mel.MelConfig())
audio.play_all(sounds, corpus.sample_rate)

# %% [markdown]
# **What to see.** With the true frames it is always put back on the path. Alone, each of its own
# errors is fed back, and its pace and its end are its own. After minutes of training the rhythm is
# right and the words are mumbled: a good diagonal is not yet intelligible speech.

# %% [markdown]
# ## What breaks attention
#
# Take the location term away; let it read more than it has ever seen; repeat a word.
#
# **Predict.** Without the location term, will the path be blurred, jump about, or stay where it is?

# %% tags=["skip-when-grading"]
blind = copy.deepcopy(model)
torch.nn.init.zeros_(blind.decoder.attention_layer.location_layer.location_dense.weight)
first, second = corpus[1].text, corpus[2].text
trials = {
    "as trained": (model, first),
    "no location term": (blind, first),
    "two sentences": (model, f"{first} {second}"),
    "repeated words": (model, "The old old old old old old old old old man."),
}
_, axes = plt.subplots(2, 2, figsize=(13, 14), layout="constrained")
for ax, (title, (reader, words)) in zip(axes.flat, trials.items()):
    weights = reader.infer(encode_text(words), max_steps=160)[2]
    plots.alignment(weights.T, ax, characters=words, title=title)

# %% [markdown]
# <details><summary>Answer</summary>
#
# It stays: ours never left the first two or three letters and spoke until it was stopped.
#
# </details>
#
# **What to see.** Does the path still rise, does every character get its turn, does the model stop?
# Ours got through two sentences, and through the repeated word at an even pace: there it counts, not
# listens.

# %% [markdown]
# ## Tacotron 1, whole
#
# Highway and bank are half of Tacotron 1. Its decoder (given) has your additive attention of notebook 01
# without a location term, two residual GRUs and no stop gate. A second CBHG reads the whole mel and
# predicts a *linear* spectrogram, which Griffin-Lim can use as it is:
#
# $$ \hat{S} = W \, \mathrm{CBHG}_\text{post}(\hat{y}), \qquad
# y = \text{Griffin-Lim}(\hat{S}^{1.2}) \tag{6.11} $$

# %% tags=["skip-when-grading"]
from exercise_lib.models.pretrained import load_tacotron1
from exercise_lib.models.tacotron1_training import sound

older = load_tacotron1()
example = make_example(utterance, mel.MelConfig(), older.config.reduction_factor)
lengths, true_frames = torch.tensor([T_enc]), example.mel.T[None]
with torch.no_grad():
    older_mel, linear, older_weights = older(tokens[None], lengths, true_frames)
    newer_weights = model(tokens[None], lengths, true_frames)[3]
both = {"Tacotron 1": older_weights[0].T, "Tacotron 2": newer_weights[0].T}
scored = with_scores(both, example.truth)
plots.alignments(scored, n_columns=2, truth=example.truth, characters=utterance.text);

# %% tags=["skip-when-grading"]
_, (above, below) = plt.subplots(2, 1, figsize=(10, 7), layout="constrained")
plots.mel(denormalise(older_mel[0]), mel.MelConfig(), above, title="its mel: 80 bands")
figures.image(denormalise(linear[0]), below, cmap=figures.colours.MEL, scale="ln magnitude")
below.set(xlabel="frame", ylabel="STFT bin", title="its linear spectrogram: 513 bins")
audio.play_all({"Tacotron 1, its linear spectrogram": sound(linear[0])}, corpus.sample_rate)

# %% [markdown]
# **What to see and hear.** `data/pretrain.py` trained it for 700 steps on what you trained on, guided
# until step 600. Without a location term nothing tells it where it has been: in *our* it looks at two
# places at once. Words begin to be heard, and it mumbles. In the mel each group of four frames shows;
# the post-net sees both sides and smooths them.

# %% [markdown]
# ## Experiment
#
# Ungraded: is guidance needed? The cell below trains the same model without any, in the background.
# Compare the row of alignments with yours: at which step is there a path, if at all? Then try a
# reduction factor of 2: why is the diagonal harder to find?

# %% tags=["skip-when-grading"]
unguided = dataclasses.replace(config, guided_weight=0.0)
experiment = BackgroundRun("tacotron", Path("runs") / "experiment", unguided, every)
experiment.widget

# %% tags=["skip-when-grading"]
seen = read_alignments(Path("runs") / "experiment")  # run it again while the experiment goes on
if seen:
    shown = {f"step {step}": seen[step] for step in list(seen)[-5:]}
    plots.alignments(shown, n_columns=len(shown), truth=task.held_out[0].truth)

# %% [markdown]
# ## Question 6
#
# A colleague without ground truth shows a sharp, straight, monotonic diagonal after 600 steps, with
# guided attention still on, and says that attention has been learned. Why does the picture not prove
# it? Name two things that your colleague can do, without true alignments, to find out.

# %% [markdown] question="proof-of-attention" points=2
# ### BEGIN SOLUTION
# The penalty alone rewards a straight line, whatever is said: the same picture appears when the
# decoder ignores the text, so it is what was asked for, not what was learned. Without true
# alignments: switch guidance off and train on (a line that was only forced falls apart or bends);
# look whether pauses and long vowels bend the path; let it run free on new sentences and measure the
# word error rate; exchange the text and see whether the speech changes with it; compare the mel
# error with that for shuffled texts.
#
# **Rubric.** 1 point: the line is the penalty's own optimum, so it is no evidence. 1 point: two
# working tests (half a point each) that depend on the speech or on the text, not on the picture's
# neatness.
# ### END SOLUTION
