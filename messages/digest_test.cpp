#include "messages/digest.h"
