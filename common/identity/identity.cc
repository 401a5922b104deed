#include "common/identity/identity.h"
