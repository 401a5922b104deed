// The HTTP listener as a web-config file makes it, asked by curl: TLS of every kind of client
// authentication, passwords, renewal, and peers that mean no good.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "collector/serve/http_server.h"
#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHash = "$2b$04$229zK5oTBaKiqCfy39..J.dxEOdLr.deb7/Wva6sl.vMkyHkZ3Yt6";

class HttpListenerTest : public ::testing::Test {
 protected:
  HttpListenerTest() {
    scratch_.Write("ca.pem", ca_.certificate_pem());
    WriteServer("first.example.com");
    WriteClient("client", ca_.Issue({.names = {"client"}, .purpose = support::Purpose::kClient}));
    WriteClient("server", ca_.Issue({.names = {"client"}}));
    WriteClient("stranger",
                support::CertificateAuthority("Other CA")
                    .Issue({.names = {"client"}, .purpose = support::Purpose::kClient}));
  }

  void WriteServer(const std::string& name) {
    const auto server = ca_.Issue({.common_name = name, .names = {"localhost", "127.0.0.1"}});
    scratch_.Write("cert.pem", server.certificate_pem);
    scratch_.Write("key.pem", server.key_pem);
  }
  void WriteClient(const std::string& name, const support::Credential& credential) {
    scratch_.Write(name + ".pem", credential.IdentityPem());
  }

  absl::Status Start(const std::string& web_config) {
    server_.reset();
    auto access = WebAccess::Load(scratch_.Write("web.yaml", web_config));
    if (!access.ok()) return access.status();
    access_ = *std::move(access);
    auto server = HttpServer::Start({"127.0.0.1", 0}, *access_, [](const HttpRequest& request) {
      if (request.path == "/echo") {
        return HttpResponse{.body = request.method + " " + request.query.front().second};
      }
      return HttpResponse{.body = "hello\n"};
    });
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }
  absl::Status StartTls(const std::string& more = "") {
    return Start("tls_server_config: {cert_file: cert.pem, key_file: key.pem" + more + "}");
  }

