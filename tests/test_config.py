"""Configuration: what may be set, where it is found, and errors that name what is wrong."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tflint_gemm import config
from tflint_gemm.config import Config, ConfigError, Resolver, override


def write(directory: Path, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "pyproject.toml"
    file.write_text(text)
    return file


def test_every_setting_has_a_key():
    assert {key.replace("-", "_") for key in config.KEYS} == {item.name for item in fields(Config)} - {"root"}


def test_all_keys_are_read(tmp_path):
    file = write(
        tmp_path,
        """
        [tool.tflint-gemm]
        select = ["TFG0"]
        extend-select = ["TFG001"]
        ignore = ["tfg000"]
        exclude = ["generated"]
        extend-exclude = ["*_pb2.py"]
        force-exclude = true
        respect-gitignore = false
        max-tensor-bytes = "1.5 GB"
        device-memory = 1024
        cast-target = "widest"
        max-steps = 10
        jobs = 3
        [tool.tflint-gemm.per-file-ignores]
        "tests/*" = ["TFG001"]
        """,
    )
    assert config.read(file) == Config(
        select=("TFG0",),
        extend_select=("TFG001",),
        ignore=("TFG000",),
        exclude=("generated",),
        extend_exclude=("*_pb2.py",),
        force_exclude=True,
        respect_gitignore=False,
        max_tensor_bytes=1_500_000_000,
        device_memory=1024,
        cast_target="widest",
        max_steps=10,
        jobs=3,
        per_file_ignores=(("tests/*", ("TFG001",)),),
        root=tmp_path,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("selct = ['TFG001']", ["unknown key 'selct'", "did you mean 'select'?"]),
        ("max_tensor_bytes = 1", ["unknown key 'max_tensor_bytes'", "did you mean 'max-tensor-bytes'?"]),
        ("zzz = 1", ["unknown key 'zzz'"]),
        ("select = ['TFG00O']", ["'select'", "no rule TFG00O", "did you mean 'TFG0"]),
        ("select = [1]", ["'select'", "list of strings"]),
        ("cast-target = 'widst'", ["'cast-target'", "did you mean 'widest'?", "'widst'"]),
        ("max-tensor-bytes = '512 parsecs'", ["'max-tensor-bytes'", "'512MiB'", "parsecs"]),
        ("device-memory = -1", ["'device-memory'", "-1"]),
        ("max-steps = true", ["'max-steps'", "positive whole number"]),
        ("jobs = 'many'", ["'jobs'", "positive whole number"]),
        ("force-exclude = 1", ["'force-exclude'", "true or false"]),
        ("per-file-ignores = ['a']", ["'per-file-ignores'", "table"]),
        ("select = [", ["not TOML"]),
    ],
)
def test_an_error_names_the_file_the_key_and_the_nearest_one(tmp_path, line, words):
    file = write(tmp_path, f"[tool.tflint-gemm]\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        config.read(file)
    for word in [str(file), *words]:
        assert word in str(caught.value)


def test_the_table_must_be_a_table(tmp_path):
    file = write(tmp_path, "[tool]\ntflint-gemm = 1\n")
    with pytest.raises(ConfigError, match="must be a table"):
        config.read(file)


def test_the_nearest_file_with_our_table_counts(tmp_path):
    write(tmp_path, "[tool.tflint-gemm]\njobs = 2\n")
    write(tmp_path / "inner", "[tool.other]\nx = 1\n")
    write(tmp_path / "own", "[tool.tflint-gemm]\njobs = 3\n")
    resolver = Resolver()
    assert resolver.for_file(str(tmp_path / "inner" / "deep" / "a.py")).jobs == 2
    assert resolver.for_file(str(tmp_path / "own" / "a.py")).jobs == 3
    assert Resolver(isolated=True).for_file(str(tmp_path / "own" / "a.py")).jobs == 0
    assert Resolver(file=tmp_path / "own" / "pyproject.toml").for_file(str(tmp_path / "a.py")).jobs == 3


def test_options_override_the_file_and_their_errors_name_the_option(tmp_path):
    write(tmp_path, "[tool.tflint-gemm]\ndevice-memory = '2GiB'\nselect = ['TFG000']\n")
    resolved = Resolver({"select": "TFG001, TFG0", "device-memory": None}).for_directory(tmp_path)
    assert (resolved.select, resolved.device_memory) == (("TFG001", "TFG0"), 2 << 30)
    with pytest.raises(ConfigError, match=r"^--select: there is no rule TFG999; did you mean '\w+'\?$"):
        override(Config(), {"select": "TFG101,TFG999"})
    with pytest.raises(ConfigError, match=r"^--cast-target is 'x', and must be one of 'majority'"):
        Resolver({"cast-target": "x"}).for_directory(tmp_path)


@pytest.mark.parametrize(
    ("settings", "enabled"),
    [
        (Config(), True),
        (Config(ignore=("TFG001",)), False),
        (Config(ignore=("ALL",)), False),
        (Config(select=("TFG000",)), False),
        (Config(select=("TFG0",)), True),
        (Config(select=("TFG001",), ignore=("TFG0",)), True),
        (Config(select=("TFG0",), ignore=("TFG0",)), False),
        (Config(select=("TFG000",), extend_select=("TFG001",)), True),
        (Config(select=("ALL",), ignore=("TFG001",)), False),
    ],
)
def test_the_longest_selector_decides(settings, enabled):
    assert settings.is_enabled("TFG001") is enabled


def test_per_file_ignores_are_relative_to_the_file_that_has_them(tmp_path):
    settings = Config(per_file_ignores=(("tests/", ("TFG0",)), ("/conf.py", ("TFG001",))), root=tmp_path)
    assert not settings.reports("TFG001", str(tmp_path / "tests" / "deep" / "a.py"))
    assert not settings.reports("TFG001", str(tmp_path / "conf.py"))
    assert settings.reports("TFG001", str(tmp_path / "sub" / "conf.py"))
    assert settings.reports("TFG000", str(tmp_path / "conf.py"))


@pytest.mark.parametrize(
    ("text", "size"), [("512MiB", 512 << 20), ("1 GiB", 1 << 30), ("2kb", 2000), ("7", 7), (12, 12), ("0.5KiB", 512)]
)
def test_sizes(text, size):
    assert config.parse_size(text) == size
