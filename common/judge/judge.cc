#include "common/judge/judge.h"
