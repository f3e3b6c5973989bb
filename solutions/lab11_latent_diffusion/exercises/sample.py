"""Sampler."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys.denoiser import toy_denoiser

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.sample",
    title="Sampler",
    target="exercise_lib.diffusion:sample",
    solution=diffusion.sample,
    todo="11.12",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    c, h = (3, 2) if hidden else (2, 3)

    def case(name: str, n_times: int, n_steps: int, scale: float) -> Case:
        args = {
            "predict": toy_denoiser,
            "latents": normal(rng, 2, c, h, 4),
            "levels": torch.linspace(0.95, 0.1, n_times),
            "n_steps": n_steps,
            "guidance_scale": scale,
        }
        return Case(name, args=args, why="float32 sums over several steps")

    return [
        case("four steps", 100, 4, 2.5 if hidden else 2.0),
        case("seven steps, words as they are", 50, 7, 1.0),
        case("two steps, without words", 200, 2, 0.0),
        case("a single step", 100, 1, 1.5),
    ]


def visited(levels, n_steps):
    times = torch.linspace(len(levels) - 1, 0, n_steps + 1).long()[:-1]
    return times.tolist(), torch.cat([levels[times], torch.ones(1)])


@exercise.misconception(
    "The steps go on from the latents of the beginning: each begins where the one before ended, "
    "`latents = ddim_step(latents, ...)`."
)
def always_from_the_beginning(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    z = latents
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        z = diffusion.ddim_step(latents, noise, its[i], its[i + 1])
    return z


@exercise.misconception(
    "The network is always shown the noise of the beginning: predict from what the step before has "
    "made."
)
def predicted_from_the_beginning(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    z = latents
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        z = diffusion.ddim_step(z, noise, its[i], its[i + 1])
    return z


@exercise.misconception(
    "The network is told the number of the step and not its time: predict at `t`."
)
def told_the_step(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, _ in enumerate(times):
        noise = diffusion.guided(*predict(latents, i), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, its[i], its[i + 1])
    return latents


@exercise.misconception("The network is told the next time: its latents are those of `t`.")
def told_the_next_time(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, _ in enumerate(times):
        noise = diffusion.guided(*predict(latents, [*times, 0][i + 1]), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, its[i], its[i + 1])
    return latents


@exercise.misconception("Nothing is guided: mix both predictions by `guided` in each step.")
def not_guided(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times):
        latents = diffusion.ddim_step(latents, predict(latents, t)[0], its[i], its[i + 1])
    return latents


@exercise.neighbour(not_guided)
def without_words(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times):
        latents = diffusion.ddim_step(latents, predict(latents, t)[1], its[i], its[i + 1])
    return latents


@exercise.misconception(
    "With and without words are exchanged: `predict` returns the noise with words first."
)
def exchanged(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t)[::-1], guidance_scale)
        latents = diffusion.ddim_step(latents, noise, its[i], its[i + 1])
    return latents


@exercise.misconception(
    "Both levels of a step are exchanged: it goes from `visited[i]` to `visited[i + 1]`."
)
def levels_exchanged(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, its[i + 1], its[i])
    return latents


@exercise.misconception(
    "A level is looked up at the wrong place: `levels` has all times, `visited` those of the steps."
)
def neighbouring_levels(predict, latents, levels, n_steps, guidance_scale):
    times, _ = visited(levels, n_steps)
    for t in times:
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, levels[t], levels[max(t - 1, 0)])
    return latents


@exercise.neighbour(neighbouring_levels)
def neighbouring_levels_but_the_last(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        after = levels[t - 1] if i + 1 < n_steps else its[-1]
        latents = diffusion.ddim_step(latents, noise, levels[t], after)
    return latents


@exercise.neighbour(neighbouring_levels)
def first_levels(predict, latents, levels, n_steps, guidance_scale):
    times, _ = visited(levels, n_steps)
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, levels[i], levels[i + 1])
    return latents


@exercise.misconception(
    "The last step is missing, and a veil of noise stays: it goes to a level of 1."
)
def one_step_short(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times[:-1]):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, its[i], its[i + 1])
    return latents


@exercise.misconception("Only the first step is taken: the `return` stands within the loop.")
def first_step_alone(predict, latents, levels, n_steps, guidance_scale):
    (t, *_), its = visited(levels, n_steps)
    noise = diffusion.guided(*predict(latents, t), guidance_scale)
    return diffusion.ddim_step(latents, noise, its[0], its[1])


@exercise.misconception(
    "Each step jumps to the end: the next level is `visited[i + 1]`, which is 1 in the last one "
    "only."
)
def to_the_end_each_time(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, its[i], its[-1])
    return latents


@exercise.misconception(
    "Levels are one step late: step i goes from `visited[i]` to `visited[i + 1]`, and for i = 0 "
    "`visited[i - 1]` is the last one, no noise."
)
def one_level_late(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for i, t in enumerate(times):
        noise = diffusion.guided(*predict(latents, t), guidance_scale)
        latents = diffusion.ddim_step(latents, noise, its[i - 1], its[i])
    return latents


@exercise.also_correct
def without_helpers(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)
    for t, now, then in zip(times, its[:-1], its[1:], strict=True):
        yes, no = predict(latents, t)
        noise = guidance_scale * yes + (1 - guidance_scale) * no
        clean = (latents - (1 - now) ** 0.5 * noise) / now**0.5
        latents = then**0.5 * clean + (1 - then) ** 0.5 * noise
    return latents


@exercise.also_correct
def by_recursion(predict, latents, levels, n_steps, guidance_scale):
    times, its = visited(levels, n_steps)

    def after(i, z):
        if i == n_steps:
            return z
        noise = diffusion.guided(*predict(z, times[i]), guidance_scale)
        return after(i + 1, diffusion.ddim_step(z, noise, its[i], its[i + 1]))

    return after(0, latents)
