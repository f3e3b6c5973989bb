# %% [markdown]
# # How attention learns to read
#
# Lecture 7 · Tacotron · alignment plots

# %%
import matplotlib.pyplot as plt
from IPython.display import HTML, display

from exercise_lib import audio, data, plots
from exercise_lib.alignment_player import AlignmentPlayer, Take
from exercise_lib.mel import MelConfig
from exercise_lib.recorded import RecordedAttention

plots.large_type()
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
recorded = RecordedAttention()
utterance = corpus[0]
n_steps = len(recorded.energies(utterance.id, "learned", 0))
truth = utterance.alignment.character_truth(recorded.hop_length, n_steps)
HTML("<style>.jp-RenderedHTMLCommon {font-size: 22px !important}</style>")

# %% [markdown]
# ## 1 · The utterance
#
# The model has never heard it. How the voice really went is known: the speech is synthetic.

# %%
display(audio.play(utterance.waveform, corpus.sample_rate))
_, ax = plt.subplots(figsize=(14, 8), layout="constrained")
plots.alignment(
    utterance.alignment.matrix(recorded.hop_length, n_steps),
    ax,
    characters=utterance.text,
    seconds_per_step=recorded.seconds_per_step,
    title=utterance.text,
);

# %% [markdown]
# ## 2 · From nothing to a diagonal
#
# Time runs to the right, text upwards. Every column sums to one.

# %%
steps = [0, 100, 250, recorded.steps["learned"][-1]]
weights = {s: recorded.energies(utterance.id, "learned", s).softmax(-1) for s in steps}
plots.alignments({f"{s} steps": w.T for s, w in weights.items()}, n_columns=2);

# %% [markdown]
# ## 3 · Look inside
#
# Press play, drag, or use the keys. Each button is the model at one moment of its training, the
# last one a model whose guided attention was left on. Show the truth; divide the energies by a
# temperature.

# %%
shared = {
    "text": utterance.text,
    "waveform": utterance.waveform,
    "sample_rate": corpus.sample_rate,
    "seconds_per_step": recorded.seconds_per_step,
    "truth": truth,
    "log_mel": audio.log_mel(utterance.waveform, MelConfig()),
}
runs = {
    label: {step: recorded.energies(utterance.id, run, step) for step in recorded.steps[run]}
    for label, run in [("learned", "learned"), ("guided attention left on", "fake")]
}

# %%
takes = [
    Take(f"{step} steps" if label == "learned" else label, energies=energies, **shared)
    for label, by_step in runs.items()
    for step, energies in by_step.items()
]
player = AlignmentPlayer(takes)
player

# %% [markdown]
# ## 4 · A diagonal can lie
#
# Guided attention rewards a straight line. Left on, it gives one, and nothing else: rc, the
# correlation with the true rhythm beyond a line, is near zero.

# %%
last = {label: max(by_step) for label, by_step in runs.items()}
titles = {}
for (label, by_step), run in zip(runs.items(), ("learned", "fake"), strict=True):
    scores = recorded.scores(utterance.id, run, last[label])
    title = f"{label}\nmass {scores['mass_within_1']:.2f}   rc {scores['rc']:.2f}"
    titles[title] = by_step[last[label]].softmax(-1).T
plots.alignments(titles, n_columns=2, truth=truth, characters=utterance.text);

# %% [markdown]
# ## 5 · Several heads
#
# Average the weights, after the softmax. Averaged before it, only what all heads agree on is left:
# a sharper picture than what the decoder used.

# %%
heads = recorded.energies(utterance.id, "multihead", recorded.steps["multihead"][-1])
AlignmentPlayer([Take("four heads", energies=heads, **shared)])

# %%
panels = {f"head {h}": head.softmax(-1).T for h, head in enumerate(heads, start=1)}
plots.alignments(panels, n_columns=2);

# %%
averages = {
    "averaged after the softmax": heads.softmax(-1).mean(0).T,
    "averaged before": heads.mean(0).softmax(-1).T,
}
plots.alignments(averages, n_columns=2);

# %% [markdown]
# ## 6 · Drawn wrongly
#
# The same weights without the transpose, and with the origin at the top.

# %%
final = weights[steps[-1]]
_, (left, right) = plt.subplots(1, 2, figsize=(15, 7), layout="constrained")
plots.alignment(final, left, title="not transposed")
left.set(xlabel="encoder step (character)", ylabel="decoder step")
plots.alignment(final.T, right, title='origin="upper"', origin="upper");

# %% [markdown]
# ## 7 · For your slides
#
# `player.export_html("alignment.html")` writes the player of section 3 as one file that opens
# without a server or a network. `export_png`, `export_svg` and `export_gif` write the take that is
# shown.
