#include "messages/canonical_json.h"
