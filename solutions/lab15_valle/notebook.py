# %% [markdown]
# # 15 · VALL-E: a language model of sound
#
# **Goal.** Write the parts of VALL-E: a transformer that says a codec's codes one by one, in a voice that it has
# heard for a second, and one that adds the finer codes. Count right words, right voices and ends.
#
# **Time:** about 150 minutes
#
# **Needs:** nothing of earlier notebooks; the codec of notebook 10 (not needed here) is given.
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
from exercise_lib.valle.decoder import find_decode
from exercise_lib.valle.digits import phonemes_of
from exercise_lib.valle.spoken import load_spoken

quick = "EXERCISE_QUICK" in os.environ
splits = load_spoken()
tests, decode = splits["test"], find_decode()
print({name: len(its) for name, its in splits.items()}, "utterances of", len(tests.names), "voices")
n = tests.names.index("slt") * 12  # twelve utterances of each voice
length, phonemes = int(tests.lengths[n]), phonemes_of(tests.texts[n])
codes = tests.codes[n, :, :length]
plots.code_rows(codes, tests.ends[n], phonemes)
audio.play(decode(codes).clamp(-1, 1), 16_000)

# %% [markdown]
# **What to see.** One utterance, its digits as phonemes. In a steady sound, such as a long vowel, a code of the first book
# often stays for some frames: 28 % of all its codes are the one before again. In the other books 11 and 6 % are: what
# they add is nearer to noise.

# %% [markdown]
# ## TODO 15.1 · What is read, what is to be said
#
# A language model says at each place what comes next. Of $T$ codes of the first book:
#
# $$ \text{inputs } \mathrm{BOS}, c_1, \dots, c_T \qquad \text{targets } c_1, \dots, c_T, \mathrm{EOS} \tag{15.1} $$
#
# Rows of a batch differ in length. Behind a row's last target stands `IGNORED`, which no loss counts; its inputs
# there stay as they are. Fill `shift_codes` in `exercise_lib/codec_lm.py`.

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
# Before BOS stands a *prefix* of $P$ places: phonemes, then a second of *another* utterance of the voice, the *prompt*.
# All hear the prefix, codes those before them too, padding ($e_j = 0$) is heard by nobody. Place $i$ hears $j$, counted from 0, where
#
# $$ m_{ij} = e_j \wedge \big( j < P \ \vee \ P \leq j \leq i \big) \tag{15.2} $$
#
# Fill `prefix_mask`.

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
#
# Fill `top_accuracy` below; -100 is IGNORED.

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

# %% tags=["skip-when-grading"]
third = tests.only(range(0, len(tests), 3))
batch = batches.Drawer(third).batch(torch.arange(len(third)), scores.neighbours(third))
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
# **What to see.** From VALL-E's first model on another codec a top-10 accuracy of .6 to .7 was seen
# ([an issue](https://github.com/zhenye234/xcodec/issues/8)). Yours is at .75 after 300 steps; the kept
# model, after 8000 steps on twenty times as many utterances, is at .99. Which of them speaks words?

# %% [markdown]
# ## TODO 15.5 · The nucleus
#
# The many codes that a model holds *nearly* impossible are together not so rare, and one of them can derail
# the rest. So draw from the *nucleus* ([Holtzman et al.](https://arxiv.org/abs/1904.09751)): sort
# $p = \operatorname{softmax}(l / \tau)$, keep the likeliest until they reach the share $s$, renormalise:
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
asked = speaker.request(tests, ["2095"], [n])
state = live.begin(asked.symbols, asked.prompt, asked.prompt_lengths)
here = state.logits[0]  # what your reader holds likely as the first code of "two zero nine five"
rows = {
    "softmax": codec_lm.nucleus(here, 1.0, 1.0),
    "temperature 0.8": codec_lm.nucleus(here, 0.8, 1.0),
    "temperature 0.8, nucleus 0.9": codec_lm.nucleus(here, 0.8, 0.9),
}
plots.likely(rows);

# %% [markdown]
# **What to see.** One code is likelier than all others together, two or three more are possible. The lower temperature raises the first at
# the cost of the rest; the nucleus gives nothing at all to those behind the third or so, and there are more than 250 of them.

