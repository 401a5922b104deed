// Judging is total: facts of any content, however hostile, are judged, explained and normalised.
#include <gtest/gtest.h>

#include <random>

#include "common/facts/normalise.h"
#include "common/judge/advice.h"
#include "tests/unit/judge/judge_cases.h"
#include "tests/unit/judge/reply_cases.h"

namespace relaywatch::judge {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  // Changes about one field in four of a message and of the messages in it.
  void Mutate(Message& message) {
    const auto* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      if (Below(4) == 0) MutateField(message, *descriptor->field(i));
    }
  }

 private:
  unsigned Below(unsigned bound) { return random_() % bound; }

  std::string Text() {
    static constexpr std::string_view kParts[]{"<",        ">",     "\n",   "@",     "5.7.1",
                                               "(#5.7.1)", "relay", "Nov",  "22",    "://",
                                               "[",        "::1",   "**",   "'",     ".",
                                               "AUTH=",    "XXX",   "AUTH", "1tXy",  "\xc3\xa4",
                                               " ",        "#",     "-",    "x.y.zz"};
    std::string text;
    for (unsigned n = Below(12); n > 0; --n) text += kParts[Below(std::size(kParts))];
    return text;
  }

  void MutateField(Message& message, const FieldDescriptor& field) {
    const auto* reflection = message.GetReflection();
    if (field.is_repeated()) {
      if (field.type() == FieldDescriptor::TYPE_STRING)
        reflection->AddString(&message, &field, Text());
      if (field.type() == FieldDescriptor::TYPE_ENUM) {
        reflection->AddEnumValue(&message, &field, static_cast<int>(Below(40)) - 3);
      }
      return;
    }
    switch (field.type()) {
      case FieldDescriptor::TYPE_MESSAGE:
        return Mutate(*reflection->MutableMessage(&message, &field));
      case FieldDescriptor::TYPE_STRING:
        return reflection->SetString(&message, &field, Text());
      case FieldDescriptor::TYPE_ENUM:
        return reflection->SetEnumValue(&message, &field, static_cast<int>(Below(40)) - 3);
      case FieldDescriptor::TYPE_UINT32:
        return reflection->SetUInt32(&message, &field, Below(2) == 0 ? Below(700) : random_());
      case FieldDescriptor::TYPE_INT64:
        return reflection->SetInt64(&message, &field, static_cast<std::int64_t>(random_()) << 33);
      case FieldDescriptor::TYPE_BOOL:
        return reflection->SetBool(&message, &field, Below(2) == 0);
      default:
        FAIL() << "a kind of field that this test does not know: " << field.full_name();
    }
  }

  std::mt19937 random_;
};

TEST(Totality, AnyFactsAreJudgedExplainedAndNormalised) {
  Mutator mutator(20261122);
  for (int round = 0; round < 40; ++round) {
    for (const JudgeCase& test : JudgeCases()) {
      v1::Facts facts = test.facts;
      mutator.Mutate(facts);
      v1::Facts normalised = facts;
      facts::Normalise(normalised);
      v1::Facts twice = normalised;
      facts::Normalise(twice);
      ASSERT_EQ(normalised.SerializeAsString(), twice.SerializeAsString())
          << normalised.DebugString() << "\n--- again ---\n"
          << twice.DebugString();
      Findings(facts, 1'795'000'000);
      for (const ClientProfile& profile : BuiltInProfiles()) {
        const Judgement judgement = Judge(facts, profile);
        ASSERT_NE(judgement.verdict, v1::VERDICT_UNSPECIFIED);
        ASSERT_EQ(judgement.verdict == v1::VERDICT_OK, judgement.stage == v1::STAGE_UNSPECIFIED);
        ASSERT_EQ(judgement, Judge(facts, profile));
        ASSERT_EQ(judgement, Judge(normalised, profile)) << facts.DebugString();
        ASSERT_FALSE(Explain(facts, profile, judgement).summary.empty());
      }
    }
  }
}

}  // namespace
}  // namespace relaywatch::judge
