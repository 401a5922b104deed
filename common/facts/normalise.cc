#include "common/facts/normalise.h"
