#include "messages/codec.h"
