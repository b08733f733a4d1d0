"""Make `.venv` hold exactly what the lock files say, quickly when it already does.

Usage: `python scripts/ensure_venv.py runtime|dev`. Standard library only; safe to start twice at once.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
# The dev lock is a superset of the runtime lock, so installing it satisfies both.
SATISFIES = {"runtime": ("runtime",), "dev": ("runtime", "dev")}


def main(profile: str) -> None:
    """Bring `.venv` up to date for a profile, `runtime` or `dev`; do nothing when it is."""
    handle = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)  # a second make waits here; the lock ends with the process
    wanted = _fingerprint()
    if _stamp(profile).is_file() and _stamp(profile).read_text() == wanted:
        return
    print(f"Setting up .venv ({profile}); the first time takes a few minutes ...", file=sys.stderr)
    if not _is_usable():
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
        (VENV / "home.stamp").write_text(str(ROOT))
    # Wheels only: building a source distribution would download tools that no hash vouches for.
    _pip("--require-hashes", "--only-binary=:all:", "--requirement", str(LOCKS[profile]))
    _pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    # Compiled functions are kept beside their sources; where that fails, the first solve compiles them.
    subprocess.run([VENV / "bin" / "python", "-m", "optimizer.warm"], cwd=ROOT, check=False)
    for name in SATISFIES[profile]:
        _stamp(name).write_text(wanted)


def _fingerprint() -> str:
    """Digest of all that decides what `.venv` should hold, and of where it stands."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (*LOCKS.values(), ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stamp(profile: str) -> Path:
    return VENV / f"{profile}.stamp"


def _is_usable() -> bool:
    """Whether `.venv` was made for this folder and its interpreter and pip still run."""
    home = VENV / "home.stamp"
    if not home.is_file() or home.read_text() != str(ROOT):
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    python = VENV / "bin" / "python"
    return python.exists() and subprocess.run([python, "-c", probe], check=False).returncode == 0


def _pip(*arguments: str) -> None:
    quiet = ("-qq", "--disable-pip-version-check", "--no-input", "--no-warn-script-location")
    subprocess.run([VENV / "bin" / "python", "-m", "pip", "install", *quiet, *arguments], check=True)


if __name__ == "__main__":
    if sys.argv[1:] not in [[name] for name in LOCKS]:
        sys.exit(f"usage: ensure_venv.py {'|'.join(LOCKS)}")
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up .venv failed: {error}. Remove .venv and try again.")
