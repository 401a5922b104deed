// The client's side of SASL. Input: a letter for the mechanism, then the server's challenges, one a
// line. Demands: nothing crashes, and every answer is bounded.
#include "agent/probe/sasl.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relaywatch;
  constexpr std::size_t kMaxMessage = 64 * 1024;
  std::string_view script = fuzz::AsText(data, size);
  const auto mechanisms = probe::SupportedMechanisms();
  const std::size_t choice = fuzz::TakeByte(script) % mechanisms.size();
  const probe::Credentials tim{.user = "tim", .password = Secret(std::string_view("secret"))};
  const probe::SaslService service{"mail.example.com", 587};
  const auto client = probe::SaslClient::Create(mechanisms[choice], tim, service);
  if (client->SpeaksFirst()) fuzz::Expect(client->Answer({}).has_value(), "the client begins");
  while (!script.empty()) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    const auto message = client->Answer(script.substr(0, end));
    script.remove_prefix(std::min(end + 1, script.size()));
    if (!message) break;
    fuzz::Expect(message->view().size() <= kMaxMessage, "an answer is bounded");
  }
  return 0;
}
