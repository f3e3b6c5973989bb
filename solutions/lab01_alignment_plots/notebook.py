# %% [markdown]
# # 01 · Alignment plots
#
# **Goal.** Write the attention that ties text to speech, plot its alignment the right way round, and
# measure whether it can be trusted.
#
# **Time:** about 110 minutes
#
# **Needs:** nothing of earlier notebooks.
#
# You write `exercise_lib/attention.py` and one cell of this notebook. Both import what they need:
# `torch`, `torch.nn.functional as F`, and the module `math`.

# %%
# %load_ext autoreload
# %autoreload 2
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.speech import audio, data, plots, widgets
from exercise_lib.check import check
from exercise_lib.speech.recorded import RecordedAttention

# %%
from exercise_lib import attention, mel

# %% [markdown]
# ## The truth
#
# A synthesiser reads characters (encoder steps) and writes frames of speech (decoder steps). The
# speech here was made by a synthesiser, so we know which character sounds when. That is the *true*
# alignment. An alignment plot has decoder steps along x, encoder steps along y, and the start of the
# sentence at the bottom left.

# %% tags=["skip-when-grading"]
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
recorded = RecordedAttention()
utterance = corpus[0]
n_steps = len(recorded.energies(utterance.id, "learned", 0))
truth = utterance.alignment.character_truth(recorded.hop_length, n_steps)  # (T_dec,)
plots.alignment(
    utterance.alignment.matrix(recorded.hop_length, n_steps),
    characters=utterance.text,
    seconds_per_step=recorded.seconds_per_step,
    title="true alignment",
)
audio.play(utterance.waveform, corpus.sample_rate)

# %% [markdown]
# **What to see.** A staircase from the bottom left to the top right, flat where a vowel or the last
# pause lasts. A step takes 80 ms and shows the character at its middle. So 19 of the 44 characters
# have no step: spaces, silent letters, and sounds that are over before the next middle.

# %% [markdown]
# ## TODO 1.1 · Additive energies
#
# [Tacotron](https://arxiv.org/abs/1703.10135) compares its decoder state $d_i$ with every encoder state
# $h_j$ ([Bahdanau et
# al. 2015](https://arxiv.org/abs/1409.0473); slide "Tacotron 1"):
#
# $$ e_{ij} = v^\top \tanh(W d_i + V h_j) \tag{1.1} $$
#
# Fill `additive_energies` in `exercise_lib/attention.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Project first: every decoder state by $W$, every encoder state by $V$. Both then have $d_{att}$
# features.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Every pair is a sum. Give one of them an axis for the other's steps, `[:, :, None]` and `[:,
# None]`, and let broadcasting add: `(B, T_dec, T_enc, d_att)`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# A product with a vector takes the last axis away: `torch.tanh(pairs) @ v`.
#
# </details>

# %%
check("attention.additive_energies")

# %% [markdown]
# Let us try it on real speech. Queries are log-mel frames, the memory is one letter a step, and $W$,
# $V$, $v$ are random.

# %% tags=["skip-when-grading"]
letters = sorted({c for item in corpus for c in item.text.lower()})


def speech_and_text(item):
    """Queries `(1, T_dec, 80)`, memory `(1, T_enc, letters)` and true alignment of an utterance."""
    query = audio.log_mel(item.waveform, mel.MelConfig()).T / 2.5 + 2
    index = torch.tensor([letters.index(c) for c in item.text.lower()])
    truth = item.alignment.character_truth(256, len(query))
    return query[None], F.one_hot(index, len(letters))[None].float(), truth

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
query, memory, _ = speech_and_text(utterance)
W, V, v = torch.randn(64, 80) / 9, torch.randn(64, len(letters)), torch.randn(64) / 8
energies = attention.additive_energies(query, memory, W, V, v)  # (1, T_dec, T_enc)
plots.energies(energies[0], characters=utterance.text, title="random weights");

# %% [markdown]
# **What to see.** No path yet. But equal letters have equal rows: the energies know *which* letter
# it is, not *where* it stands.

# %% [markdown]
# ## TODO 1.2 · Masked softmax
#
# Sentences of a batch are padded to one length. Padding must get no weight, and the rest must sum
# to one:
#
# $$ \alpha_{ij} = \frac{\exp e_{ij}}{\sum_{k < L} \exp e_{ik}} \quad (j < L), \qquad
# \alpha_{ij} = 0 \quad (j \ge L) \tag{1.2} $$
#
# Fill `masked_softmax`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A weight of zero is an energy of $-\infty$. So padding is masked before the softmax: after it, the
# rest would no longer sum to one.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Compare `torch.arange(T_enc)` with the lengths, shaped `(B, 1, 1)`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `energies.masked_fill(is_padding, -math.inf)`, then a softmax over the last axis. Lengths outside
# 1 to `T_enc` raise the `ValueError`.
#
# </details>

