#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>
#include <string>

#include "common/yaml/reader.h"
#include "tests/support/scratch.h"

namespace relaywatch::yaml {
namespace {

using namespace std::chrono_literals;

// What reading a text gives as problems; "" where there is none.
std::string Problems(const std::string& text, const std::function<void(Map&)>& read) {
  auto document = Document::Parse(text, "file.yaml");
  if (!document.ok()) return std::string(document.status().message());
  Map root = document->Root();
  read(root);
  root.RejectOthers();
  return std::string(document->Result().message());
}

TEST(YamlReader, ReadsEveryType) {
  const std::string text =
      "name: office\n"
      "on: true\n"
      "count: 12\n"
      "interval: 90s\n"
      "list: [a, b]\n"
      "child: {key: value}\n"
      "children:\n  - {key: one}\n  - {key: two}\n";
  EXPECT_EQ(Problems(text,
                     [](Map& root) {
                       EXPECT_EQ(root.RequiredString("name"), "office");
                       EXPECT_TRUE(root.Bool("on", false));
                       EXPECT_EQ(root.Integer("count", 0), 12);
                       EXPECT_EQ(root.Duration("interval", 1s), 90s);
                       EXPECT_EQ(root.Strings("list"), (std::vector<std::string>{"a", "b"}));
                       EXPECT_EQ(root.Child("child")->String("key"), "value");
                       auto children = root.Children("children");
                       ASSERT_EQ(children.size(), 2U);
                       EXPECT_EQ(children[1].String("key"), "two");
                     }),
            "");
}

TEST(YamlReader, FallsBackWhereAKeyIsMissingOrEmpty) {
  EXPECT_EQ(Problems("empty:\n",
                     [](Map& root) {
                       EXPECT_EQ(root.String("empty", "x"), "x");
                       EXPECT_EQ(root.String("name", "x"), "x");
                       EXPECT_TRUE(root.Bool("on", true));
                       EXPECT_EQ(root.Integer("count", 7), 7);
                       EXPECT_EQ(root.Duration("interval", 5s), 5s);
                       EXPECT_TRUE(root.Strings("list").empty());
                       EXPECT_FALSE(root.Child("child"));
                       EXPECT_TRUE(root.Children("children").empty());
                       EXPECT_FALSE(root.Has("empty"));
                     }),
            "");
}

TEST(YamlReader, TakesAnEmptyDocumentForAnEmptyMapping) {
  EXPECT_EQ(Problems("", [](Map& root) { EXPECT_TRUE(root.Keys().empty()); }), "");
}

struct Case {
  const char* name;
  const char* text;
  std::function<void(Map&)> read;
  const char* problem;
};

const Case kCases[] = {
    {"MissingKey", "a: 1\n",
     [](Map& root) {
       root.Integer("a", 0);
       root.RequiredString("name");
     },
     "file.yaml:1: the key \"name\" is missing"},
    {"MissingKeyInAChild", "a:\n  b: 1\n",
     [](Map& root) {
       auto child = root.Child("a");
       child->Integer("b", 0);
       child->RequiredString("name");
     },
     "file.yaml:2: a: the key \"name\" is missing"},
    {"EmptyString", "name: ''\n", [](Map& root) { root.RequiredString("name"); },
     "file.yaml:1: name: must not be empty"},
    {"ListForAText", "name: [a]\n", [](Map& root) { root.String("name"); },
     "file.yaml:1: name: must be a text"},
    {"WordForABool", "on: yes please\n", [](Map& root) { root.Bool("on", false); },
     "file.yaml:1: on: must be true or false"},
    {"YesIsNoBool", "on: yes\n", [](Map& root) { root.Bool("on", false); },
     "file.yaml:1: on: must be true or false"},
    {"FractionForANumber", "count: 1.5\n", [](Map& root) { root.Integer("count", 0); },
     "file.yaml:1: count: \"1.5\" is not a whole number"},
    {"NumberWithAUnit", "count: 5s\n", [](Map& root) { root.Integer("count", 0); },
     "file.yaml:1: count: \"5s\" is not a whole number"},
    {"NumberThatOverflows", "count: 99999999999999999999\n",
     [](Map& root) { root.Integer("count", 0); },
     "file.yaml:1: count: \"99999999999999999999\" is not a whole number"},
    {"NumberBelow", "port: 0\n",
     [](Map& root) {
       root.Integer("port", 25, {1, 65535});
     },
     "file.yaml:1: port: 0 is not in 1-65535"},
    {"NumberAbove", "port: 70000\n",
     [](Map& root) {
       root.Integer("port", 25, {1, 65535});
     },
     "file.yaml:1: port: 70000 is not in 1-65535"},
    {"DurationWithoutUnit", "interval: 60\n", [](Map& root) { root.Duration("interval", 1s); },
     "file.yaml:1: interval: \"60\" is not a duration such as 500ms, 60s, 5m, 1h or 7d"},
    {"DurationOutOfRange", "interval: 2s\n",
     [](Map& root) {
       root.Duration("interval", 60s, {5s, 24h});
     },
     "file.yaml:1: interval: 2s is not in 5s-1d"},
    {"TextForAList", "list: a\n", [](Map& root) { root.Strings("list"); },
     "file.yaml:1: list: must be a list"},
    {"MappingInAListOfTexts", "list:\n  - a\n  - {b: c}\n", [](Map& root) { root.Strings("list"); },
     "file.yaml:3: list[1]: must be a text"},
    {"TextForAMapping", "child: a\n", [](Map& root) { root.Child("child"); },
     "file.yaml:1: child: must be a mapping"},
    {"TextInAListOfMappings", "children:\n  - a\n", [](Map& root) { root.Children("children"); },
     "file.yaml:2: children[0]: must be a mapping"},
    {"ListForTheDocument", "- a\n- b\n", [](Map&) {}, "file.yaml:1: must be a mapping"},
    {"UnknownKey", "a: 1\nb: 2\n", [](Map& root) { root.Integer("a", 0); },
     "file.yaml:2: b: unknown key (did you mean \"a\"?)"},
    {"UnknownKeyFarFromAll", "interval: 5s\nsomething: 2\n",
     [](Map& root) { root.Duration("interval", 1s); }, "file.yaml:2: something: unknown key"},
    {"DeepPath", "endpoints:\n  - services:\n      - {port: x}\n",
     [](Map& root) {
       for (Map& endpoint : root.Children("endpoints")) {
         for (Map& service : endpoint.Children("services")) service.Integer("port", 0);
       }
     },
     "file.yaml:3: endpoints[0].services[0].port: \"x\" is not a whole number"},
    {"BrokenSyntax", "a: [1\nb: 2\n", [](Map&) {}, nullptr},
};

class YamlReaderRefuses : public testing::TestWithParam<Case> {};

TEST_P(YamlReaderRefuses, WithFileLineAndPath) {
  const std::string problems = Problems(GetParam().text, GetParam().read);
  if (GetParam().problem != nullptr) {
    EXPECT_EQ(problems, GetParam().problem);
  } else {  // the words are yaml-cpp's
    EXPECT_TRUE(problems.starts_with("file.yaml:2: ")) << problems;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, YamlReaderRefuses, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(YamlReader, TellsProblemsInTheOrderOfTheFile) {
  EXPECT_EQ(Problems("b: x\na: y\nc: 1\n",
                     [](Map& root) {
                       root.Integer("a", 0);
                       root.Integer("b", 0);
                     }),
            "file.yaml:1: b: \"x\" is not a whole number\n"
            "file.yaml:2: a: \"y\" is not a whole number\n"
            "file.yaml:3: c: unknown key (did you mean \"a\"?)");
}

TEST(YamlReader, TellsACallersOwnProblemWhereTheKeyStands) {
  EXPECT_EQ(Problems("a: 1\nhost: -x\n",
                     [](Map& root) {
                       root.Integer("a", 0);
                       root.String("host");
                       root.Complain("host", "is no host");
                     }),
            "file.yaml:2: host: is no host");
}

TEST(YamlReader, ListsKeysInTheirOrder) {
  auto document = Document::Parse("z: 1\na: 2\n", "file.yaml");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->Root().Keys(), (std::vector<std::string>{"z", "a"}));
}

TEST(YamlReader, NamesAFileThatCannotBeRead) {
  const support::ScratchDirectory scratch;
  const auto missing = Document::Load(scratch / "missing.yaml");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.status().message(),
            "read " + (scratch / "missing.yaml") + ": No such file or directory");
  EXPECT_EQ(Document::Load(scratch.path()).status().message(),
            "read " + scratch.path().string() + ": Is a directory");
  const auto empty = Document::Load(scratch.Write("empty.yaml", ""));
  EXPECT_TRUE(empty.ok()) << empty.status();
}

TEST(ParseDuration, TakesWholeNumbersWithUnits) {
  EXPECT_EQ(ParseDuration("250ms"), 250ms);
  EXPECT_EQ(ParseDuration("60s"), 60s);
  EXPECT_EQ(ParseDuration("5m"), 5min);
  EXPECT_EQ(ParseDuration("1h"), 1h);
  EXPECT_EQ(ParseDuration("7d"), 168h);
  EXPECT_EQ(ParseDuration("0s"), 0s);
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"", "60", "s", "-5s", "1.5s", "5 s", "5S", "5sec", "5s ", "1h30m",
                           "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace relaywatch::yaml
