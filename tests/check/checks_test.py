#!/usr/bin/env python3
"""The checks, tried on trees that break the rules: a check that finds nothing proves nothing until it has found something."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import floors
import format as formatting
import length
import packages
import readme
import scripts
import sources
import words
from tree import Tree


class TreeTest(unittest.TestCase):
    """Gives each test a directory to fill and the complaints of one check about it."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name) / "tree"
        self.root.mkdir()

    def write(self, files, mode=0o644):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(mode)

    def complaints(self, module, **options):
        return list(module.check(Tree(self.root), **options))

    def assert_one(self, module, path, line, says, **options):
        found = self.complaints(module, **options)
        self.assertEqual(1, len(found), found)
        self.assertEqual((path, line), (found[0].path, found[0].line))
        self.assertIn(says, str(found[0]))

    def assert_clean(self, module):
        self.assertEqual([], self.complaints(module))


class Floors(TreeTest):
    HEADERS = {name: "" for name in [
        "bpf/abi.h", "rules/judge.h", "rules/base/result.h", "rules/model/access.h", "rules/language/rule_set.h",
        "exporters/ndjson/sink.h", "exporters/http/server.h", "exporters/text/utf8.h",
        "agent/kernel/ring.h", "agent/subject/who.h", "agent/flow/flow.h", "agent/cli/command.h"]}

    def including(self, path, *includes):
        self.write(self.HEADERS)
        self.write({path: "// A remark.\n" + "".join(f"#include {include}\n" for include in includes)})

    def test_a_tree_that_keeps_to_the_floors_is_clean(self):
        self.including("agent/main.cc", '"agent/kernel/ring.h"', '"exporters/ndjson/sink.h"', "<string>")
        self.including("agent/kernel/ring.cc", "<bpf/libbpf.h>", '"bpf/abi.h"', '"purposewatch.skel.h"', '"rules/model/access.h"')
        self.including("exporters/ndjson/sink.cc", '"exporters/text/utf8.h"', '"rules/judge.h"', "<prometheus/registry.h>")
        self.including("rules/language/parse.cc", "<yaml-cpp/eventhandler.h>", '"rules/base/result.h"')
        self.including("bpf/file.bpf.c", '"abi.h"', "<bpf/bpf_helpers.h>")
        self.including("tests/kernel/ring_test.cc", "<bpf/libbpf.h>", '"exporters/ndjson/sink.h"')
        self.assert_clean(floors)

    def test_no_floor_includes_a_higher_one(self):
        for path, include in [("rules/judge.cc", "exporters/text/utf8.h"), ("rules/judge.cc", "agent/flow/flow.h"),
                              ("exporters/text/utf8.cc", "agent/flow/flow.h"), ("bpf/file.bpf.c", "rules/judge.h"),
                              ("rules/judge.cc", "bpf/abi.h"), ("exporters/text/utf8.cc", "bpf/abi.h")]:
            with self.subTest(f"{path} includes {include}"):
                self.setUp()
                self.including(path, f'"{include}"')
                self.assert_one(floors, path, 2, "includes floor")

    def test_rooms_that_need_not_know_each_other_do_not(self):
        for path, include in [("agent/kernel/ring.cc", "exporters/ndjson/sink.h"), ("agent/kernel/ring.cc", "agent/flow/flow.h"),
                              ("agent/subject/who.cc", "agent/kernel/ring.h"), ("agent/flow/flow.cc", "agent/cli/command.h"),
                              ("agent/flow/flow.cc", "bpf/abi.h"), ("rules/model/access.cc", "rules/language/rule_set.h"),
                              ("exporters/ndjson/sink.cc", "exporters/http/server.h"), ("exporters/text/utf8.cc", "exporters/http/server.h")]:
            with self.subTest(f"{path} includes {include}"):
                self.setUp()
                self.including(path, f'"{include}"')
                self.assertEqual([(path, 2)], [(found.path, found.line) for found in self.complaints(floors)])

    def test_a_library_is_included_only_where_it_belongs(self):
        for path, include in [("agent/flow/flow.cc", "bpf/libbpf.h"), ("agent/cli/check.cc", "yaml-cpp/yaml.h"),
                              ("rules/judge.cc", "yaml-cpp/yaml.h"), ("agent/flow/flow.cc", "prometheus/registry.h"),
                              ("agent/main.cc", "microhttpd.h"), ("rules/judge.cc", "linux/bpf.h")]:
            with self.subTest(f"{path} includes {include}"):
                self.setUp()
                self.including(path, f"<{include}>")
                self.assert_one(floors, path, 2, "belongs to")

    def test_includes_are_written_from_the_root(self):
        self.including("rules/judge.cc", '"judge.h"')
        self.assert_one(floors, "rules/judge.cc", 2, "no file of the project")


