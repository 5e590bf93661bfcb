"""Property tests may compile a kernel in their first example, so they have no deadline."""

from hypothesis import settings

settings.register_profile("kerjasama", deadline=None)
settings.load_profile("kerjasama")
