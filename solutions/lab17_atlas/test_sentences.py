"""What notebook 17 says of the table, and the unseen systems."""

import re

from autograder.builder.answers import answer
from exercise_lib.check.personal import variant
from exercise_lib.systems import unseen
from exercise_lib.systems.fitting import misfits
from exercise_lib.systems.table import COLUMNS, SYSTEMS, apart, found
from solutions.lab17_atlas.exercises.shared import PICTURES, SOUNDS, anatomy

nearest = answer("solutions.lab17_atlas.exercises", "nearest")
KNOWN = {key: it.composition for key, it in SYSTEMS.items()}


def nearest_to(key: str) -> list[str]:
    return nearest(KNOWN[key], {it: its for it, its in KNOWN.items() if it != key})


def test_which_systems_are_one_drawing():
    same = ("data", "condition", "alignment", "generator")
    for key in ("ldm", "dit", "sd3", "stable_audio"):
        assert set(apart(KNOWN["ldm"], KNOWN[key])) <= set(same)
    assert apart(KNOWN["clip"], KNOWN["clap"]) == ["data"]
    assert apart(KNOWN["tacotron1"], KNOWN["tacotron2"]) == ["decoder"]
    assert apart(KNOWN["ldm"], KNOWN["stable_audio"]) == ["data"]
    assert nearest_to("stable_audio") == ["ldm"] and nearest_to("sd3") == ["ldm"]


def test_what_lacks_a_generator_is_a_part_of_others():
    assert [key for key, it in SYSTEMS.items() if it.is_part] == [
        "clip",
        "clap",
        "vqvae",
        "encodec",
    ]
    assert all((it.generator.kind == "none") == it.is_part for it in SYSTEMS.values())


def test_what_we_found_in_the_experiment_fits_and_is_none_of_the_lecture():
    for kinds in (
        ("speech", "text", "durations", "flow", "mel", "GAN vocoder"),
        ("picture", "class", "prefix", "AR, regression", "continuous", "autoencoder"),
        ("picture", "class", "modulation", "GAN", "continuous", "autoencoder"),
    ):
        parts = dict(zip(COLUMNS, kinds, strict=True))
        assert misfits(parts) == [] and found(parts) is None


def test_unseen_systems_are_not_named_and_each_has_its_description():
    for data, systems in (("picture", PICTURES), ("sound", SOUNDS)):
        told = unseen.descriptions(data)
        assert len(told) == len(systems) and len(systems) > 9
        for name, number, *kinds in systems:
            words = " ".join(told).casefold()
            assert not re.search(rf"\b{re.escape(name.casefold())}\b", words), name
            assert re.fullmatch(r"\d{4}\.\d{5}|[01]\d{3}\.\d{4,5}", number), name
            parts = dict(zip(unseen.ASKED, kinds, strict=True))
            out = data if data == "picture" else "speech" if "mel" in kinds else "sound"
            assert misfits({"data": out, **parts}) == [], name
    assert len(PICTURES) + len(SOUNDS) - 2 >= 12


def test_none_of_the_unseen_is_in_the_lecture():
    names = {it.name for it in SYSTEMS.values()}
    assert not names & {name for name, *_ in PICTURES + SOUNDS}


def test_students_get_different_systems_by_their_numbers():
    drawn = {unseen.description("sound", f"k{n:06}") for n in range(200)}
    assert len(drawn) == len(SOUNDS) - 1
    number = variant("123456", len(PICTURES) - 1)
    assert anatomy(PICTURES[1 + number][0])["generator"] == "AR, softmax"  # as the master answers
