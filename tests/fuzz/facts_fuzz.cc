// Facts as an agent may send them, hostile ones included: normalise, digest, judge, explain.
// Input: a serialised v1.Facts, or its text form (which the seeds are in).
// Demands: normalising changes no judgement and is idempotent; every profile gets a verdict.
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "common/facts/normalise.h"
#include "common/judge/advice.h"
#include "common/judge/judge.h"
#include "tests/fuzz/expect.h"

namespace relaywatch {
namespace {

// Quiet where the text is none.
class NoErrors final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, int, const std::string&) override {}
};

bool Read(std::string_view input, v1::Facts& facts) {
  NoErrors quiet;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&quiet);
  const std::string text(input);
  return parser.ParseFromString(text, &facts) || facts.ParseFromString(text);
}

}  // namespace
}  // namespace relaywatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relaywatch;
  v1::Facts facts;
  if (!Read(fuzz::AsText(data, size), facts)) return -1;
  const auto judgements = judge::Judge(facts, judge::BuiltInProfiles());
  v1::Facts normalised = facts;
  facts::Normalise(normalised);
  fuzz::Expect(judge::Judge(normalised, judge::BuiltInProfiles()) == judgements,
               "normalising changes no judgement");
  const std::string digest = facts::Digest(normalised);
  facts::Normalise(normalised);
  fuzz::Expect(facts::Digest(normalised) == digest, "normalising is idempotent");
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    fuzz::Expect(judgements[i].verdict != v1::VERDICT_UNSPECIFIED, "there is a verdict");
    const auto words = judge::Explain(facts, judge::BuiltInProfiles()[i], judgements[i]);
    fuzz::Expect(!words.summary.empty(), "every verdict has its words");
  }
  judge::Findings(facts, 1'790'000'000);
  return 0;
}
