// Free text of a server: normalising and word matching. Input: the text.
// Demands: normalising twice changes nothing more, and never makes words of what were none.
#include "common/facts/normalise.h"
#include "common/judge/words.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relaywatch;
  const std::string_view text = fuzz::AsText(data, size);
  const std::string normalised = facts::NormaliseText(text);
  fuzz::Expect(facts::NormaliseText(normalised) == normalised, "normalising is idempotent");
  const judge::Words words(text);
  fuzz::Expect(judge::Words(normalised).text() == words.text(),
               "raw and stored texts read the same");
  static const judge::Phrases phrases("relay access denied|authentication required|ip*|no");
  words.HasAny(phrases);
  return 0;
}
