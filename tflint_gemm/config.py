"""``[tool.tflint-gemm]`` of the nearest pyproject.toml: what may be set, and errors that name what is wrong."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from tflint_gemm import reading, rules

if TYPE_CHECKING:  # dear to import, and not needed for a file that is named
    import pathspec

CastTarget = Literal["majority", "first", "widest"]
"""Which operand a fix casts: ``majority`` keeps the dtype that the rest of the program uses (an accidental float64 goes
to float32, an integer to the float), ``first`` casts to the first operand's dtype, ``widest`` to the wider one."""

OracleChoice = Literal["auto", "none", "tensorflow"]
"""Whom the analysis asks about calls without a model: TensorFlow, nobody, or TensorFlow where it is loaded anyway."""

TABLE = "tool.tflint-gemm"
DEFAULT_EXCLUDE = (
    ".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pytest_cache",
    ".ruff_cache", ".svn", ".tox", ".venv", "__pycache__", "__pypackages__", "build", "dist", "node_modules",
    "site-packages", "venv",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9_.-]+")  # a pattern that is the name of files and folders, wherever they are
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
          "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}  # fmt: skip


class ConfigError(Exception):
    """A configuration that cannot be used; the message names the file and the key."""


class NoSuchRule(ValueError):
    """A selector that matches no rule."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings for one file.  Paths and patterns are relative to ``root``, the directory of the pyproject.toml.

    An empty ``select`` means the rules that are on by default.  ``jobs`` 0 means one process per processor.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    max_tensor_bytes: int = 512 * 2**20
    device_memory: int = 2**30
    assume: tuple[tuple[str, int], ...] = ()
    cast_target: CastTarget = "majority"
    max_steps: int = 400_000
    oracle: OracleChoice = "auto"
    jobs: int = 0
    root: Path = field(default_factory=Path.cwd)

    @property
    def assume_sizes(self) -> dict[str, int]:
        """The sizes that symbols of these names count as in memory plans."""
        return dict(self.assume)

    def is_enabled(self, code: str) -> bool:
        """Whether the rule ``code`` is on; of several selectors that match, the longest decides, as in ruff."""
        known = rules.all_rules().get(code)
        chosen = _longest(code, self.select) if self.select else (1 if known is None or known.enabled else 0)
        chosen = max(chosen, _longest(code, self.extend_select))
        return chosen > 0 and chosen > _longest(code, self.ignore)

    def reports(self, code: str, path: str) -> bool:
        """Whether ``code`` is on in the file ``path``."""
        if not self.is_enabled(code):
            return False
        if not self.per_file_ignores:  # as nearly always, and a path is slow to take apart
            return True
        relative = relative_to_root(path, self.root)
        return not any(
            _longest(code, codes) and _patterns((pattern,)).match_file(relative)
            for pattern, codes in self.per_file_ignores
        )

    def excludes(self, path: Path, *, is_directory: bool, base: Path | None = None) -> bool:
        """Whether ``exclude`` or ``extend-exclude`` name ``path``, seen from ``base`` (the root by default)."""
        folder, name = os.path.split(os.path.abspath(path))
        return self.excluder(folder, base)(name + ("/" if is_directory else ""))

    def excluder(self, folder: str, base: Path | None = None) -> Callable[[str], bool]:
        """The same for what lies in ``folder``, by its name; folders' names end in a slash."""
        relative = relative_to_root(folder, base or self.root)
        start = "" if relative in ("", ".") else f"{relative}/"
        patterns = self.exclude + self.extend_exclude
        if all(map(_NAME.fullmatch, patterns)):  # as by default, which needs no pathspec
            if not set(patterns).isdisjoint(start.split("/")):
                return lambda name: True
            return lambda name: name.rstrip("/") in patterns
        spec = _patterns(patterns)
        return lambda name: spec.match_file(start + name)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # unlike Path.absolute, without "..", unlike resolve, without following links


