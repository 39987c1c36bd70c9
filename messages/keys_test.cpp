#include "messages/keys.h"
