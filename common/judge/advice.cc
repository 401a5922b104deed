#include "common/judge/advice.h"