  // curl's words and what it printed; "" where it got nothing.
  std::string Curl(std::vector<std::string> options, const std::string& target = "/") {
    const char* scheme = access_->is_encrypted() ? "https" : "http";
    std::vector<std::string> argv = {"curl", "-sS",      "--max-time",
                                     "10",   "--cacert", scratch_ / "ca.pem"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(fmt::format("{}://127.0.0.1:{}{}", scheme, server_->port(), target));
    const auto done = support::RunToEnd({.argv = std::move(argv)});
    return done.out + done.err;
  }
  std::string AsClient(const std::string& name) {
    return Curl({"--cert", scratch_ / (name + ".pem")});
  }

  const support::CertificateAuthority ca_{"Test CA"};
  support::ScratchDirectory scratch_;
  std::unique_ptr<WebAccess> access_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpListenerTest, PlainHttpIsForEverybody) {
  ASSERT_TRUE(Start("").ok());
  EXPECT_EQ(Curl({}), "hello\n");
  EXPECT_EQ(Curl({"-X", "POST", "-d", "ignored"}), "hello\n");
  EXPECT_THAT(Curl({"-I"}), HasSubstr("Content-Length: 6"));
  EXPECT_EQ(Curl({}, "/echo?q=a%20b"), "GET a b");
}

TEST_F(HttpListenerTest, TlsIsVerifiedByTheClient) {
  ASSERT_TRUE(StartTls().ok());
  EXPECT_EQ(Curl({}), "hello\n");
  EXPECT_EQ(Curl({"--tls-max", "1.2"}), "hello\n");
  EXPECT_THAT(Curl({"--tls-max", "1.1"}), Not(HasSubstr("hello")));
}

TEST_F(HttpListenerTest, OldTlsIsRefusedWhereTheFileSaysSo) {
  ASSERT_TRUE(StartTls(", min_version: TLS13").ok());
  EXPECT_EQ(Curl({}), "hello\n");
  EXPECT_THAT(Curl({"--tls-max", "1.2"}), Not(HasSubstr("hello")));
}

TEST_F(HttpListenerTest, EachKindOfClientAuthenticationLetsInWhomItNames) {
  struct Case {
    const char* client_auth;
    bool none, good, server, stranger;  // let in with no certificate, a client's, …
  };
  const Case cases[] = {
      {"NoClientCert", true, true, true, true},
      {"RequestClientCert", true, true, true, true},
      {"RequireAnyClientCert", false, true, true, true},
      {"VerifyClientCertIfGiven, client_ca_file: ca.pem", true, true, false, false},
      {"RequireAndVerifyClientCert, client_ca_file: ca.pem", false, true, false, false},
  };
  for (const Case& row : cases) {
    ASSERT_TRUE(StartTls(std::string(", client_auth_type: ") + row.client_auth).ok());
    EXPECT_EQ(Curl({}) == "hello\n", row.none) << row.client_auth;
    EXPECT_EQ(AsClient("client") == "hello\n", row.good) << row.client_auth << AsClient("client");
    EXPECT_EQ(AsClient("server") == "hello\n", row.server) << row.client_auth;
    EXPECT_EQ(AsClient("stranger") == "hello\n", row.stranger) << row.client_auth;
  }
}

TEST_F(HttpListenerTest, PasswordsAreAskedForOnEveryPage) {
  ASSERT_TRUE(Start(std::string("basic_auth_users: {joe: ") + kHash + "}").ok());
  const std::vector<std::string> code = {"-o", "/dev/null", "-w", "%{http_code}"};
  const auto with = [&](const std::string& user) {
    std::vector<std::string> options = code;
    options.insert(options.end(), {"-u", user});
    return Curl(options);
  };
  EXPECT_EQ(Curl(code), "401");
  EXPECT_EQ(with("joe:wrong"), "401");
  EXPECT_EQ(with("jim:secret"), "401");
  EXPECT_EQ(with("joe:secret"), "200");
  EXPECT_THAT(Curl({"-i"}), HasSubstr("WWW-Authenticate: Basic"));
}

TEST_F(HttpListenerTest, ARenewedCertificateServesTheNextConnection) {
  ASSERT_TRUE(StartTls().ok());
  const auto subject = [&] { return Curl({"-v", "-o", "/dev/null"}); };
  ASSERT_THAT(subject(), HasSubstr("first.example.com"));
  const auto later = std::filesystem::file_time_type::clock::now() + std::chrono::seconds(2);
  WriteServer("second.example.com");
  for (const char* file : {"cert.pem", "key.pem"}) {
    std::filesystem::last_write_time(scratch_ / file, later);
  }
  EXPECT_THAT(subject(), HasSubstr("second.example.com"));
}

TEST_F(HttpListenerTest, HalfARenewalLeavesTheOldCertificate) {
  ASSERT_TRUE(StartTls().ok());
  const auto other = ca_.Issue({.names = {"localhost"}});
  scratch_.Write("key.pem", other.key_pem);
  EXPECT_EQ(Curl({}), "hello\n");
  std::filesystem::remove(scratch_ / "key.pem");
  EXPECT_EQ(Curl({}), "hello\n");
}

TEST_F(HttpListenerTest, AReloadChangesPasswordsAndKeepsTheOldOnesWhereTheFileIsBad) {
  ASSERT_TRUE(Start("").ok());
  scratch_.Write("web.yaml", std::string("basic_auth_users: {joe: ") + kHash + "}");
  auto state = access_->ReadAgain();
  ASSERT_TRUE(state.ok()) << state.status();
  access_->Use(*std::move(state));
  EXPECT_EQ(Curl({}), "who are you?\n");
  scratch_.Write("web.yaml", "basic_auth_users: {joe: }");
  EXPECT_EQ(access_->ReadAgain().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Curl({"-u", "joe:secret"}), "hello\n");
  scratch_.Write("web.yaml", "tls_server_config: {cert_file: cert.pem, key_file: key.pem}");
  EXPECT_EQ(access_->ReadAgain().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(HttpListenerTest, FilesThatDoNotFitAreNamed) {
  EXPECT_THAT(
      std::string(Start("tls_server_config: {cert_file: gone.pem, key_file: key.pem}").message()),
      HasSubstr("gone.pem"));
  EXPECT_THAT(
      std::string(
          Start("tls_server_config: {cert_file: cert.pem, key_file: client.pem}").message()),
      HasSubstr("client.pem"));
  EXPECT_THAT(
      std::string(StartTls(", client_auth_type: VerifyClientCertIfGiven, client_ca_file: key.pem")
                      .message()),
      HasSubstr("key.pem"));
}

// Opens a connection, writes, and reads until the server hangs up or has nothing more to say.
std::string Say(int port, const std::string& text) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{1, 0};  // of silence
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string reply;
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    [[maybe_unused]] const auto sent = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    shutdown(descriptor, SHUT_WR);
    char buffer[4096];
    while (true) {
      const auto got = recv(descriptor, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      reply.append(buffer, static_cast<std::size_t>(got));
    }
  }
  close(descriptor);
  return reply;
}

TEST_F(HttpListenerTest, WhatIsNoRequestIsRefusedAndTheNextOneServed) {
  ASSERT_TRUE(Start("").ok());
  EXPECT_THAT(Say(server_->port(), "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n"),
              Not(HasSubstr(" 200 ")));
  EXPECT_THAT(Say(server_->port(), std::string("\0\1\2\3\r\n\r\n", 8)), Not(HasSubstr(" 200 ")));
  EXPECT_THAT(Say(server_->port(), "GET / HTTP/1.1\r\n\r\n"), Not(HasSubstr(" 200 ")))
      << "HTTP/1.1 needs a Host (RFC 9112 section 3.2)";
  EXPECT_EQ(Curl({}), "hello\n");
}

TEST_F(HttpListenerTest, OneHostCannotTakeAllConnections) {
  ASSERT_TRUE(Start("").ok());
  std::vector<int> held;
  for (int i = 0; i < 300; ++i) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = inet_addr("127.0.0.9");
    ASSERT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&from), sizeof from), 0);
    sockaddr_in to = from;
    to.sin_port = htons(static_cast<std::uint16_t>(server_->port()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(descriptor, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    held.push_back(descriptor);
  }
  EXPECT_EQ(Curl({}), "hello\n") << "from 127.0.0.1";
  for (const int descriptor : held) close(descriptor);
}

}  // namespace
}  // namespace relaywatch::collector
