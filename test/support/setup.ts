// Metrics are lines on standard output, which would hide what a test tells. Tests of metrics switch them on.
process.env.POWERTOOLS_METRICS_DISABLED = 'true';
