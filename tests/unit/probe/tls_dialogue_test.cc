// TLS as a fact: what was agreed, who the server said it was, and how a handshake can fail.
#include <gmock/gmock.h>

#include "tests/unit/probe/probe_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using TlsDialogueTest = ProbeFixture;

using std::chrono_literals::operator""h;

// Implicit TLS with that certificate; the dialogue must go on whatever it is worth.
Answers ImplicitTls(const support::Credential& credential) {
  return {.credential = &credential, .implicit_tls = true};
}

TEST_F(TlsDialogueTest, RecordsWhatWasAgreed) {
  const Report report = Run(ImplicitTls(GoodCredential()), v1::SECURITY_TLS);
  const v1::TlsSession& tls = report.facts.tls();
  EXPECT_EQ(tls.version(), "TLSv1.3");
  EXPECT_THAT(tls.cipher(), StartsWith("TLS_"));
  EXPECT_EQ(tls.sni(), "mail.example.com");
  EXPECT_EQ(tls.verify_error(), v1::VERIFY_ERROR_UNSPECIFIED) << tls.verify_detail();
  EXPECT_THAT(tls.verify_detail(), IsEmpty());
  EXPECT_EQ(tls.certificate().subject(), "CN=mail");
  EXPECT_EQ(tls.certificate().issuer(), "CN=Test CA");
  EXPECT_THAT(tls.certificate().names(), ElementsAre("mail.example.com", "127.0.0.1"));
  EXPECT_GT(tls.certificate().not_after(), report.wall_ms / 1000);
}

TEST_F(TlsDialogueTest, MatchesAnAddressLiteralWithoutSni) {
  const ScriptedServer server(Answering(ImplicitTls(GoodCredential())));
  Request request = RequestFor(server.port(), v1::SECURITY_TLS);
  request.server_name.clear();
  const v1::TlsSession tls = Run(request).facts.tls();
  EXPECT_THAT(tls.sni(), IsEmpty());
  EXPECT_EQ(tls.verify_error(), v1::VERIFY_ERROR_UNSPECIFIED) << tls.verify_detail();
}

TEST_F(TlsDialogueTest, GoesOnAfterAFailedVerification) {
  const support::CertificateAuthority stranger("Stranger");
  struct Case {
    support::Credential credential;
    v1::VerifyError error;
  };
  for (const Case& c : {
           Case{Authority().Issue({.names = {"mail.example.com"}, .valid_until = -24h}),
                v1::VERIFY_ERROR_EXPIRED},
           Case{Authority().Issue({.names = {"mail.example.com"}, .valid_from = 24h}),
                v1::VERIFY_ERROR_NOT_YET_VALID},
           Case{Authority().Issue({.names = {"www.example.com"}}), v1::VERIFY_ERROR_NAME_MISMATCH},
           Case{support::SelfSigned({.names = {"mail.example.com"}}), v1::VERIFY_ERROR_SELF_SIGNED},
           Case{stranger.Issue({.names = {"mail.example.com"}}), v1::VERIFY_ERROR_UNTRUSTED},
           Case{Authority().Issue(
                    {.names = {"mail.example.com"}, .purpose = support::Purpose::kClient}),
                v1::VERIFY_ERROR_OTHER},
       }) {
    const Report report = Run(ImplicitTls(c.credential), v1::SECURITY_TLS);
    EXPECT_EQ(report.facts.tls().verify_error(), c.error) << report.facts.tls().verify_detail();
    EXPECT_FALSE(report.facts.tls().verify_detail().empty());
    EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
    EXPECT_EQ(report.facts.failure(), v1::FAILURE_UNSPECIFIED);
    EXPECT_TRUE(report.facts.has_tls_capabilities());
  }
}

