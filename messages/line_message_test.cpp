#include "messages/line_message.h"
