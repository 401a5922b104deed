#include "common/judge/profile.h"
