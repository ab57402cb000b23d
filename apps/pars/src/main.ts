// The same program as `bin/pars.mjs`, for those who start it by this name.
import '../bin/pars.mjs';
