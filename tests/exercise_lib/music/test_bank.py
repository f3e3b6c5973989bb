"""Sampled instruments: a right MIDI file, and FluidSynth where it is installed."""

import pytest
import torch

from exercise_lib.files.unusable import UnusableData
from exercise_lib.music import bank
from exercise_lib.music.oracle import read
from exercise_lib.music.pieces import INSTRUMENTS, World, draw_pieces

PIECES = draw_pieces(2, 61, World(drums=("kick",)))


def events(data: bytes) -> list[tuple[int, bytes]]:
    """Read the messages of a MIDI file of one track back, each with its tick."""
    assert data[:14] == b"MThd\0\0\0\6\0\0\0\1\x01\xf4" and data[14:18] == b"MTrk"
    assert int.from_bytes(data[18:22], "big") == len(data) - 22
    found, place, tick = [], 22, 0
    while place < len(data):
        ticks = 0
        while data[place] & 0x80:
            ticks = ticks << 7 | data[place] & 0x7F
            place += 1
        tick += ticks << 7 | data[place]
        n = 2 if data[place + 1] & 0xF0 == 0xC0 else 3
        found.append((tick, data[place + 1 : place + 1 + n]))
        place += 1 + n
    return found


def test_a_midi_file_has_each_note_at_its_time():
    found = events(bank.midi(PIECES, [24, 73]))
    assert found[-1][1] == b"\xff\x2f\0"
    programs = [(tick, it[1]) for tick, it in found if it[0] == 0xC0]
    assert programs == [(0, 24), (4000, 73)]
    melody = [(tick, it[1]) for tick, it in found if it[0] == 0x90]
    expected = [
        (round(1000 * (4 * n + note.start)), round(note.pitch))
        for n, piece in enumerate(PIECES)
        for note in piece.notes
    ]
    assert melody == expected
    strikes = [it[1] for _, it in found if it[0] == 0x99]
    assert strikes == [36] * sum(len(it.strikes) for it in PIECES)
    on, off = (sum(it[0] & 0xF0 == kind for _, it in found) for kind in (0x90, 0x80))
    assert on == off


def test_numbers_as_midi_has_them():
    assert [bank.variable_length(it) for it in (0, 127, 128, 16_383, 16_384)] == [
        *(b"\0", b"\x7f", b"\x81\0", b"\xff\x7f", b"\x81\x80\0")
    ]


def test_what_to_install_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(bank, "BANKS", (tmp_path / "none.sf2",))
    with pytest.raises(UnusableData, match="apt-get install fluidsynth"):
        bank.find_bank()


def test_counts_as_they_were_measured():
    tables = bank.recorded()
    assert {"live", "kept"} <= tables.keys()
    assert all(it.shape == (5, 5) and len({*it.sum(1).tolist()}) == 1 for it in tables.values())


def test_an_instrument_is_counted_under_its_name():
    sampled = bank.Sampled(["flute"] * 3, draw_pieces(3, 62), torch.zeros(3, 48_000))

    class Ears:
        def hear(self, sounds):
            return torch.eye(5)[[0, 1, 4]]

        def read(self, texts):
            named = [next(it for it in INSTRUMENTS if f" {it} " in text) for text in texts]
            return torch.eye(5)[[INSTRUMENTS.index(it) for it in named]]

    counts = bank.confusion(Ears(), sampled, lambda a, p: (a @ p.mean(1).T).argmax(1))
    expected = torch.zeros(5, 5)
    for piece, named in zip(sampled.pieces, (0, 1, 4), strict=True):
        expected[INSTRUMENTS.index(piece.kind.instrument), named] += 1
    assert torch.equal(counts, expected)


@pytest.mark.slow
def test_fluidsynth_plays_what_the_oracle_reads():
    pieces = draw_pieces(4, 63, World(instruments=("flute",), drums=("none",)))
    sounds = bank.play_sampled(pieces, [73] * 4, bank.find_bank())
    assert sounds.shape == (4, 48_000) and torch.allclose(sounds.abs().amax(1), torch.tensor(0.8))
    readings = read(sounds)
    assert [it.kind.tempo for it in readings] == [it.kind.tempo for it in pieces]
    assert [it.kind.contour for it in readings] == [it.kind.contour for it in pieces]
