// What a signer puts its key to: messages of a line (the pre-authentication encoding of a DSSE envelope with
// an in-toto payload), checkpoints, and cosignatures of checkpoints. Whoever reaches the socket can have
// nothing else signed. Pure rules.
#pragma once

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::signer {

// Errors: refused, with what is wrong.
Status may_sign(BytesView message);

}  // namespace tcps::signer
