"""Personal answers that are choices: their form is checked here, whether they are right is not."""

import pytest

from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.personal import COULD_BE, PRACTISED, own_case

CHOICES = {"latent": ["codes", "mel"], "generator": ["GAN", "flow"]}
RIGHT = {"latent": "mel", "generator": "flow"}
PRACTICE = SolvedCase(Case("practice", options={"choices": CHOICES}), Outcome(RIGHT), {})


def said(student, answer):
    return own_case([PRACTICE], Outcome((student, answer)))


def test_any_choices_could_be_right():
    for latent in CHOICES["latent"]:
        own = said("k12345", {"generator": "GAN", "latent": latent})
        assert own.message == COULD_BE and own.counts


def test_practice_knows_its_answer():
    assert said("practice", dict(RIGHT)).message == PRACTISED
    assert said("practice", RIGHT | {"latent": "codes"}).message == ""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"latent": "mel"}, "a dict of latent, generator"),
        (["mel", "flow"], "a dict of latent, generator"),
        (RIGHT | {"decoder": "none"}, "a dict of latent, generator"),
        (RIGHT | {"latent": "VAE"}, "'VAE' is no choice for 'latent'. There are 'codes', 'mel'"),
        (RIGHT | {"latent": None}, "is no choice for 'latent'"),
        (RIGHT | {"latent": ["mel"]}, "is no choice for 'latent'"),
    ],
)
def test_another_form_is_refused_with_the_choices(answer, sentence):
    with pytest.raises(ValueError, match=sentence):
        said("k12345", answer)
