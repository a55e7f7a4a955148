#!/usr/bin/env python3
"""Holds tools/tidy to what it promises: each bad sample is found with its line, each good one passes."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
HEADER = "// What this is for.\n#pragma once\n"


def tidy(files):
    """Runs the check over a tree made of `files` (path -> text); returns (exit code, output)."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            file = pathlib.Path(root) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        run = subprocess.run([sys.executable, str(TOOLS / "tidy"), "--root", root], capture_output=True, text=True,
                             check=False)
        return run.returncode, run.stdout + run.stderr


class tidy_test(unittest.TestCase):
    def found(self, path, text, expected):
        code, output = tidy({path: text})
        self.assertEqual(code, 1, output)
        self.assertRegex(output, re.compile(f"^{re.escape(path)}:{expected}", re.M))

    def passes(self, path, text):
        code, output = tidy({path: text})
        self.assertEqual(code, 0, output)

    def test_direction_of_includes(self):
        self.found("logic/a.cpp", '#include "messages/all.hpp"\n', "1: include: logic/ may not enter messages/")
        self.found("actors/a.cpp", '\n#include "net/http.hpp"\n', "2: include: actors/ may not enter net/")
        self.found("actors/a.cpp", '#include "runtimes/fake/fake.hpp"\n', "1: include: actors/ may not enter runtimes")
        self.found("topology/a.cpp", '#include "logic/ask.hpp"\n', "1: include: topology/ may not enter logic/")
        self.found("clusters/a.cpp", '#include "messages/all.hpp"\n', "1: include: clusters/ may not enter messages/")
        self.found("store/a.cpp", '#include "net/http.hpp"\n', "1: include: store/ may not enter net/")
        self.found("net/a.cpp", '#include "store/journal.hpp"\n', "1: include: net/ may not enter store/")
        self.found("net/a.cpp", '#include "logic/service_table.hpp"\n', "1: include: net/ may not enter logic/")
        self.found("runtimes/fake/a.cpp", '#include "runtimes/process/keeper.hpp"\n', "1: include: runtimes/fake/ may")
        self.found("actors/a.cpp", '#include "tests/support/world.hpp"\n', "1: include: actors/ may not enter tests/")
        self.found("actors/a.cpp", '#include "service.hpp"\n', "1: include: .* not written from the project's top")
        self.passes("messages/a.cpp", '#include "logic/ask.hpp"\n')
        self.passes("store/a.cpp", '#include "logic/event.hpp"\n')
        self.passes("bin/a.cpp", '#include "runtimes/process/keeper.hpp"\n#include "actors/service.hpp"\n')

    def test_names_of_tests_are_whole(self):
        self.found("tests/unit/a.cpp", 'TEST_CASE("one; two") {\n}\n', "1: test name")
        self.passes("tests/unit/a.cpp", 'TEST_CASE("one, two") {\n  f("a; b");\n}\n')

    def test_foreign_headers_have_a_home(self):
        self.found("topology/a.cpp", "#include <caf/all.hpp>\n", "1: include: <caf/all.hpp> has no place")
        self.found("logic/a.cpp", "#  include <caf/all.hpp>\n", "1: include: <caf/all.hpp> has no place")
        self.found("actors/a.cpp", "#include <boost/asio.hpp>\n", "1: include")
        self.found("bin/a.cpp", "#include <curl/curl.h>\n", "1: include")
        self.found("store/a.cpp", "#include <libpq-fe.h>\n", "1: include")
        self.found("clusters/a.cpp", "#include <hiredis/hiredis.h>\n", "1: include")
        self.found("topology/model.cpp", "#include <yaml-cpp/yaml.h>\n", "1: include")
        self.found("actors/a.cpp", "#include <yaml-cpp/yaml.h>\n", "1: include")
        self.passes("topology/loader.cpp", "#include <yaml-cpp/yaml.h>\n")
        self.passes("net/a.cpp", "#include <boost/asio.hpp>\n#include <libpq-fe.h>\n#include <hiredis/hiredis.h>\n")

    def test_nothing_sleeps(self):
        self.found("tests/unit/a.cpp", "int a;\nvoid f() { std::this_thread::sleep_for(x); }\n", "2: sleep")
        self.found("net/a.cpp", "void f() { ::usleep(5); }\n", "1: sleep")
        self.found("net/a.cpp", "void f() { sleep(5); }\n", "1: sleep")
        self.found("tools/a.sh", "#!/bin/sh\nuntil ok; do sleep 0.1; done\n", "2: sleep")
        self.found(".ci/run", "\nsleep 5\n", "2: sleep")
        self.passes("net/a.cpp", '// never sleep(1)\nconst char* s = "sleep(1)"; void f() { after_sleep(1); }\n')

    def test_clocks_are_read_at_the_edge_only(self):
        self.found("logic/a.cpp", "auto t = std::chrono::steady_clock::now();\n", "1: clock")
        self.found("actors/a.cpp", "auto t = clock_type::now ();\n", "1: clock")
        self.found("clusters/a.cpp", "\n\nauto t = time(nullptr);\n", "3: clock")
        self.found("topology/a.cpp", "int x = clock_gettime(CLOCK_MONOTONIC, &t);\n", "1: clock")
        self.passes("actors/a.cpp", "auto t = self->clock().now();\nauto n = 10'000; auto m = 60'000;\n")
        self.passes("net/a.cpp", "auto t = std::chrono::steady_clock::now();\n")
        self.passes("logic/a.cpp", "/* std::chrono::steady_clock::now()\n time(nullptr) */ int a;\n")

    def test_sizes(self):
        self.found("logic/a.hpp", HEADER + "int a;\n" * 149, "151: size: 151 lines")
        self.found("logic/a.cpp", "int a;\n" * 501, "501: size: 501 lines")
        self.passes("logic/a.hpp", HEADER + "int a;\n" * 148)
        code, output = tidy({"logic/a.cpp": "int a;\n" * 301})
        self.assertEqual(code, 0)
        self.assertIn("logic/a.cpp:301: size (warning)", output)
        code, output = tidy({"logic/a.cpp": "int f(int x) {\n" + "  ++x;\n" * 70 + "}\n"})
        self.assertEqual(code, 0)
        self.assertIn("logic/a.cpp:1: function (warning): 72 lines", output)
        code, output = tidy({"logic/a.cpp": ("int f(int x) {\n" + "  ++x;\n" * 60 + "}\n") * 2})
        self.assertIn(" 0 warnings", output)

    def test_headers(self):
        self.found("logic/a.hpp", "#pragma once\nint a;\n", "1: header: begins with")
        self.found("logic/a.hpp", "// What it is.\nint a;\n", "1: header: has no #pragma once")

    def test_loose_ends(self):
        self.found("logic/a.cpp", "int a;\n// TO" + "DO: later\n", "2: loose end")
        self.found("Makefile", "# FIX" + "ME\n", "1: loose end")

    def test_registry_of_errors(self):
        registry = 'constexpr std::array table{\n  error_row{"ERR_SYS_000", "SYSTEM", "unexpected", general},\n};\n'
        header = HEADER + "enum class exit_code : int { success = 0, general = 1 };\n"
        tree = {"topology/failure.cpp": registry, "topology/failure.hpp": header, "docs/errors.md": "old\n"}
        code, output = tidy(tree)
        self.assertEqual(code, 1)
        self.assertIn("docs/errors.md is not what topology/failure.cpp says", output)
        with tempfile.TemporaryDirectory() as root:
            for path, text in tree.items():
                file = pathlib.Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            subprocess.run([sys.executable, str(TOOLS / "gen-errors"), "--root", root], check=True)
            tree["docs/errors.md"] = (pathlib.Path(root) / "docs/errors.md").read_text()
        self.assertIn("| ERR_SYS_000 | SYSTEM | unexpected | 1 |", tree["docs/errors.md"])
        tree["actors/said.cpp"] = '// ERR_SYS_000\n'
        self.assertIn("ERR_SYS_000 is registered, and nothing ever says it", tidy(tree)[1])
        tree["actors/said.cpp"] = 'auto code = "ERR_SYS_000"; // says it\n'
        code, output = tidy(tree)
        self.assertEqual(code, 1)
        self.assertIn("topology/failure.cpp:1: error code: no test names ERR_SYS_000", output)
        tree["tests/unit/said_test.cpp"] = 'auto code = "[SYSTEM] ERR_SYS_000: x";\n'
        self.assertEqual(tidy(tree)[0], 0)
        tree["actors/a.cpp"] = '\nauto code = "ERR_SYS_777";\n'
        code, output = tidy(tree)
        self.assertEqual(code, 1)
        self.assertIn("actors/a.cpp:2: error code: ERR_SYS_777", output)
        tree["topology/failure.cpp"] = registry + registry
        self.assertIn("registered twice", tidy(tree)[1])
        tree["topology/failure.cpp"] = registry.replace("};", '  error_row{"ERR_SYS_001", "SYSTEM", "a" "b", general},\n};')
        self.assertIn("1 of 2 rows are not of the form", tidy(tree)[1])


if __name__ == "__main__":
    unittest.main()
