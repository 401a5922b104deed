// Nothing that sends mail, or asks a server for its users, is in the programs: neither as a command
// nor as the beginning of one. Beside this stands the table of all commands
// (tests/unit/probe/command_test.cc): what is not in it cannot be sent.
#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>

#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

constexpr std::array<std::string_view, 4> kForbidden = {"DATA", "BDAT", "VRFY", "EXPN"};

// As a server would read it: the line's first word, without case.
bool BeginsForbidden(std::string line) {
  for (char& c : line) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const std::string_view verb : kForbidden) {
    if (!line.starts_with(verb)) continue;
    if (line.size() == verb.size() || line[verb.size()] == ' ' || line[verb.size()] == '\r') {
      return true;
    }
  }
  return false;
}

class CommandsTest : public ::testing::TestWithParam<const char*> {};

TEST_P(CommandsTest, CannotSendMail) {
  const std::string program = kBuild + "/" + GetParam();
  const support::Completed strings =
      support::RunToEnd({.argv = {"strings", "--data", "--bytes=4", program}});
  ASSERT_EQ(strings.exit_code, 0) << strings.err;
  EXPECT_NE(strings.out.find("MAIL FROM:<"), std::string::npos);  // the search finds commands
  std::istringstream lines(strings.out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_FALSE(BeginsForbidden(line)) << program << ": " << line;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, CommandsTest,
                         ::testing::Values("agent/relaywatch-agent", "cli/relaywatch"),
                         [](const auto& test) {
                           return std::string(test.param).starts_with("agent") ? "Agent" : "Cli";
                         });

TEST(ForbiddenCommand, IsKnownWhereOneBegins) {
  EXPECT_TRUE(BeginsForbidden("DATA"));
  EXPECT_TRUE(BeginsForbidden("DATA\r"));
  EXPECT_TRUE(BeginsForbidden("bdat 86 LAST"));
  EXPECT_TRUE(BeginsForbidden("VRFY postmaster"));
  EXPECT_FALSE(BeginsForbidden("DATABASE"));
  EXPECT_FALSE(BeginsForbidden("the word DATA"));
}

}  // namespace
}  // namespace relaywatch::e2e
