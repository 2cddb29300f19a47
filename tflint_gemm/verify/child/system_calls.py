"""A seccomp filter: system calls that reach out of the sandbox, and that neither Python nor TensorFlow needs."""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
ALLOW, REFUSE, ABSENT = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # with EPERM; with ENOSYS
LOAD, AND, JUMP_EQUAL, JUMP_SET, JUMP_AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24  # where struct seccomp_data has them, arguments by their lower half
X32 = 0x40000000  # calls of the x32 ABI, which have the architecture of x86-64
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_STREAM, TYPE_MASK = 1, 0xF
NEW_NAMESPACES = 0x7E020000  # the flags CLONE_NEW* of clone

# The numbers of x86-64 and of ARM64: other processes' memory, keys, programs for the kernel, what passes this filter by
# (io_uring), namespaces and mounts, modules, and the machine's clock and disks.
_REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "unshare": (272, 97), "setns": (308, 268),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "syslog": (103, 116),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "acct": (163, 89), "quotactl": (179, 60),
}  # fmt: skip
_SOCKET, _SOCKETPAIR, _CLONE, _CLONE3 = (41, 198), (53, 199), (56, 220), (435, 435)
_Instruction = tuple[int, int, int, int]  # code, how many to skip if true and if false, operand
_CHOICE: list[_Instruction] = [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def refuse(unix_sockets: bool) -> bool:
    """Refuse them to this thread and all that it starts, for good; whether the kernel does it.

    ``unix_sockets`` leaves sockets of the machine's own services (GPU drivers talk to one).
    """
    column, architecture = _ARCHITECTURES.get(platform.machine(), (0, 0))
    if not sys.platform.startswith("linux") or not architecture or struct.calcsize("P") != 8:
        return False
    program = _program(column, architecture, unix_sockets)
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done: bool = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, described, 0, 0) == 0
    return done


def _program(column: int, architecture: int, unix_sockets: bool) -> list[_Instruction]:
    families = (AF_INET, AF_INET6, *([AF_UNIX] if unix_sockets else []))
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, REFUSE),
        (LOAD, 0, 0, NUMBER),
        (JUMP_AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, REFUSE),
        *(step for numbers in _REFUSED.values() for step in _when(numbers[column], [(RETURN, 0, 0, REFUSE)])),
        # Its flags lie in memory, where a filter cannot look; the C library then does with clone.
        *_when(_CLONE3[column], [(RETURN, 0, 0, ABSENT)]),
        *_when(_CLONE[column], [(LOAD, 0, 0, FIRST), (JUMP_SET, 0, 1, NEW_NAMESPACES), *_CHOICE]),
        # No other family: those of virtual machines, for one, know nothing of network namespaces.
        *_when(_SOCKET[column], [(LOAD, 0, 0, FIRST), *_unless(families)]),
        # Both ends of a stream are taken; a datagram may still be sent anywhere.
        *_when(_SOCKETPAIR[column], [(LOAD, 0, 0, SECOND), (AND, 0, 0, TYPE_MASK), *_unless((SOCK_STREAM,))]),
        (RETURN, 0, 0, ALLOW),
    ]


def _when(number: int, steps: list[_Instruction]) -> list[_Instruction]:
    """``steps``, which end in a return, for the system call of that number."""
    return [(JUMP_EQUAL, 0, len(steps), number), *steps]


def _unless(allowed: tuple[int, ...]) -> list[_Instruction]:
    """Refuse, unless what was loaded is one of ``allowed``."""
    last = len(allowed) - 1
    tests = [(JUMP_EQUAL, last - index + 1, 0, value) for index, value in enumerate(allowed)]
    return [*tests, *_CHOICE]
