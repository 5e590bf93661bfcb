"""Compiling kernels, so that the cache can never serve an old rule.

Numba looks only at the file of the kernel itself when it decides whether cached code is still good; a rule that changed
in another file would be missed. So compiled code is kept in a folder named by the source of the whole package.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.extending import register_jitable

_SOURCE = Path(__file__).resolve().parent
_PLAYS_NO_RUN = ("exact.py", "theory")
"""Modules of sim that no run depends on."""


def source_fingerprint() -> str:
    """A short hash of the source of every rule, kernel and measure; closed forms and exact values are neither."""
    digest = hashlib.sha256()
    for path in sorted(_SOURCE.rglob("*.py")):
        own = path.relative_to(_SOURCE)
        if own.parts[0] not in _PLAYS_NO_RUN:
            digest.update(own.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:10]


def _cache_folder() -> Path:
    beside = _SOURCE / "__pycache__"
    writable = os.access(beside if beside.exists() else _SOURCE, os.W_OK)
    return (beside if writable else Path(tempfile.gettempdir()) / "kerjasama") / f"kernels-{source_fingerprint()}"


def is_compiled() -> bool:
    """Whether the kernels of this source lie in the cache."""
    return any(_cache_folder().rglob("*._play*.nbi"))


numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]


# --- how numba is told to do less, and more ------------------------------------------------------------------------


class _Linked(JITCodeLibrary):
    """Code that is only ever linked into a kernel: optimized and made into machine code there, once, and not before.

    Numba would do both for every rule and pass too, although nobody calls them alone; that is most of its time.
    """

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0  # there is none

    @property
    def codegen(self) -> Any:
        return SimpleNamespace(set_env=lambda *_: None)  # without machine code there is nowhere to note it


class _LinkedOnly(CompilerBase):
    """Numba's own compiler, leaving what it makes to the kernel."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        name = self.state.func_id.func_qualname
        self.state.library = _Linked(self.state.targetctx.codegen(), name)  # type: ignore[no-untyped-call]
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]  # type: ignore[no-untyped-call]


class _ArraysApart(CompilerBase):
    """Numba's own compiler, told that no two arrays handed to a kernel overlap: C's ``restrict``."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]  # type: ignore[no-untyped-call]


_INTO_A_KERNEL = {"forceinline": True, "no_cfunc_wrapper": True, "pipeline_class": _LinkedOnly}

rule = register_jitable(**_INTO_A_KERNEL)
"""A pure scalar function: plain Python for an agent, compiled into the loop of a kernel."""

borrowing = register_jitable(_nrt=False, **_INTO_A_KERNEL)
"""A pass over arrays that it only borrows: it makes none, so that it need not count who holds them."""


def kernel(function: Any) -> Any:
    """Compile a loop over lanes: without the interpreter's lock, kept on the disk, never with reordered sums.

    No array handed to a kernel may overlap another that it writes; so loops over many arrays become vectors.
    """
    compiled: Any = numba.njit
    return compiled(function, nogil=True, cache=True, no_cfunc_wrapper=True, pipeline_class=_ArraysApart)
