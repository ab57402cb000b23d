// The same program as `bin/parsd.mjs`, for those who start it by this name.
import '../bin/parsd.mjs';
