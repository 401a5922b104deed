// What a probe calls itself in EHLO. RFC 5321, section 4.1.4: the client's FQDN, else an address
// literal (section 4.1.3). Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace relaywatch::probe {

// The fully qualified name of a host, given its host name and the text of its hosts file: the name
// itself where it has a dot, else the first dotted name on a line that also has the name. Empty
// where neither knows one. Pure.
std::string FullyQualified(std::string_view host_name, std::string_view hosts_file);

// The same for this machine; asks no name server.
std::string HostFqdn();

// "[192.0.2.1]", "[IPv6:2001:db8::1]". Pure.
std::string AddressLiteral(const std::string& address);

}  // namespace relaywatch::probe
