# %% [markdown]
# # 15 · VALL-E: a language model of sound
#
# **Goal.** Write the parts of VALL-E: a transformer that says a codec's codes one by one, in a voice that it has
# heard for a second, and one that adds the finer codes. Find out when it says the right words, in whose voice, and
# when it ends.
#
# **Time:** about 150 minutes
#
# **Needs:** nothing of earlier notebooks; the codec of notebook 10 is given.
#
# You write `exercise_lib/codec_lm.py` and two cells of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import dataclasses
import json
import os
from pathlib import Path

import torch

from exercise_lib import figures
from exercise_lib.check import check
from exercise_lib.speech import audio
from exercise_lib.valle import alignment, batches, networks, plots, scores, speaker
from exercise_lib.valle.decoder import load_decoder
from exercise_lib.valle.digits import phonemes_of
from exercise_lib.valle.spoken import load_spoken

# %%
from exercise_lib import codec_lm

# %% [markdown]
# ## Speech as text
#
# A codec writes speech as codes: here 50 frames a second, and in each frame one code of each of 3 *books*, the second
# refining the first. [VALL-E](https://arxiv.org/abs/2301.02111) (slide "Neural Codec Language Models") takes these codes
# for a text, and learns to write it. Our world is small: strings of three or four digits in 28 voices,
# four of which nobody trains on.

# %% tags=["skip-when-grading"]
quick = "EXERCISE_QUICK" in os.environ
splits = load_spoken()
tests, decode = splits["test"], load_decoder().decode
print({name: len(its) for name, its in splits.items()}, "utterances of", len(tests.names), "voices")
n = tests.names.index("slt") * 12  # twelve utterances of each voice
length, phonemes = int(tests.lengths[n]), phonemes_of(tests.texts[n])
codes = tests.codes[n, :, :length]
plots.code_rows(codes, tests.ends[n], phonemes)
audio.play(decode(codes).clamp(-1, 1), 16_000)

# %% [markdown]
# **What to see.** One utterance, its digits as phonemes. In a steady sound, such as a long vowel, a code of the first book
# often stays for some frames; in the other books hardly any does: what they add looks like noise.

# %% [markdown]
# ## TODO 15.1 · What is read, what is to be said
#
# A language model says at each place what comes next. Of $T$ codes of the first book:
#
# $$ \text{inputs } \mathrm{BOS}, c_1, \dots, c_T \qquad \text{targets } c_1, \dots, c_T, \mathrm{EOS} \tag{15.1} $$
#
# Rows of a batch have different lengths. Behind the last target of a row stands `IGNORED`, which no loss counts. The
# inputs there may stay as they are: nobody is asked for what follows. Fill `shift_codes` in
# `exercise_lib/codec_lm.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `F.pad(codes, (1, 0), value=bos)` puts a column in front, `(0, 1)` one behind.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `places == ends` is true at each row's end, `places > ends` behind it: two times `masked_fill`.
#
# </details>

# %%
check("codec_lm.shift_codes")

# %% [markdown]
# **Predict.** Somebody forgets the shift: inputs and targets are the same codes. What happens to the loss, and what is
# heard? (a) the loss stays high, noise; (b) the loss falls to 0, good speech; (c) the loss falls to 0, and one
# sound that never changes.
#
# <details><summary>Answer</summary>
#
# (c). The model learns to copy the code that it reads. When it speaks, it copies what it has just said, for ever.
#
# </details>

# %% [markdown]
# ## TODO 15.2 · Who hears whom
#
# Before BOS stands a *prefix*: the phonemes, then a second or so of *another* utterance of the voice, the *prompt*.
# All places hear the whole prefix, codes hear the codes before them too, and padding $(e_j = 0)$ is heard by nobody.
# With $P$ places in the prefix, place $i$ hears place $j$ where
#
# $$ m_{ij} = e_j \wedge \big( j < P \ \vee \ P \leq j \leq i \big) \tag{15.2} $$
#
# counted from 0. Fill `prefix_mask`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Begin with `torch.ones(n, n, dtype=torch.bool).tril()`, and make its first P columns true.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.pad(is_prefix, (0, n_audio), value=True)` is $e$, `(B, N)`; `[:, None, None, :]` makes it `(B, 1, 1, N)`.
#
# </details>

