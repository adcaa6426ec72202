"""The program between franca and a server: its folder, a new session, its account, its priority, exec.

Run as `python -I -S launcher.py FOLDER NICENESS UID GID COMMAND…`, never imported: changing account between
fork and exec is not safe in a process that has threads. docs/decisions/postgres-as-root.md has the reasons.
"""

import ctypes
import os
import sys

PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522


def drop(uid: int, gid: int) -> None:
    """Become `uid` and `gid`, keeping the weakest capability at hand that reads past permissions."""
    linux = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if linux is not None:
        linux.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if linux is not None and not keep(linux, CAP_DAC_READ_SEARCH):
        keep(linux, CAP_DAC_OVERRIDE)


def keep(linux: ctypes.CDLL, capability: int) -> bool:
    """Carry one capability over the next exec; False where this process does not have it."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bits = 1 << capability
    sets = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
    if linux.capset(header, sets) != 0:
        return False
    return bool(linux.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


def main(folder: str, niceness: str, uid: str, gid: str, *command: str) -> None:
    """Leave the caller's session and folder, change account, and become `command`."""
    os.setsid()
    os.chdir(folder)
    os.nice(int(niceness))
    if int(uid) >= 0:
        drop(int(uid), int(gid))
    os.execv(command[0], command)  # noqa: S606 - becoming the server is what this program is for


if __name__ == "__main__":
    main(*sys.argv[1:])
