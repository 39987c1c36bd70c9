#include "messages/dsse.h"