class Words(TreeTest):
    def test_a_test_that_sleeps_is_found_in_every_language(self):
        for path, text in [("tests/a_test.cc", "\n  std::this_thread::sleep_for(1s);\n"), ("tests/a_test.cc", "\nusleep(10);\n"),
                           ("tests/a", "#!/usr/bin/env bash\nrun & sleep 0.5\n"), ("tests/a.py", "import time\ntime.sleep(1)\n")]:
            with self.subTest(text):
                self.setUp()
                self.write({path: text})
                self.assert_one(words, path, 2, "sleeps")

    def test_waiting_for_a_condition_is_allowed(self):
        self.write({"tests/wait.h": "std::this_thread::sleep_for(5ms);  // polls\n", "agent/cli/events.cc": "sleep(1);\n",
                    "tests/b_test.cc": "// never sleep(1) here\nEXPECT_EQ(asleep(1), 2);\n"})
        self.assert_clean(words)

    def test_leftovers_are_found(self):
        self.write({"rules/judge.cc": "int x;  // TO" "DO: the rest\n"})
        self.assert_one(words, "rules/judge.cc", 1, "leftover")

    def test_the_checkout_s_own_place_is_found(self):
        self.write({"README.md": f"one\nbuilt in {self.root.resolve()}/build\n"})
        self.assert_one(words, "README.md", 2, "path of the machine")


class Sources(TreeTest):
    def test_sources_that_are_named_are_clean(self):
        self.write({"rules/CMakeLists.txt": "add_library(r\n  judge.cc\n  language/parse.cc)\n", "rules/judge.cc": "", "rules/language/parse.cc": "",
                    "bpf/CMakeLists.txt": "pw_bpf(file_open)\n", "bpf/file_open.bpf.c": "",
                    "CMakeLists.txt": "add_subdirectory(rules)\n", "rules/judge.h": ""})
        self.assert_clean(sources)

    def test_an_orphan_is_found(self):
        self.write({"rules/CMakeLists.txt": "add_library(r judge.cc)  # orphan.cc\n", "rules/judge.cc": "", "rules/orphan.cc": ""})
        self.assert_one(sources, "rules/orphan.cc", 1, "no CMakeLists.txt builds it")

    def test_a_name_in_another_folder_s_list_does_not_count(self):
        self.write({"rules/CMakeLists.txt": "add_library(r judge.cc)\n", "rules/judge.cc": "", "agent/judge.cc": ""})
        self.assert_one(sources, "agent/judge.cc", 1, "no CMakeLists.txt builds it")

    def test_a_stray_folder_is_found(self):
        self.write({"left/behind": ""})
        self.assert_one(sources, "left/behind", 1, "is in no folder")

    def test_globbing_is_found(self):
        self.write({"CMakeLists.txt": "\nfile(GLOB_RECURSE all *.cc)\n"})
        self.assert_one(sources, "CMakeLists.txt", 2, "globs")


class Length(TreeTest):
    def test_a_long_file_is_found_unless_a_reason_is_given(self):
        self.write({"rules/long.cc": "//\n" * 401, "rules/short.cc": "//\n" * 400})
        self.assert_one(length, "rules/long.cc", 401, "401 lines", allowed={})
        self.assertEqual([], self.complaints(length, allowed={"rules/long.cc": "a table"}))

    def test_a_reason_that_is_not_needed_is_found(self):
        self.write({"rules/short.cc": "//\n"})
        self.assertEqual(1, len(self.complaints(length, allowed={"rules/short.cc": "was long"})))