# %%
check("codec_lm.prefix_mask")

# %% tags=["skip-when-grading"]
names = "t uw . pad prompt prompt pad BOS c1 c2 c3".split()
exists = torch.tensor([[it != "pad" for it in names[:7]]])
plots.mask(codec_lm.prefix_mask(exists, 4)[0, 0], names);

# %% [markdown]
# **What to see.** Blue columns: text and prompt are heard by all. Two white columns: padding. The triangle at the lower right: of
# the codes only those before. Nothing else of the prefix's rows is blue, so what will be said can't come back
# through the prefix.

# %% [markdown]
# ## TODO 15.3 · The loss
#
# At all $P + T + 1$ places the model says something; on the prefix nobody asked. The loss is the mean over the $N$ places that have
# a target:
#
# $$ L = -\frac1N \sum_{b, t} \log \operatorname{softmax}(l_{bt})_{y_{bt}}, \qquad y_{bt} \neq \text{IGNORED} \tag{15.3} $$
#
# Fill `code_loss`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The audio's logits are the last `targets.shape[1]` of each row.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.cross_entropy(logits.mT, targets, ignore_index=IGNORED)` wants the codes on axis 1.
#
# </details>

# %%
check("codec_lm.code_loss")

# %% [markdown]
# ## TODO 15.4 · Among the ten most likely
#
# A measure that builders of such models watch: how often is the true code among the $k$ that the model holds most
# likely? With $R_k(l)$ for these, over the places that count:
#
# $$ \text{accuracy}_k = \frac1N \sum_{b, t} \big[ y_{bt} \in R_k(l_{bt}) \big] \tag{15.4} $$

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `logits.topk(k).indices` is `(B, T, k)`; compare it with `targets[..., None]`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.any(-1)` says where one of them is right; `[targets != -100]` keeps what counts.
#
# </details>

# %%
def top_accuracy(logits, targets, k):
    """Share of the targets `(B, T)` among the k most likely of `(B, T, K)`; -100 counts nothing."""
    ### BEGIN SOLUTION
    # TODO 15.4: equation 15.4
    found = (logits.topk(k).indices == targets[..., None]).any(dim=-1)
    return found[targets != -100].float().mean()
    ### END SOLUTION

# %%
check("top.top_accuracy", top_accuracy)

# %% [markdown]
# ## Train it
#
# A small reader, three blocks of width 128, on 1440 utterances; two to three minutes of one core. Of the codes it reads, 40 % are
# *hidden*, as Tacotron's prenet hides what it was given: else it learns to go on from codes and not to listen to the text.

# %% tags=["skip-when-grading"]
from exercise_lib.train import train
from exercise_lib.valle.reader_training import ReaderConfig

config = ReaderConfig(steps=4, batch=4, width=32, depth=1) if quick else ReaderConfig()
folder = Path("runs") / ("reader-quick" if quick else "reader")
task_name = "exercise_lib.valle.reader_training:ReaderTask"
every = 2 if quick else 50
task, log = train(task_name, folder, config, evaluate_every=every, checkpoint_every=every)
live = task.network.cpu().eval()

# %% tags=["skip-when-grading"]
from exercise_lib.files.unusable import UnusableData

try:
    kept, filler = speaker.load_reader(), speaker.load_filler()
except UnusableData as error:  # they are not part of what is handed out
    kept, filler = live, None
    print(error)
batch = batches.Drawer(tests).batch(torch.arange(len(tests)), scores.neighbours(tests))
inputs, targets = codec_lm.shift_codes(batch.codes[:, 0], batch.lengths, networks.BOS, networks.EOS)
for name, model in {"yours": live, "kept": kept}.items():
    with torch.inference_mode():
        logits = model(batch.symbols, batch.prompt, batch.prompt_lengths, inputs)
    nll = codec_lm.code_loss(logits, targets)
    top = top_accuracy(logits[:, -targets.shape[1] :], targets, 10)
    print(f"{name}: {nll:.2f} nats a code (by chance 5.55), {top:.2f} among the top ten")

# %% tags=["skip-when-grading"]
shown = {"nll": "nats a code", "top_10": "top-10 accuracy"}
figure_rows = {title: [it[name] for it in log] for name, title in shown.items()}
figures.curves(figure_rows, x=[it["step"] for it in log], ylabel="on held-out strings");

# %% [markdown]
# ## TODO 15.5 · The nucleus
#
# To speak, draw the next code from what the model says. The many codes that it holds *nearly* impossible are together not so rare, and
# one of them can derail the rest. So keep the *nucleus* ([Holtzman et al.](https://arxiv.org/abs/1904.09751)): sort $p = \operatorname{softmax}(l / \tau)$,
# keep the most likely until their sum reaches the share $s$, and renormalise:
#
# $$ p'_{(k)} \propto p_{(k)} \ \text{ where } \ \textstyle\sum_{i < k} p_{(i)} < s, \quad \text{else } 0 \tag{15.5} $$
#
# Fill `nucleus`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `sort(dim=-1, descending=True)` gives values and their places; `cumsum` minus the value itself is the sum of those before.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.zeros_like(kept).scatter(-1, order, kept)` puts each back where its code was.
#
# </details>

