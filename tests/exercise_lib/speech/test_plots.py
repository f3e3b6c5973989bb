"""Figures: what is drawn, which way up, with which labels, ticks and scales."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from solutions.exercise_lib.discriminators import fold
from solutions.exercise_lib.mel import MelConfig, mel_filterbank

from exercise_lib import figures
from exercise_lib.speech import plots

TEXT = "A bird."


@pytest.fixture(autouse=True)
def close_figures():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
    matplotlib.rcdefaults()


def weights() -> torch.Tensor:
    return torch.rand(12, len(TEXT), generator=torch.Generator().manual_seed(0)).softmax(-1)


def test_alignment_is_drawn_as_everywhere_in_the_field():
    ax = plots.alignment(weights().T, characters=TEXT, seconds_per_step=0.08, title="t")
    [image] = ax.get_images()
    assert image.origin == "lower" and image.get_interpolation() == "none"
    assert ax.get_aspect() == "auto" and image.get_clim() == (0, 1)
    np.testing.assert_array_equal(image.get_array(), weights().T)
    assert "decoder" in ax.get_xlabel() and "encoder" in ax.get_ylabel()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list("A␣bird.")
    [seconds] = ax.child_axes
    assert seconds.get_xlabel() == "time (s)"
    ax.figure.canvas.draw()
    low, high = ax.get_xlim()
    assert seconds.get_xlim() == pytest.approx((low * 0.08, high * 0.08))


def test_the_true_path_lies_on_the_pixels_of_its_characters():
    truth = torch.tensor([0, 0, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6])
    ax = plots.alignment(weights().T, truth=truth, cursor=3)
    path, cursor = ax.get_lines()
    np.testing.assert_array_equal(path.get_xdata(), np.arange(12))
    np.testing.assert_array_equal(path.get_ydata(), truth)
    assert cursor.get_xdata() == [3, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alignment": torch.zeros(3)}, r"\(T_enc, T_dec\)"),
        ({"alignment": torch.zeros(3, 4), "characters": "ab"}, "2 characters for 3"),
        ({"alignment": torch.zeros(3, 4), "truth": torch.zeros(3)}, r"expected \(4,\)"),
    ],
)
def test_alignment_refuses_shapes_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        plots.alignment(**options)


def test_characters_get_smaller_type_when_there_are_many():
    few = plots.alignment(torch.zeros(7, 5), characters=TEXT)
    many = plots.alignment(torch.zeros(90, 5), characters="x" * 90)
    sizes = [ax.get_yticklabels()[0].get_fontsize() for ax in (few, many)]
    assert sizes[0] == 10 and 4 < sizes[1] < 10


def test_words_stand_at_their_first_letters_where_letters_would_be_unreadable():
    text = "the old man, " * 12
    ax = plots.alignment(torch.zeros(len(text), 5), characters=text)
    labels = ax.get_yticklabels()
    assert [it.get_text() for it in labels] == ["the", "old", "man,"] * 12
    assert [text[int(it.get_position()[1])] for it in labels] == list("tom") * 12
    assert labels[0].get_fontsize() > 6


def test_several_alignments_say_what_the_line_is():
    figure = plots.alignments(
        {"a": weights().T, "b": weights().T}, truth=torch.zeros(len(weights()))
    )
    [legend] = [ax.get_legend() for ax in figure.axes if ax.get_legend()]
    assert [it.get_text() for it in legend.get_texts()] == ["true character"]


def test_several_alignments_share_one_scale_and_one_colour_bar():
    figure = plots.alignments({"a": weights().T, "b": weights().T ** 2}, n_columns=2)
    images = [image for ax in figure.axes for image in ax.get_images()]
    assert [image.get_clim() for image in images[:2]] == [(0, 1)] * 2
    assert [ax.get_title() for ax in figure.axes[:2]] == ["a", "b"]
    assert len(figure.axes) == 3  # two panels and the colour bar


def test_several_alignments_name_the_truth_and_their_characters_are_readable():
    truth = torch.zeros(12)
    figure = plots.alignments({"a": torch.zeros(44, 12)}, truth=truth, characters="x" * 44)
    figure.canvas.draw()
    ax = figure.axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["true character"]
    sizes = {label.get_fontsize() for label in ax.get_yticklabels()}
    assert min(sizes) >= 9


def test_what_the_colours_of_an_alignment_measure_can_be_another_thing():
    ax = plots.alignment(weights().T, scale="share of the letter")
    assert ax.figure.axes[1].get_ylabel() == "share of the letter"


def test_energies_are_turned_the_same_way_as_an_alignment():
    energies = torch.arange(6.0).reshape(2, 3)  # (T_dec, T_enc)
    [image] = plots.energies(energies, characters="abc").get_images()
    assert image.get_array().shape == (3, 2) and image.origin == "lower"


def test_attention_step_has_the_characters_upwards():
    ax = plots.attention_step(weights()[0], TEXT, truth=2.0)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(weights()[0].tolist())
    assert ax.get_ylim() == (-0.5, 6.5) and ax.get_xlim() == (0, 1)


def test_mel_axes_are_in_hertz_and_seconds():
    config = MelConfig()
    ax = plots.mel(torch.zeros(80, 50), config)
    [image] = ax.get_images()
    assert image.get_extent() == pytest.approx((0, 50 * 256 / 16_000, -0.5, 79.5))
    assert ax.get_xlabel() == "time (s)" and ax.get_ylabel() == "frequency (Hz)"
    ticks = dict(zip([t.get_text() for t in ax.get_yticklabels()], ax.get_yticks(), strict=True))
    peaks = mel_filterbank(config).argmax(dim=1) * 16_000 / 1024  # Hz, to half a bin of 15.6 Hz
    for label, position in ticks.items():
        if 0 <= position <= 79:
            assert abs(float(peaks[round(position)]) - float(label)) < 0.04 * float(label) + 20
    assert ticks["8000"] == pytest.approx(80)  # the last edge is one band above the last centre


def test_mel_refuses_another_number_of_bands():
    with pytest.raises(ValueError, match=r"\(80, frames\), got \(40, 50\)"):
        plots.mel(torch.zeros(40, 50), MelConfig())


def test_filterbank_has_a_line_for_each_band_over_hertz():
    config = MelConfig(n_mels=20)
    ax = plots.filterbank(mel_filterbank(config), config)
    assert len(ax.get_lines()) == 20
    assert ax.get_lines()[0].get_xdata()[-1] == 8000
    odd = MelConfig(n_fft=255)  # its last bin lies below the Nyquist frequency
    ax = plots.filterbank(mel_filterbank(odd), odd)
    assert ax.get_lines()[0].get_xdata()[-1] == pytest.approx(127 * 16_000 / 255)


def test_waveform_is_drawn_against_seconds_on_the_range_of_a_file():
    ax = plots.waveform(torch.linspace(-0.5, 0.5, 161), 16_000)
    assert ax.get_xlim() == pytest.approx((0, 0.01)) and ax.get_ylim() == (-1, 1)


def test_curves_differ_in_colour_and_style():
    ax = figures.curves({"a": [1.0, 2.0], "b": torch.tensor([2.0, 1.0])}, x=[10, 20])
    a, b = ax.get_lines()
    assert a.get_color() != b.get_color() and a.get_linestyle() != b.get_linestyle()
    assert list(b.get_xdata()) == [10, 20]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_a_folded_ramp_rises_along_each_column():
    rows = fold(torch.arange(12.0).reshape(1, 1, -1), 3)[0, 0]  # row t holds one period
    ax = plots.folded(rows, 16_000)
    [image] = ax.get_images()
    np.testing.assert_array_equal(image.get_array()[:, 0], [0, 1, 2])  # upwards within a period
    np.testing.assert_array_equal(image.get_array()[0], [0, 3, 6, 9])  # to the right in time
    assert "3 samples" in ax.get_title() and "(ms)" in ax.get_xlabel()
    with pytest.raises(ValueError, match="T / period"):
        plots.folded(torch.zeros(12), 16_000)


def test_feature_maps_share_a_scale_for_each_layer():
    maps = {
        "recording": [torch.randn(1, 4, 30), torch.randn(1, 8, 10)],
        "generated": [3 * torch.randn(1, 4, 30), torch.randn(1, 8, 10)],
    }
    figure = plots.feature_maps(maps, duration=0.2)
    panels = np.array(figure.axes).reshape(2, 2)
    for above, below in panels.T:
        assert above.get_images()[0].get_clim() == below.get_images()[0].get_clim()
    assert "4x30" in panels[0, 0].get_title() and "recording" in panels[0, 0].get_ylabel()
    period_maps = {"recording": [torch.randn(1, 4, 10, 3)]}
    [panel] = plots.feature_maps(period_maps, duration=0.2).axes
    assert panel.get_images()[0].get_array().shape == (4, 10)  # averaged over the phases


def test_receptive_fields_show_what_the_output_depends_on():
    figure = plots.receptive_fields({"dense": [(3, 1), (3, 2)], "combed": [(3, 2), (3, 4)]})
    dense, combed = figure.axes
    assert dense.get_title() == "dense: 7 samples" and combed.get_title() == "combed: 13 samples"
    rows = [line.get_xdata() for line in combed.get_lines()]  # output first, input last
    assert [list(row) for row in rows] == [[0], [-4, 0, 4], [-6, -4, -2, 0, 2, 4, 6]]
    assert [label.get_text() for label in combed.get_yticklabels()] == [
        "input",
        "kernel 3, dilation 2",
        "kernel 3, dilation 4",
    ]
    assert len(combed.collections[0].get_segments()) == 3  # from the output to the layer before
    assert dense.get_xlim() == combed.get_xlim() and "samples" in combed.get_xlabel()


def test_the_edit_table_shows_counts_words_and_the_way():
    table = torch.tensor([[0, 1, 2], [1, 0, 1], [2, 1, 1], [3, 2, 2]])
    pairs = [("a", "a"), ("wise", None), ("owl", "fowl")]
    ax = plots.edit_table(table, ["a", "wise", "owl"], ["a", "fowl"], pairs)
    counts = {text.get_position(): text.get_text() for text in ax.texts}
    assert len(counts) == 12 and counts[(1, 3)] == "2" and ax.get_title() == "2 errors"
    [way] = ax.get_lines()
    assert way.get_xydata().tolist() == [[0, 0], [1, 1], [1, 2], [2, 3]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["", "a", "wise", "owl"]
    low, high = ax.get_ylim()
    assert low > high  # the beginning is at the top


def test_the_warping_path_lies_on_its_frames():
    path = torch.tensor([[0, 0], [1, 1], [1, 2], [2, 3]])
    ax = plots.warping(torch.rand(3, 4), path, 0.016, names=("recording", "copy"))
    [image] = ax.get_images()
    assert image.origin == "lower"
    assert image.get_extent() == pytest.approx([0, 4 * 0.016, 0, 3 * 0.016])
    _, line = ax.get_lines()
    np.testing.assert_allclose(line.get_xdata(), [0.008, 0.024, 0.040, 0.056])
    np.testing.assert_allclose(line.get_ydata(), [0.008, 0.024, 0.024, 0.040])
    assert ax.get_xlabel() == "copy: time (s)" and ax.get_ylabel() == "recording: time (s)"


def test_large_type_is_larger():
    import matplotlib.pyplot as plt

    small = plt.rcParams["font.size"]
    plots.large_type()
    assert plt.rcParams["font.size"] >= 1.8 * small


def test_importing_the_given_modules_does_not_import_the_slow_libraries():
    code = (
        "import sys; from exercise_lib.speech import audio, plots, widgets, recorded; "
        "print([m for m in ('matplotlib', 'librosa', 'ipywidgets', 'IPython') if m in sys.modules])"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = [sys.executable, "-c", code]
    printed = subprocess.run(run, capture_output=True, text=True, check=True, env=environment)
    assert printed.stdout.strip() == "[]"


LETTERS = "abcdef"


def told(figure) -> str:
    """Return what an alternative text says beyond titles and axes."""
    return str(figure.get_label())


def drawn() -> dict:
    """Return figures of something known -> what their words must tell of it."""
    seconds = np.arange(1600) / 1600
    wave = np.where(seconds < 0.5, 0, 0.8 * np.sin(2 * np.pi * 100 * seconds + 1e-3))
    config = MelConfig(sample_rate=16_000)
    log_mel = np.full((config.n_mels, 10), -9.0)
    log_mel[:, 7], log_mel[20] = -5.0, 1.0
    pairs = [("a", "a"), ("bird", "bit"), (None, "oh"), ("slept", None)]
    maps = {"real": [torch.rand(1, 4, 9)], "fake": [torch.rand(1, 4, 9)]}
    path = np.array([(0, 0), (1, 0), (2, 0), (3, 3)])
    return {
        plots.energies(np.eye(6)): "The largest energy goes from character 0 to 5 of 6",
        plots.attention_step(np.array([0, 0, 0.2, 0.8, 0, 0]), LETTERS): "0.80 of it, is on "
        "character 3, 'd'",
        plots.waveform(wave, 1600): "largest amplitude is 0.80",
        plots.mel(log_mel, config): "most energy is at 0.11 s and near",
        plots.filterbank(mel_filterbank(config), config): "Hz wide and the last one",
        plots.folded(np.tile(np.arange(5.0), (8, 1)), 16_000): "1.00 (1 is the same): horizontal",
        plots.folded(np.random.default_rng(0).normal(size=(50, 5)), 16_000): "no clear stripes",
        plots.feature_maps(maps, 1.0): "distance from the first, in mean sizes, layer by layer: ",
        plots.receptive_fields({"MRF": [(3, 1), (3, 2)]}): "MRF: 7 samples, of which it reads 7.",
        plots.edit_table(np.zeros((4, 4), int), ["a", "bird", "slept"], ["a", "bit", "oh"], pairs):
            "Errors: bird heard as bit, oh added, slept left out.",
        plots.warping(np.zeros((4, 4)), path, 0.5): "0.00 s to the right and 1.00 s to the left",
    }  # fmt: skip


def test_the_words_of_a_figure_tell_what_it_shows_and_not_only_its_axes():
    for shown, sentence in drawn().items():
        assert sentence in told(shown.get_figure(root=True)), sentence


def test_figures_of_nothing_have_words_too():
    config = MelConfig()
    plots.folded(np.zeros((1, 5)), 16_000)
    plots.waveform(np.zeros(3), 16_000)
    plots.mel(np.full((config.n_mels, 1), np.nan), config)
    plots.filterbank(np.zeros((3, config.n_fft // 2 + 1)), config)
    plots.attention_step(np.zeros(6), LETTERS)
    figures.curves({"none": []})
