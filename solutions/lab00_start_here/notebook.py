# %% [markdown]
# # 00 · Start here
#
# **Goal.** Check that everything runs, and learn how TODOs and `check` work.
#
# **Time:** about 20 minutes
#
# **Needs:** nothing but this folder.
#
# You write `exercise_lib/warmup.py`, which imports `torch`, and one cell of this notebook.
#
# Notebooks 01 to 06 then take the speech synthesiser of lecture 7 apart: attention alignment,
# mel features, the losses, discriminators and generator of HiFi-GAN, and Tacotron. Notebook 07
# joins the parts: you type, it speaks.

# %% [markdown]
# ## How it works
#
# You write short functions in the folder `exercise_lib`, beside this notebook. Each gap is marked
# `TODO 0.1`, `TODO 0.2`, ... and raises `NotImplementedError` until you fill it. Save the file and
# run the cell with `check(...)`: it says what is wrong, and often which mistake it looks like. Points
# are the square of the share of cases that pass; bad input and results of zero count a quarter at
# most. Grading adds cases with other numbers.

# %% [markdown]
# Below each TODO, hints are folded: open them one at a time, when you are stuck. Where it says
# **Predict**, decide before you run the next cell; the answer is folded below the figure.
#
# The dots in a heading say how hard its TODO is. ●○○: a line or two. ●●○: several steps, or shapes to
# think about. ●●●: easy to get wrong, take paper. The minutes are what it is likely to take.

# %% [markdown]
# Return tensors as `float32`, as the docstrings' functions do unless they say `int64`: layers and
# data are, and torch multiplies no two types. Return a single number as a float or a tensor, a
# count as an int of Python or NumPy. Make new tensors, leave arguments as they are. What you use
# besides, import at the file's top. Where a network learns through what you write, gradients are
# checked too: numpy, `.item()` and `.detach()` stop them.

# %%
# %load_ext autoreload
# %autoreload 2
import matplotlib.pyplot as plt
import torch

from exercise_lib.speech import audio, data, plots
from exercise_lib import environment
from exercise_lib.check import check

# %%
from exercise_lib import warmup

# %% [markdown]
# ## Is everything there?
#
# `autoreload`, in the first cell, brings in every file you save: no need to restart the kernel. The
# next cell says what it found.

# %% tags=["skip-when-grading"]
print(environment.report())
print("GPU:", torch.cuda.get_device_name() if torch.cuda.is_available() else "none, none needed")
speech = data.find_data()
print(f"Speech: {len(data.SpeechCorpus(speech))} utterances in {speech}")

# %% [markdown]
# ## A recording
#
# The speech of this exercise is made by a synthesiser (Piper, one voice), so that the true time of
# every sound is known. A waveform is a row of samples between -1 and 1.

# %% tags=["skip-when-grading"]
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")  # six utterances, the same for everybody
utterance = corpus[0]
waveform, sample_rate = utterance.waveform, corpus.sample_rate
print(utterance.text)
plots.waveform(waveform, sample_rate, title="one utterance")
audio.play(waveform, sample_rate)

# %% [markdown]
# **What to see.** Bursts of speech, up to a third of full scale, and pauses that are nearly flat.

# %% [markdown]
# ## TODO 0.1 · Peak normalisation
#
# A recording can be made louder without clipping by scaling its largest sample:
#
# $$ y_n = \texttt{peak} \cdot \frac{x_n}{\max_m |x_m|} \tag{0.1} $$
#
# Silence stays as it is. Open `exercise_lib/warmup.py`, fill `peak_normalise`, save, and run the
# check below.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# How large is the largest sample, whichever its sign? `waveform.abs().max()`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Everything is multiplied by the same number: `peak` over that largest one. Where it is 0, there is
# nothing to divide by: return the waveform, or a copy of it.
#
# </details>

# %% [markdown]
# **Predict.** The tallest sample of this recording is at -.32. How much taller will its other bursts
# become, and will the pauses stay as they are?

# %%
check("warmup.peak_normalise")

# %% tags=["skip-when-grading"]
louder = warmup.peak_normalise(waveform)
_, (above, below) = plt.subplots(2, 1, figsize=(10, 4.6), layout="constrained", sharex=True)
plots.waveform(waveform, sample_rate, above, title="as recorded")
plots.waveform(louder, sample_rate, below, title="peak normalised to 0.95")
audio.play_all({"as recorded": waveform, "peak normalised": louder}, sample_rate)

# %% [markdown]
# **What to see.** The same shape, larger: the tallest peak, which points down, touches -0.95. Nothing is
# clipped.

