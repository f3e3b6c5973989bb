"""The package students work in: scaffolded modules beside the helpers they are given."""
