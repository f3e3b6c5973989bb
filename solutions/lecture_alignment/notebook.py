# %% [markdown]
# # How attention learns to read
#
# Lecture 7 · Tacotron · alignment plots

# %%
import matplotlib.pyplot as plt
from IPython.display import HTML, display

from exercise_lib.speech import audio, data, plots
from exercise_lib.alignment_player import AlignmentPlayer, Take
from exercise_lib.alignment_player.speaking import speaking_player
from exercise_lib.mel import MelConfig
from exercise_lib.speech.recorded import RecordedAttention

plots.large_type()
HTML("<style>.jp-RenderedHTMLCommon {font-size: 22px !important}</style>")

# %% [markdown]
# ## 1 · Type a sentence
#
# Press Enter: a Tacotron of laptop size reads it, and every column appears at the speed of speech.
# Then a vocoder makes the sound. At the left, the same sentence after fewer steps of training.

# %%
speaker = speaking_player()
speaker

# %% [markdown]
# ## 2 · The truth
#
# A sentence of the corpus. How the voice really went is known: the speech is synthetic.

# %%
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
recorded = RecordedAttention()
utterance = corpus[0]
n_steps = len(recorded.energies(utterance.id, "learned", 0))
truth = utterance.alignment.character_truth(recorded.hop_length, n_steps)
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
# ## 3 · From nothing to a diagonal
#
# Recorded from another small model, while it learned. Press play, drag, or use the keys; show the
# truth. The last take is of a model whose guided attention was left on.

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
# correlation with the true rhythm beyond a line, is not above zero.

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
# Average the weights, after the softmax. Averaged before it, only what all heads agree on is left: a
# sharper picture than what the decoder used. Focus, the largest weight of a step, tells them apart.

# %%
heads = recorded.energies(utterance.id, "multihead", recorded.steps["multihead"][-1])
AlignmentPlayer([Take("four heads", energies=heads, **shared)])

# %%
def with_focus(alignments):
    """Put into each title the largest weight of a decoder step, on average."""
    return {f"{name}\nfocus {a.amax(0).mean():.2f}": a for name, a in alignments.items()}


panels = {f"head {h}": head.softmax(-1).T for h, head in enumerate(heads, start=1)}
plots.alignments(with_focus(panels), n_columns=2);

# %%
averages = {
    "averaged after the softmax": heads.softmax(-1).mean(0).T,
    "averaged before": heads.mean(0).softmax(-1).T,
}
plots.alignments(with_focus(averages), n_columns=2);

# %% [markdown]
# ## 6 · Drawn wrongly
#
# The same weights without the transpose, and with the origin at the top.

# %%
final = runs["learned"][last["learned"]].softmax(-1)
_, (left, right) = plt.subplots(1, 2, figsize=(15, 7), layout="constrained")
plots.alignment(final, left, title="not transposed")
left.set(xlabel="encoder step (character)", ylabel="decoder step")
plots.alignment(final.T, right, title='origin="upper"', origin="upper");

# %% [markdown]
# ## 7 · For your slides
#
# In JupyterLab: `speaker.export_html("alignment.html")` writes the player as one file that opens
# without a server or a network. `export_mp4` makes a film with sound, `export_gif` one without,
# `export_png` and `export_svg` a picture; all show the take, head and temperature chosen above.
