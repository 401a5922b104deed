// A mail server on loopback that follows a script, for every fault that no real server will
// produce. Real sockets and real TLS; one thread for the listener, scripts run on it one connection
// after the other. Every blocking call ends within 5 s. What the client said is kept in order.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/certificates.h"

namespace relaywatch::probe {

// The server's end of one connection; confined to the script.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // False once the client is gone.
  bool Say(std::string_view bytes);
  // One line without its ending; empty at the end of file.
  std::string Hear();
  // Accepts a handshake; false where it fails. `max_version` 0: any.
  bool StartTls(const support::Credential& credential, int max_version = 0);
  // Reads until the client is gone.
  void WaitForClose();
  // Ends the connection with RST.
  void Reset();
  // Ends our direction; the client may go on talking.
  void CloseForWriting();

 private:
  long Read(char* into, std::size_t size);

  int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

using Script = std::function<void(Peer&)>;

class ScriptedServer {
 public:
  // Listens at a free port of `address`.
  explicit ScriptedServer(Script script, const std::string& address = "127.0.0.1");
  ~ScriptedServer();  // closes and joins
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void Serve();

  Script script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// A server that answers each command from a table; "QUIT" has its usual answer. A key with "TLS "
// in front counts inside TLS. An unlisted command gets "250 2.0.0 Ok". With a credential, a 220 to
// STARTTLS is followed by a handshake; with implicit_tls the dialogue begins with one.
struct Answers {
  std::string greeting = "220 mail.example.com ESMTP\r\n";
  std::map<std::string, std::string> replies = {};  // by the first word, upper case
  const support::Credential* credential = nullptr;
  bool implicit_tls = false;
  std::vector<std::string>* heard = nullptr;  // read it after the server is gone
};
Script Answering(Answers answers);

}  // namespace relaywatch::probe
