"""The labs as a static site: every notebook solved and run, a page each, and nothing to install."""
