// The facts of a certificate and of its verification, out of OpenSSL's objects.
// Pure; thread-safe. RFC 2253 (names), RFC 6125 (what is compared), RFC 5280.
#pragma once

#include <openssl/x509.h>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::probe {

// Text fields are printable; at most 32 names are kept.
v1::Certificate CertificateFacts(X509* certificate);

// `result` is an X509_V_ERR_ value, X509_V_OK gives UNSPECIFIED.
v1::VerifyError VerifyErrorOf(long result);

}  // namespace relaywatch::probe
