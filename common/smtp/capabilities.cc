#include "common/smtp/capabilities.h"
