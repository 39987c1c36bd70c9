#include "messages/subjects.h"