class Readme(TreeTest):
    def readme(self, line):
        self.write({"README.md": f"```sh\n{line}\n```\n"})

    def test_commands_that_exist_are_clean(self):
        self.write({"tests/run": "", "tests/demo": ""}, mode=0o755)
        self.write({"agent/cli/check.cc": "", "rules/mmshosting.yaml": "", "CMakePresets.json": '{"configurePresets": [{"name": "dev"}]}'})
        self.readme("sudo tests/run && cmake --preset dev  # purposewatch nonsense\npurposewatch check rules/mmshosting.yaml")
        self.assert_clean(readme)

    def test_what_does_not_exist_is_found(self):
        for line, says in [("tests/gone", "does not exist"), ("purposewatch dance", "no command dance"), ("cmake --preset fast", "no preset fast")]:
            with self.subTest(line):
                self.readme(line)
                self.assert_one(readme, "README.md", 2, says)

    def test_a_command_that_cannot_be_executed_is_found(self):
        self.write({"tests/run": ""})
        self.readme("sudo ./tests/run")
        self.assert_one(readme, "README.md", 2, "cannot be executed")

    def test_a_dead_link_is_found(self):
        self.write({"README.md": "See [the rules](rules/gone.yaml) and [elsewhere](https://example.org/).\n"})
        self.assert_one(readme, "README.md", 1, "leads nowhere")

    def test_a_project_without_one_is_found(self):
        self.assert_one(readme, "README.md", 1, "there is none")


class Packages(TreeTest):
    def asking_for(self, build, run):
        self.write({"debian/dependencies.txt": "[build]\ng++\ncmake  # builds\n[run]\ntzdata\n[test]\ncurl\n",
                    "debian/control": f"Source: x\nBuild-Depends:\n{build}\nPackage: x\nDepends: {run}\nSuggests: smartmontools\n"})

    def test_a_control_file_that_asks_for_what_is_listed_is_clean(self):
        self.asking_for(" debhelper-compat (= 13),\n cmake (>= 3.25),", "tzdata, ${shlibs:Depends}")
        self.assert_clean(packages)

    def test_what_is_not_asked_for_is_found(self):
        self.asking_for(" debhelper-compat (= 13),", "tzdata")
        self.assert_one(packages, "debian/control", 2, "lacks cmake")

    def test_what_is_not_listed_is_found(self):
        self.asking_for(" cmake,", "tzdata, curl")
        self.assert_one(packages, "debian/control", 5, "asks for curl")


class Scripts(TreeTest):
    def test_a_script_that_does_not_parse_is_found(self):
        self.write({"tests/a": "#!/usr/bin/env bash\nif true; then\n"}, mode=0o755)
        self.assertIn("tests/a", {found.path for found in self.complaints(scripts)})

    def test_what_shellcheck_warns_of_is_found(self):
        self.write({"tests/a": "#!/usr/bin/env bash\ncd /tmp\necho hello\n"}, mode=0o755)
        self.assert_one(scripts, "tests/a", 2, "SC2164")

    def test_python_that_does_not_parse_is_found(self):
        self.write({"tests/a.py": "x = 1\ndef f(:\n"})
        self.assert_one(scripts, "tests/a.py", 2, "does not parse")

    def test_a_script_that_cannot_be_executed_is_found(self):
        self.write({"tests/a": "#!/bin/sh\necho hello\n"})
        self.assert_one(scripts, "tests/a", 1, "cannot be executed")


class Format(TreeTest):
    def test_a_file_out_of_shape_is_found_once(self):
        self.write({".clang-format": "BasedOnStyle: Google\n", "rules/a.cc": "int   x;\nint    y;\n", "rules/b.cc": "int x;\n",
                    "bpf/c.h": "int   x;\n"})
        self.assert_one(formatting, "rules/a.cc", 1, "not formatted")


if __name__ == "__main__":
    unittest.main()
