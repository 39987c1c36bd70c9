// How a node and its signer talk: packets on a Unix socket (SOCK_SEQPACKET), one reply to each request, in
// order.
//
//   request   'k'              the public key, please
//             's' <message>    sign this
//   reply     '+' <bytes>      the 32 raw bytes of the key; the 64 of the signature
//             '-' <sentence>   refused
#pragma once

#include <cstddef>

namespace tcps::signer {

inline constexpr char key_request = 'k';
inline constexpr char sign_request = 's';
inline constexpr char good_reply = '+';
inline constexpr char bad_reply = '-';
inline constexpr size_t packet_bytes_max = 128u << 10;  // an envelope has at most 64 KiB

}  // namespace tcps::signer
