#include "agent/cli/output.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace purposewatch {
namespace {

TEST(Output, NoColorIsHeededUnlessTheUserInsists) {
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(wants_color({.format = "table", .color = "auto"}));
  EXPECT_TRUE(wants_color({.format = "table", .color = "always"}));
  ::unsetenv("NO_COLOR");
  EXPECT_FALSE(wants_color({.format = "table", .color = "never"}));
}

TEST(Output, StylesOnlyWhenColoursAreWanted) {
  EXPECT_EQ(styled("x", Style::kGood, false), "x");
  EXPECT_EQ(styled("x", Style::kPlain, true), "x");
  EXPECT_EQ(styled("x", Style::kGood, true), "\x1b[32mx\x1b[0m");
}

TEST(Output, JsonSurvivesBytesThatAreNoText) {
  EXPECT_EQ(json_text({{"a", "\xff\x1b\xe2\x80\xae"}}), "{\n  \"a\": \"\\ufffd\\u001b\\u202e\"\n}\n");
}

TEST(Output, TablesShowHostileCellsOnOneLine) {
  Table table(false);
  table.add_column("NAME");
  table.add_column("COUNT", Table::Align::kRight);
  EXPECT_EQ(table.text(), "");
  table.add_row({{"a\nb\x1b[31m\xff"}, {"7"}});
  table.add_row({{"plain"}, {"12345"}});
  EXPECT_EQ(table.text(),
            "NAME               COUNT\n"
            "a\\x0ab\\x1b[31m\\xff     7\n"
            "plain              12345\n");
}

TEST(Output, TablesColourCellsNotColumns) {
  Table table(true);
  table.add_column("A");
  table.add_row({{"bad", Style::kBad}});
  table.add_row({{"fine"}});
  EXPECT_NE(table.text().find("\x1b[1;31mbad"), std::string::npos) << table.text();
  EXPECT_EQ(table.text().find("\x1b[1;31mfine"), std::string::npos) << table.text();
}

}  // namespace
}  // namespace purposewatch