def relative_to_root(path: str, root: Path) -> str:
    """``path`` relative to ``root`` with forward slashes; as it is where it lies elsewhere."""
    absolute = _absolute(Path(path))
    try:
        return absolute.relative_to(root).as_posix()
    except ValueError:
        return absolute.as_posix().lstrip("/")


_compiled: dict[tuple[str, ...], pathspec.GitIgnoreSpec] = {}


def _patterns(lines: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    if lines not in _compiled:
        _compiled[lines] = reading.patterns(lines)
    return _compiled[lines]


def _longest(code: str, selectors: Iterable[str]) -> int:
    """The length of the longest selector (a code, a prefix of one, or ALL) that matches ``code``; 0 if none does."""
    return max(
        (1 if selector == "ALL" else len(selector) for selector in selectors if matches(code, selector)), default=0
    )


def matches(code: str, selector: str) -> bool:
    """Whether ``selector`` (``TFG101``, ``TFG1``, ``ALL``) covers ``code``."""
    return selector == "ALL" or code.startswith(selector)


# --- reading ---------------------------------------------------------------------------------------------------------


def parse_size(value: object) -> int:
    """Bytes from an integer or from text such as ``512MiB`` and ``1.5 GB``; raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = (
        re.fullmatch(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*([a-z]*)", value.strip().lower())
        if isinstance(value, str)
        else None
    )
    if match is None or match[2] not in _UNITS or not float(match[1]):
        raise ValueError("a positive number of bytes, or text such as '512MiB'")
    return int(float(match[1]) * _UNITS[match[2]])


def parse_memory(value: object) -> int:
    """Bytes as ``parse_size`` reads them, or those of a known accelerator such as ``A100-40GB``; raises ValueError."""
    from tflint_gemm import devices

    known = devices.memory_of(value) if isinstance(value, str) else None
    if known is not None:
        return known
    try:
        return parse_size(value)
    except ValueError as error:
        near = _nearest(str(value).upper(), devices.names())
        raise ValueError(f"{error}, or the name of a known accelerator such as 'A100-40GB'{near}") from None


def parse_sizes(value: object) -> tuple[tuple[str, int], ...]:
    """Sizes by name from a table, or from text such as ``batch=64,seq=2048``; raises ValueError."""
    expected = "sizes by name, such as 'batch=64,seq=2048'"
    if isinstance(value, str):
        pairs = [part.partition("=") for part in re.split(r"[,\s]+", value.strip(", ")) if part]
        if not all(name and equals and digits.isdecimal() and len(digits) <= 30 for name, equals, digits in pairs):
            raise ValueError(expected)
        value = {name: int(digits) for name, _, digits in pairs}
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise ValueError(expected)
    return tuple((name, _positive(size)) for name, size in value.items())


def parse_codes(value: object) -> tuple[str, ...]:
    """Rule selectors from a list of text, or from text with commas; raises ValueError for what matches no rule."""
    texts = _texts(re.split(r"[,\s]+", value.strip(", ")) if isinstance(value, str) else value)
    codes = tuple(text.upper() for text in texts if text)
    known = rules.all_rules()
    for code in codes:
        if code != "ALL" and not any(matches(rule, code) for rule in known):
            near = _nearest(code, known)
            raise NoSuchRule(f"there is no rule {code}{near}")
    return codes


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of strings")
    return tuple(value)


def _per_file(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ValueError("a table from file patterns to lists of rule codes")
    return tuple((pattern, parse_codes(codes)) for pattern, codes in value.items())


def _positive(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError("a positive whole number")


def _jobs(value: object) -> int:
    return 0 if value == "auto" else _positive(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def _choice(literal: object) -> Callable[[object], str]:
    """A reader of text that must be one of the values of a ``Literal``."""
    choices = get_args(literal)

    def read_choice(value: object) -> str:
        if value in choices:
            return str(value)
        raise ValueError(f"one of {', '.join(map(repr, choices))}{_nearest(str(value), choices)}")

    return read_choice


_READERS: dict[str, Callable[[object], Any]] = {
    "select": parse_codes,
    "extend-select": parse_codes,
    "ignore": parse_codes,
    "per-file-ignores": _per_file,
    "exclude": _texts,
    "extend-exclude": _texts,
    "force-exclude": _flag,
    "respect-gitignore": _flag,
    "max-tensor-bytes": parse_size,
    "device-memory": parse_memory,
    "assume": parse_sizes,
    "cast-target": _choice(CastTarget),
    "max-steps": _positive,
    "oracle": _choice(OracleChoice),
    "jobs": _jobs,
}


def from_table(table: Mapping[str, object], file: Path) -> Config:
    """The configuration that ``[tool.tflint-gemm]`` of ``file`` asks for; raises ConfigError."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _READERS:
            raise ConfigError(f"{file}: unknown key '{key}' in [{TABLE}]{_nearest(key, _READERS)}")
        try:
            values[key.replace("-", "_")] = _READERS[key](value)
        except ValueError as error:
            raise ConfigError(f"{file}: '{key}' in [{TABLE}]{_fault(error, value)}") from None
    return Config(**values, root=_absolute(file.parent))


def override(config: Config, options: Mapping[str, object]) -> Config:
    """``config`` with the given options of a command line, by configuration key; raises ConfigError."""
    values: dict[str, Any] = {}
    for key, value in options.items():
        if value is None:
            continue
        try:
            values[key.replace("-", "_")] = _READERS[key](value)
        except ValueError as error:
            raise ConfigError(f"--{key}{_fault(error, value)}") from None
    return replace(config, **values)


def _fault(error: ValueError, value: object) -> str:
    """What is wrong with a value, to be put behind the name of the setting."""
    return f": {error}" if isinstance(error, NoSuchRule) else f" is {value!r}, and must be {error}"


def _nearest(name: str, choices: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else ""


def read(file: Path) -> Config | None:
    """The configuration in ``file``, None if it has no table of ours; raises ConfigError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # no TOML, no text, or a number of thousands of digits
        raise ConfigError(f"{file}: not TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{file}: TOML nested too deeply") from None
    tool = document.get("tool", {})
    table = tool.get("tflint-gemm") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: [{TABLE}] must be a table")
    return from_table(table, file)


class Resolver:
    """Finds the configuration of each file: that of the nearest pyproject.toml with our table, searched upwards.

    ``file`` names one for all instead; ``isolated`` reads none.  ``options`` are those of the command line.
    """

    def __init__(
        self, options: Mapping[str, object] | None = None, file: Path | None = None, isolated: bool = False
    ) -> None:
        self._options = dict(options or {})
        self._by_directory: dict[Path, Config] = {}
        self._fixed: Config | None = None
        if file is not None:
            self._fixed = self._finish(read(file) or Config(root=_absolute(file.parent)))
        elif isolated:
            self._fixed = self._finish(Config())

    def _finish(self, config: Config) -> Config:
        return override(config, self._options)

    def for_directory(self, directory: Path) -> Config:
        """The configuration of the files in ``directory``; raises ConfigError."""
        if self._fixed is not None:
            return self._fixed
        directory = _absolute(directory)
        if directory not in self._by_directory:
            self._by_directory[directory] = self._search(directory)
        return self._by_directory[directory]

    def _search(self, directory: Path) -> Config:
        file = directory / "pyproject.toml"
        config = read(file) if file.is_file() else None
        if config is not None:
            return self._finish(config)
        if directory.parent == directory:
            return self._finish(Config())
        return self.for_directory(directory.parent)

    def for_file(self, path: str) -> Config:
        """The configuration of the file ``path`` (``-`` is in the working directory); raises ConfigError."""
        return self.for_directory(Path.cwd() if path == "-" else Path(path).parent)


KEYS = tuple(_READERS)
