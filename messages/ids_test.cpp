#include "messages/ids.h"
