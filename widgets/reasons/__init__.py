"""Why gradients and numbers are not there: read from a trace and from cuts, for a report and for a gradient check."""
