#include "messages/stage.h"
