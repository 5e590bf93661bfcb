"""Compiling kernels, so that the cache can never serve an old rule.

Numba looks only at the file of the kernel itself when it decides whether cached code is still good; a rule that changed
in another file would be missed. So compiled code is kept in a folder named by the source of the whole package.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numba
from numba.extending import register_jitable

_SOURCE = Path(__file__).resolve().parent
_PLAYS_NO_RUN = ("exact.py",)
"""Modules of sim that no run depends on; the package theory is none of its files either."""


def source_fingerprint() -> str:
    """A short hash of the source of every rule, kernel and measure; closed forms and exact values are neither."""
    digest = hashlib.sha256()
    for path in sorted(path for path in _SOURCE.glob("*.py") if path.name not in _PLAYS_NO_RUN):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:10]


def _cache_folder() -> Path:
    beside = _SOURCE / "__pycache__"
    writable = os.access(beside if beside.exists() else _SOURCE, os.W_OK)
    return (beside if writable else Path(tempfile.gettempdir()) / "kerjasama") / f"kernels-{source_fingerprint()}"


def is_compiled() -> bool:
    """Whether the kernels of this source lie in the cache."""
    return any(_cache_folder().rglob("batch._play*.nbi"))


numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]


rule = register_jitable(forceinline=True)
"""A pure scalar function: plain Python for an agent, compiled into the loop of a kernel."""

part = register_jitable(forceinline=True)
"""A piece of a kernel that works on arrays."""
borrowing = register_jitable(forceinline=True, _nrt=False)
"""A pass over arrays that it only borrows: it makes none, so that it need not count who holds them."""


def kernel(function: Any) -> Any:
    """Compile a loop over lanes: without the interpreter's lock, kept on the disk, never with reordered sums."""
    return numba.njit(function, nogil=True, cache=True)