# %%
check("codec_lm.nucleus")

# %% tags=["skip-when-grading"]
with torch.inference_mode():
    places = kept(batch.symbols, batch.prompt, batch.prompt_lengths, inputs)[n, -targets.shape[1] :]
here = places[12]  # what may follow the twelfth code
rows = {
    "softmax": codec_lm.nucleus(here, 1.0, 1.0),
    "temperature 0.8": codec_lm.nucleus(here, 0.8, 1.0),
    "temperature 0.8, nucleus 0.9": codec_lm.nucleus(here, 0.8, 0.9),
}
plots.likely(rows);

# %% [markdown]
# ## TODO 15.6 · Speak until the end
#
# Draw a code, tell the model, draw the next, until it says EOS. Where it never does, stop at some number of codes:
#
# $$ c_t \sim p(c \mid \text{text}, \text{prompt}, c_1, \dots, c_{t-1}), \quad \text{until EOS} \tag{15.6} $$
#
# Fill `speak`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `draw(say(codes))` is one code.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Compare it with `eos` before you append it: the codec has no code for the end.
#
# </details>

# %%
check("codec_lm.speak")

# %% tags=["skip-when-grading"]
asked = speaker.request(tests, ["2095"], [n])


def say_with(model):
    """What a model says after some codes; it keeps what it has heard of them."""
    heard = [model.begin(asked.symbols, asked.prompt, asked.prompt_lengths)]

    def say(codes):
        if codes:
            heard[0] = model.proceed(heard[0], torch.tensor(codes[-1:]))
        return heard[0].logits[0]

    return say


# %% tags=["skip-when-grading"]
def draw(logits):
    """One code of the nucleus."""
    return int(torch.multinomial(codec_lm.nucleus(logits, 0.8, 0.9), 1))


torch.manual_seed(0)
sounds = {"the prompt": decode(codes)}
for name, model in {"yours": live, "kept": kept}.items():
    said, stopped = codec_lm.speak(say_with(model), draw, networks.EOS, 160)
    print(f"{name}: {len(said)} codes, {'ended' if stopped else 'was cut off'}")
    if said:
        sounds[f"{name}: two zero nine five"] = decode(torch.tensor(said)[None]).clamp(-1, 1)
audio.play_all(sounds, 16_000)

# %% [markdown]
# ## Does it read?
#
# When it says a code, which phoneme does it look at? Attention to the text, while the true codes are given to it; beside it what is
# really spoken then, which the synthesiser tells. *rc* is notebook 01's: how well attention follows the speaker's *rhythm*, beyond
# a straight line, whose rc is 0.