# %% [markdown]
# ## TODO 15.6 · Speak until the end
#
# Draw a code, tell the model, draw the next, until it says EOS. Where it never does, stop at some number of codes:
#
# $$ c_t \sim p(c \mid \text{text}, \text{prompt}, c_1, \dots, c_{t-1}), \quad \text{until EOS} \tag{15.6} $$
#
# After `most` codes nothing is drawn any more, and the second result is False. Fill `speak`.

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
# really spoken then, which the synthesiser tells. *rc* (of notebook 01, not needed) is how well attention follows the speaker's *rhythm*, beyond
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
# **What to see.** Nobody taught it where phonemes are, and the kept model has a head that follows them at the speaker's own pace. In this one
# utterance the best of your twelve heads follows too, less sharply. Over all validation utterances it does not: the mean rc of
# its best head is .14 after 300 steps, where the kept one has .63 on the test split.

# %% [markdown]
# ## TODO 15.7 · The books before
#
# A second model adds the other books, each for all frames at once. It hears the sum of the books
# it knows, codes as vectors $E_i[c]$, and a vector $s_j$ that says which book is to come:
#
# $$ x_t = s_j + \sum_{i < j} E_i[c_{it}] \tag{15.7} $$
#
# Books are counted from 0. Text and prompt stand before it; no mask hides a frame from another. Fill `stage_input`.

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
# $$ c_j = \operatorname{argmax}_c \ p(c \mid \text{text}, \text{prompt}, c_0, \dots, c_{j-1}), \qquad j = 1, \dots, n - 1 \tag{15.8} $$
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
# Strings that nobody trained on, in each of the 28 voices, each after a prompt of its voice. A recogniser that knows ten words counts
# *word errors*; a linear classifier, fitted to decoded speech, *names the voice* (all right of 336 true utterances); and how often
# did it *end* by itself?

# %% tags=["skip-when-grading"]
from exercise_lib.valle.listening import digit_recogniser, load_oracle

recognise, oracle = digit_recogniser(), load_oracle()
some = tests.only(range(0, len(tests), 42 if quick else 6))
said = scores.say_all(speaker.Speaker(kept, filler), some)
heard = scores.heard_words(said, decode, recognise)
voices = scores.voices_named(said, decode, oracle)
is_new = some.voices >= 24
right = torch.tensor([a == some.names[b] for a, b in zip(voices, some.voices)]).float()
print(f"word error rate {scores.word_errors(some.texts, heard):.2f}")
print(f"ended by itself {scores.stop_rate(said):.2f}")
print(f"named as the voice asked for {right[~is_new].mean():.2f}, new {right[is_new].mean():.2f}")
for text, words, voice, wanted in list(zip(some.texts, heard, voices, some.voices))[::9]:
    print(f"{text:5} heard as {' '.join(words):28} in {some.names[wanted]}, named {voice}")

# %% [markdown]
# **What to see.** The kept models say nearly every word, in the voice they were asked for where they know it, and end. Recorded of 24 voices:
# .03 of the words wrong, as of true codes (.04). But *new* voices are taken for a neighbour, such as `rms-087` for `rms-093`:
# 24 voices teach which there are, not what a voice is. VALL-E heard 7000 speakers.

# %% [markdown]
# ## What breaks it
#
# Recorded, for want of time. First the temperature: your reader and the kept one, drawn from *all* codes, without a nucleus, 96 strings
# each. How many words are wrong, how often is the end said, how often is a code the one before it?
#
# **Predict.** At which temperature does a reader stutter: near 0, at 1, or at 2?

# %% tags=["skip-when-grading"]
from exercise_lib.valle.measured import read_measured

measured = read_measured()
tables = {"after 300 steps": measured["temperature, live"], "kept": measured["temperature"]}
plots.sampled(tables);

# %% [markdown]
# **What to see.** After 300 steps, at a temperature near 0, the likeliest code is the last one again: 98 % are, and one string in nine ends.
# Hot, codes hardly ever stay. Words are wrong at all temperatures. The kept model is so sure that it matters little:
# these synthetic voices say a digit nearly the same way each time.

# %% [markdown]
# Second: your reader, and the same one trained with the *utterance itself* as its prompt, scored on strings that neither has
# seen. `nll` and `top 10` are after the prompts that each was trained with.

