#include "messages/iso8601.h"