# %% tags=["skip-when-grading"]
truth = alignment.truth_of(tests.ends[n], length)
one = batches.Drawer(tests).batch(torch.tensor([n]), torch.tensor([n + 1]))
maps, values = {}, []
for name, model in {"yours": live, "kept": kept}.items():
    heads = alignment.text_maps(model, one)[:, 0].flatten(0, 1)  # (blocks x heads, T, L)
    each = [alignment.rhythm(it[:, :-1], truth) for it in heads]  # without the end mark
    best = max(range(len(each)), key=each.__getitem__)
    maps[f"{name}, head {best}"], values = heads[best], [*values, each[best]]
plots.text_attention(maps, phonemes, truth, values);

# %% [markdown]
# ## TODO 15.7 · The books before
#
# A second model adds the other books, *not* one by one: all codes of a book at once, for the frames are there. It hears the sum of the books
# it knows, each code as a vector $E_i[c]$, and a vector $s_j$ that says which book is to come:
#
# $$ x_t = s_j + \sum_{i < j} E_i[c_{t,i}] \tag{15.7} $$
#
# Text and prompt stand before it as for the first model; nothing is hidden, all frames hear all. Fill `stage_input`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `tables[i][codes[:, i]]` is `(B, T, d)`: the vectors of book i's codes.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `range(book)` are the books before it.
#
# </details>

# %%
check("codec_lm.stage_input")

# %% [markdown]
# ## TODO 15.8 · Book after book
#
# $$ c_j = \operatorname{argmax}_c \ p(c \mid \text{text}, \text{prompt}, c_1, \dots, c_{j-1}), \qquad j = 2, \dots, n \tag{15.8} $$
#
# No draw here: how a thing is said was decided by the first book. Fill `continue_books`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Begin with `first[None]`, one row.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.cat([codes, best[None]])` adds a row; predict again from all of them.
#
# </details>

# %%
check("codec_lm.continue_books")

# %% tags=["skip-when-grading"]
def next_book(known):
    """Logits `(T, K)` of the next book, by the kept second model."""
    index, length = len(known), torch.tensor([known.shape[1]])
    padded = torch.nn.functional.pad(known[None], (0, 0, 0, 3 - index))
    with torch.inference_mode():
        return filler(asked.symbols, asked.prompt, asked.prompt_lengths, padded, length, index)[0]


if filler is not None and said:
    every = codec_lm.continue_books(next_book, torch.tensor(said), 3)
    heard = {f"{k} of 3 books": decode(every[:k]).clamp(-1, 1) for k in (1, 2, 3)}
    display(audio.play_all(heard, 16_000))

# %% [markdown]
# ## How good is it?
#
# PLACEHOLDER

# %% [markdown]
# ## TODO 15.9 · Find the mistake
#
# Each training example needs a prompt: *another* utterance of the same voice. Utterances lie voice by voice; those of utterance
# $i$'s voice begin at $f$ and are $n$. A draw $u$ from 0 to 1 says how far to go round among them:
#
# $$ p = f + (i - f + 1 + \lfloor u (n - 1) \rfloor) \bmod n \tag{15.9} $$
#
# The code below trains a model with a *smaller* loss, which is worse with prompts of others.
#
# **How to hunt.** With two utterances a voice, how often is the prompt the other one?

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Put in a draw of 0: which utterance comes out?
#
# </details>
# <details><summary>Hint 2</summary>
#
# At which distances round the circle are the others, and how many are they?
#
# </details>

# %%
def other_utterance(chosen, first, count, draws):
    """The prompts `(B,)` of chosen utterances, whose voices have `count` from `first` on."""
    ### BEGIN SOLUTION
    # TODO 15.9: the loss is too good
    distance = 1 + (draws * (count - 1)).long()
    return first + (chosen - first + distance) % count
    ### HANDED OUT
    # distance = (draws * count).long()
    # return first + (chosen - first + distance) % count
    ### END SOLUTION

# %%
check("mend.other_utterance", other_utterance)

# %% [markdown]
# ## Question 15
#
# PLACEHOLDER

# %% [markdown] question="prompt-and-text" points=3
# ### BEGIN SOLUTION
# PLACEHOLDER
# ### END SOLUTION
