#include "tests/unit/probe/login_fixture.h"

namespace relaywatch::probe {
namespace {

std::string Expanded(const std::string& line) {
  constexpr std::string_view kMark = "BASE64:";
  const std::size_t mark = line.find(kMark);
  if (mark == std::string::npos) return line;
  const std::string bytes = line.substr(mark + kMark.size());
  return line.substr(0, mark) + std::string(ToBase64(bytes).view());
}

// Everything that could be stored, logged or printed.
std::string Everything(const Report& report) {
  std::string all = report.facts.DebugString() + report.address + report.local_address;
  for (const TranscriptLine& line : report.transcript) all += "\n" + line.line;
  return all;
}

}  // namespace

void LoginFixture::Play(Peer& peer, const std::vector<Turn>& turns) {
  for (const Turn& turn : turns) {
    EXPECT_EQ(peer.Hear(), Expanded(turn.heard));
    peer.Say(turn.said);
  }
}

Script LoginFixture::InTls(std::string greeting, std::vector<Turn> turns) {
  return [greeting = std::move(greeting), turns = std::move(turns)](Peer& peer) {
    if (!peer.StartTls(GoodCredential())) return;
    peer.Say(greeting);
    Play(peer, turns);
    peer.WaitForClose();
  };
}

std::shared_ptr<Credentials> LoginFixture::For(const std::string& mechanism,
                                               const std::string& password) {
  return std::make_shared<Credentials>(Credentials{
      .user = "tim", .password = Secret(std::string_view(password)), .mechanism = mechanism});
}

Request LoginFixture::ImplicitTls(v1::Protocol protocol) const {
  Request request = RequestFor(0, v1::SECURITY_TLS);
  request.protocol = protocol;
  return request;
}

Report LoginFixture::LogIn(Script script, Request request, const std::string& mechanism) {
  const ScriptedServer server(std::move(script));
  request.port = server.port();
  if (!request.credentials) request.credentials = For(mechanism);
  request.limits.banner = request.limits.reply = request.limits.tls =
      std::chrono::milliseconds(2'000);
  const Report report = Run(request);
  const std::string password(request.credentials->password.view());
  const std::string all = Everything(report);
  EXPECT_EQ(all.find(password), std::string::npos) << all;
  EXPECT_EQ(all.find(std::string(ToBase64(password).view())), std::string::npos) << all;
  return report;
}

std::vector<std::string> LoginFixture::ClientLines(const Report& report) {
  std::vector<std::string> lines;
  for (const TranscriptLine& line : report.transcript) {
    if (line.from == TranscriptLine::From::kClient) lines.push_back(line.line);
  }
  return lines;
}

}  // namespace relaywatch::probe
