"""Which files are checked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tflint_gemm.config import Config, Resolver
from tflint_gemm.discovery import discover


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def files(*paths: str, **options: object) -> list[str]:
    found = discover(paths, Resolver(options))
    assert found.errors == []
    return found.files


def test_folders_are_searched_in_a_fixed_order_and_each_file_counts_once(project):
    touch("b.py", "a.py", "pkg/z.py", "pkg/a/x.py", "notes.txt", "pkg/stub.pyi")
    assert files(".") == ["a.py", "b.py", "pkg/z.py", "pkg/a/x.py"]
    assert (
        files("pkg", "a.py", "./a.py", "pkg/z.py")
        == files("pkg/z.py", "a.py", "pkg")
        == [*files("a.py"), *files("pkg")]
    )


def test_what_nobody_writes_by_hand_is_left_out(project):
    touch("a.py", ".venv/lib/x.py", "venv/x.py", "node_modules/m/x.py", "build/x.py", "__pycache__/x.py", ".tox/x.py")
    assert files(".") == ["a.py"]
    assert files(".", exclude=["a.py", ".venv"]) == [
        ".tox/x.py",
        "__pycache__/x.py",
        "build/x.py",
        "node_modules/m/x.py",
        "venv/x.py",
    ]


def test_a_named_file_is_checked_whatever_its_name_unless_exclusion_is_forced(project):
    touch("build/a.py", "script", "gen/b.py")
    assert files("build/a.py", "script") == ["build/a.py", "script"]
    forced = {"force-exclude": True, "extend-exclude": ["gen"]}
    assert files("build/a.py", "script", "gen/b.py", "gen", **forced) == ["script"]


def test_a_named_folder_is_searched_even_if_it_is_excluded_or_ignored(project):
    subprocess.run(["git", "init", "-q"], check=True)
    touch("build/a.py", "build/venv/b.py", "out/pkg/c.py")
    Path(".gitignore").write_text("out/\n")
    assert files("build") == ["build/a.py"]
    assert files("out") == files("out/pkg") == ["out/pkg/c.py"]
    assert files(".") == []
    os.chdir("build")
    assert files(".") == ["a.py"]


def test_patterns_are_relative_to_their_configuration(project):
    touch("src/gen/a.py", "src/b.py", "src/c_pb2.py", "other/gen/a.py")
    Path("src/pyproject.toml").write_text('[tool.tflint-gemm]\nextend-exclude = ["/gen", "*_pb2.py"]\n')
    assert files(".") == ["other/gen/a.py", "src/b.py"]


def test_gitignore_is_obeyed_from_the_root_of_the_repository(project):
    subprocess.run(["git", "init", "-q"], check=True)
    touch("a.py", "out/b.py", "pkg/local.py", "pkg/keep.py", "pkg/deep/local.py", "pkg/deep/kept_local.py")
    Path(".gitignore").write_text("out/\nlocal.py\n*_local.py\n")
    Path("pkg/deep/.gitignore").write_text("!kept_local.py\n")
    expected = ["a.py", "pkg/keep.py", "pkg/deep/kept_local.py"]
    assert files(".") == expected
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], capture_output=True, text=True, check=True
    )
    assert sorted(listed.stdout.split()) == sorted(expected), "git itself agrees"
    os.chdir("pkg")
    assert files(".") == ["keep.py", "deep/kept_local.py"]
    assert "local.py" in files(".", **{"respect-gitignore": False})


def test_without_a_repository_only_the_folder_s_own_gitignore_counts(project):
    touch("top/a.py", "top/b.py")
    Path(".gitignore").write_text("*\n")
    Path("top/.gitignore").write_text("b.py\n")
    assert files("top") == ["top/a.py"]


def test_links_that_form_a_loop_end(project):
    touch("pkg/a.py")
    os.symlink(os.path.abspath("pkg"), "pkg/again")
    os.symlink("nowhere.py", "pkg/dangling.py")
    assert files(".") == ["pkg/a.py"]


def test_a_pipe_is_not_opened(project):
    touch("a.py")
    os.mkfifo("pipe.py")
    assert files(".") == ["a.py"]


def test_what_is_not_there_is_reported(project):
    touch("a.py")
    found = discover(["missing", "a.py"], Resolver())
    assert found.files == ["a.py"]
    assert found.errors == [("missing", "no such file or folder")]


def test_a_folder_that_cannot_be_read_is_reported(project, monkeypatch):
    touch("a.py", "closed/b.py")
    scandir = os.scandir

    def refuse(path):  # permissions alone do not stop root
        if path == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = discover(["."], Resolver())
    assert found.files == ["a.py"]
    assert found.errors == [("closed", "Permission denied")]


def test_standard_input_stands_for_itself(project):
    assert files("-", "-") == ["-"]


def test_excludes_know_folders_from_files(tmp_path):
    settings = Config(extend_exclude=("only_folders/",), root=tmp_path)
    assert settings.excludes(tmp_path / "only_folders", is_directory=True)
    assert not settings.excludes(tmp_path / "only_folders", is_directory=False)


def test_an_excluded_folder_that_is_named_from_within_is_searched(tmp_path, monkeypatch):
    (tmp_path / "build" / "inner").mkdir(parents=True)
    (tmp_path / "build" / "a.py").write_text("")
    monkeypatch.chdir(tmp_path / "build" / "inner")
    assert discover([".."], Resolver(isolated=True)).files == [os.path.join("..", "a.py")]
