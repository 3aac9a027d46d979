// Metrics are lines on standard output, which would hide what a test tells. Tests of metrics switch them on.
process.env.POWERTOOLS_METRICS_DISABLED = 'true';
// What the CDK does for somebody who reads a synthesis: its own validation takes as long as the rest and loads 100 MB into
// each test file, and each construct gets a stack trace. `npm run synth` is validated, and fails where it finds anything.
process.env.CDK_VALIDATION = 'false';
process.env.CDK_DISABLE_STACK_TRACE = 'true';
