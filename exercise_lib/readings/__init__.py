"""Speech that is drawn: a Tacotron with a latent sampling module, and how its readings differ."""