# %% tags=["skip-when-grading"]
for name, row in measured["leak"].items():
    print(f"{name}:", ", ".join(f"{score} {value:.2f}" for score, value in row.items()))

# %% [markdown]
# **What to see.** With the leak nll falls to .14, far below the kept model's, and top-10 accuracy is .99 after 300 steps, on held-out
# strings too. But after a prompt of another utterance it is worse than chance, and says the *prompt's* words, five of six of
# them, and none of the text's. No measure shows it that uses the same prompts as training does.

# %% [markdown]
# ## TODO 15.9 · Find the mistake
#
# A prompt is *another* utterance. Utterance $i$'s voice has $n$ utterances, $f \dots f+n-1$; a draw $0 \leq u<1$ says how
# far to go round among them:
#
# $$ p = f + \big(i - f + 1 + \lfloor u (n - 1) \rfloor\big) \bmod n \tag{15.9} $$
#
# With the code below the loss is too good.
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
# The others are at distances 1 to n - 1. `.long()` cuts off what is behind the point.
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
# ## In whose voice?
#
# Type digits, choose whose voice is heard before them, and turn temperature and nucleus. The last four voices are new to the models. When
# does it stutter, when does it never end, and what does it do at a temperature near 0?

# %% tags=["skip-when-grading"]
from exercise_lib.valle.widgets import speaking_page

speaking_page(speaker.Speaker(kept, filler), decode, oracle, tests)

# %% [markdown]
# ## Experiment
#
# Ungraded. Change one thing and train anew, in the background: hide no codes (`hidden=0.0`); 200 utterances (`utterances=200`); the
# utterance itself as its prompt (`prompt="same"`). Guess first: which of them lowers the loss, and which the held-out nll?

# %% tags=["skip-when-grading"]
from exercise_lib.train.background import BackgroundRun

changed = dataclasses.replace(config, hidden=0.0)
experiment = BackgroundRun(task_name, Path("runs") / "reader-experiment", changed, every)
experiment.widget

# %% tags=["skip-when-grading"]
lines = Path("runs") / "reader-experiment" / "log.jsonl"  # run it again while it goes on
if lines.exists():
    entry = json.loads(lines.read_text().splitlines()[-1])
    at_that_step = next((it for it in log if it["step"] == entry["step"]), log[-1])
    for name in ("step", "loss", "nll", "top_10", "stopped", "length_ratio"):
        print(f"{name:14} {entry[name]:8.3f}   before: {at_that_step[name]:8.3f}")

# %% [markdown]
# <details><summary>What we found</summary>
#
# Hiding no codes is better by the usual measures after 300 steps: the loss is 2.66 instead of 3.10 and held-out nll 2.74 instead of 2.88, for more is
# shown. Which of them learns to read first, these measures do not say. With the utterance itself as its prompt the loss is .16: see above.
#
# </details>

# %% [markdown]
# ## Question 15
#
# A builder writes: "top-10 accuracy is 80 %, the loss still falls, and the speech is none of the words that I asked for."
# How can both be true of one model, and which two measures of this notebook would have told? Then: why is the
# first book drawn and the others are not, and what would the prompt teach if it were the utterance itself?

# %% [markdown] question="prompt-and-text" points=3
# ### BEGIN SOLUTION
# Most of a code is foretold by the codes just before it: sounds go on, and a voice has its favourite codes. A model
# that listens to them alone has the true one among its ten most likely most of the time, with the true past given to
# it. When it speaks, the past is its own, and the few codes at the borders of phonemes decide which word comes. Attention
# to the text scored against what is really spoken (rc), and the word error rate of freely spoken strings, tell at once;
# nll and accuracy do not.
#
# The first book decides which words are said, how fast and with which pitch, so there are many good ways on, and the likeliest code
# again and again leads into a loop. Given the first book, the others only refine the sound: their likeliest codes
# are as good as any, and all frames can be said at once.
#
# With itself as its prompt, the model finds the answer in the prompt: it learns to copy codes and not to read, or to take over
# a voice. The loss is better than ever; after another prompt it says that prompt's words, or none.
#
# **Rubric.** 1 point: accuracy is measured with the true past, which foretells most codes; free speech needs the text; rc
# or word errors measure that. 1 point: first book many ways and loops, the others refine. 1 point: a leak, seen only
# with prompts of other utterances.
# ### END SOLUTION
