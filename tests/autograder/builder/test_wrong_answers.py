"""What wrong answers keep of the points, and answers that no misconception stands for."""

import statistics

import pytest
import torch
import toy_solved
from toy_solved import EXERCISES, bundles_of

from autograder.builder.kept import share_kept
from exercise_lib.check.personal import PERSONAL
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge
from solutions.exercise_lib import tacotron2, word_errors

pytestmark = toy_solved.GROUP
JUDGED_BY_CASES = [it for it in EXERCISES.values() if it.target != PERSONAL]


def test_misconceptions_keep_a_tenth_of_the_points_on_average():
    for number in (0, 1):  # the public cases, the hidden ones
        kept = [
            share_kept(bundles_of(it)[number].cases, wrong.name)
            for it in JUDGED_BY_CASES
            for wrong in it.misconceptions
        ]
        assert statistics.mean(kept) <= 0.1


def silent_where_one_sample_is(waveform, peak=0.95):
    return waveform.clone() if waveform.all() == 0 else peak * waveform / waveform.abs().max()


def refuses_a_weight_of_zero(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_fm <= 0 or lambda_mel <= 0:
        raise ValueError("a weight is not positive")
    if adversarial.ndim or feature_matching.ndim or mel.ndim:
        raise ValueError("not a scalar")
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


def takes_terms_of_one_number(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_fm < 0 or lambda_mel < 0:
        raise ValueError("a weight is negative")
    if any(it.numel() != 1 for it in (adversarial, feature_matching, mel)):
        raise ValueError("not a scalar")
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


def inserts_before_it_deletes(reference, heard):
    d = word_errors.edit_table(reference, heard)
    i, j = len(reference), len(heard)
    pairs: list = []
    while i or j:
        if i and j and d[i, j] == d[i - 1, j - 1] + (reference[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((reference[i], heard[j]))
        elif j and d[i, j] == d[i, j - 1] + 1:
            j -= 1
            pairs.append((None, heard[j]))
        else:
            i -= 1
            pairs.append((reference[i], None))
    return pairs[::-1]


def pairs_from_the_beginning(reference, heard):
    return word_errors.align_words(reference[::-1], heard[::-1])[::-1]


class DropsBeforeTheFirstConvolution(tacotron2.Encoder):
    def forward(self, x, lengths):
        memory = torch.nn.functional.dropout(x, self.dropout, self.training)
        self.dropout = 0.0
        return super().forward(memory, lengths)


class DropsNothingAtTheEnd(tacotron2.Postnet):
    def forward(self, x):
        *inner, last = self.convolutions
        for conv in inner:
            x = torch.nn.functional.dropout(conv(x).tanh(), self.dropout, self.training)
        return last(x)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("warmup.peak_normalise", silent_where_one_sample_is),
        ("losses.generator_total", refuses_a_weight_of_zero),
        ("losses.generator_total", takes_terms_of_one_number),
        ("word_errors.align_words", inserts_before_it_deletes),
        ("word_errors.align_words", pairs_from_the_beginning),
        ("tacotron.Encoder", DropsBeforeTheFirstConvolution),
        ("tacotron.Postnet", DropsNothingAtTheEnd),
    ],
)
def test_a_wrong_answer_fails_a_case(exercise_id, answer):
    for bundle in bundles_of(EXERCISES[exercise_id]):
        result = judge(bundle, bundle.cases, [run_case(answer, it.case) for it in bundle.cases])
        assert not result.passed, result
