"""Every file is in a folder that knows what it is for, and every source is built by someone: named in a CMakeLists.txt
above it, never found by globbing."""

import re

from tree import Complaint

COMMENT = re.compile(r"#.*")
FOLDERS = {"agent", "bpf", "exporters", "rules", "tests", "debian", ".ci"}
GLOB = re.compile(r"\bfile\s*\(\s*GLOB", re.IGNORECASE)


def check(tree):
    for path in tree.files:
        if "/" in path and path.split("/")[0] not in FOLDERS:
            yield Complaint(path, 1, "is in no folder of the project", "delete what a program has left there, or name the folder here")
    lists = {path.rpartition("/")[0]: path for path in tree.files if path.rpartition("/")[2] == "CMakeLists.txt"}
    words = {folder: words_of(tree.text(path)) for folder, path in lists.items()}
    for path in lists.values():
        for number, line in tree.lines(path):
            if GLOB.search(COMMENT.sub("", line)):
                yield Complaint(path, number, "globs for sources", "name each file, so that a stray one is not built unnoticed")
    for path in tree.ending(".cc", ".c"):
        if not any(named(path, folder, words[folder]) for folder in words if above(folder, path)):
            yield Complaint(path, 1, "no CMakeLists.txt builds it", "name it in one, or delete it")


def words_of(text):
    without_comments = "\n".join(COMMENT.sub("", line) for line in text.splitlines())
    return set(re.split(r'[\s()";:]+', without_comments))


def above(folder, path):
    return folder == "" or path.startswith(folder + "/")


def named(path, folder, words):
    """Named with its ending, or without it where a function of the list adds the ending."""
    relative = path[len(folder) + 1:] if folder else path
    candidates = {relative, path, "${CMAKE_CURRENT_SOURCE_DIR}/" + relative, "${PROJECT_SOURCE_DIR}/" + path}
    candidates |= {re.sub(r"((_fuzz|_test)?\.cc|(\.bpf)?\.c)$", "", candidate) for candidate in candidates}
    candidates |= {re.sub(r"\.cc?$", "", candidate) for candidate in candidates}
    return bool(candidates & words)