# %%
check("attention.masked_softmax")

# %% [markdown]
# Now $W$, $V$ and $v$ can learn: for a few seconds, on the five other utterances, to give the true
# character a high weight.

# %% tags=["skip-when-grading"]
def weights_of(item):
    """Attention weights `(T_dec, T_enc)` of an utterance, and its true alignment."""
    query, memory, truth = speech_and_text(item)
    energies = attention.additive_energies(query, memory, W, V, v)
    return attention.masked_softmax(energies, torch.tensor([memory.shape[1]]))[0], truth

# %% tags=["skip-when-grading"]
others = [item for item in corpus if item.id != utterance.id]
optimizer = torch.optim.Adam([w.requires_grad_() for w in (W, V, v)], lr=0.01)
for _ in range(60):
    pairs = [weights_of(item) for item in others]
    loss = -sum(w[torch.arange(len(t)), t].clamp(min=1e-6).log().mean() for w, t in pairs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    weights, true_path = weights_of(utterance)
title = "content only, an utterance it has not seen"
plots.alignment(weights.T, characters=utterance.text, truth=true_path, title=title);

# %% [markdown]
# **What to see.** It recognises sounds, a little: silence, a, b, i, r. But whatever it recognises lights up
# for every equal letter at once. By content alone they can't be told apart; nothing moves forward.

# %% [markdown]
# ## TODO 1.3 · Context vectors
#
# What the decoder gets to see at step $i$ is the memory, averaged by the weights:
#
# $$ c_i = \sum_j \alpha_{ij} h_j \tag{1.3} $$
#
# Fill `context_vectors`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A sum over $j$ of weight times memory, for every $i$: that is a product of matrices, one for each
# sentence.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `weights @ memory`, after a comparison of `B` and `T_enc` in both shapes.
#
# </details>

# %%
check("attention.context_vectors")

# %% tags=["skip-when-grading"]
when = F.one_hot(true_path, len(utterance.text)).float()  # (T_dec, T_enc)
_, axes = plt.subplots(1, 2, figsize=(11, 5), layout="constrained", sharey=True)
for ax, (name, alpha) in zip(axes, {"true weights": when, "weights by content": weights}.items()):
    context = attention.context_vectors(alpha[None], memory)[0]  # (T_dec, letters)
    shown = {"characters": "".join(letters), "scale": "share of the letter"}
    plots.alignment(context.T, ax, title=f"context vectors: {name}", **shown)
    ax.set_ylabel("letter")

# %% [markdown]
# **What to see.** A column is one context vector. Left, one letter at a time. Right, mixtures: a decoder would have to speak a bit of
# every letter that might be meant.

# %% [markdown]
# ## TODO 1.4 · Several heads
#
# Transformers attend with scaled dot products, $H$ heads at once, each on its own $d / H$ features
# ([Vaswani et al. 2017](https://arxiv.org/abs/1706.03762)):
#
# $$ \mathrm{head}_h = \mathrm{softmax}\!\left(\frac{Q_h K_h^\top}{\sqrt{d / H}}\right) V_h
# \tag{1.4} $$
#
# Fill `multi_head_attention`; use your `masked_softmax`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Head $h$ is an attention of its own, on features $h d/H$ to $(h+1) d/H$ of query, key and value:
# `x.split(d_head, dim=-1)` cuts all heads at once.
#
# </details>
# <details><summary>Hint 2</summary>
#
# In each head: `q @ k.transpose(1, 2)`, divided by the root of `d_head`, then your
# `masked_softmax`, then times `v`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# Join contexts along the features (`torch.cat`), stack weights along a new axis 1 (`torch.stack`).
#
# </details>

# %%
check("attention.multi_head_attention")

# %% [markdown]
# On real speech: the queries are frames, the keys are the mean frame of every character (we know when
# each sounds), and each of four heads hears 20 of the 80 mel bands.

# %% tags=["skip-when-grading"]
mean_frames = when.T @ query / when.sum(0)[:, None].clamp(min=1)  # (1, T_enc, 80)
frames, keys = (
    2 * F.layer_norm(x.unflatten(2, (4, 20)), (20,)).flatten(2) for x in (query, mean_frames)
)
lengths = torch.tensor([len(utterance.text)])
_, heads = attention.multi_head_attention(frames, keys, mean_frames, 4, lengths)
right = (heads[0] * when).sum(-1).mean(-1)  # weight on the true character, a head each
titles = [f"bands {20 * h} to {20 * h + 19}\ntrue character {right[h]:.2f}" for h in range(4)]
plots.alignments({title: head.T for title, head in zip(titles, heads[0])});

# %% [markdown]
# **What to see.** Each head finds the diagonal, and each is fooled by other sounds. The middle bands,
# about 750 to 3600 Hz, where most formants are, give the true character most: .47 and .52.

# %% [markdown]
# ## TODO 1.5 · From heads to an alignment
#
# A synthesiser was trained with four heads. For the picture of one sentence, average its heads,
# cut the padding off, and transpose to (encoder, decoder):
#
# $$ A = \left(\tfrac1H \sum_h \alpha_h\right)^{\!\top} \tag{1.5} $$
#
# Fill `alignment_from_heads`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Three things in a row: a mean over the heads' axis, a slice of both other axes, a transpose.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `average[:decoder_length, :memory_length].T`; and another number of axes than three is a
# `ValueError`.
#
# </details>

# %% [markdown]
# *Lecture and official code.* The slide "Tacotron 1" averages "activations over channels in the
# $QK^\top$ map". Tacotron has a single additive head, so its softmaxed weights are plotted as they
# are. Only where there are several heads are they averaged, and that after the softmax: before it,
# energies have no common scale.

# %% [markdown]
# **Predict.** Below, four heads are averaged after the softmax, as in (1.5), and before it, as energies.
# Which picture is sharper: (a) after, (b) before, (c) both the same? Is either as sharp as the heads?

# %%
check("attention.alignment_from_heads")

# %% tags=["skip-when-grading"]
four = recorded.energies(utterance.id, "multihead", recorded.steps["multihead"][-1])
lengths = torch.tensor([four.shape[-1]] * 4)
heads = attention.masked_softmax(four, lengths)  # (4, T_dec, T_enc)
average = attention.alignment_from_heads(heads, len(utterance.text), n_steps)
before = attention.masked_softmax(four.mean(0, keepdim=True), lengths[:1])[0].T
shown = {f"head {h}": head.T for h, head in enumerate(heads)}
shown |= {"averaged after the softmax": average, "averaged before (wrong)": before}
titled = {f"{name}\nfocus {a.amax(0).mean():.2f}": a for name, a in shown.items()}
plots.alignments(titled, n_columns=3, truth=truth);

# %% [markdown]
# **What to see.** Every head follows the text, each a little elsewhere. *Focus* is the largest weight of
# a step, on average. The two averages look alike, and yet differ at every step.

# %% [markdown]
# <details><summary>Answer</summary>
#
# (b). Averaged after the softmax, focus is .50, less than that of any head (.53 to .63), since the
# heads disagree by a character or two. Averaged before, it is .55: the peak is higher in all 29
# steps, for only what all heads agree on is left. No decoder ever used those weights.
#
# </details>

# %% [markdown]
# ## An alignment emerges
#
# The additive, location-sensitive attention of a small [Tacotron 2](https://arxiv.org/abs/1712.05884), recorded while it learned from
# the training sentences. This sentence it has never seen.

# %% tags=["skip-when-grading"]
learned = {n: recorded.energies(utterance.id, "learned", n) for n in recorded.steps["learned"]}
length = torch.tensor([len(utterance.text)])
alignments = {n: attention.masked_softmax(e[None], length)[0].T for n, e in learned.items()}
plots.alignments({f"{n} training steps": a for n, a in alignments.items()}, truth=truth);

# %% [markdown]
# **What to see.** Nothing at first, a broad band at 50 steps, a narrow and nearly straight one at 100 and
# 150: a penalty ([guided attention](https://arxiv.org/abs/1710.08969)) pulls the weights there. It is
# switched off at step 150. From then on the line bends until it follows the speaker, about a
# character behind.

# %% [markdown]
# ## TODO 1.6 · Three scores without a truth
#
# $$ \text{monotonicity} = \mathrm{mean}_t [a_{t+1} \ge a_t], \; a_t = \arg\max_j A_{jt} \tag{1.6} $$
#
# $$ \text{focus} = \mathrm{mean}_t \max_j A_{jt} \tag{1.7} $$
#
# $$ \text{coverage} = \mathrm{mean}_j \left[\textstyle\sum_t A_{jt} \ge \theta\right] \tag{1.8} $$
#
# Does the attention move forward, is it sharp, does it read every character? Fill `monotonicity`,
# `focus` and `coverage`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Each is a comparison or a maximum for every step or character, and a mean of it. The mean of true
# and false (`.float()`) is a share.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `dim=0` runs over characters, `dim=1` over decoder steps. `argmax(dim=0)` is where the peak is,
# `amax(dim=0)` how high.
#
# </details>
# <details><summary>Hint 3</summary>
#
# For (1.6), `.diff()` of the peaks' positions: staying counts as moving forward.
#
# </details>

# %%
check("attention.monotonicity")

# %%
check("attention.focus")

# %%
check("attention.coverage")

# %% tags=["skip-when-grading"]
scores = {
    "monotonicity": [attention.monotonicity(a) for a in alignments.values()],
    "focus": [attention.focus(a) for a in alignments.values()],
    "coverage": [attention.coverage(a) for a in alignments.values()],
}
figures.curves(scores, x=list(alignments), ylabel="score").set_ylim(0, 1.05);

# %% [markdown]
# **What to see.** Focus grows, but for a dip when the penalty ends. Monotonicity is 1 from the start, even
# of nothing. Coverage starts at 1, since weight spread evenly covers everything a little, and ends at
# .70: with 29 decoder steps for 44 characters, the true alignment itself covers 25 of them, .57.

# %% [markdown]
# ## TODO 1.7 · Mass near the truth
#
# With the true character $\tau_t$ of every step, we can ask how much weight falls within
# $r$ characters of it, one if nothing else is said:
#
# $$ \mathrm{mass} = \mathrm{mean}_t \sum_{|j - \tau_t| \le r} A_{jt} \tag{1.9} $$
#
# Fill `mass_near_truth`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which positions are near? Compare `torch.arange(T_enc)`, as a column, with the truth, as a row: a
# mask `(T_enc, T_dec)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Weights times mask, summed over characters, averaged over steps. A truth of another length than
# `T_dec` is a `ValueError`.
#
# </details>

# %%
check("attention.mass_near_truth")

# %% [markdown]
# ## TODO 1.8 · Beyond a straight line
#
# Speech is nearly a straight line already, $\ell_t = (T_\text{enc} - 1) \, t / (T_\text{dec} - 1)$ from the
# first character to the last. So compare what is left: the attention's centroid minus the line, with
# the truth minus the line (Pearson correlation):
#
# $$ r_c = \mathrm{corr}\left(\textstyle\sum_j j A_{jt} - \ell_t, \; \tau_t - \ell_t\right) \tag{1.10} $$
#
# A straight line knows nothing of the speaker's rhythm and gets 0. Fill `centroid_correlation`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The centroid is the mean position under the weights of a step: a row of positions times the
# matrix.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Take `line` off the centroid and off the truth, and then from each of the two its own mean over
# time.
#
# </details>
# <details><summary>Hint 3</summary>
#
# What is then the cosine of the two rows is Pearson's correlation; `_cosine` is given.
#
# </details>

# %%
check("attention.centroid_correlation")

# %% tags=["skip-when-grading"]
fake = recorded.energies(utterance.id, "fake", recorded.steps["fake"][-1])
compared = {
    "learned": alignments[max(alignments)],
    "guided attention left on": attention.masked_softmax(fake[None], length)[0].T,
}
titled = {}
for name, a in compared.items():
    mass, rc = attention.mass_near_truth(a, truth), attention.centroid_correlation(a, truth)
    titled[f"{name}\nfocus {attention.focus(a):.2f}, mass {mass:.2f}, rc {rc:.2f}"] = a
plots.alignments(titled, n_columns=2, truth=truth, characters=utterance.text);

# %% [markdown]
# **What to see.** Right, the sharper diagonal, perfectly monotonic, and wrong almost everywhere: it falls
# behind the speaker, and what it differs from the line by is not the rhythm. Only the comparison with
# the truth shows it.

# %% [markdown]
# ## TODO 1.9 · Draw it yourself
#
# Everybody in the field draws alignments alike, so they can be compared at a glance: decoder steps
# along x, encoder steps upwards, every weight a field of one colour, nothing smoothed, and the axes
# filled.
#
# Fill the function below with one `ax.imshow(...)`, two axis labels, and nothing of the padding.
# Useful arguments: `origin`, `aspect`, `interpolation`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Slices first, on `(T_dec, T_enc)`; then the transpose, since `imshow` draws rows upwards or
# downwards and columns to the right.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `origin="lower"` puts row 0 at the bottom, `aspect="auto"` fills the axes, `interpolation="none"`
# keeps each weight a pixel.
#
# </details>

# %%
def plot_alignment(weights, memory_length, decoder_length, ax):
    """Draw the weights `(T_dec, T_enc)` of one padded sentence; label both axes, in any words."""
    ### BEGIN SOLUTION
    # TODO 1.9: the alignment without its padding, the right way up, both axes labelled
    alignment = weights[:decoder_length, :memory_length].T
    ax.imshow(alignment, aspect="auto", origin="lower", interpolation="none")
    ax.set(xlabel="decoder step", ylabel="encoder step (character)")
    ### END SOLUTION

# %%
check("alignment.plot", plot_alignment)

# %% tags=["skip-when-grading"]
padded = F.pad(alignments[max(alignments)].T, (0, 12, 0, 8))  # as in a batch of longer sentences
_, ax = plt.subplots(figsize=(8, 5), layout="constrained")
plot_alignment(padded, len(utterance.text), n_steps, ax)

# %% [markdown]
# **What to see.** The learned diagonal, from the bottom left to the top right, without the padding.

# %% [markdown]
# ## TODO 1.10 · Find the mistake
#
# This attention without weights of its own runs, and one line of it is wrong: where all values are 1,
# each context vector should be 1 as well, and is not.
#
# **How to hunt.** Take two decoder steps, three encoder steps and values of 1, print `weights`, and look at
# their sums.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What does each decoder step share out, and among whom? Which sums of `weights` must be 1?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `weights` is `(B, T_dec, T_enc)`. A step chooses among characters: look at the axis of the
# softmax.
#
# </details>

# %%
def dot_attention(queries, keys, values):
    """Context `(B, T_dec, V)` of `(B, T_dec, D)` for `(B, T_enc, D)`, `(B, T_enc, V)`."""
    ### BEGIN SOLUTION
    # TODO 1.10: where all values are 1, the context should be 1
    energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    energies = energies - energies.amax(dim=(1, 2), keepdim=True)  # the same weights, no overflow
    weights = energies.softmax(dim=2)
    return weights @ values
    ### HANDED OUT
    # energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    # energies = energies - energies.amax(dim=(1, 2), keepdim=True)  # the same weights, no overflow
    # weights = energies.softmax(dim=1)
    # return weights @ values
    ### END SOLUTION

# %%
check("mend.dot_attention", dot_attention)

# %% [markdown]
# ## Explore
#
# Scrub through the decoder steps, and change the temperature: energies are divided by it before
# your softmax. A low one sharpens, a high one blurs.

# %% tags=["skip-when-grading"]
scores = {"mass": attention.mass_near_truth, "rc": attention.centroid_correlation}
widgets.attention_explorer(
    learned[max(learned)], utterance.text, truth, attention.masked_softmax, scores
)

# %% [markdown]
# **What to see.** A little sharpening raises both scores, rc from .82 to .92 at .63: the model is less sure
# than it could be. Any blurring lowers both, at 2 to .58 and .42: weights reach far, and the
# centroid drifts to the middle of the sentence.

# %% [markdown]
# ## Experiment
#
# Is the attention early or late? Below, the truth is shifted by some characters before it is compared.
# Where is the weight highest? Try an earlier training step, another `radius`, and the `fake` run. Why
# may a decoder want to look there?

# %% tags=["skip-when-grading"]
shifts = range(-4, 5)
step = max(alignments)
shifted = [(truth + s).clamp(0, len(utterance.text) - 1) for s in shifts]
masses = [attention.mass_near_truth(alignments[step], t, radius=0) for t in shifted]
figures.curves({f"{step} steps": masses}, x=shifts, xlabel="shift (characters)", ylabel="mass");

# %% [markdown]
# ## Question 1
#
# A friend trains a synthesiser with guided attention, which penalises weights far from the straight
# diagonal. Its alignment is a perfect thin diagonal, monotonicity and coverage are 1, and yet the
# speech is unintelligible. What has happened? Which score would have shown it, and what should your
# friend change?

# %% [markdown] question="fake-diagonal" points=2
# ### BEGIN SOLUTION
# The penalty rewards the line itself. The attention follows the clock and not the text, so at most
# steps the decoder sees the wrong character. Scores that only look at the shape (monotonicity,
# coverage, focus) are perfect for it. The centroid correlation is 0 or below, since a line knows nothing
# of the rhythm. Switch the penalty off, or let it fade, once the diagonal has appeared.
#
# **Rubric.** 1 point: the attention was pulled to the line and ignores the content. 1 point: rc (or
# another comparison with the truth) shows it, and guided attention is to be weakened or switched off.
# ### END SOLUTION