TEST_F(TlsDialogueTest, SpeaksTls12ButNothingOlder) {
  const auto with_version = [](int version) {
    return Script([version](Peer& peer) {
      if (peer.StartTls(GoodCredential(), version)) peer.Say("421 enough\r\n");
      peer.WaitForClose();
    });
  };
  EXPECT_EQ(Run(with_version(TLS1_2_VERSION), v1::SECURITY_TLS).facts.tls().version(), "TLSv1.2");
  const Report old = Run(with_version(TLS1_1_VERSION), v1::SECURITY_TLS);
  EXPECT_EQ(old.facts.failure(), v1::FAILURE_TLS_HANDSHAKE);
  EXPECT_EQ(old.facts.detail(), "TLS alert: protocol version");
  EXPECT_EQ(old.facts.stage(), v1::STAGE_TLS);
  EXPECT_EQ(old.facts.ending(), v1::ENDING_ERROR);
}

TEST_F(TlsDialogueTest, TellsPlainTextFromGarbage) {
  const auto answering = [](std::string bytes) {
    return Script([bytes](Peer& peer) {
      peer.Say(bytes);
      peer.WaitForClose();
    });
  };
  const Report plain = Run(answering("220 mail.example.com ESMTP\r\n"), v1::SECURITY_TLS);
  EXPECT_EQ(plain.facts.failure(), v1::FAILURE_TLS_PLAINTEXT);
  EXPECT_THAT(plain.facts.detail(), HasSubstr("220 mail.example.com ESMTP"));
  EXPECT_EQ(plain.facts.stage(), v1::STAGE_TLS);
  EXPECT_EQ(Run(answering("\xde\xad\xbe\xef\xde\xad\xbe\xef"), v1::SECURITY_TLS).facts.failure(),
            v1::FAILURE_TLS_HANDSHAKE);
  EXPECT_EQ(Run(Script([](Peer& peer) {
                  peer.Say("no\n");
                  peer.CloseForWriting();
                  peer.WaitForClose();
                }),
                v1::SECURITY_TLS)
                .facts.failure(),
            v1::FAILURE_TLS_PLAINTEXT);
}

TEST_F(TlsDialogueTest, EndsByCloseResetOrSilenceInTheHandshake) {
  const Report closed = Run(Script([](Peer& peer) {
                              peer.CloseForWriting();
                              peer.WaitForClose();
                            }),
                            v1::SECURITY_TLS);
  EXPECT_EQ(closed.facts.failure(), v1::FAILURE_CLOSED);
  EXPECT_EQ(closed.facts.ending(), v1::ENDING_CLOSED);
  const Report reset = Run(Script([](Peer& peer) {
                             peer.Hear();  // some of the hello
                             peer.Reset();
                           }),
                           v1::SECURITY_TLS);
  EXPECT_EQ(reset.facts.failure(), v1::FAILURE_RESET);
  const Report silent = Run(Script([](Peer& peer) { peer.WaitForClose(); }), v1::SECURITY_TLS);
  EXPECT_EQ(silent.facts.failure(), v1::FAILURE_REPLY_TIMEOUT);
  EXPECT_EQ(silent.facts.stage(), v1::STAGE_TLS);
  EXPECT_EQ(silent.facts.ending(), v1::ENDING_TIMEOUT);
}

TEST_F(TlsDialogueTest, NoticesAnEndInsideTls) {
  const Report report = Run(Script([](Peer& peer) {
                              peer.StartTls(GoodCredential());
                              peer.Say("220 hi\r\n");
                              peer.Hear();
                            }),
                            v1::SECURITY_TLS);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_CLOSED);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_EHLO2);
}

TEST_F(TlsDialogueTest, RefusesEarlyBytesInsideTlsToo) {
  const Report report = Run(Script([](Peer& peer) {
                              peer.StartTls(GoodCredential());
                              peer.Say("220 hi\r\n250 mail\r\n");
                              peer.WaitForClose();
                            }),
                            v1::SECURITY_TLS);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_EARLY_BYTES);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_BANNER);
}

TEST(TlsContextTest, SaysWhichFileItCannotUse) {
  const support::ScratchDirectory scratch;
  const auto missing = TlsContext::Create(scratch / "missing.pem");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()),
              HasSubstr("missing.pem: No such file or directory"));
  const auto garbage = TlsContext::Create(scratch.Write("garbage.pem", "no certificate"));
  EXPECT_EQ(garbage.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(TlsContext::Create("").ok());
}

}  // namespace
}  // namespace relaywatch::probe
