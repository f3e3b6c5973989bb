"""One code after another."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys import parts

from ...exercise_lib import atlas
from .shared import caption

exercise = Exercise(
    id="atlas.write_codes",
    title="One code after another",
    target="exercise_lib.atlas:write_codes",
    solution=atlas.write_codes,
    todo="17.4",
    points=3,
    difficulty=2,
    minutes=20,
)
WRITERS = {0: parts.toy_writer, 5: parts.toy_late_writer}


def prompt_with(rng: np.random.Generator, end: int, choosing, least: int, most: int) -> str:
    """Draw a prompt after which as many codes are written, with every code but one kind."""
    while True:
        drawn = caption(rng, 3)
        found = atlas.write_codes(drawn, parts.toy_tokens, WRITERS[end], choosing(), end, 30)
        if least <= len(found) <= most and len(set(found.tolist())) >= min(3, least):
            return drawn


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, end: int, choose, longest: int, least: int, most: int, **more) -> Case:
        choosing = choose if more else lambda: choose
        args = {
            "prompt": prompt_with(rng, end, choosing, least, most),
            "read": parts.toy_tokens,
            "network": WRITERS[end],
            "choose": choose,
            "end": end,
            "longest": longest,
        }
        return Case(name, args=args, **more)

    made = {"probe": "codes", "options": {"model": "writer"}}
    return [
        case("ends by itself", 0, parts.toy_likeliest, 20, 4, 9),
        case("the end is another code", 5, parts.toy_likeliest, 16, 4, 9),
        case("not the likeliest", 0 if hidden else 5, parts.toy_second, 20, 4, 12),
        case("is stopped", 5 if hidden else 0, parts.toy_likeliest, 3, 4, 9),
        case("by turns", 0 if hidden else 5, parts.toy_choices, 20, 4, 9, **made),
    ]


def written(words, network, choose, end, longest, seen=lambda codes: codes):
    codes = torch.empty(0, dtype=torch.long)
    while len(codes) < longest:
        code = choose(network(words, seen(codes)))
        if code == end:
            break
        codes = torch.cat([codes, torch.tensor([code])])
    return codes


@exercise.misconception(
    "The end is kept: it says that nothing follows, and is no sound. Break before it is appended."
)
def end_kept(prompt, read, network, choose, end, longest):
    codes = atlas.write_codes(prompt, read, network, choose, end, longest)
    return torch.cat([codes, torch.tensor([end])]) if len(codes) < longest else codes


@exercise.neighbour(end_kept)
def end_always_appended(prompt, read, network, choose, end, longest):
    codes = atlas.write_codes(prompt, read, network, choose, end, longest)
    return torch.cat([codes, torch.tensor([end])])


@exercise.misconception(
    "The end is not looked for: it is taken for a code, and writing goes on until `longest`."
)
def never_ends(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, -1, longest)


@exercise.misconception(
    "The end is left out, but writing goes on behind it: nothing follows the end, so `break` there."
)
def end_passed_over(prompt, read, network, choose, end, longest):
    words, codes = read(prompt), torch.empty(0, dtype=torch.long)
    for _ in range(longest):
        code = choose(network(words, codes))
        if code != end:
            codes = torch.cat([codes, torch.tensor([code])])
    return codes


@exercise.misconception(
    "It stops where the end is the likeliest code: `choose` decides when it comes, as with any "
    "code."
)
def ends_where_likely(prompt, read, network, choose, end, longest):
    words, codes = read(prompt), torch.empty(0, dtype=torch.long)
    while len(codes) < longest:
        found = network(words, codes)
        if int(found.argmax()) == end:
            break
        codes = torch.cat([codes, torch.tensor([choose(found)])])
    return codes


@exercise.misconception(
    "A softmax stands before `choose`: it takes the logits as the network gives them."
)
def softmax_before(prompt, read, network, choose, end, longest):
    return written(read(prompt), lambda *its: network(*its).softmax(-1), choose, end, longest)


@exercise.misconception(
    "The words count as codes: `longest` is a number of codes, however long the prompt."
)
def words_counted(prompt, read, network, choose, end, longest):
    words = read(prompt)
    return written(words, network, choose, end, longest - len(words))


@exercise.misconception("Nothing stops it at `longest` but the end: count the codes.")
def never_stopped(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, end, 200)


@exercise.misconception(
    "It stops one code too late: compare the number of codes with `longest` before the next one."
)
def one_too_many(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, end, longest + 1)


@exercise.misconception("It stops one code too soon: T may be `longest`.")
def one_too_few(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, end, longest - 1)


@exercise.misconception(
    "The network sees no codes: each is chosen as if it were the first. Give it those that are "
    "written."
)
def sees_nothing(prompt, read, network, choose, end, longest):
    return written(
        read(prompt), network, choose, end, longest, lambda codes: torch.empty(0, dtype=torch.long)
    )


@exercise.misconception(
    "The network sees the last code alone: it needs all that are written, in their order."
)
def sees_the_last(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, end, longest, lambda codes: codes[-1:])


@exercise.misconception("The network sees the codes in reverse: append each new one at the end.")
def reversed_order(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, end, longest, lambda codes: codes.flip(0))


@exercise.neighbour(reversed_order)
def put_in_front(prompt, read, network, choose, end, longest):
    codes = torch.empty(0, dtype=torch.long)
    while len(codes) < longest:
        code = choose(network(read(prompt), codes))
        if code == end:
            break
        codes = torch.cat([torch.tensor([code]), codes])
    return codes


@exercise.misconception("The prompt is not heard: give the network its words.")
def prompt_dropped(prompt, read, network, choose, end, longest):
    return written(read(""), network, choose, end, longest)


@exercise.misconception(
    "The codes are appended to the words: the network takes both apart, and numbers of words and "
    "of codes mean different things."
)
def codes_among_words(prompt, read, network, choose, end, longest):
    words, codes = read(prompt), torch.empty(0, dtype=torch.long)
    while len(codes) < longest:
        code = choose(network(torch.cat([words, codes]), torch.empty(0, dtype=torch.long)))
        if code == end:
            break
        codes = torch.cat([codes, torch.tensor([code])])
    return codes


@exercise.neighbour(codes_among_words)
def begins_with_the_words(prompt, read, network, choose, end, longest):
    words = read(prompt)
    codes = words
    while len(codes) < longest:
        code = choose(network(words, codes))
        if code == end:
            break
        codes = torch.cat([codes, torch.tensor([code])])
    return codes


@exercise.neighbour(codes_among_words)
def both_in_both(prompt, read, network, choose, end, longest):
    words, codes = read(prompt), torch.empty(0, dtype=torch.long)
    while len(codes) < longest:
        code = choose(network(torch.cat([words, codes]), codes))
        if code == end:
            break
        codes = torch.cat([codes, torch.tensor([code])])
    return codes


@exercise.misconception(
    "You take the likeliest code by yourself: `choose` says which, and may draw by chance."
)
def likeliest(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, parts.toy_likeliest, end, longest)


@exercise.misconception("The words are returned with the codes: return the codes alone.")
def words_kept(prompt, read, network, choose, end, longest):
    codes = atlas.write_codes(prompt, read, network, choose, end, longest)
    return torch.cat([read(prompt), codes])


@exercise.misconception("The last code alone is returned: keep all that are written.")
def last_code(prompt, read, network, choose, end, longest):
    return atlas.write_codes(prompt, read, network, choose, end, longest)[-1:]


@exercise.misconception("The last of the K codes is taken for the end: `end` says which it is.")
def end_is_the_last(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, parts.N_CODES - 1, longest)


@exercise.neighbour(end_is_the_last)
def end_is_zero(prompt, read, network, choose, end, longest):
    return written(read(prompt), network, choose, 0, longest)


@exercise.also_correct
def by_list(prompt, read, network, choose, end, longest):
    words, found = read(prompt), []
    for _ in range(longest):
        found.append(choose(network(words, torch.tensor(found, dtype=torch.long))))
        if found[-1] == end:
            found.pop()
            break
    return torch.tensor(found, dtype=torch.long)


@exercise.also_correct
def by_recursion(prompt, read, network, choose, end, longest):
    def go_on(codes):
        if len(codes) == longest:
            return codes
        code = choose(network(read(prompt), codes))
        return codes if code == end else go_on(torch.cat([codes, torch.tensor([code])]))

    return go_on(torch.empty(0, dtype=torch.long))
