"""Everything of kerjasama that a person types, from a fresh checkout, with nothing but Python 3.11 to 3.13.

    python3 dev.py demo              the headline sweep: when does cooperation break down?
    python3 dev.py run MODULE ...    any module, e.g.  python3 dev.py run experiments.run scenario=dyad
    python3 dev.py figures           make the committed reference figures again
    python3 dev.py test              ruff, mypy, import contracts, pytest with the examples of the docstrings
    python3 dev.py test slow         the tests that take minutes

More words after `demo`, `figures` and `test` are handed on. The first call makes .venv and installs the
versions of constraints.txt into it; later calls start at once, until one of the two files changes.
Everything runs in the folder of this file, wherever it is called from.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

DEMO = ["-m", "experiments.sweep"]
FIGURES = ["-m", "experiments.reference"]

CHECKS = {
    "ruff": ["-m", "ruff", "check", "."],
    "mypy": ["-m", "mypy"],
    "imports": ["-c", "from importlinter.cli import lint_imports_command as main; main(['--no-logo'])"],
}
PYTEST = ["-m", "pytest", "-n", "2", "--doctest-modules", "sim", "experiments", "tests"]

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "kerjasama-installed"  # written last: without it the environment is half-finished
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

OLDEST, NEWEST = (3, 11), (3, 13)


def main(words):
    command, rest = (words[0] if words else "help"), words[1:]
    if command not in ("demo", "run", "figures", "test") or (command == "run" and not rest):
        print(__doc__.strip())
        return 0 if command in ("help", "-h", "--help") and words else 2
    prepare(find_python())
    if command == "test":
        return test(rest)
    return replace_by({"demo": DEMO, "figures": FIGURES, "run": ["-m"]}[command] + rest)


def supported(version):
    return OLDEST <= tuple(version[:2]) <= NEWEST


def refusal(version):
    """The sentence for somebody whose Python is too old or too new."""
    return (
        "kerjasama needs Python 3.11, 3.12 or 3.13. This is Python {}.{}, and no python3.13, python3.12 or "
        "python3.11 was found. Install one of them, then run the same line again.".format(*version[:2])
    )


def find_python():
    """Path and version of the Python to build on: the calling one, or else the newest that fits."""
    if supported(sys.version_info):
        # Called from inside .venv, build on the Python beneath it: .venv itself may be made anew.
        return getattr(sys, "_base_executable", sys.executable), tuple(sys.version_info[:2])
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        launcher = ["py", "-3.{}".format(minor)] if os.name == "nt" else ["python3.{}".format(minor)]
        path = answer(launcher, "import sys; print(sys.executable)") if shutil.which(launcher[0]) else None
        if path:
            return path, (3, minor)
    sys.exit(refusal(sys.version_info))


def answer(python, question):
    """What this Python prints when asked, or None if it cannot run."""
    done = subprocess.run([*python, "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode().strip() if done.returncode == 0 else None


def fingerprint(folder, version):
    """Changes when the environment has to: other requirements, other pins, another Python, another place."""
    parts = [(folder / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(repr((parts, tuple(version), str(folder))).encode()).hexdigest()


def prepare(python_and_version):
    """Make .venv what constraints.txt says; nothing to do if it is so already."""
    python, version = python_and_version
    wanted = fingerprint(ROOT, version)
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    started = time.perf_counter()
    print("Setting up .venv with Python {}.{} (a minute or two, once) ...".format(*version), flush=True)
    asked = "import sys, pip; print(sys.version_info[:2])"
    usable = STAMP.exists() and PYTHON.exists() and answer([str(PYTHON)], asked) == str(tuple(version))
    if STAMP.exists():
        STAMP.unlink()
    if not usable:
        make_venv(python, version)
    install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.call([str(PYTHON), *install, "-c", "constraints.txt", "-e", ".[test]"], cwd=str(ROOT)):
        sys.exit("The installation failed (see above). Run the same line again to start it afresh.")
    STAMP.write_text(wanted)
    print(".venv is ready after {:.0f} s.".format(time.perf_counter() - started), flush=True)


def make_venv(python, version):
    if answer([python], "import venv, ensurepip") is None:
        sys.exit(
            "Python {0}.{1} at {2} lacks the modules venv and ensurepip. On Debian and Ubuntu: "
            "sudo apt install python3-venv (or python{0}.{1}-venv). Then run the same line again.".format(
                version[0], version[1], python
            )
        )
    if subprocess.call([python, "-m", "venv", "--clear", str(VENV)]):
        sys.exit("Could not make {} (see above).".format(VENV))


def replace_by(arguments):
    """Become the program, so that its exit code and every signal are its own."""
    os.chdir(str(ROOT))
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(str(PYTHON), [str(PYTHON), *arguments])
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the program; this one waits for it
    return subprocess.call([str(PYTHON), *arguments])


def test(words):
    """All stages, also after one failed; pytest last, so that its closing line is the last but one."""
    slow = words[:1] == ["slow"]
    checks = {} if slow else CHECKS
    selection = ["-m", "slow" if slow else "not slow", *words[slow:]]
    verdicts, failed = [], False
    for name, arguments in [*checks.items(), ("pytest", PYTEST + selection)]:
        print("{} ...".format(name), flush=True)
        started = time.perf_counter()
        code = subprocess.call([str(PYTHON), *arguments], cwd=str(ROOT))
        failed = failed or code != 0
        verdict = "{} {} in {:.1f} s".format(name, "FAILED" if code else "ok", time.perf_counter() - started)
        verdicts.append(verdict)
        if name != "pytest":
            print(verdict, flush=True)
    print("{}: {}".format("FAILED" if failed else "ok", "; ".join(verdicts)), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