# %% [markdown]
# <details><summary>Answer</summary>
#
# Every sample becomes .95 / .322 = 2.95 times as large, the faint noise of the pauses as well: a gain
# can't tell speech from noise.
#
# </details>

# %% [markdown]
# ## TODO 0.2 · Duration
#
# Sometimes the TODO is in the notebook itself. With $N$ samples at a rate of $f_s$ samples per
# second, a recording lasts
#
# $$ T = N / f_s \quad \text{(s)} \tag{0.2} $$
#
# The last axis of a waveform is time, whether its shape is `(samples,)` or `(B, samples)`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The number of samples is a length of the waveform's shape: of its last axis, in a batch as well.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `waveform.shape[-1]`, divided by the rate.
#
# </details>

# %%
def duration_seconds(waveform, sample_rate):
    """Duration in seconds of a waveform `(..., samples)`; one number, also for a batch."""
    ### BEGIN SOLUTION
    # TODO 0.2: equation (0.2)
    return waveform.shape[-1] / sample_rate
    ### END SOLUTION

# %%
check("start.duration_seconds", duration_seconds)

# %% tags=["skip-when-grading"]
for item in list(corpus)[:4]:
    print(f"{duration_seconds(item.waveform, corpus.sample_rate):5.2f} s  {item.text}")

# %% [markdown]
# **What to see.** One and a half to three seconds a sentence: long sentences take longer, but not in
# strict proportion to their letters.

# %% [markdown]
# ## Experiment
#
# A waveform does not know its sample rate. Play the same samples at other rates, between 8000 and
# 32 000. What becomes of the duration, and what of the pitch? Can you make the voice sound like a
# child's, at the right speed?

# %% tags=["skip-when-grading"]
rate = 12_000  # samples per second; they were taken at 16 000
print(f"{duration_seconds(waveform, rate):.2f} s")
audio.play(waveform, rate)

# %% [markdown]
# ## TODO 0.3 · Find the mistake
#
# Some TODOs hand out code that runs and is wrong: one idea in it is. This one should return a waveform's
# level in dB. Half the amplitude is 6 dB less, and here it is 3.
#
# **How to hunt.** Try an input whose result you know, print what stands in between, and find the first
# number that surprises you. Mend that line and leave the rest.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Take a waveform of ones: its level is 0 dB. Then one of 0.5. Which line gives the first wrong
# number?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Power is amplitude squared. $10 \log_{10}$ belongs to powers; what does `rms` hold? Silence stays at
# -100 dB, whichever of the two you take.
#
# </details>

# %%
def level_db(waveform):
    """Level (dB) of each waveform `(..., samples)` by its root mean square; 1 is 0 dB."""
    ### BEGIN SOLUTION
    # TODO 0.3: half the amplitude should be 6 dB less, and is 3 dB less
    energy = waveform.square().mean(dim=-1)
    rms = energy.sqrt().clamp(min=1e-5)
    return 20 * torch.log10(rms)
    ### HANDED OUT
    # energy = waveform.square().mean(dim=-1)
    # rms = energy.sqrt().clamp(min=1e-5)
    # return 10 * torch.log10(rms)
    ### END SOLUTION

# %%
check("mend.level_db", level_db)

# %% [markdown]
# ## Question 0
#
# Two recordings are both peak normalised to 0.95, and yet one of them sounds much louder. Why?
# Name a measure that you would equalise instead. Two or three sentences.

# %% [markdown] question="loudness" points=2
# ### BEGIN SOLUTION
# The peak is the value of one single sample; loudness follows the energy over time. A recording
# with one sharp click is scaled by that click, and its speech stays quiet. Equalising the root mean
# square (or a loudness measure such as LUFS, which also weights frequencies as the ear does) is
# better.
#
# **Rubric.** 1 point: the peak depends on a single sample, or says nothing about average energy.
# 1 point: names RMS, energy, or a loudness measure.
# ### END SOLUTION

# %% [markdown]
# ## If something goes wrong
#
# - *A change has no effect:* save the file; if that does not help, Kernel → Restart.
# - *`NotImplementedError: TODO n.m`:* this cell needs a TODO that is still to be written.
# - *A check cell was deleted:* it comes back when your work is graded.
#
# Before you hand in: Kernel → Restart, Run All, and read the checks once more. Next:
# `01_alignment_plots`.

# %% tags=["skip-when-grading"]
from exercise_lib import doctor

print(doctor.examine())  # what would hurt if you handed in now, and how to mend it
